"""The only module that names the FHIR release of the model library: R4B (4.3.0).

R4 and R4B instances of the types that we read and write are alike; the library has no R4. It is
imported where it is used, so that no request pays for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def problems_of(resource: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a FHIR resource or Bundle, as ``path: message``.

    The library checks structure, not required bindings.
    """
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    kind = str(resource.get("resourceType"))
    try:
        model = get_fhir_model_class(kind)
    except (LookupError, ValueError):
        yield f"resourceType: {kind} is no FHIR resource"
        return
    try:
        model.model_validate(resource)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"

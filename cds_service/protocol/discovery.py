"""Discovery: what the services say of themselves, dumped from the objects that run.

See CDS Hooks, "Discovery"; ``version`` (of CDS Hooks, not of the service) is an addition of 3.0
that 2.0 clients ignore.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from cds_service.engine.service import CDSService

CDS_HOOKS_VERSION = "2.0.1"


def discovery_body(services: Iterable[CDSService], minimal: bool) -> bytes:
    """Return the discovery answer; with ``minimal`` only the templates worth prefetching always.

    A hospital pays for every template at every signing, so that a site may have most of them
    fetched only when an order is ours.
    """
    listed = [_described(service, minimal) for service in services]
    return orjson.dumps({"services": listed})


def _described(service: CDSService, minimal: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "hook": service.hook,
        "id": service.id,
        "title": service.title,
        "description": service.description,
        "version": CDS_HOOKS_VERSION,
    }
    keys = [key for key in service.prefetch if not minimal or key in service.minimal]
    if keys:
        described["prefetch"] = {key: service.prefetch[key] for key in keys}
    if service.usage_requirements:
        described["usageRequirements"] = service.usage_requirements
    return described

"""The guidelines: each folder here that offers ``SERVICES`` is one; nothing else registers it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from cds_service.engine.service import CDSService


def services() -> Iterator[CDSService]:
    """Yield the CDS services of every guideline folder, in the order of the folders' names."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        yield from getattr(import_module(f"{__name__}.{module.name}"), "SERVICES", ())

"""The CDS services that are installed, found by entry point so that nothing here imports them."""

from __future__ import annotations

from importlib.metadata import entry_points

from cds_service.engine.service import CDSService

GROUP = "spine_cds.services"


def find_services() -> tuple[CDSService, ...]:
    """Return the services of every entry point; each is a callable that returns an iterable."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(service for point in points for service in point.load()())

"""What goes wrong with a store."""

from __future__ import annotations


class StoreError(RuntimeError):
    """A store that cannot be used as it is configured; the message says what to do."""


class StoreAwayError(StoreError):
    """The store did not do what it was asked in time; the same may be asked again later."""

"""Garbage collection of a worker, which decides its slowest answers."""

from __future__ import annotations

import gc

from flask import Flask


def tune(application: Flask) -> None:
    """Warm up once, then keep what was loaded out of every garbage collection.

    Once in every worker, after the fork (performance.md, "Garbage collection decides p99").
    """
    application.test_client().get("/cds-services")
    spare_what_is_loaded()


def spare_what_is_loaded() -> None:
    """Let the collector look only at what is made from now on, and seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

"""What a command refuses to do is told in one line, without a traceback."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from cds_service.engine.content import ContentError
from cds_service.engine.registry import RegistryError
from cds_service.load import LoadError
from cds_service.security.trusted_clients import TrustedClientsError
from cds_service.settings import SettingsError
from cds_service.store.errors import StoreError

P = ParamSpec("P")
R = TypeVar("R")
REFUSALS = (
    SettingsError,
    TrustedClientsError,
    ContentError,
    RegistryError,
    LoadError,
    StoreError,
)


def says_what_is_wrong(command: Callable[P, R]) -> Callable[P, R]:
    """Return the command with wrong settings and content told in one line, without a traceback."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except REFUSALS as error:
            raise click.ClickException(str(error)) from error

    return told

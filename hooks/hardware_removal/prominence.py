"""Prominent hardware that notes found by touch, and why it may be prominent no more."""

from __future__ import annotations

from functools import cached_property

import msgspec

from cds_service.engine.judgement import Reason
from hooks.spine.findings import Finding, Stance


class Prominence(msgspec.Struct, frozen=True, dict=True):
    """What the newest notes say of prominent hardware, and whether operations were searched.

    One that was not read may have taken the hardware out.
    """

    said: tuple[Finding, ...]
    procedures_known: bool

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The prominent hardware that nothing as new denies."""
        return self._undisputed if self.procedures_known else ()

    @property
    def left_open(self) -> tuple[Finding, ...]:
        """The findings that leave open whether hardware is prominent, those that affirm first."""
        if not self.procedures_known and self._undisputed:
            return self._undisputed
        if self._disputed:
            return self._disputed + self._with(Stance.DENIED)
        return self._with(Stance.POSSIBLE)

    @property
    def why_open(self) -> Reason:
        """Why they do; a note without a date alone only hints."""
        if not self.procedures_known and self._undisputed:
            return Reason.NOT_SEARCHED
        return Reason.CONFLICTING if self._disputed else Reason.POSSIBLE

    @cached_property
    def _undisputed(self) -> tuple[Finding, ...]:
        return tuple([f for f in self._with(Stance.AFFIRMED) if not self._is_denied(f)])

    @cached_property
    def _disputed(self) -> tuple[Finding, ...]:
        return tuple([f for f in self._with(Stance.AFFIRMED) if self._is_denied(f)])

    def _with(self, stance: Stance) -> tuple[Finding, ...]:
        return tuple([f for f in self.said if f.stance is stance])

    def _is_denied(self, prominent: Finding) -> bool:
        """Whether it is denied at the same place, or without one."""
        return any(map(prominent.may_be_where, self._with(Stance.DENIED)))

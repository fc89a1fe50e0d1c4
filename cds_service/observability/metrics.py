"""The metrics of one application; no label value ever comes from a request.

Names are what alerts and dashboards rely on (docs/observability.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from cds_service.engine.assessment import Assessment
from cds_service.engine.judgement import Reason, Status
from cds_service.engine.record import Search, UnreadReason
from cds_service.engine.service import CDSService
from cds_service.observability.closed_labels import Labelled
from cds_service.observability.processes import exposition

OUTCOMES = (
    "card",
    "unchecked",
    "silent",
    "shadow",
    "malformed",
    "unauthenticated",
    "unknown-service",
    "nothing-readable",
    "too-large",
    "media-type",
    "too-many",
    "unavailable",
    "defect",
)
# Why a caller is not let in.
CAUSES = (
    "algorithm", "audience", "claims", "expired", "form", "header", "issuer", "jku", "kid",
    "lifetime", "no-keys", "no-token", "not-yet", "replay-store", "replayed", "scheme", "signature",
    "size", "too-many",
)  # fmt: skip
FEEDBACK_OUTCOMES = ("accepted", "overridden", "duplicate", "refused")
NO_REASON = "none"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.0, 5.0)

# The second series of each, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Everything that is counted.

    ``clients`` are the aliases of the trusted clients, ``causes`` the stable codes for which a
    token is refused. Another service, client or cause is counted as ``other``.
    """

    def __init__(
        self,
        services: Iterable[CDSService],
        clients: Iterable[str] = (),
        causes: Iterable[str] = CAUSES,
    ) -> None:
        known, clients = tuple(services), tuple(clients)
        self.services = frozenset(service.id for service in known)
        self._registry = CollectorRegistry()
        self._name_cards(known)
        self._name_clients(clients, causes)
        self._name_the_rest()

    def _name_cards(self, services: tuple[CDSService, ...]) -> None:
        criteria = {c.id for service in services for c in service.criteria + service.risk_factors}
        keys = {key for service in services for key in service.prefetch}
        self.invocations = Labelled(
            self._counter("invocations", "Calls of a service, by outcome.", "service", "outcome"),
            self.services,
            OUTCOMES,
        ).begun()  # an alert looks at the first defect
        self.invocation_seconds = Labelled(
            Histogram(
                "spine_cds_invocation_seconds",
                "Seconds from the arrival of a call to its answer.",
                ("service",),
                buckets=SECONDS,
                registry=self._registry,
            ),
            self.services,
        )
        self._criteria = Labelled(
            self._counter(
                "criteria",
                "Judgements of criteria and risk factors.",
                "service",
                "criterion",
                "status",
                "reason",
            ),
            self.services,
            criteria,
            Status,
            (*Reason, NO_REASON),
        )
        self._unread = Labelled(
            self._counter("unread", "Prefetch keys not read as a whole.", "key", "reason"),
            keys,
            UnreadReason,
        )

    def _name_clients(self, clients: tuple[str, ...], causes: Iterable[str]) -> None:
        self.authentication_failures = Labelled(
            self._counter(
                "authentication_failures", "Callers that were not let in.", "client", "cause"
            ),
            clients,
            causes,
        )
        self.clock_skew = Labelled(
            self._gauge(
                "clock_skew_seconds",
                "Seconds by which the newest token was issued ahead of our clock.",
                "livemostrecent",
                "client",
            ),
            clients,
        )
        self.jwks_age = Labelled(
            self._gauge(
                "jwks_age_seconds",
                "Age of the key set when it was last used; of several workers the oldest.",
                "livemax",
                "client",
            ),
            clients,
        )

    def _name_the_rest(self) -> None:
        self.replay_store_errors = self._counter(
            "replay_store_errors", "Calls of the replay store that failed."
        )
        self.feedback = Labelled(
            self._counter("feedback", "Items of feedback.", "outcome"), FEEDBACK_OUTCOMES
        )
        self.feedback_unavailable = self._counter(
            "feedback_unavailable", "Feedback answered 503: the store was away or slow."
        )
        self.audit_dropped = self._counter("audit_dropped", "Audit rows that were not stored.")
        self.overload = self._counter("overload", "Calls answered 503 because of too many others.")
        self.in_flight = self._gauge("in_flight", "Calls that are being answered.", "livesum")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"spine_cds_{name}", what, labels, registry=self._registry)

    def _gauge(self, name: str, what: str, over_workers: str, *labels: str) -> Gauge:
        return Gauge(
            f"spine_cds_{name}",
            what,
            labels,
            registry=self._registry,
            multiprocess_mode=over_workers,  # type: ignore[arg-type]  # a Literal
        )

    def count_token(self, client: str, ahead: float, key_age: float | None) -> None:
        """Note of an accepted token how far its clock is ahead, and how old its keys are here."""
        with suppress(OSError):  # counts that cannot be written refuse nobody
            self.clock_skew.of(client).set(ahead)
            if key_age is not None:
                self.jwks_age.of(client).set(key_age)

    def count_refused_caller(self, client: str, cause: str) -> None:
        """Count a caller that was not let in, by the alias that it claims."""
        with suppress(OSError):  # the caller hears why, whether it was counted or not
            if cause == "replay-store":
                self.replay_store_errors.inc()
            self.authentication_failures.of(client, cause).inc()

    def count_assessment(self, assessment: Assessment) -> None:
        """Count each judgement of one card, and what could not be read for it."""
        service, of = assessment.service, self._criteria.of
        for judged in assessment.criteria + assessment.risk_factors:
            judgement = judged.judgement
            reason = NO_REASON if judgement.reason is None else judgement.reason._value_
            of(service, judged.criterion.id, judgement.status._value_, reason).inc()

    def count_unread(self, searches: Iterable[Search]) -> None:
        """Count what could not be read, by prefetch key."""
        for search in searches:
            if search.unread is not None:
                self._unread.of(search.key, search.unread._value_).inc()

    def exposition(self) -> bytes:
        """Return all of it in the text format of Prometheus, of all workers together."""
        return exposition(self._registry)

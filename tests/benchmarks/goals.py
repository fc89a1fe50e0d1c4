"""The goals, in one list: what issue 7 calls done, and G1 to G11 of performance.md.

The benchmark prints them beside what it measured; it does not judge. A goal speaks of a figure by
the name that its section gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """A bound for one figure, and who set it."""

    figure: str
    sign: Literal["≤", "≥"]
    bound: float
    source: str

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g} ({self.source})"

    def is_met(self, value: float) -> bool:
        """Return whether a measured value keeps the bound."""
        return value <= self.bound if self.sign == "≤" else value >= self.bound


GOALS = (
    Goal("coded: decision path / json.loads", "≤", 0.8, "issue 7"),
    Goal("coded: decision path / json.loads", "≤", 0.6, "G1, stretch"),
    Goal("heavy: decision path / json.loads", "≤", 1.5, "issue 7"),
    Goal("heavy: decision path / json.loads", "≤", 0.5, "G1"),
    Goal("reported: ms per KB of text on top of coded", "≤", 0.3, "issue 7"),
    Goal("ten reports: ms per KB of text on top of coded", "≤", 0.3, "issue 7"),
    Goal("reader alone: ms per KB", "≤", 0.3, "issue 7"),
    Goal("criteria alone / orjson.loads", "≤", 0.25, "G6"),
    Goal("decode with a malformed row / whole", "≤", 2, "G10"),
    Goal("coded, c=8: requests/s, granian / HealthChain", "≥", 6, "issue 7, G2"),
    Goal("coded, c=8: requests/s, gthread / HealthChain", "≥", 4, "issue 7, G2"),
    Goal("coded, c=8: requests/s, sync / HealthChain", "≥", 4, "issue 7, G2"),
    Goal("reported, c=8: requests/s, granian / HealthChain", "≥", 3, "issue 7"),
    Goal("reported, c=8: requests/s, gthread / HealthChain", "≥", 3, "issue 7"),
    Goal("heavy, c=8: requests/s, granian / HealthChain", "≥", 8, "G2, stretch"),
    Goal("coded, c=8: requests/s, granian / HealthChain with our GC lines", "≥", 2.5, "issue 7"),
    Goal("coded, c=8: requests/s, gthread / HealthChain with our GC lines", "≥", 2.5, "issue 7"),
    Goal("coded, c=8: requests/s, granian / HealthChain with an R4B parse", "≥", 30, "G2"),
    Goal("coded, c=1: p99, granian / HealthChain", "≤", 0.1, "issue 7, G3"),
    Goal("coded, c=1: p99, gthread / HealthChain", "≤", 0.1, "issue 7, G3"),
    Goal("coded, c=1: p50, granian / HealthChain", "≤", 0.55, "G3"),
    Goal("coded, c=1: p50, gthread / HealthChain", "≤", 0.55, "G3"),
    Goal("coded, c=8: requests/s, granian / floor", "≥", 0.5, "G4"),
    Goal("coded, c=8: requests/s, sync / floor", "≥", 0.4, "G4"),
    Goal("heavy, c=1: p99 / p50, gthread", "≤", 3, "G5"),
    Goal("JWT at c=1: µs beyond 1.2 × the bare signature", "≤", 60, "G8"),
    Goal("irrelevant order / Flask echo: p50 at c=1", "≤", 1.3, "issue 7"),
    Goal("irrelevant order / Flask echo: seconds per request at c=8", "≤", 1.3, "issue 7"),
    Goal("irrelevant order / opening its envelope, in process", "≤", 1.1, "docs/performance.md"),
    Goal("7 missing searches side by side / slowest alone", "≤", 1.25, "issue 7, G7"),
    Goal("7 missing searches in one batch / slowest alone", "≤", 1.15, "G7"),
    Goal("cold start / import of HealthChain", "≤", 1.0, "issue 7"),
    Goal("cold start / import of HealthChain", "≤", 0.5, "G9"),
    Goal("MiB per worker (RSS after load)", "≤", 100, "issue 7"),
    Goal("MiB per worker (RSS after load)", "≤", 80, "G9"),
    Goal("growth with resources: exponent of bytes", "≤", 1.05, "issue 7"),
    Goal("growth with resources: exponent of bytes at the large end", "≤", 1.05, "issue 7"),
    Goal("growth with draft orders: exponent of count", "≤", 1.05, "issue 7"),
    Goal("growth with draft orders: exponent of bytes at the large end", "≤", 1.05, "issue 7"),
    Goal("growth with reports: exponent of count", "≤", 1.05, "issue 7"),
    Goal("growth with reports: exponent of count at the large end", "≤", 1.05, "issue 7"),
    Goal("500 resources / 86 resources, in process", "≤", 4, "G11"),
    Goal("load at 60 %: p95 ms, gthread", "≤", 300, "issue 7, T22"),
    Goal("load at 60 %: p95 ms, granian", "≤", 300, "issue 7, T22"),
    Goal("load at 60 %: p99 ms, gthread", "≤", 1000, "issue 7, T22"),
    Goal("load at 60 %: p99 ms, granian", "≤", 1000, "issue 7, T22"),
    Goal("capacity, requests/s of 50–200 kB, gthread", "≥", 50, "T22"),
    Goal("capacity, requests/s of 50–200 kB, granian", "≥", 50, "T22"),
)

# What G6 and G11 also say and this benchmark does not measure.
ELSEWHERE = (
    "G6: compiled FHIRPath, AHRQ CQL Services, fhirkit",
    "G11: bodies of 8 MB are accepted and larger ones refused (tests show that)",
)

"""Literature that the claims of both source articles are held against."""

from __future__ import annotations

from datetime import date

from cds_service.engine.evidence import Citation, Verification

INSTRUMENTATION_TRIAL = Citation(
    label="Christensen et al., Spine 2002 (randomised, 129 patients; authors and year recalled)",
    citation="Long-term functional outcome of pedicle screw instrumentation: 5-year follow-up of a "
    "randomised trial (Christensen FB et al., Spine 2002; authors and year recalled).",
    passage="Reoperation 25 % instrumented against 14 % non-instrumented, n=129, P<0.03 (abstract)",
    verification=Verification.CONTRADICTED,
    reviewed_on=date(2026, 1, 7),
)
REOPERATION = (
    "Reoperation: 25 % with against 14 % without instrumentation (randomised, 129 patients); the "
    "article runs these two together as one range for instrumented fusion"
)

"""HealthChain's order-sign service with a handler that does nothing; runs in its own environment.

With ``BENCH_GC=tuned`` the worker's garbage collection is set as ours is, which is not shipped.
With ``BENCH_PARSE=R4B`` the handler validates every resource, the least that a decision needs.
"""

import gc
import os

from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models import Card, CDSRequest, CDSResponse

CARD = {
    "summary": "A card",
    "indicator": "info",
    "source": {"label": "Benchmark"},
    "detail": "A handler that looks at nothing.",
}
PARSES = os.environ.get("BENCH_PARSE") == "R4B"
service = CDSHooksService()


def validate(prefetch):
    """Make a model of every resource of the prefetch."""
    from fhir.resources.R4B import get_fhir_model_class

    for value in filter(None, prefetch.values()):
        for resource in (entry["resource"] for entry in value.get("entry", [{"resource": value}])):
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)


@service.hook("order-sign", id="peer")
def handle(request: CDSRequest) -> CDSResponse:
    """Answer one card, whatever was sent."""
    if PARSES:
        validate(request.prefetch)
    return CDSResponse(cards=[Card(**CARD)])


app = HealthChainAPI()
app.register_service(service, path="/cds")

if os.environ.get("BENCH_GC") == "tuned":
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

"""HealthChain's order-sign service with a handler that does nothing; runs in its own environment.

With ``BENCH_GC=tuned`` the worker's garbage collection is set as ours is, which is not shipped.
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
service = CDSHooksService()


@service.hook("order-sign", id="peer")
def handle(request: CDSRequest) -> CDSResponse:
    """Answer one card, whatever was sent."""
    return CDSResponse(cards=[Card(**CARD)])


app = HealthChainAPI()
app.register_service(service, path="/cds")

if os.environ.get("BENCH_GC") == "tuned":
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

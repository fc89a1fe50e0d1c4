"""Whether tests run in full (``make test-full``) or bounded (``make test``)."""

import os

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"

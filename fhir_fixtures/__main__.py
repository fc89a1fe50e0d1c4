"""Print one whole request, dated for today: ``python -m fhir_fixtures removal-solid-fusion``."""

import json
import sys
from datetime import UTC, datetime

from fhir_fixtures import load_request, request_names

if len(sys.argv) != 2 or sys.argv[1] not in request_names():
    sys.exit(f"one of: {', '.join(request_names())}")
json.dump(load_request(sys.argv[1], datetime.now(UTC).date()), sys.stdout, indent=1)

"""A process that has just started answers no later than one that has run for long."""

import json
import subprocess
import sys

import pytest

REQUESTS = ("removal-solid-fusion", "revision-nonunion")
SCRIPT = """
import json, sys
from cds_service.app import deploy
from cds_service.protocol.invocation import answer
from cds_service.services import find_services
from cds_service.settings import Settings
from fhir_fixtures import load_request

request = load_request(sys.argv[1])
deployment = deploy(Settings(), find_services())
body = json.dumps(request).encode()
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
cards = [answer(s, body, deployment) for s in deployment.services if s.hook == "order-sign"]
print(json.dumps({"opened": opened, "cards": sum(len(json.loads(c)["cards"]) for c in cards)}))
"""


@pytest.mark.parametrize("request_name", REQUESTS)
def test_the_first_invocation_reads_no_file(request_name):
    command = [sys.executable, "-c", SCRIPT, request_name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    told = json.loads(done.stdout)
    assert told["cards"] == 1
    # The interpreter may still have a codec of its own to import.
    assert [file for file in told["opened"] if not file.endswith((".py", ".pyc"))] == []

"""What every route asks first: who calls, for which URL, and whether now (A-06, A-08, P-07)."""

import time

import pytest
from flask import Request

from cds_service.protocol.callers import Entrance
from cds_service.protocol.errors import NotAuthenticatedError, TooManyError, UnavailableError
from cds_service.security import bucket
from cds_service.security.authentication import AnybodyHere, TrustedCallers
from cds_service.security.bucket import Bucket
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers
from cds_service.security.key_sources import NoKeysError
from cds_service.security.replay import InProcessReplays, ReplayStoreError
from cds_service.security.trusted_clients import load_trusted_clients
from tests.security.signing import bearer, good_token
from tests.security.test_replay import Clock
from tests.security.trusted_app import BASE, TOY, clients_file, entry

PATH = "/cds-services/toy"
FEEDBACK = f"{PATH}/feedback"
ANYBODY = CDSClient(ReadableServers((), loopback_too=True))


def request(**headers):
    return Request(
        {"REQUEST_METHOD": "POST"} | {f"HTTP_{k.upper()}": v for k, v in headers.items()}
    )


def entrance(folder, replays=None, refused=lambda *_: None, **members):
    clients = load_trusted_clients(clients_file(folder, entry(**members)), unchecked_as_card=False)
    callers = TrustedCallers(clients, replays or InProcessReplays(Clock(0.0)), time.time)
    return Entrance(callers, BASE, refused)


def with_token(audience):
    return request(authorization=bearer(good_token(audience))["Authorization"])


def test_while_nobody_is_trusted_everybody_is_the_one_client_and_a_token_is_ignored():
    """As the sandbox needs it: it sends a token that nobody could verify (SBX-06)."""
    open_to_all = Entrance(AnybodyHere(ANYBODY), BASE)
    assert open_to_all.admit(request(), PATH) is ANYBODY
    assert open_to_all.admit(request(authorization="Bearer x"), PATH) is ANYBODY


@pytest.mark.parametrize(
    ("members", "at_the_service_url"), [({}, False), ({"feedback_at_service_url": True}, True)]
)
def test_feedback_may_be_signed_for_the_service_only_where_the_client_does(
    tmp_path, members, at_the_service_url
):
    door = entrance(tmp_path, **members)
    assert door.admit(with_token(f"{TOY}/feedback"), FEEDBACK, PATH).name == "main"
    if at_the_service_url:
        assert door.admit(with_token(TOY), FEEDBACK, PATH).name == "main"
    else:
        with pytest.raises(NotAuthenticatedError):
            door.admit(with_token(TOY), FEEDBACK, PATH)
    with pytest.raises(NotAuthenticatedError):
        door.admit(with_token(f"{TOY}/feedback"), PATH)


class Unable:
    def __init__(self, error):
        self._error = error

    def identify(self, authorization, url, or_url=None):
        raise self._error


@pytest.mark.parametrize("error", [NoKeysError(), ReplayStoreError("full")])
def test_who_cannot_be_told_is_neither_let_in_nor_called_unknown(error):
    with pytest.raises(UnavailableError) as caught:
        Entrance(Unable(error), BASE).admit(request(), PATH)
    assert caught.value.headers == {"Retry-After": "1"}


class Away:
    """A replay store that does not answer."""

    def is_first_use(self, token):
        raise ReplayStoreError("ConnectionError")


KEYS_NOWHERE = {"jwks_file": ..., "jku": "http://127.0.0.1:9/jwks.json"}


@pytest.mark.parametrize(
    ("members", "replays", "cause"),
    [
        (KEYS_NOWHERE, InProcessReplays(Clock(0.0)), "no-keys"),
        ({}, Away(), "replay-store"),
    ],
    ids=["no-keys", "replay-store"],
)
def test_who_cannot_be_told_is_noted_by_the_client_that_it_says_it_is(
    tmp_path, members, replays, cause
):
    told = []
    door = entrance(tmp_path, replays, lambda *noted: told.append(noted), **members)
    with pytest.raises(UnavailableError):
        door.admit(with_token(TOY), PATH)
    assert told == [("main", cause)]


def test_beyond_the_allowance_a_client_is_told_how_long_to_wait(tmp_path):
    door = entrance(tmp_path, calls_per_minute=1)
    assert door.admit(with_token(TOY), PATH)
    with pytest.raises(TooManyError) as caught:
        door.admit(with_token(TOY), PATH)
    assert caught.value.headers["Retry-After"] in ("59", "60")


def test_a_bucket_is_refilled_steadily_and_never_beyond_its_size(monkeypatch):
    clock = Clock(0.0)
    monkeypatch.setattr(bucket, "now", clock)
    held = Bucket(2, 0.5)
    assert [held.take(), held.take(), held.take()] == [0, 0, 2.0]
    assert held.wait() == 2.0
    clock.now = 2.0
    assert held.wait() == 0
    assert [held.take(), held.take()] == [0, 2.0]
    clock.now = 1000.0
    assert [held.take(), held.take(), held.take()] == [0, 0, 2.0]

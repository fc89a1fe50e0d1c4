"""Clocks 60 s apart are put up with, 61 s are not, and a token ends with its time (A-05, T18)."""

import pytest

from cds_service.security.authentication import TrustedCallers
from cds_service.security.replay import InProcessReplays
from cds_service.security.signed_token import RefusedTokenError
from cds_service.security.trusted_clients import load_trusted_clients
from tests.security.signing import good_token
from tests.security.test_replay import NOW, Clock
from tests.security.trusted_app import TOY, clients_file


@pytest.fixture
def callers(tmp_path):
    clients = load_trusted_clients(clients_file(tmp_path), unchecked_as_card=False)
    clock = Clock(NOW)
    made = TrustedCallers(clients, InProcessReplays(Clock(0.0)), clock)
    made.clock = clock
    return made


def cause(callers, **changes):
    """Why a token for now is refused; None when it is accepted."""
    text = good_token(TOY, now=NOW, **changes)
    try:
        callers.identify(f"Bearer {text}", TOY)
    except RefusedTokenError as error:
        return error.cause


@pytest.mark.parametrize(
    ("since_expiry", "expected"),
    [(-1, None), (0, None), (60, None), (60.5, "expired"), (61, "expired")],
)
def test_expiry_is_exact_at_sixty_seconds(callers, since_expiry, expected):
    callers.clock.now = NOW + 300 + since_expiry
    assert cause(callers, exp=NOW + 300) == expected


@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(("ahead", "expected"), [(0, None), (60, None), (61, "not-yet")])
def test_so_is_the_beginning(callers, claim, ahead, expected):
    assert cause(callers, **{claim: NOW + ahead, "exp": NOW + 200}) == expected


@pytest.mark.parametrize("by", [-90, 90, -600, 600])
def test_of_clocks_farther_apart_nothing_is_accepted(callers, by):
    callers.clock.now = NOW + by
    expected = "not-yet" if by < 0 else "expired" if by > 360 else None
    assert cause(callers, exp=NOW + 300) == expected


def test_after_its_time_a_token_is_expired_and_not_only_used(callers):
    text = f"Bearer {good_token(TOY, now=NOW)}"
    assert callers.identify(text, TOY).name == "main"
    for late, expected in (
        (10, "replayed"),
        (360, "replayed"),
        (361, "expired"),
        (5000, "expired"),
    ):
        callers.clock.now = NOW + late
        with pytest.raises(RefusedTokenError, match=expected):
            callers.identify(text, TOY)


def test_a_clock_that_jumps_back_makes_no_used_token_new(callers):
    text = f"Bearer {good_token(TOY, now=NOW)}"
    assert callers.identify(text, TOY)
    for now in (NOW + 5000, NOW + 100):
        callers.clock.now = now
        with pytest.raises(RefusedTokenError):
            callers.identify(text, TOY)

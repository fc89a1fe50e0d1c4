"""Places: so many at a time, some that wait for a moment, and the others told at once."""

import threading
import time
from contextlib import ExitStack

import pytest

from cds_service.protocol.errors import UnavailableError
from cds_service.protocol.overload import PATIENCE_SECONDS, WAITING, Places


def taken_beside(places, count):
    """Let so many others try to take a place; return how each of them fared."""
    fared = []

    def take():
        try:
            with places.taken():
                fared.append("ran")
        except UnavailableError:
            fared.append("refused")

    threads = [threading.Thread(target=take) for _ in range(count)]
    for thread in threads:
        thread.start()
    return fared, threads


def test_a_place_can_be_had_again_whatever_happened_in_it():
    places = Places(1)
    for _ in range(3):
        with pytest.raises(KeyError), places.taken():
            raise KeyError
    with places.taken():
        pass


def test_as_many_as_may_wait_get_the_place_that_comes_free():
    places = Places(2)
    with ExitStack() as both:
        both.enter_context(places.taken())
        both.enter_context(places.taken())
        fared, threads = taken_beside(places, 2 * WAITING)
        time.sleep(PATIENCE_SECONDS / 5)
        with pytest.raises(UnavailableError), places.taken():  # no more may wait
            pass
        assert fared == []
    for thread in threads:
        thread.join()
    assert fared == ["ran"] * 2 * WAITING


def test_who_waited_in_vain_is_told_so_and_leaves_room_to_wait():
    places = Places(1)
    with places.taken():
        for _ in range(2):
            fared, threads = taken_beside(places, WAITING)
            for thread in threads:
                thread.join()
            assert fared == ["refused"] * WAITING


def test_places_of_one_kind_are_none_of_another():
    cards, feedback = Places(1), Places(1)
    with feedback.taken(), cards.taken():
        pass

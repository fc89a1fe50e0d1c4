"""Reads side by side: bounded, in order, and each for itself."""

import threading
from time import sleep

import pytest

from cds_service.fhir import parallel
from cds_service.fhir.parallel import side_by_side


def test_results_come_in_the_order_of_the_tasks():
    tasks = [lambda n=n: n for n in range(20)]
    assert [future.result() for future in side_by_side(tasks, 8)] == list(range(20))


def test_one_that_fails_fails_alone():
    first, second = side_by_side([lambda: 1 / 0, lambda: 2], 8)
    with pytest.raises(ZeroDivisionError):
        first.result()
    assert second.result() == 2


def test_no_more_run_at_a_time_than_allowed():
    running, most, lock = [0], [0], threading.Lock()

    def task():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        sleep(0.01)
        with lock:
            running[0] -= 1

    for future in side_by_side([task] * 20, fan_out=3):
        future.result()
    assert most[0] == 3


def test_a_place_that_hangs_leaves_threads_to_the_others():
    released = threading.Event()
    tasks = [released.wait] * 8
    hanging = [side_by_side(tasks, 8, "a") for _ in range(parallel.THREADS // 8 + 1)]
    try:
        (elsewhere,) = side_by_side([lambda: "read"], 8, "b")
        assert elsewhere.result(timeout=5) == "read"
    finally:
        released.set()
    assert all(future.result(timeout=5) for futures in hanging for future in futures)


def test_a_place_comes_back_once_there_are_threads_again(monkeypatch):
    def refused(*_):
        raise RuntimeError("can't start new thread")

    pool = parallel.executor()
    with monkeypatch.context() as starved:
        starved.setattr(pool, "submit", refused)
        lost = [side_by_side([lambda: "lost"], 8, "c") for _ in range(2 * parallel.PER_HOST)]
    assert not any(future.done() for (future,) in lost)
    (found,) = side_by_side([lambda: "read"], 8, "c")
    assert found.result(timeout=5) == "read"


def test_a_lane_that_the_pool_ran_late_is_not_counted_twice(monkeypatch):
    pool, late = parallel.executor(), []

    def refused(*work):
        late.append(work)
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as starved:
        starved.setattr(pool, "submit", refused)
        side_by_side([lambda: "lost"], 8, "d")
    for run, *arguments in late:
        run(*arguments)
    assert parallel._lanes_at("d")._running == 0


def test_a_forked_worker_makes_threads_of_its_own():
    of_the_parent = parallel.executor()
    parallel.executor.cache_clear()
    assert parallel.executor() is not of_the_parent

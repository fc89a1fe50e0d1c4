"""Twenty seconds of what ``make soak MINUTES=60`` does: too short to see memory grow."""

import pytest

from tests.full import FULL
from tests.lifecycle.soak import MOST_THREADS, run


@pytest.mark.skipif(not FULL, reason="in make test-full only")
@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_good_bad_and_hanging_traffic_brings_no_failure_of_ours(server):
    found = run(1 / 3, server)
    assert found["failures of ours"] == {}
    assert found["answers"]["good 200"] > found["calls"] / 2
    for worker in found["workers, after the warm-up and at the end"]:
        assert max(worker["threads"]) <= MOST_THREADS

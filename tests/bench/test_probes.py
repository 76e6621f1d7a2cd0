"""What statistics cost: the interval of a median, and the two steps that are compared."""

from __future__ import annotations

import math

import pytest

import liuli
from bench.probes import interval
from bench.workers.probes import Pair


def test_the_interval_has_the_median_in_it_often_enough() -> None:
    """Of 31 values the 10th and the 22nd; of 6 all: textbook values of the sign test."""
    assert interval(range(1, 32)) == (10, 22)
    assert interval([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]) == (1.0, 6.0)
    assert interval([2.0]) == (2.0, 2.0)


@pytest.mark.parametrize("count", [9, 20, 31, 50])
def test_the_interval_is_the_narrowest_that_is_likely_enough(count: int) -> None:
    first, _ = interval(range(count))
    outside = [2 * sum(math.comb(count, k) for k in range(n)) / 2**count
               for n in (int(first) + 1, int(first) + 2)]  # fmt: skip
    assert outside[0] <= 0.05 < outside[1]


@pytest.mark.slow
def test_the_measured_call_is_the_last_of_each_stretch() -> None:
    before = liuli.get_num_threads()
    try:
        pair = Pair(1, 25)
        figures = pair.round()
    finally:
        liuli.set_num_threads(before)
    assert figures.keys() == {"bare", "measured", "watched"}
    assert pair.watched.watched.call == pair.watched.calls == 250

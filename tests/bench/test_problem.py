"""The problem that all libraries are given: the same for everyone, and its arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from bench.problem import Problem

SMALL = Problem(sizes=(6, 5, 3), batch=4)


def test_flop_of_the_tutorials_step() -> None:
    assert Problem().flop == 29_081_600


def test_flop_counts_no_gradient_of_the_data() -> None:
    assert Problem(sizes=(7, 3), batch=1).flop == 2 * 7 * 3 * 2
    assert Problem(sizes=(7, 3, 2), batch=5).flop == 2 * 5 * (2 * 21 + 3 * 6)


def test_json_keeps_everything() -> None:
    problem = Problem((4, 32, 16, 4), batch=7, fetch=True, warm=3, seconds=0.5)
    assert Problem.from_json(problem.to_json()) == problem


@pytest.mark.parametrize(("batch", "count"), [(1, 100), (64, 100), (128, 50), (4096, 4)])
def test_how_many_batches(batch: int, count: int) -> None:
    assert Problem(batch=batch).count == count


def test_everyone_begins_alike() -> None:
    for first, second in zip(SMALL.start(), SMALL.start(), strict=True):
        np.testing.assert_array_equal(first, second)
    shapes = [value.shape for value in SMALL.start()]
    assert shapes == [(5, 6), (5,), (3, 5), (3,)]
    assert {value.dtype for value in SMALL.start()} == {np.dtype(np.float32)}


def test_rows_by_number_are_the_same_batches() -> None:
    x, labels, order = SMALL.rows()
    assert order.shape == (SMALL.count, SMALL.batch) and len(np.unique(order)) == order.size
    for places, (part, targets) in zip(order, SMALL.batches(), strict=True):
        np.testing.assert_array_equal(x[places], part)
        np.testing.assert_array_equal(labels[places], targets)
    assert (order[0] != np.arange(SMALL.batch)).any(), "the rows lie scattered"

"""cross_entropy warns once of probabilities, and of nothing that only looks like them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import liuli
from liuli import nn
from liuli.functions import losses

F = nn.functional
LABELS = liuli.tensor([0, 1, 2, 0])


def codes(outputs: Callable[[Any], Any], times: int = 1) -> list[str]:
    losses._told.clear()
    x = liuli.randn(4, 3, requires_grad=True)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(times):
            F.cross_entropy(outputs(x), LABELS)
    return [str(each.message)[1:6] for each in seen]


@pytest.mark.parametrize(
    "outputs",
    [
        nn.Softmax(1),
        lambda x: F.softmax(x, dim=-1),
        lambda x: x.softmax(1).reshape(2, 2, 3).view(4, 3),
        lambda x: x.softmax(1).double(),
        lambda x: nn.Sequential(nn.Linear(3, 3), nn.Softmax(1))(x),
    ],
)
def test_probabilities(outputs: Callable[[Any], Any]) -> None:
    assert codes(outputs, times=3) == ["LL172"]


@pytest.mark.parametrize(
    "outputs",
    [
        lambda x: x,
        lambda x: x.softmax(1).log(),  # right: softmax of it gives the probabilities back
        lambda x: 10 * x.softmax(1),
        lambda x: x.softmax(0),  # columns add up to 1, rows do not
        lambda x: x.abs() / x.abs().sum(1, keepdim=True),  # no softmax made it
        lambda x: x.sigmoid(),
        lambda x: x.detach().softmax(1),  # no history tells
    ],
)
def test_others(outputs: Callable[[Any], Any]) -> None:
    assert codes(outputs) == []

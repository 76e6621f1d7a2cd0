"""Networks by name."""

from __future__ import annotations

import numpy as np
import pytest

import liuli
from liuli.nn import Dropout, Linear
from liuli.zoo import FOR_NUMBERS, FOR_PICTURES, NETWORKS, mlp


def test_the_network_of_the_first_lesson() -> None:
    network = mlp()
    sizes = [(m.in_features, m.out_features) for m in network.modules() if isinstance(m, Linear)]
    assert sizes == [(784, 128), (128, 64), (64, 10)]
    assert sum(p.numel() for p in network.parameters()) == 109_386


def test_what_it_computes() -> None:
    network, x = mlp(6, (5,), outputs=3), liuli.randn(4, 2, 3)
    first, last = (m for m in network.modules() if isinstance(m, Linear))
    hidden = np.maximum(x.numpy().reshape(4, 6) @ first.weight.detach().numpy().T
                        + first.bias.detach().numpy(), 0)  # fmt: skip
    expected = hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    np.testing.assert_allclose(network(x).detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_dropout_is_there_if_wanted() -> None:
    dropped = [m.p for m in mlp(dropout=0.3).modules() if isinstance(m, Dropout)]
    assert dropped == [0.3, 0.3]


@pytest.mark.parametrize("name", list(FOR_NUMBERS))
def test_by_name(name: str) -> None:
    network = NETWORKS[name]((1, 3, 4), 3)
    assert network(liuli.randn(2, 3, 4)).shape == (2, 3)
    assert type(network).__name__ == "Sequential"


LARGE = {"resnet18", "resnet56", "plain56"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name
             for name in FOR_PICTURES]
)  # fmt: skip
def test_by_name_for_pictures(name: str) -> None:
    network = NETWORKS[name]((1, 28, 28), 7).eval()
    assert network(liuli.randn(1, 1, 28, 28)).shape == (1, 7)

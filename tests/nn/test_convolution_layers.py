"""Convolutional layers beyond PyTorch's values (tests/golden): first values, lazy forms, steps."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import errors, nn
from liuli.compiler.step import compile
from liuli.nn import functional as F

ALL = [(transposed, count) for transposed in (False, True) for count in (1, 2, 3)]


def kind(transposed: bool, count: int, lazy: bool = False) -> Any:
    return getattr(nn, f"{'Lazy' * lazy}Conv{'Transpose' * transposed}{count}d")


# --- first values -------------------------------------------------------------------------------
@pytest.mark.parametrize(("transposed", "count"), ALL)
def test_first_values_are_uniform(transposed: bool, count: int) -> None:
    """As in PyTorch the bound is 1 / sqrt of what stands behind the weight's first axis."""
    layer: Any = kind(transposed, count)(24, 36, 3, groups=2)
    bound = 1 / np.sqrt(np.prod(layer.weight.shape[1:]))
    weight, bias = (x.detach().numpy() / bound for x in (layer.weight, layer.bias))
    assert 0.95 < np.abs(weight).max() <= 1 and np.abs(bias).max() <= 1
    assert abs(weight.mean()) < 0.1 and abs(weight.std() - 3**-0.5) < 0.05


def test_weights_are_pytorchs_draws() -> None:
    """weight first, then bias, each from the layer's own bound: as many draws as numbers."""
    liuli.manual_seed(3)
    layer: Any = nn.Conv2d(2, 3, 2)
    liuli.manual_seed(3)
    bound = 8**-0.5
    weight = liuli.empty(3, 2, 2, 2).uniform_(-bound, bound)
    bias = liuli.empty(3).uniform_(-bound, bound)
    np.testing.assert_allclose(layer.weight.detach().numpy(), weight.numpy(), rtol=1e-6)
    np.testing.assert_allclose(layer.bias.detach().numpy(), bias.numpy(), rtol=1e-6)


# --- layer and function -------------------------------------------------------------------------
@pytest.mark.parametrize(("transposed", "count"), ALL)
def test_a_layer_is_its_function(transposed: bool, count: int) -> None:
    x = liuli.randn(2, 4, *(5 for _ in range(count)))
    layer = kind(transposed, count)(4, 6, 3, stride=2, padding=1, dilation=2, groups=2)
    run = getattr(F, f"conv{'_transpose' * transposed}{count}d")
    made = run(x, layer.weight, layer.bias, stride=2, padding=1, dilation=2, groups=2)
    assert liuli.equal(layer(x), made)
    other = kind(transposed, count)(4, 6, 3, stride=2, padding=1, dilation=2, groups=2)
    other.load_state_dict(layer.state_dict())
    assert liuli.equal(other(x), made) and list(layer.state_dict()) == ["weight", "bias"]


def test_padding_modes_are_those_of_pad() -> None:
    x = liuli.randn(2, 3, 4, 5)
    for mode in ("reflect", "replicate", "circular"):
        layer = nn.Conv2d(3, 2, (3, 2), padding="same", padding_mode=mode)
        wider = F.pad(x, (0, 1, 1, 1), mode)
        assert liuli.equal(layer(x), F.conv2d(wider, layer.weight, layer.bias))


# --- lazy layers ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("transposed", "count"), ALL)
def test_lazy_layers_become_ordinary_ones(transposed: bool, count: int) -> None:
    lazy = kind(transposed, count, lazy=True)(6, 3, stride=2, groups=2)
    held = list(lazy.parameters())
    optimizer = liuli.optim.SGD(lazy.parameters(), lr=0.1)
    assert [str(p) for p in held] == ["<UninitializedParameter>"] * 2
    x = liuli.randn(4, *(5 for _ in range(count)))  # one example without a batch
    lazy(x).sum().backward()
    optimizer.step()
    assert type(lazy) is kind(transposed, count)
    assert all(a is b for a, b in zip(held, lazy.parameters(), strict=True))
    args, options = lazy._made_with
    again = type(lazy)(*args, **options)
    assert repr(again) == repr(lazy)
    waiting = kind(transposed, count, lazy=True)(6, 3, stride=2, groups=2)
    waiting.load_state_dict(lazy.state_dict())
    assert liuli.equal(waiting(x), lazy(x)) and waiting.in_channels == 4


def test_a_lazy_layer_that_is_refused_still_waits() -> None:
    lazy = nn.LazyConv2d(8, 3, groups=4)
    with pytest.raises(errors.ShapeError, match="LL148"):
        lazy(liuli.ones(1, 6, 5, 5))
    with pytest.raises(errors.ShapeError, match="LL146"):
        copy.deepcopy(lazy)(liuli.ones(5, 5))
    assert lazy(liuli.ones(1, 4, 5, 5)).shape == (1, 8, 3, 3)


# --- compiled -------------------------------------------------------------------------------------
def network() -> Any:
    liuli.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"), nn.ReLU(),
        nn.Conv2d(4, 4, 3, stride=2, groups=4), nn.ReLU(),
        nn.ConvTranspose2d(4, 3, 3, stride=2, output_padding=1), nn.Flatten(),
        nn.Linear(192, 3),
    )  # fmt: skip


def learning(model: Any) -> Any:
    optimizer = liuli.optim.Adam(model.parameters(), lr=0.01)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


@pytest.mark.parametrize("backend", ["", "numpy"])
def test_a_compiled_step_is_the_eager_one(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_BACKEND", backend)
    x, y = liuli.randn(5, 2, 7, 7), liuli.tensor([0, 1, 2, 1, 0])
    eager, compiled = learning(network()), compile(learning(network()))
    losses = [(eager(x, y).item(), compiled(x, y).item()) for _ in range(4)]
    assert losses[-1][0] < losses[0][0]
    for ours, expected in losses:
        assert ours == pytest.approx(expected, rel=2e-5)

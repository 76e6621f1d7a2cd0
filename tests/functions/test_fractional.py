"""Fractional pooling by loops, what it draws, and the functions that torch itself has."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli import nn
from liuli.errors import LiuliError
from liuli.functions import functional as F

Array = np.ndarray[Any, Any]
POOLS = {2: F.fractional_max_pool2d, 3: F.fractional_max_pool3d}


def starts(u: float, length: int, count: int, size: int) -> list[int]:
    """Where windows begin, from the definition."""
    step = (length - size) / (count - 1) if count > 1 else 0.0
    return [int((i + u) * step) - int(u * step) for i in range(count - 1)] + [length - size]


@settings(deadline=None, max_examples=30)
@given(data=st.data(), axes=st.sampled_from((2, 3)))
def test_by_loops(data: st.DataObject, axes: int) -> None:
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    size = [data.draw(st.integers(1, 3)) for _ in range(axes)]
    target = [data.draw(st.integers(1, 3)) for _ in range(axes)]
    space = [k + m - 1 + data.draw(st.integers(0, 3)) for k, m in zip(size, target, strict=True)]
    x = draw.permutation(2 * math.prod(space)).reshape(1, 2, *space) / 4
    u = draw.random((1, 2, axes))
    leaf = liuli.tensor(x, requires_grad=True)
    made, index = POOLS[axes](leaf, size, target, return_indices=True,
                              _random_samples=liuli.tensor(u))  # fmt: skip
    gradient = np.zeros_like(x)
    for c in range(2):
        order = u[0, c][::-1] if axes == 2 else u[0, c]
        lines = [starts(*each) for each in zip(order, space, target, size, strict=True)]
        for place in itertools.product(*(range(m) for m in target)):
            box = [slice(line[i], line[i] + k)
                   for line, i, k in zip(lines, place, size, strict=True)]  # fmt: skip
            part = x[(0, c, *box)]
            assert made[(0, c, *place)].item() == part.max()
            assert x[0, c].ravel()[index[(0, c, *place)].item()] == part.max()
            gradient[0, c].ravel()[index[(0, c, *place)].item()] += 1
    made.sum().backward()
    np.testing.assert_array_equal(leaf.grad.numpy(), gradient)


def test_windows_are_drawn_anew_and_by_the_seed() -> None:
    x = liuli.arange(400.0).reshape(1, 1, 20, 20)
    layer = nn.FractionalMaxPool2d(2, output_ratio=0.6)
    liuli.manual_seed(3)
    made = [layer(x) for _ in range(4)]
    assert made[0].shape == (1, 1, 12, 12)
    assert any(not liuli.equal(made[0], other) for other in made[1:])
    liuli.manual_seed(3)
    assert liuli.equal(layer(x), made[0])
    assert layer(x)[0, 0, -1, -1] == 399  # the last window ends where the image ends


def test_what_is_given_is_kept() -> None:
    samples = liuli.rand(1, 2, 2)
    layer = nn.FractionalMaxPool2d(3, 2, return_indices=True, _random_samples=samples)
    x = liuli.rand(2, 6, 5)
    values, places = layer(x)
    assert liuli.equal(values, layer(x)[0])
    assert liuli.equal(x.flatten(1).gather(1, places.flatten(1)), values.flatten(1))
    assert list(layer.state_dict()) == ["_random_samples"]


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("LL187", {}),
        ("LL185", {"output_ratio": 1.5}),
        ("LL185", {"output_ratio": (0.5, 0.5, 0.5)}),
        ("LL147", {"output_size": 8}),
        ("LL173", {"output_size": (2, 2, 2)}),
        ("LL146", {"output_size": 2, "_random_samples": liuli.rand(1, 2, 3)}),
    ],
)
def test_what_does_not_fit_is_told(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(LiuliError) as caught:
        F.fractional_max_pool2d(liuli.rand(1, 2, 8, 8), 2, **options)
    assert caught.value.code == code


def test_a_layer_wants_exactly_one() -> None:
    for options in ({}, {"output_size": 2, "output_ratio": 0.5}):
        with pytest.raises(LiuliError) as caught:
            nn.FractionalMaxPool2d(2, **options)
        assert caught.value.code == "LL187"


def test_torch_itself_has_other_signatures() -> None:
    x, one = liuli.rand(2, 4, 6), liuli.ones(4)
    mean, variance = x.mean((0, 2)), x.var((0, 2))
    made = liuli.batch_norm(x, one * 2, one, mean, variance, False, 0.1, 1e-5, True)
    assert liuli.equal(made, F.batch_norm(x, mean, variance, one * 2, one))
    assert isinstance(liuli.max_pool1d(x, 2), liuli.Tensor)
    assert len(liuli.adaptive_max_pool1d(x, 2)) == 2
    assert liuli.layer_norm(x, (6,), cudnn_enable=False).shape == x.shape
    assert liuli.equal(liuli.rms_norm(x, (6,)), F.rms_norm(x, (6,)))


def test_a_convolution_with_other_axes_is_told() -> None:
    for shapes in (((2, 3), (2, 3, 4)), ((5, 2, 3), (2, 3))):
        with pytest.raises(LiuliError) as caught:
            F.conv_tbc(liuli.ones(shapes[0]), liuli.ones(shapes[1]), liuli.zeros(4))
        assert caught.value.code == "LL146"

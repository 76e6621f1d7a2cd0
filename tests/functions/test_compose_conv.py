"""Convolution and max pooling composed from views, contract, argmax and gather alone.

The layers come later; this holds the primitives to what they need: values against plain loops,
gradients against finite differences, and PyTorch's rule that the first of equal elements wins.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import ops
from liuli.autodiff.tensor import apply

Array = np.ndarray[Any, Any]
Pair = tuple[int, int]


def padded(x: Any, padding: Pair, value: float = 0.0) -> Any:
    ends = (0, 0, *padding)
    return apply(ops.views.pad, x, low=ends, high=ends, interior=(0, 0, 0, 0), value=value)


def windows(x: Any, size: Pair, stride: Pair, dilation: Pair) -> Any:
    """(N, C, H, W) -> (N, C, y, x, i, j): every place of the kernel, and what it sees there."""
    return apply(ops.views.windows, x, axes=(2, 3), size=size, step=stride, dilation=dilation)


def conv2d(x: Any, weight: Any, stride: Pair, padding: Pair, dilation: Pair) -> Any:
    seen = windows(padded(x, padding), tuple(weight.shape[2:]), stride, dilation)
    return apply(ops.contract.contract, seen, weight, labels="ncyxij,ocij->noyx")


def max_pool2d(x: Any, size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Any:
    seen = windows(padded(x, padding, -np.inf), size, stride, dilation)
    flat = seen.reshape(*seen.shape[:4], -1)
    first = apply(ops.reduce.argmax, flat, axes=(4,), keepdims=False)
    return apply(ops.index.gather, flat, first, batch=4)


# --- the same in plain loops ------------------------------------------------------------------
def places(shape: tuple[int, ...], size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Any:
    """For every output place: (y, x) and the places of the unpadded input that it sees."""
    options = zip(shape[2:], size, stride, padding, dilation, strict=True)
    lengths = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in options]
    for y, x in itertools.product(*map(range, lengths)):
        yield (
            (y, x),
            [
                (
                    i,
                    j,
                    y * stride[0] + i * dilation[0] - padding[0],
                    x * stride[1] + j * dilation[1] - padding[1],
                )
                for i, j in itertools.product(*map(range, size))
            ],
        )


def inside(shape: tuple[int, ...], row: int, column: int) -> bool:
    return 0 <= row < shape[2] and 0 <= column < shape[3]


def conv2d_by_loops(x: Array, w: Array, stride: Pair, padding: Pair, dilation: Pair) -> Array:
    all_places = list(places(x.shape, (w.shape[2], w.shape[3]), stride, padding, dilation))
    out = np.zeros((len(x), len(w), *np.add(all_places[-1][0], 1)))
    for n, o, ((y, c), seen) in itertools.product(range(len(x)), range(len(w)), all_places):
        out[n, o, y, c] = sum(
            x[n, k, row, column] * w[o, k, i, j]
            for k in range(x.shape[1]) for i, j, row, column in seen if inside(x.shape, row, column)
        )  # fmt: skip
    return out


def max_pool2d_by_loops(x: Array, g: Array, size: Pair, stride: Pair, padding: Pair,
                        dilation: Pair) -> tuple[Array, Array]:  # fmt: skip
    """The result, and the gradient: each window's goes to the first of its largest elements."""
    out, gradient = np.zeros_like(g), np.zeros_like(x)
    for n, c in np.ndindex(*x.shape[:2]):
        for (y, w), seen in places(x.shape, size, stride, padding, dilation):
            found = [(x[n, c, i, j], i, j) for _, _, i, j in seen if inside(x.shape, i, j)]
            top, row, column = max(found, key=lambda each: each[0])  # the first one
            out[n, c, y, w] = top
            gradient[n, c, row, column] += g[n, c, y, w]
    return out, gradient


OPTIONS = [
    ((1, 1), (0, 0), (1, 1)),
    ((2, 1), (1, 0), (1, 1)),
    ((1, 2), (1, 1), (2, 1)),
    ((3, 2), (0, 1), (1, 2)),
]


def leaf(array: Array) -> Any:
    return liuli.tensor(array, requires_grad=True)


@pytest.mark.parametrize(("stride", "padding", "dilation"), OPTIONS)
def test_conv2d(stride: Pair, padding: Pair, dilation: Pair) -> None:
    draw = np.random.default_rng(0)
    x, w = draw.standard_normal((2, 2, 5, 6)), draw.standard_normal((3, 2, 2, 3))
    made = conv2d(leaf(x), leaf(w), stride, padding, dilation)
    expected = conv2d_by_loops(x, w, stride, padding, dilation)
    np.testing.assert_allclose(made.detach().numpy(), expected, rtol=1e-12, atol=1e-12)
    small = leaf(x[:1, :, :4, :5]), leaf(w[:2])
    assert liuli.autograd.gradcheck(lambda *both: conv2d(*both, stride, padding, dilation), small)
    tiny = leaf(x[:1, :1, :4, :5]), leaf(w[:1, :1])
    assert liuli.autograd.gradgradcheck(
        lambda *both: conv2d(*both, stride, padding, dilation), tiny
    )


@pytest.mark.parametrize(("stride", "padding", "dilation"), OPTIONS)
@pytest.mark.parametrize("ties", [False, True])
def test_max_pool2d(stride: Pair, padding: Pair, dilation: Pair, ties: bool) -> None:
    draw = np.random.default_rng(1)
    shape = (2, 2, 6, 5)
    x = (
        draw.integers(0, 2, shape).astype(float)
        if ties
        else draw.permutation(120).reshape(shape) / 7
    )
    tensor = leaf(x)
    made = max_pool2d(tensor, (2, 2), stride, padding, dilation)
    g = draw.standard_normal(made.shape)
    made.backward(liuli.tensor(g))
    out, gradient = max_pool2d_by_loops(x, g, (2, 2), stride, padding, dilation)
    np.testing.assert_array_equal(made.detach().numpy(), out)
    np.testing.assert_allclose(tensor.grad.numpy(), gradient, rtol=1e-12)
    if not ties:
        small = leaf(x[:1, :1])
        assert liuli.autograd.gradcheck(
            lambda t: max_pool2d(t, (2, 2), stride, padding, dilation), small
        )


def test_a_network_of_both_learns_its_gradients() -> None:
    draw = np.random.default_rng(2)
    x = leaf(draw.standard_normal((1, 1, 6, 6)))
    w = leaf(draw.standard_normal((2, 1, 3, 3)))

    def network(x: Any, w: Any) -> Any:
        hidden = conv2d(x, w, (1, 1), (1, 1), (1, 1))
        return max_pool2d(hidden, (2, 2), (2, 2), (0, 0), (1, 1)).tanh().sum((2, 3))

    assert liuli.autograd.gradcheck(network, (x, w))


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_shorter_floats_keep_their_dtype(dtype: str) -> None:
    x = liuli.rand(1, 2, 4, 4).to(getattr(liuli, dtype)).requires_grad_()
    w = liuli.rand(3, 2, 2, 2).to(getattr(liuli, dtype)).requires_grad_()
    made = max_pool2d(conv2d(x, w, (1, 1), (0, 0), (1, 1)), (2, 2), (1, 1), (0, 0), (1, 1))
    made.sum().backward()
    assert made.dtype == x.grad.dtype == w.grad.dtype == x.dtype

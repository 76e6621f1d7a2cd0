"""Convolutions of any shape against loops, their gradients against differences, by Hypothesis."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli.errors import LiuliError
from liuli.nn import functional as F
from liuli.ops import convolution as composites
from liuli.ops.convolution import Grid
from tests.ops import convolving

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
CONV: dict[int, Any] = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED: dict[int, Any] = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


class Walk(NamedTuple):
    """A convolution to try: the numbers of everything."""

    batch: int
    channels: int  # of each group
    outputs: int  # of each group
    groups: int
    space: Shape
    taps: Shape
    stride: Shape
    padding: Shape
    dilation: Shape

    @property
    def grid(self) -> Grid:
        return Grid(self.stride, self.dilation, self.padding, self.padding, self.groups)

    def arrays(self) -> tuple[Array, Array, Array]:
        """An input, a weight and a bias of whole numbers: every comparison is exact."""
        draw = np.random.default_rng(len(self.space) + math.prod(self.space))
        outputs = self.outputs * self.groups
        shapes: list[Shape] = [
            (self.batch, self.channels * self.groups, *self.space),
            (outputs, self.channels, *self.taps),
            (outputs,),
        ]
        x, w, b = (draw.integers(-4, 5, shape).astype(np.float64) for shape in shapes)
        return x, w, b


@st.composite
def walks(draw: st.DrawFn, longest: int = 5) -> Walk:
    """Kernels that fit at least once."""
    count = draw(st.integers(1, 3))
    few, space, taps = st.integers(1, 2), [], []
    options: list[list[int]] = [[], [], []]
    for _ in range(count):
        n = draw(st.integers(1, longest if count < 3 else 3))
        each = draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
        space.append(n)
        taps.append(draw(st.integers(1, max((n + 2 * each[1] - 1) // each[2] + 1, 1))))
        for kind, number in zip(options, each, strict=True):
            kind.append(number)
    stride, padding, dilation = map(tuple, options)
    return Walk(draw(st.integers(0, 2)), draw(few), draw(few), draw(st.integers(1, 3)),
                tuple(space), tuple(taps), stride, padding, dilation)  # fmt: skip


def leaf(x: Array) -> Any:
    return liuli.tensor(x, requires_grad=True)


# --- values -----------------------------------------------------------------------------------
@settings(max_examples=150)
@given(walks())
def test_convolution_is_that_of_loops(walk: Walk) -> None:
    x, w, b = map(leaf, walk.arrays())
    made = CONV[len(walk.space)](
        x, w, b, walk.stride, walk.padding, walk.dilation, walk.groups
    )  # fmt: skip
    expected = convolving.convolution(*walk.arrays(), grid=walk.grid)
    np.testing.assert_array_equal(made.detach().numpy(), expected)
    assert made._array.flags.c_contiguous  # PyTorch's programs call view on it
    g: Any = np.random.default_rng(1).integers(-3, 4, expected.shape).astype(np.float64)
    made.backward(liuli.tensor(g))
    of_x = convolving.convolution_input(g, w.detach().numpy(), space=walk.space, grid=walk.grid)
    of_w = convolving.convolution_weight(x.detach().numpy(), g, taps=walk.taps, grid=walk.grid)
    for tensor, array in ((x, of_x), (w, of_w), (b, g.sum((0, *range(2, g.ndim))))):
        np.testing.assert_array_equal(tensor.grad.numpy(), array)


@settings(max_examples=100)
@given(walks(), st.integers(0, 2))
def test_transposed_convolution_is_that_of_loops(walk: Walk, more: int) -> None:
    _, w, _ = walk.arrays()
    outputs = walk.channels * walk.groups
    draw = np.random.default_rng(2)
    x = draw.integers(-4, 5, (walk.batch, len(w), *walk.space)).astype(np.float64)
    b = draw.integers(-4, 5, outputs).astype(np.float64)
    extra = tuple(min(more, max(s, d) - 1) for s, d in zip(walk.stride, walk.dilation, strict=True))
    numbers = zip(walk.space, *walk[5:], extra, strict=True)
    space = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + 1 + e for n, k, s, p, d, e in numbers
    )  # fmt: skip
    run = TRANSPOSED[len(walk.space)]
    parts = (liuli.tensor(x), liuli.tensor(w), liuli.tensor(b))
    options = (walk.stride, walk.padding, extra, walk.groups, walk.dilation)
    if min(space) < 1:
        with pytest.raises(LiuliError, match="LL150"):
            run(*parts, *options)
        return
    expected = convolving.convolution_input(x, w, space=space, grid=walk.grid)
    expected = expected + b.reshape(-1, *(1 for _ in space))
    made = run(*parts, *options)
    np.testing.assert_array_equal(made.numpy(), expected)
    assert made._array.flags.c_contiguous


@settings(max_examples=60)
@given(walks())
def test_unfold_and_fold(walk: Walk) -> None:
    """Unfolding is what convolution is a product with; folding is its adjoint."""
    if len(walk.space) != 2:
        return
    x, w, _ = walk.arrays()
    options = {"dilation": walk.dilation, "padding": walk.padding, "stride": walk.stride}
    seen = F.unfold(liuli.tensor(x), walk.taps, **options)
    if walk.groups == 1:
        made = w.reshape(len(w), -1) @ seen.numpy()
        expected = convolving.plain_convolution(x, w, grid=walk.grid)
        np.testing.assert_array_equal(made.reshape(expected.shape), expected)
    g = np.random.default_rng(3).integers(-3, 4, seen.shape).astype(np.float64)
    back = F.fold(liuli.tensor(g), walk.space, walk.taps, **options)
    assert np.sum(back.numpy() * x) == np.sum(g * seen.numpy())


def test_a_batch_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(4)
    x, w = draw.integers(-4, 5, (7, 2, 6, 5)), draw.integers(-4, 5, (3, 2, 3, 2))

    def run() -> list[Array]:
        tensors = leaf(x.astype(float)), leaf(w.astype(float))
        y = F.conv2d(*tensors, stride=2, padding=1)
        (y * y).sum().backward()
        return [y.detach().numpy(), *(t.grad.numpy() for t in tensors)]

    whole = run()
    monkeypatch.setattr(composites, "PIECE", 100)
    for piece, expected in zip(run(), whole, strict=True):
        np.testing.assert_array_equal(piece, expected)


# --- gradients --------------------------------------------------------------------------------
@settings(max_examples=12)
@given(walks(longest=3))
def test_gradients_of_both_orders(walk: Walk) -> None:
    walk = walk._replace(batch=1)
    x, w, b = (leaf(array / 4) for array in walk.arrays())

    def run(x: Any, w: Any, b: Any) -> Any:
        made = CONV[len(walk.space)](x, w, b, walk.stride, walk.padding, walk.dilation, walk.groups)
        return made.sum(tuple(range(1, made.ndim)))  # of few numbers, so that the check is quick

    assert liuli.autograd.gradcheck(run, (x, w, b))
    assert liuli.autograd.gradgradcheck(lambda x, w: run(x, w, b).tanh(), (x, w))


@pytest.mark.parametrize(
    ("stride", "padding", "more"), [(1, 0, 0), (2, 1, 1), (3, 0, 1), (1, 1, 0)]
)
def test_gradients_of_transposed_convolutions(stride: int, padding: int, more: int) -> None:
    draw = np.random.default_rng(5)
    x, w, b = (leaf(draw.standard_normal(s)) for s in ((1, 2, 2, 2), (2, 1, 3, 2), (2,)))

    def run(x: Any, w: Any, b: Any) -> Any:
        return F.conv_transpose2d(x, w, b, stride, padding, more, groups=2)

    assert liuli.autograd.gradcheck(run, (x, w, b))
    assert liuli.autograd.gradgradcheck(run, (x, w, b))


def test_gradients_of_unfold_and_fold() -> None:
    x = leaf(np.random.default_rng(6).standard_normal((1, 2, 3, 4)))
    assert liuli.autograd.gradcheck(lambda x: F.unfold(x, 2, padding=1, stride=2), x)
    columns = leaf(np.random.default_rng(7).standard_normal((1, 4, 6)))
    assert liuli.autograd.gradcheck(lambda x: F.fold(x, (3, 4), 2), columns)
    assert liuli.autograd.gradcheck(lambda x: F.fold(x, (2, 1), 2, padding=1), columns)


# --- dtypes and forms ---------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_floats_keep_their_dtype(dtype: str) -> None:
    kind = getattr(liuli, dtype)
    shapes = ((2, 4, 5), (2, 2, 3), (2,))
    tensors: list[Any] = [liuli.rand(*s).to(kind).requires_grad_() for s in shapes]
    x, w, b = tensors
    made = F.conv1d(x, w, b, padding="same", groups=2)
    back = F.conv_transpose1d(made, w, groups=2)
    back.sum().backward()
    assert {t.dtype for t in (made, back, x.grad, w.grad, b.grad)} == {kind}
    exact = F.conv1d(x.double(), w.double(), b.double(), padding="same", groups=2)
    # The windows are added up in 32 bits and rounded once.
    size = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float64": 1e-15}[dtype]
    np.testing.assert_allclose(made.detach().double().numpy(), exact.detach().numpy(), rtol=size)


def test_numbers_of_images_are_cast_to_the_weights() -> None:
    image = liuli.tensor(np.arange(16, dtype=np.uint8).reshape(1, 1, 4, 4))
    made = F.conv2d(image, liuli.ones(1, 1, 4, 4), liuli.ones(1, dtype=liuli.float64))
    assert made.dtype == liuli.float32 and made.item() == 121
    assert F.conv_transpose2d(image, liuli.ones(1, 1, 1, 1)).dtype == liuli.float32


def test_one_example_needs_no_batch() -> None:
    x, w = liuli.randn(2, 5, 5), liuli.randn(3, 2, 3, 3)
    np.testing.assert_array_equal(F.conv2d(x, w).numpy(), F.conv2d(x[None], w)[0].numpy())
    back = liuli.randn(3, 3, 3)
    np.testing.assert_array_equal(
        F.conv_transpose2d(back, w).numpy(), F.conv_transpose2d(back[None], w)[0].numpy()
    )

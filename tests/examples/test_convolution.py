"""docs/learn/convolution.md: three ways give PyTorch's convolution; the page shows the program."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
import liuli.nn.functional as F
from examples import convolution_three_ways as three
from liuli import nn
from liuli.compiler.machine import available
from tests.sources import ROOT

PAGES = [ROOT / "docs/learn/convolution.md", ROOT / "docs/learn/convolution.zh.md"]
lengths = st.integers(1, 4)


@settings(max_examples=40)
@given(n=lengths, channels=lengths, filters=lengths, height=st.integers(4, 8),
       width=st.integers(4, 8), fh=lengths, fw=lengths, stride=st.integers(1, 3),
       pad=st.integers(0, 2), seed=st.integers(0, 99))  # fmt: skip
def test_three_ways_give_the_same_numbers(
    n: int, channels: int, filters: int, height: int, width: int, fh: int, fw: int, stride: int,
    pad: int, seed: int,
) -> None:  # fmt: skip
    draw = np.random.default_rng(seed)
    x, w, b = (draw.standard_normal(shape) for shape in
               ((n, channels, height, width), (filters, channels, fh, fw), (filters,)))  # fmt: skip
    loops, matrix = three.by_loops(x, w, b, stride, pad), three.by_matrix(x, w, b, stride, pad)
    layer = F.conv2d(*map(liuli.tensor, (x, w, b)), stride=stride, padding=pad).numpy()
    sides = three.size(height, fh, stride, pad), three.size(width, fw, stride, pad)
    assert loops.shape == matrix.shape == layer.shape == (n, filters, *sides)
    assert np.allclose(loops, matrix, atol=1e-12) and np.allclose(loops, layer, atol=1e-12)


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (2, 1)])
def test_the_kernel_gives_them_too(stride: int, pad: int) -> None:
    draw = np.random.default_rng(1)
    x, w, b = (draw.standard_normal(s).astype(np.float32) for s in ((2, 1, 9, 9), (3, 1, 5, 5), 3))
    for _ in range(4):
        found = three.by_compiler(x, w, b, stride, pad)
    wanted = three.by_loops(x.astype(float), w, b, stride, pad)
    assert three.kernel.programs and three.kernel.fallen is None
    assert np.allclose(found, wanted, atol=1e-5)


def test_im2col_holds_what_a_filter_sees() -> None:
    x = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    rows = three.im2col(x, 2, 3).reshape(2, 3, 3, 3, 2, 3)
    for n, top, left in np.ndindex(2, 3, 3):
        assert (rows[n, top, left] == x[n, :, top : top + 2, left : left + 3]).all()


def test_its_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = three.main(images=1, rounds=1)
    assert list(seconds) == list(three.WAYS) and min(seconds.values()) > 0
    printed = capsys.readouterr().out.splitlines()
    assert [line[:21].strip() for line in printed] == list(three.WAYS)
    assert all(float(line.split()[-2]) < 1e-4 for line in printed)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_shows_the_program(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    for shown in (three.size, three.by_loops, three.im2col, three.by_matrix, three.by_compiler,
                  three.kernel.function):  # fmt: skip
        assert inspect.getsource(shown) in text
    assert re.findall(r"^#.*\n", text, re.M) and text.count("```python") == 5


# --- what pooling does ----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [nn.MaxPool2d, nn.AvgPool2d])
def test_pooling_has_no_parameters_and_keeps_channels_apart(kind: Any) -> None:
    pool, x = kind(2), liuli.randn(2, 5, 6, 8)
    assert not list(pool.parameters()) and not list(pool.buffers())
    out = pool(x)
    assert tuple(out.shape) == (2, 5, three.size(6, 2, 2), three.size(8, 2, 2))
    x[:, 3] = 0
    again = pool(x)
    others = [0, 1, 2, 4]
    assert (again[:, others] == out[:, others]).all() and not (again[:, 3] == out[:, 3]).all()


def test_max_pooling_bears_small_shifts() -> None:
    """A bright pixel at random, moved by one: the pooled picture is equal for half of the places,
    and only then when it stays in its square; without pooling it never is."""
    pool, equal = nn.MaxPool2d(2), []
    for place in range(7):
        x = liuli.zeros(1, 1, 8, 8)
        x[0, 0, 4, place] = 1.0
        moved = x.roll(1, dims=3)
        assert not bool((moved == x).all())
        equal.append(bool((pool(moved) == pool(x)).all()))
    assert equal == [place % 2 == 0 for place in range(7)]

"""Transforms: values by hand, and batches equal to items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import liuli
from liuli.data import transforms as T
from liuli.errors import DataError


def pixels(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def array(x: Any) -> np.ndarray[Any, Any]:
    return np.asarray(x.numpy() if isinstance(x, liuli.Tensor) else x)


# --- ToTensor, Normalize: torchvision's numbers ---------------------------------------------------
def test_to_tensor() -> None:
    grey, colour = pixels(3, 4), pixels(3, 4, 3)
    out = T.ToTensor()(grey)
    assert out.dtype is liuli.float32 and tuple(out.shape) == (1, 3, 4)
    assert (out.numpy()[0] == grey.astype(np.float32) / np.float32(255)).all()
    out = T.ToTensor()(colour)
    assert (out.numpy() == colour.transpose(2, 0, 1).astype(np.float32) / np.float32(255)).all()
    assert float(T.ToTensor()(np.full((1, 1), 255, np.uint8))) == 1.0


def test_to_tensor_keeps_other_dtypes() -> None:
    out = T.ToTensor()(np.array([[300.0]]))
    assert out.dtype is liuli.float64 and out.item() == 300
    assert T.ToTensor()(np.array([[3]], np.int32)).dtype is liuli.int32


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_to_tensor_of_a_picture(mode: str) -> None:
    picture = Image.fromarray(pixels(4, 5, 3)).convert(mode)
    expected = np.asarray(picture.convert("RGB" if mode == "RGB" else "L"))
    assert (T.ToTensor()(picture).numpy() == T.ToTensor()(expected).numpy()).all()


def test_to_tensor_copies() -> None:
    x = np.ones((1, 1, 1), np.float32)
    image = pixels(2, 2)
    T.ToTensor()(image).zero_()
    assert image.any() and T.ToTensor()(x).item() == 1


def test_normalize() -> None:
    x = liuli.rand(3, 2, 2)
    out = T.Normalize((0.1, 0.2, 0.3), (1.0, 2.0, 4.0))(x)
    expected = (x.numpy() - np.float32([[[0.1]], [[0.2]], [[0.3]]])) / np.float32(
        [[[1]], [[2]], [[4]]]
    )
    assert (out.numpy() == expected).all()
    assert T.Normalize(0.5, 0.5)(liuli.ones(1, 2, 2)).tolist() == [[[1, 1], [1, 1]]]
    T.Normalize((0.5,), (0.5,), inplace=True)(x[:1])
    assert (x.numpy()[1:] >= 0).all() and x.numpy()[0].min() < 0


@pytest.mark.parametrize(
    ("transform", "item"),
    [
        (T.ToTensor(), liuli.ones(2, 2)),
        (T.ToTensor(), np.ones(3)),
        (T.ToTensor(), "image.png"),
        (T.Normalize((0.5,), (0.5,)), np.ones((1, 2, 2))),
        (T.Normalize((0.5,), (0.5,)), liuli.ones(2, 2)),
        (T.Normalize((0.5,), (0.5,)), liuli.ones(1, 2, 2, dtype=liuli.int64)),
        (T.Normalize((0.5,), (0,)), liuli.ones(1, 2, 2)),
        (T.Normalize((0.5, 0.5), (1, 1)), liuli.ones(3, 2, 2)),
        (T.RandomShift(1), np.ones(3)),
    ],
)
def test_wrong_inputs(transform: Any, item: Any) -> None:
    with pytest.raises(DataError, match="LL943"):
        transform(item)


def test_wrong_arguments() -> None:
    for wrong in (-1, 1.5, True, "2"):
        with pytest.raises(DataError, match="LL943"):
            T.RandomShift(wrong)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="LL943"):
        T.Lambda(3)  # type: ignore[arg-type]


# --- batches --------------------------------------------------------------------------------------
CHAINS = {
    "nothing": T.Compose([]),
    "ToTensor": T.ToTensor(),
    "shift": T.RandomShift(2),
    "shift, then all": T.Compose(
        [T.RandomShift(1), T.ToTensor(), T.Normalize((0.3,), (0.6,)), T.Flatten()]
    ),
    "shifted tensors": T.Compose([T.ToTensor(), T.RandomShift(3)]),
    "Lambda": T.Compose([T.Lambda(lambda x: x[::-1], batch=lambda x: x[:, ::-1]), T.ToTensor()]),
}


@pytest.mark.parametrize("name", sorted(CHAINS))
@settings(max_examples=25)
@given(
    count=st.integers(1, 6),
    shape=st.sampled_from([(4, 5), (1, 1), (3, 3, 1), (6, 2)]),
    seed=st.integers(0, 99),
)
def test_batch_equals_items(name: str, count: int, shape: tuple[int, ...], seed: int) -> None:
    chain, x = CHAINS[name], pixels(count, *shape, seed=seed)
    form = T.batch_form(chain)
    assert form is not None
    liuli.manual_seed(seed)
    whole = array(form(x))
    liuli.manual_seed(seed)
    single = np.stack([array(chain(item)) for item in x])
    assert whole.dtype == single.dtype and whole.shape == single.shape
    assert (whole == single).all()


def test_no_batch_form() -> None:
    class Inverted(T.ToTensor):
        def __call__(self, x: Any) -> Any:
            return 1 - super().__call__(x)

    class Both(Inverted):
        def batch(self, x: Any) -> Any:
            return 1 - super().batch(x)

    assert T.batch_form(T.Lambda(abs)) is None and T.batch_form(abs) is None
    assert T.batch_form(Inverted()) is None and T.batch_form(Both()) is not None
    assert T.batch_form(T.Compose([T.ToTensor(), abs])) is None


# --- RandomShift ----------------------------------------------------------------------------------
def test_every_shift_comes_as_often() -> None:
    """One bright pixel in the middle tells each shift; 9 of them, 9,000 images."""
    x = np.zeros((9000, 5, 5), np.uint8)
    x[:, 2, 2] = 255
    out = T.RandomShift(1).batch(x)
    assert (out.sum((1, 2)) == 255).all()
    counts = (out > 0).sum(0)
    assert counts[1:4, 1:4].sum() == 9000 and abs(counts[1:4, 1:4] - 1000).max() < 5 * 30


def test_shift_moves_and_fills_with_zeros() -> None:
    x = pixels(50, 4, 6) | 1
    for image, out in zip(x, T.RandomShift(2).batch(x), strict=True):
        moved = [
            np.roll(np.pad(image, 2), (down, across), (0, 1))[2:-2, 2:-2]
            for down in range(-2, 3)
            for across in range(-2, 3)
        ]
        assert sum((out == m).all() for m in moved) == 1


def test_shift_is_seeded_and_moves_on() -> None:
    x = pixels(20, 6, 6)
    shift = T.RandomShift(2)
    liuli.manual_seed(1)
    first, second = shift.batch(x), shift.batch(x)
    liuli.manual_seed(1)
    assert (shift.batch(x) == first).all() and (first != second).any()
    assert (T.RandomShift(0).batch(x) == x).all()


def test_reprs() -> None:
    chain = T.Compose([T.ToTensor(), T.Normalize((0.5,), (0.2,)), T.RandomShift(2)])
    assert repr(chain).splitlines() == [
        "Compose(",
        "    ToTensor()",
        "    Normalize(mean=(0.5,), std=(0.2,))",
        "    RandomShift(2)",
        ")",
    ]

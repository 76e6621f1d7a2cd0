"""Data in memory as tensors: batches are those of the loader, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import liuli
from liuli.data import Arrays, DataLoader, Subset, TensorDataset, digits
from liuli.data.inside import inside
from liuli.data.transforms import Compose, Flatten, Lambda, Normalize, ToTensor

ROWS = np.array([5, 0, 5, 19, 7])
DRAW = np.random.default_rng(0)
COLOURED = DRAW.integers(0, 256, (20, 6, 5, 3)).astype(np.uint8)
FLOATS = DRAW.standard_normal((20, 4)).astype(np.float32)
LABELS = np.arange(20)


def sets() -> dict[str, Any]:
    grey = digits()
    grey.transform = Compose([ToTensor(), Normalize((0.1307,), (0.3081,))])
    channels = Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    return {
        "grey": grey,
        "coloured": Arrays(COLOURED, LABELS, transform=Compose([ToTensor(), channels, Flatten()])),
        "bytes": Arrays(COLOURED, LABELS),
        "table": Arrays(FLOATS, FLOATS[:, :1]),
        "double": TensorDataset(FLOATS.astype(np.float64), LABELS),
        "turned": TensorDataset(FLOATS.T.copy().T, LABELS),
    }


@pytest.mark.parametrize("name", sets())
def test_batches_are_those_of_the_loader(name: str) -> None:
    data = sets()[name]
    kept = inside(data)
    assert kept is not None
    for one, numbers in ((data, ROWS), (Subset(Subset(data, range(4, 18)), [3, 1, 8]), ROWS[1:2])):
        kept = inside(one)
        assert kept is not None
        (wanted,) = DataLoader(one, len(numbers), sampler=numbers.tolist())
        found = kept(liuli.tensor(kept.rows(numbers)))
        for a, b in zip(found, wanted, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert a.numpy().tobytes() == b.numpy().tobytes()


@pytest.mark.parametrize(
    "data",
    [
        Arrays(COLOURED, LABELS, transform=Lambda(lambda x: x, batch=lambda x: x)),
        Arrays(COLOURED, LABELS, target_transform=lambda y: y + 1),
        TensorDataset(FLOATS),
        TensorDataset(liuli.tensor(FLOATS, requires_grad=True), LABELS),
        Subset([(x, y) for x, y in zip(FLOATS, LABELS, strict=True)], [1, 2]),
        "abc",
    ],
)
def test_what_is_made_in_python(data: Any) -> None:
    assert inside(data) is None


def test_a_class_of_the_users_is_asked_itself() -> None:
    class Doubled(TensorDataset):
        def __getitem__(self, index: Any) -> Any:
            x, y = super().__getitem__(index)
            return 2 * x, y

    assert inside(Doubled(FLOATS, LABELS)) is None


def test_rows_beyond_the_last() -> None:
    kept = inside(TensorDataset(FLOATS, LABELS))
    assert kept is not None
    assert kept.rows([-1, 3]).tolist() == [19, 3]
    with pytest.raises(liuli.errors.OutOfRangeError, match="LL944"):
        kept.rows([3, 20])

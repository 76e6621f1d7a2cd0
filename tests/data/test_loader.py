"""Data sets, samplers and the loader: batches equal items, orders are repeatable."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli import data as D
from liuli.data import loader as loading
from liuli.data import transforms as T
from liuli.errors import ArgumentError, DataError, LiuliError, OutOfRangeError
from tests.sources import ROOT


class ItemByItem(D.Dataset[Any]):
    """The same items as `inner`, of a kind the loader knows nothing about."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, index: int) -> Any:
        return self.inner[index]


def same(a: Any, b: Any) -> bool:
    """Whether two batches are equal: kinds, dtypes, shapes and values."""
    if isinstance(a, liuli.Tensor):
        return bool(type(a) is type(b) and a.dtype is b.dtype and liuli.equal(a, b))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return bool(type(a) is type(b) and a == b)


def images(count: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(count).integers(0, 256, (count, 5, 4)).astype(np.uint8)


PREPARE = T.Compose([T.RandomShift(1), T.ToTensor(), T.Normalize((0.3,), (0.2,)), T.Flatten()])
IN_MEMORY = {
    "TensorDataset": lambda n: D.TensorDataset(liuli.arange(n * 3.0).reshape(n, 3), np.arange(n)),
    "doubles": lambda n: D.TensorDataset(np.arange(n) / 7),
    "Arrays": lambda n: D.Arrays(images(n), np.arange(n)),
    "transformed": lambda n: D.Arrays(images(n), np.arange(n) / np.float32(3), transform=PREPARE),
    "Subset": lambda n: D.Subset(D.Arrays(images(2 * n), np.arange(2 * n)), range(n, 2 * n)),
    "array": lambda n: np.arange(n * 2, dtype=np.int16).reshape(n, 2),
    "tensor": lambda n: liuli.arange(n),
    "frame": lambda n: pandas.DataFrame({"a": range(n), "b": np.arange(n) / 2}),
}


@pytest.mark.parametrize("kind", sorted(IN_MEMORY))
@settings(max_examples=25)
@given(
    count=st.integers(1, 12),
    size=st.integers(1, 5),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 9),
)
def test_a_batch_at_once_equals_its_items(
    kind: str, count: int, size: int, shuffle: bool, drop_last: bool, seed: int
) -> None:
    inner = IN_MEMORY[kind](count)
    options = {"batch_size": size, "shuffle": shuffle, "drop_last": drop_last}
    fast = D.DataLoader(inner, **options)
    assert D.loader.rows_of(fast.dataset) is not None
    slow = D.DataLoader(ItemByItem(fast.dataset), **options)
    liuli.manual_seed(seed)
    a = list(fast)
    liuli.manual_seed(seed)
    b = list(slow)
    assert same(a, b)
    assert len(a) == len(fast) == len(slow)


def test_a_subclass_that_changes_its_items_is_asked_for_them() -> None:
    class Doubled(D.TensorDataset):
        def __getitem__(self, index: Any) -> Any:
            return tuple(2 * t for t in super().__getitem__(index))

    (x,) = next(iter(D.DataLoader(Doubled(liuli.arange(3)), batch_size=3)))
    assert x.tolist() == [0, 2, 4]


def test_transforms_without_a_batch_form_go_item_by_item() -> None:
    data = D.Arrays(images(4), np.arange(4), transform=lambda x: x[0].astype(np.float32))
    x, _ = next(iter(D.DataLoader(data, batch_size=4)))
    assert liuli.equal(x, liuli.tensor(images(4)[:, 0].astype(np.float32)))


def test_batches_own_their_memory() -> None:
    x = liuli.zeros(4, 2)
    for (batch,) in D.DataLoader(D.TensorDataset(x), batch_size=2):
        batch += 1
    assert x.sum() == 0


def test_gradients_flow_to_the_data() -> None:
    x = liuli.ones(3, requires_grad=True)
    for (batch,) in D.DataLoader(D.TensorDataset(x), batch_size=2):
        (batch * 2).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2, 2]


# --- order ----------------------------------------------------------------------------------------
def test_each_epoch_is_new_and_whole() -> None:
    loader = D.DataLoader(range(50), batch_size=7, shuffle=True)
    first, second = (np.concatenate([b.numpy() for b in loader]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(50))
    assert (first != second).any() and (first != np.arange(50)).any()


def test_breaking_off_is_safe() -> None:
    loader = D.DataLoader(range(10), batch_size=2)
    for _ in range(3):
        for batch in loader:
            assert batch.tolist() == [0, 1]
            break
    pairs = [(a.tolist(), b.tolist()) for a, b in zip(loader, loader, strict=True)]
    assert len(pairs) == 5 and all(a == b for a, b in pairs)


def test_the_seed_decides() -> None:
    def epoch(seed: int, **options: Any) -> list[int]:
        liuli.manual_seed(seed)
        return [x.item() for x in D.DataLoader(range(30), shuffle=True, **options)]

    assert epoch(1) == epoch(1) != epoch(2)
    own = [epoch(s, generator=liuli.Generator().manual_seed(5)) for s in (1, 2)]
    assert own[0] == own[1]


def test_two_processes_agree() -> None:
    program = (
        "import liuli, liuli.data as D; liuli.manual_seed(3)\n"
        "print([x.tolist() for x in D.DataLoader(range(20), 3, shuffle=True)])"
    )
    seen = {
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True,
                       env={**os.environ, "PYTHONHASHSEED": seed}, check=True).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(seen) == 1 and b"19" in seen.pop()


@pytest.mark.parametrize("kind", ["TensorDataset", "transformed"])
def test_going_on_in_mid_epoch(kind: str) -> None:
    """State at the epoch's start, batches done, state now: the rest is the same to the bit."""
    loader = D.DataLoader(IN_MEMORY[kind](20), batch_size=3, shuffle=True)
    before = liuli.get_rng_state()
    epoch = iter(loader)
    for _ in range(4):
        next(epoch)
    done, now = epoch.position, liuli.get_rng_state()
    rest = list(epoch)
    liuli.manual_seed(99)
    liuli.set_rng_state(before)
    again = iter(loader).skip(done)
    liuli.set_rng_state(now)
    assert done == again.position == 4
    assert same(list(again), rest)
    assert again.position == 7 and list(iter(loader).skip(100)) == []


def test_order_is_drawn_when_the_epoch_begins() -> None:
    liuli.manual_seed(1)
    expected = [x.tolist() for x in D.DataLoader(range(9), 2, shuffle=True)]
    for sampler in (None, D.BatchSampler(D.RandomSampler(range(9)), 2, drop_last=False)):
        liuli.manual_seed(1)
        epoch = iter(D.DataLoader(range(9), batch_sampler=sampler) if sampler else
                     D.DataLoader(range(9), 2, shuffle=True))  # fmt: skip
        liuli.manual_seed(2)
        assert [x.tolist() for x in epoch] == expected


# --- samplers -------------------------------------------------------------------------------------
def test_random_sampler_counts() -> None:
    assert len(list(D.RandomSampler(range(5), num_samples=12))) == 12
    twice = list(D.RandomSampler(range(5), num_samples=10))
    assert sorted(twice[:5]) == sorted(twice[5:]) == [0, 1, 2, 3, 4]
    drawn = np.bincount(list(D.RandomSampler(range(4), True, 40_000)), minlength=4)
    assert len(drawn) == 4 and abs(drawn - 10_000).max() < 5 * 87  # 5 standard deviations


def test_every_order_is_as_likely() -> None:
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(1800):
        order = tuple(D.RandomSampler(range(3)))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6 and max(abs(c - 300) for c in counts.values()) < 5 * 16


def test_weights() -> None:
    drawn = np.bincount(list(D.WeightedRandomSampler([1, 0, 3], 40_000)), minlength=3)
    assert drawn[1] == 0 and abs(drawn[2] - 30_000) < 5 * 87
    assert sorted(D.WeightedRandomSampler([1, 2, 3], 3, replacement=False)) == [0, 1, 2]
    with pytest.raises(LiuliError, match="LL653"):
        list(D.WeightedRandomSampler([1, 0], 2, replacement=False))


def test_indices_may_be_tensors() -> None:
    order = liuli.randperm(6)
    assert sorted(D.SubsetRandomSampler(order)) == list(range(6))
    subset = D.Subset(D.TensorDataset(liuli.arange(6) * 10), order)
    (x,) = next(iter(D.DataLoader(subset, batch_size=6)))
    assert liuli.equal(x, order * 10) and subset[0][0] == order[0] * 10
    (y,) = next(iter(D.DataLoader(subset.dataset, batch_size=6, sampler=list(order))))
    assert liuli.equal(x, y)


def test_batch_sampler_of_ones_own() -> None:
    loader = D.DataLoader(D.TensorDataset(liuli.arange(5)), batch_sampler=[[4, 0], [2]])
    assert [x.tolist() for (x,) in loader] == [[4, 0], [2]]
    assert len(loader) == 2 and loader.batch_size is None


def test_dropping_the_last() -> None:
    assert list(D.BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert len(D.BatchSampler(range(5), 2, True)) == 2
    assert [x.tolist() for x in D.DataLoader(range(5), 2, drop_last=True)] == [[0, 1], [2, 3]]


# --- data sets ------------------------------------------------------------------------------------
def test_tensor_dataset_keeps_dtypes_and_memory() -> None:
    array = np.arange(3.0)
    data = D.TensorDataset(array, liuli.arange(3), [1, 2, 3], pandas.Series([1, 2, 3]))
    assert [t.dtype for t in data.tensors] == [liuli.float64, *[liuli.int64] * 3]
    array[0] = 7
    assert data[0][0] == 7
    assert len(data[1:]) == 4 and data[1:][0].tolist() == [1, 2]


def test_lengths_that_differ_are_named() -> None:
    with pytest.raises(DataError, match="tensor 0 has 3 items and tensor 2 has 4") as caught:
        D.TensorDataset(liuli.ones(3), liuli.ones(3), liuli.ones(4))
    assert caught.value.code == "LL931"


def test_concatenated() -> None:
    data = D.Subset("ab", [0, 1]) + D.Subset("cde", [2])
    assert [data[i] for i in range(3)] == list("abe") and data[-1] == "e" and len(data) == 3
    for index in (3, -4):
        with pytest.raises(OutOfRangeError, match=f"item {index} was asked for"):
            data[index]


@given(count=st.integers(0, 40), parts=st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_random_split(count: int, parts: list[int]) -> None:
    lengths = [*parts, count]
    pieces = D.random_split(range(sum(lengths)), lengths)
    assert [len(piece) for piece in pieces] == lengths
    assert sorted(i for piece in pieces for i in piece) == list(range(sum(lengths)))


@pytest.mark.parametrize("whole", [1, 1.0])
def test_all_and_nothing_are_fractions(whole: float) -> None:
    assert [len(p) for p in D.random_split(range(5), [whole])] == [5]
    assert [len(p) for p in D.random_split(range(5), [whole, 0])] == [5, 0]
    assert [len(p) for p in D.random_split(range(5), [0.0, whole])] == [0, 5]


def test_random_split_by_fractions() -> None:
    assert [len(p) for p in D.random_split(range(10), [0.3, 0.3, 0.4])] == [3, 3, 4]
    assert [len(p) for p in D.random_split(range(11), [0.5, 0.25, 0.25])] == [6, 3, 2]
    first, second = (
        [list(p) for p in D.random_split(range(9), [4, 5], liuli.Generator().manual_seed(1))]
        for _ in range(2)
    )
    assert first == second
    for wrong in ([3, 4], [0.5, 0.6], [-1, 11], [0.5, 0.4]):
        with pytest.raises(DataError, match="LL938"):
            D.random_split(range(10), wrong)


def test_streams() -> None:
    class Stream(D.IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter(range(5))

    assert [x.tolist() for x in D.DataLoader(Stream(), 2)] == [[0, 1], [2, 3], [4]]
    assert [x.tolist() for x in D.DataLoader(Stream(), 2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(D.DataLoader(Stream(), batch_size=None)) == [0, 1, 2, 3, 4]
    with pytest.raises(ArgumentError, match="shuffle is True"):
        D.DataLoader(Stream(), shuffle=True)
    with pytest.raises(TypeError):
        len(D.DataLoader(Stream(), 2))


def test_items_without_batches() -> None:
    items = list(D.DataLoader([np.float32([1, 2]), np.float32([3])], batch_size=None))
    assert [x.tolist() for x in items] == [[1, 2], [3]]


def test_several_items_at_once() -> None:
    class Many(D.Dataset[int]):
        def __len__(self) -> int:
            return 4

        def __getitems__(self, indices: list[int]) -> list[int]:
            assert all(type(i) is int for i in indices)
            return [10 * i for i in indices]

    assert [x.tolist() for x in D.DataLoader(Many(), 3)] == [[0, 10, 20], [30]]


# --- the loader's arguments -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"batch_size": -1},
        {"batch_size": 2.5},
        {"batch_size": True},
        {"num_workers": -1},
        {"shuffle": True, "sampler": [0]},
        {"batch_sampler": [[0]], "batch_size": 2},
        {"batch_sampler": [[0]], "sampler": []},
        {"batch_size": None, "drop_last": True},
    ],
)
def test_arguments_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="LL937"):
        D.DataLoader(range(3), **options)


def test_an_empty_data_set() -> None:
    assert list(D.DataLoader([])) == []
    with pytest.raises(DataError, match="LL932"):
        D.DataLoader([], shuffle=True)


def test_workers_are_mentioned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_told", set())
    with pytest.warns(UserWarning, match="LL936"):
        D.DataLoader(range(3), num_workers=2, pin_memory=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loader = D.DataLoader(range(3), num_workers=2, persistent_workers=True, prefetch_factor=4)
    assert [x.tolist() for x in loader] == [[0], [1], [2]]


def test_numbers_of_another_data_set() -> None:
    loader = D.DataLoader(D.TensorDataset(liuli.ones(3)), batch_size=2, sampler=[0, 1, 7])
    with pytest.raises(OutOfRangeError, match="item 7 was asked for, the data set has 3"):
        list(loader)


# --- collating ------------------------------------------------------------------------------------
Point = namedtuple("Point", "x y")


def test_structure_is_kept() -> None:
    batch = D.default_collate([
        {"p": Point(1, 2.5), "name": "a", "l": [True, np.float32(1)]},
        {"p": Point(3, 4.5), "name": "b", "l": [False, np.float32(2)]},
    ])  # fmt: skip
    assert isinstance(batch["p"], Point) and batch["name"] == ["a", "b"]
    assert batch["p"].x.dtype is liuli.int64 and batch["p"].y.dtype is liuli.float64
    assert isinstance(batch["l"], list) and batch["l"][0].dtype is liuli.bool
    assert batch["l"][1].dtype is liuli.float32 and batch["l"][1].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([np.ones(2), np.ones(2), np.ones(3)], r"shape: item 0 has \(2,\), item 2 has \(3,\)"),
        ([liuli.ones(1, 2), liuli.ones(2, 1)], r"shape: item 0 has \(1, 2\), item 1 has"),
        ([[1, 2], [1]], "length: item 0 has 2, item 1 has 1"),
        ([{"a": 1}, {"b": 1}], "keys: item 0 has 'a', item 1 has 'b'"),
    ],
)
def test_uneven_items(items: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        D.default_collate(items)
    assert caught.value.code == "LL933" and "collate_fn" in str(caught.value)


@pytest.mark.parametrize("item", [None, object(), np.array(["a"]), {1, 2}])
def test_what_cannot_be_put_together(item: Any) -> None:
    with pytest.raises(DataError, match="LL934"):
        D.default_collate([item, item])


def test_collate_of_ones_own() -> None:
    loader = D.DataLoader(["a", "bb"], batch_size=2, collate_fn=lambda items: "-".join(items))
    assert list(loader) == ["a-bb"]
    data = D.TensorDataset(liuli.arange(3))
    assert list(D.DataLoader(data, batch_size=3, collate_fn=len)) == [3]


def test_import_stays_light() -> None:
    program = (
        "import sys, liuli.data\n"
        "assert not {'pooch', 'requests', 'PIL', 'pandas', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)

"""The inspector of labels and numbers, and arrays from whatever people have."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas
import pytest

import liuli
from liuli import data as D
from liuli.errors import DataError, LiuliError, OutOfRangeError, ShapeError


def quiet(targets: Any, classes: int | None = None, **more: Any) -> list[int]:
    """Labels that nothing had to be said about."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = D.check_labels(targets, classes, **more)
    assert labels.targets.dtype == np.int64 and labels.names is None
    return labels.targets.tolist()


@pytest.mark.parametrize(
    "targets",
    [
        [2, 0, 1],
        np.array([2, 0, 1], np.uint8),
        np.array([2, 0, 1], np.int32),
        liuli.tensor([2, 0, 1]),
        pandas.Series([2, 0, 1]),
        np.array([2, 0, 1], object),
    ],
)
def test_whole_numbers_are_labels(targets: Any) -> None:
    assert quiet(targets, 3) == quiet(targets) == [2, 0, 1]


def test_truth_values_are_labels() -> None:
    assert quiet(np.array([True, False]), 2) == [1, 0]


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.uint8, bool])
def test_one_hot(dtype: Any) -> None:
    with pytest.warns(UserWarning, match=r"LL337.*\(3, 4\) are one-hot"):
        labels = D.check_labels(np.eye(4)[[3, 0, 1]].astype(dtype), 4)
    assert labels.targets.tolist() == [3, 0, 1]


def test_whole_floats_and_columns() -> None:
    with pytest.warns(UserWarning, match="LL339.*float32.*int64"):
        assert D.check_labels(np.float32([1, 0])).targets.tolist() == [1, 0]
    with pytest.warns(UserWarning, match=r"LL339.*shape \(2, 1\).*\(2,\)"):
        assert D.check_labels(np.array([[1], [0]])).targets.tolist() == [1, 0]


@pytest.mark.parametrize("kind", [list, np.array, pandas.Series, pandas.Categorical])
def test_names(kind: Any) -> None:
    given = kind(["dog", "cat", "dog", "owl"])
    if kind is pandas.Categorical:
        given = pandas.Series(given)
    with pytest.warns(UserWarning, match=r"LL338.*3 names.*0 cat, 1 dog, 2 owl"):
        labels = D.check_labels(given, 3)
    assert labels.targets.tolist() == [1, 0, 1, 2] and labels.names == ["cat", "dog", "owl"]


@pytest.mark.parametrize(
    ("targets", "classes", "code", "words"),
    [
        ([1, 2, 3], 3, "LL333", "the labels are 1..3, the network's 3 outputs are numbered 0..2"),
        ([0, 1, 3], 3, "LL334", "label 3 in row 2 is none of the 3 classes 0..2"),
        ([1, 2, 5], 3, "LL334", "label 5 in row 2"),
        ([0, -1, 3], None, "LL334", "label -1 in row 1"),
        ([0, -1], 2, "LL334", "the labels are -1..0"),
        (["a", "b", "c"], 2, "LL334", "label 'c' in row 2"),
        ([0.0, 0.5], 2, "LL336", "y[1] is 0.5, expected an int"),
        ([[1, 1], [0, 1]], 2, "LL336", "y[0] is [1 1]"),
        ([[0, 0], [0, 1]], 2, "LL336", "a single 1 among zeros"),
        (np.zeros((2, 3, 4)), 2, "LL336", "y.shape is (2, 3, 4)"),
        (np.array(["a", None], object), 2, "LL336", "y[1] is None, expected str"),
        (np.array(["2020-01-01"], "datetime64[D]"), 2, "LL336", "datetime64"),
        ([0.0, np.nan], 2, "LL335", "y[1] is nan: 1 of 2 numbers"),
        ([], 2, "LL932", "y holds no items: shape (0,)"),
        (np.zeros((0, 3)), 2, "LL932", "(0, 3)"),
    ],
)
def test_what_cannot_be_labels(targets: Any, classes: Any, code: str, words: str) -> None:
    with pytest.raises(LiuliError) as caught:
        D.check_labels(targets, classes)
    assert caught.value.code == code and words in str(caught.value)


def test_labels_that_are_left_out() -> None:
    assert quiet([0, -100, 1], 2, ignore_index=-100) == [0, -100, 1]
    assert quiet([-1, -1], 2, ignore_index=-1) == [-1, -1]
    assert quiet(np.array([-1, 1], object), 2, ignore_index=-1) == [-1, 1]
    with pytest.raises(OutOfRangeError, match="label 5 in row 2"):
        quiet([0, -100, 5], 2, ignore_index=-100)


def test_not_finite() -> None:
    x = np.zeros((3, 4))
    D.check_finite(x)
    D.check_finite(np.array([1, 2]))
    x[2, 1] = x[1, 3] = np.inf
    with pytest.raises(DataError, match=r"x\[1, 3\] is inf: 2 of 12") as caught:
        D.check_finite(x, columns=["a", "b", "c", "age"])
    assert "age" in str(caught.value) and "and 1 more columns" in str(caught.value)
    with pytest.raises(DataError, match=r"x\[0\] is nan"):
        D.check_finite(liuli.tensor([np.nan]))


# --- as_arrays ------------------------------------------------------------------------------------
def test_doubles_become_single_and_it_is_said() -> None:
    with pytest.warns(UserWarning, match="LL930.*x and y: float64 became float32"):
        x, y = D.as_arrays(np.array([[0.1], [0.2]]), [0.5, 1.5])
    assert y is not None and x.dtype == y.dtype == np.float32
    assert x.tolist() == np.float32([[0.1], [0.2]]).tolist()


def test_other_dtypes_stay() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in (np.float32, np.uint8, np.int64, bool):
            array = np.ones((2, 2), dtype)
            assert D.as_arrays(array)[0] is array


@pytest.mark.parametrize(
    "x",
    [
        [[1, 2], [3, 4]],
        ([1, 2], [3, 4]),
        [np.array([1, 2]), np.array([3, 4])],
        [liuli.tensor([1, 2]), liuli.tensor([3, 4])],
        liuli.tensor([[1, 2], [3, 4]]),
        pandas.DataFrame({"a": [1, 3], "b": [2, 4]}),
    ],
)
def test_kinds_of_inputs(x: Any) -> None:
    array, none = D.as_arrays(x)
    assert array.tolist() == [[1, 2], [3, 4]] and none is None


def test_frames_of_several_dtypes() -> None:
    frame = pandas.DataFrame({
        "a": pandas.array([1, None], "Int64"), "b": [True, False], "c": np.float32([0.5, 2]),
    })  # fmt: skip
    with pytest.warns(UserWarning, match="LL930"):
        x, _ = D.as_arrays(frame)
    assert x.dtype == np.float32
    assert np.isnan(x[1, 0]) and x[0].tolist() == [1, 1, 0.5] and x[1, 1:].tolist() == [0, 2]
    (row,) = D.TensorDataset(frame)[0]
    assert row.dtype is liuli.float64


def test_columns_of_text_are_named() -> None:
    frame = pandas.DataFrame({"age": [1, 2], "name": ["a", "b"], "town": ["c", None]})
    frame["day"] = pandas.to_datetime(["2020-01-01", "2020-01-02"])
    for use in (D.as_arrays, D.TensorDataset, D.DataLoader):
        with pytest.raises(DataError, match="columns without numbers: name, town, day") as caught:
            use(frame)
        assert "read_table" in str(caught.value)
    with pytest.raises(DataError, match="LL935"):
        D.as_arrays(np.array([["a"]]))


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ([[1], [2]], [1], "LL931"),
        ([], None, "LL932"),
        (np.zeros((0, 3)), np.zeros(0), "LL932"),
        (np.zeros((3, 0)), np.zeros(3), "LL932"),
        (3.0, None, "LL932"),
        (np.ones((2, 1), np.float32), [], "LL932"),
    ],
)
def test_lengths_and_empty_data(x: Any, y: Any, code: str) -> None:
    with pytest.raises(DataError) as caught:
        D.as_arrays(x, y)
    assert caught.value.code == code


def test_rows_of_different_lengths() -> None:
    with pytest.raises(ShapeError, match=r"data\[0\] has shape \(2,\), data\[1\] has shape \(1,\)"):
        D.as_arrays([[1, 2], [3]])

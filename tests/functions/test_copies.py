"""Copies and pickles of tensors, mixed operands, and formats."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

import liuli
from liuli import errors


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy,
                                       lambda x: pickle.loads(pickle.dumps(x))])  # fmt: skip
def test_copies_are_leaves(duplicate: object, wanted: bool) -> None:
    x = liuli.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=wanted)
    y = duplicate(x)  # type: ignore[operator]
    assert (y.tolist(), y.requires_grad, y.is_leaf) == (x.tolist(), wanted, True)
    if wanted:
        (y * y).sum().backward()
        assert y.grad.tolist() == (2 * x).tolist() and x.grad is None


def test_copy_shares_memory_and_pickle_does_not() -> None:
    x = liuli.zeros(2)
    copy.copy(x)[0] = 1.0
    pickle.loads(pickle.dumps(x))[1] = 1.0
    assert x.tolist() == [1.0, 0.0]


def test_history_is_not_pickled() -> None:
    y = liuli.ones(2, requires_grad=True) * 2
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(errors.GradientError, match="LL420"):
            duplicate(y)  # type: ignore[operator]


def test_products_take_arrays() -> None:
    x, a = liuli.ones(2, 3), np.ones((3, 2), np.float32)
    assert (x @ a).tolist() == [[3.0, 3.0]] * 2
    assert (a @ x).tolist() == [[2.0] * 3] * 3
    with pytest.raises(TypeError):
        x @ [1.0]


def test_formats() -> None:
    assert f"{liuli.tensor([1.25]):.1f}" == "1.2"
    with pytest.raises(errors.ArgumentError, match="LL619"):
        f"{liuli.ones(2):.1f}"


def test_wrong_kinds() -> None:
    x = liuli.ones(2, requires_grad=True)
    with pytest.raises(errors.DTypeError, match="LL601"):
        x.grad = 0  # type: ignore[assignment]
    for call in (lambda: x.sum().backward(1), lambda: liuli.autograd.grad(x.sum(), 1)):
        with pytest.raises(errors.DTypeError, match="LL601"):
            call()
    with pytest.raises(errors.ArgumentError, match="'a' is no number"):
        liuli.ones(2)[0] = "a"
    with pytest.raises(errors.DeviceError, match="LL501"):
        x.to("mps")
    with pytest.raises(errors.ArgumentError, match="size is missing"):
        liuli.randint(0, 10)


def test_gradient_of_a_computed_tensor_warns() -> None:
    w = liuli.ones(2, requires_grad=True)
    y, kept = w * 2, w * 3
    kept.retain_grad()
    with pytest.warns(UserWarning, match=r"LL426.*mul, test_copies.py"):
        assert y.grad is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kept.grad is None and w.grad is None and w.detach().grad is None
        kept.sum().backward()
        assert kept.grad is not None

"""Calls that never begin, and names that are not there: said in our words, and only then."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

import liuli
from liuli import nn, optim
from liuli.autodiff.describe import explained
from liuli.data import DataLoader, transforms
from liuli.errors import ArgumentError, LiuliError, MissingImportError, MissingNameError
from liuli.train import Trainer


def refused(call: Any, *args: Any, **kwargs: Any) -> LiuliError:
    with pytest.raises(ArgumentError) as caught:
        call(*args, **kwargs)
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    return caught.value


def test_a_word_that_is_none() -> None:
    error = refused(nn.Linear, in_feature=3, out_features=2)
    assert error.code == "LL167" and error.facts["fix"] == "in_features=3"
    assert refused(DataLoader, [1], batchsize=3).facts["fix"] == "batch_size=3"
    weights = list(nn.Linear(2, 3).parameters())
    assert refused(optim.Adam, weights, learning_rate=0.1).facts["fix"] == "lr=0.1"
    assert refused(Trainer(nn.Linear(2, 3)).fit, [], epoch=3).facts["fix"] == "epochs=3"
    assert refused(nn.Linear, 2, 3, colour="red").facts["fix"] == ""
    assert refused(optim.lr_scheduler.StepLR, None, stepsize=3).facts["fix"] == "step_size=3"


def test_what_is_missing() -> None:
    error = refused(nn.Linear, 784)
    assert error.code == "LL168" and error.facts["fix"] == "Linear(784, out_features)"
    assert refused(optim.SGD, lr=0.1).facts["names"] == "params"
    assert refused(nn.LayerNorm).facts["names"] == "normalized_shape"


def test_one_too_many() -> None:
    error = refused(transforms.Compose, transforms.ToTensor(), transforms.Flatten())
    assert error.code == "LL169" and error.facts["fix"] == "Compose([ToTensor(), Flatten()])"
    fix = refused(Trainer, None, "mse", "adam", "accuracy").facts["fix"]
    assert fix == "Trainer(None, 'mse', 'adam', metrics='accuracy')"


def test_errors_inside_a_constructor_stay_python_s() -> None:
    class Net(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            len(size)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="no len"):
        Net(3)
    with pytest.raises(TypeError, match="missing 1 required"):
        Net()  # type: ignore[call-arg]


def test_a_subclass_that_calls_up_with_a_wrong_word() -> None:
    class Wide(nn.Linear):
        def __init__(self) -> None:
            super().__init__(2, outfeatures=3)  # type: ignore[call-arg]

    error = refused_inside(Wide)
    assert error.facts["function"] == "Linear" and error.facts["fix"] == "out_features=3"


def refused_inside(call: Any) -> LiuliError:
    with pytest.raises(ArgumentError, match="LL167") as caught:
        call()
    return caught.value


def test_signatures_stay() -> None:
    assert list(inspect.signature(nn.Linear).parameters)[:2] == ["in_features", "out_features"]
    assert "epochs" in inspect.signature(Trainer.fit).parameters
    assert inspect.signature(nn.Linear.__init__).parameters["bias"].default is True


# --- names --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("module", "name", "near"),
    [
        (nn, "Dense", "nn.Linear(in_features, out_features)"),
        (nn, "Relu", "nn.ReLU"),
        (nn, "CrossEntropyloss", "nn.CrossEntropyLoss"),
        (optim, "Sgd", "optim.SGD"),
        (optim, "adamw", "optim.AdamW"),
        (transforms, "toTensor", "data.transforms.ToTensor"),
        (liuli.data, "Dataloader", "data.DataLoader"),
        (nn, "Qqqq", ""),
    ],
)
def test_near_names(module: Any, name: str, near: str) -> None:
    assert not hasattr(module, name)
    with pytest.raises(MissingNameError, match="LL161") as caught:
        getattr(module, name)
    assert caught.value.facts["near"] == near


@pytest.mark.parametrize(
    ("module", "name"),
    [(nn, "GRU"), (nn, "LSTM"), (optim, "LBFGS"), (transforms, "Resize"),
     (transforms, "ColorJitter")],
)  # fmt: skip
def test_names_to_come(module: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=r"LL162.*not in this version; see docs/api-status"):
        getattr(module, name)
    with pytest.raises(ImportError, match=r"LL162.*not in this version"):
        exec(f"from {module.__name__} import {name}")


def test_import_of_a_near_name() -> None:
    with pytest.raises(MissingImportError, match=r"LL161(.|\n)*optim.Adam"):
        exec("from liuli.optim import Addam")


def test_names_to_come_are_not_there() -> None:
    """Who adds one takes it off the list."""
    from liuli.nn.later import LATER

    assert not [name for name in LATER if name in vars(nn)]
    assert not [name for name in transforms.LATER if name in vars(transforms)]


def test_private_names_are_pythons() -> None:
    with pytest.raises(AttributeError, match="has no attribute '__wrapped__'"):
        nn.__wrapped__  # noqa: B018


def test_files_that_are_called() -> None:
    for file, near in ((nn.linear, "nn.Linear(...)"), (nn.dropout, "nn.Dropout(...)"),
                       (optim.sgd, "optim.SGD(...)"), (optim.adam, "optim.Adam(...)")):  # fmt: skip
        error = refused(file, 1)
        assert error.code == "LL164" and error.facts["near"] == near


def test_errors_cross_processes() -> None:
    with pytest.raises(LiuliError) as caught:
        nn.Linear(2, 3).weight = 3  # type: ignore[assignment]
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_a_long_argument_is_shown_in_part() -> None:
    error = explained("f", {"x": "a" * 80, "short": "b" * 58}, TypeError("no"))
    assert error is not None
    shown = {row.name: row.value for row in error.rows}
    assert shown == {"x": "'" + "a" * 56 + "...", "short": "'" + "b" * 58 + "'"}

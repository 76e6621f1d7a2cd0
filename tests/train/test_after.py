"""What a compiled `fit` leaves: gradients, errors in its middle, words; data that change."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler.machine import available
from liuli.data import Arrays, Subset, TensorDataset
from liuli.data.transforms import Normalize
from liuli.errors import GradientError, OutOfRangeError
from liuli.nn import functional as F
from liuli.train import EarlyStopping, LambdaCallback, Progress, Trainer
from liuli.train.feed import Feed
from liuli.train.steps import Steps
from liuli.zoo import cnn
from tests.train.test_trainer import X, Y, network, same, weights

COMPILED = [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="llvmlite"))]


# --- gradients ------------------------------------------------------------------------------------
def trained(compile: bool) -> tuple[Any, Any]:
    model = network()
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.05)
    Trainer(model, "cross_entropy", optimizer, seed=4, compile=compile).fit(X, Y, verbose=0)
    return model, optimizer


@pytest.mark.skipif(not available(), reason="llvmlite")
def test_a_gradient_that_was_not_kept_says_so() -> None:
    model, optimizer = trained(True)
    with pytest.raises(GradientError, match="LL720"):
        print(model[0].weight.grad)
    with pytest.raises(GradientError, match="LL720"):
        optimizer.step()
    with pytest.raises(GradientError, match="LL720"):
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    model.eval()
    copied = copy.deepcopy(model).double()
    assert (copied(liuli.tensor(X[:3]).double()) - model(liuli.tensor(X[:3]))).abs().max() < 1e-5


@pytest.mark.parametrize("clear", ["nothing", "optimizer", "model", "zeros", "model zeros"])
@pytest.mark.skipif(not available(), reason="llvmlite")
def test_later_gradients_begin_anew(clear: str) -> None:
    model, optimizer = trained(True)
    if clear != "nothing":
        who = model if clear.startswith("model") else optimizer
        who.zero_grad(set_to_none="zeros" not in clear)
    model.eval()
    for times in (1, 2):  # the second time it adds
        F.cross_entropy(model(liuli.tensor(X)), liuli.tensor(Y)).backward()
        found = model[0].weight.grad.numpy().copy()
        if times == 1:
            first = found
    assert np.allclose(found, 2 * first, rtol=1e-5) and np.abs(first).max() > 0
    optimizer.step()


@pytest.mark.skipif(not available(), reason="llvmlite")
def test_a_second_fit_goes_on() -> None:
    found = []
    for compile in (False, True):
        model, optimizer = trained(compile)
        trainer = Trainer(model, "cross_entropy", optimizer, seed=5, compile=compile)
        trainer.fit(X, Y, epochs=2, verbose=0)
        found.append(weights(trainer))
    assert all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(*found, strict=True))


# --- an error in the middle -----------------------------------------------------------------------
class Names(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(10, 1)
        self.register_buffer("steps", liuli.zeros(1))

    def forward(self, x: Any) -> Any:
        if self.training:
            self.steps += 1
        return self.words(x[:, 0])


@pytest.mark.parametrize("singly", [False, True])
@pytest.mark.skipif(not available(), reason="llvmlite")
def test_the_steps_before_an_error_count(singly: bool, tmp_path: Path) -> None:
    """A checkpoint saved then goes on as if the wrong number had never been there."""
    numbers = np.arange(400)[:, None] % 10
    wrong = numbers.copy()
    wrong[-9] = 77
    targets = np.ones((400, 1), np.float32)
    callbacks = [LambdaCallback(on_train_batch_end=lambda b, logs: None)] if singly else []

    def trainer() -> Trainer:
        liuli.manual_seed(0)
        return Trainer(Names(), "mse", "adam", seed=1, compile=True)

    options: dict[str, Any] = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    whole, broken, again = trainer(), trainer(), trainer()
    whole.fit(numbers, targets, **options)
    with pytest.raises(OutOfRangeError, match=r"LL302.*words.*Embedding") as caught:
        broken.fit(wrong, targets, callbacks=callbacks, **options)
    assert caught.value.__context__ is None
    assert broken.batch == broken.model.steps.item() == 97
    broken.save_checkpoint(tmp_path)
    again.load_checkpoint(tmp_path)
    again.fit(numbers, targets, callbacks=callbacks, **options)
    assert same(weights(again), weights(whole))
    assert again.history["loss"] == whole.history["loss"]


# --- data that change -----------------------------------------------------------------------------
def changed(kind: str, compile: bool) -> Trainer:
    """Three epochs over data that are others in the second."""
    x = X.copy()
    data: Any = TensorDataset(x, Y)
    if kind == "turned":
        x = np.asfortranarray(X)
        data = Arrays(x, Y)
    if kind == "transform":
        data = Arrays(x, Y)
    source = Subset(data, range(80)) if kind == "subset" else data

    def change(epoch: int, logs: Any) -> None:
        if kind in ("tensors", "subset"):
            data.tensors = (data.tensors[0] * -1, data.tensors[1])
        elif kind == "transform":
            data.transform = Normalize((0.5,), (2.0,)) if epoch else (lambda t: -t)
        else:
            np.negative(x, out=x)

    model = network()
    trainer = Trainer(model, "cross_entropy", liuli.optim.SGD(model.parameters(), lr=0.1), seed=4,
                      compile=compile)  # fmt: skip
    trainer.fit(source, epochs=2, batch_size=10, verbose=0,
                callbacks=[LambdaCallback(on_epoch_end=change)])  # fmt: skip
    return trainer


@pytest.mark.parametrize("kind", ["tensors", "subset", "transform", "turned", "in place"])
@pytest.mark.skipif(not available(), reason="llvmlite")
def test_other_data_in_a_later_epoch(kind: str) -> None:
    eager, compiled = changed(kind, False), changed(kind, True)
    assert compiled.history["loss"] == pytest.approx(eager.history["loss"], rel=1e-4)


def test_arrays_in_another_order_are_looked_at_again() -> None:
    x = np.asfortranarray(X)
    feed = Feed(Arrays(x, Y))
    assert feed.memory is not None
    x[0] = 5
    assert not feed.is_changed()
    assert feed.memory.inputs[0].tolist() == [5.0] * 4


# --- whether it pays ------------------------------------------------------------------------------
@pytest.mark.parametrize(("layers", "steps", "pays"),
                         [(3, 3000, True), (3, 300, False), (500, 4000, False),
                          (500, 40_000, True)])  # fmt: skip
def test_many_layers_take_long_to_plan(layers: int, steps: int, pays: bool) -> None:
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(layers)))
    trainer = Trainer(model, "mse", "sgd", compile=False)
    made = Steps(trainer, Feed(TensorDataset(X, X)), trainer.loss, 1)
    assert made._pays(steps) is pays


def test_convolutions_pay_soon() -> None:
    """A weight of theirs is used at many places: 60 steps are long enough."""
    trainer = Trainer(cnn(), "cross_entropy", "sgd", compile=False)
    feed = Feed(TensorDataset(np.zeros((8, 1, 28, 28), np.float32), np.zeros(8, np.int64)), 64)
    assert Steps(trainer, feed, trainer.loss, 1)._pays(60)
    few = Trainer(nn.Sequential(nn.Flatten(), nn.Linear(784, 128)), "cross_entropy", compile=False)
    assert not Steps(few, feed, few.loss, 1)._pays(60)


# --- words ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("restore", [False, True])
def test_stopping_early_says_why(restore: bool) -> None:
    for verbose in (0, 1):
        out = io.StringIO()
        trainer = Trainer(network(), "cross_entropy", "sgd", lr=0.0, compile=False)
        stopping = EarlyStopping("loss", min_delta=10.0, patience=2, restore_best_weights=restore)
        trainer.fit(X, Y, epochs=9, callbacks=[stopping, Progress(verbose, out)])
        lines = [line for line in out.getvalue().splitlines() if "epoch" not in line[:5]]
        if not verbose:
            assert not lines
            continue
        assert len(lines) == 1
        assert lines[0].startswith("stopped early after epoch 3: loss was best in epoch 1 (")
        assert ("those of epoch 1, the best" if restore else "restore_best_weights") in lines[0]


def test_nothing_is_said_where_nothing_stopped() -> None:
    out = io.StringIO()
    trainer = Trainer(network(), "cross_entropy", "sgd", lr=0.05, compile=False)
    stopping = EarlyStopping("loss", patience=9)
    trainer.fit(X, Y, epochs=2, callbacks=[stopping, Progress(1, out)])
    assert "stopped" not in out.getvalue()


@pytest.mark.parametrize(("optimizer", "lr", "advice"),
                         [("sgd", 1e30, "lr=0.1"), ("adam", 1e30, "lr=0.01"),
                          ("sgd", 0.5, "lr=0.05")])  # fmt: skip
@pytest.mark.filterwarnings(r"ignore:\[LL443")
def test_the_advice_of_a_learning_rate_is_sensible(optimizer: str, lr: float, advice: str) -> None:
    trainer = Trainer(nn.Linear(4, 1), "mse", optimizer, lr=lr, compile=False)
    x = np.full((60, 4), 40.0, np.float32)
    with pytest.raises(liuli.errors.TrainingError, match="LL960") as caught:
        trainer.fit(x, x[:, 0], epochs=90, batch_size=2, verbose=0)
    assert caught.value.facts["fix"] == advice

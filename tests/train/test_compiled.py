"""`fit` compiled: the same training but for rounding, and bit-equal however it is cut in pieces."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler.machine import available
from liuli.data import Arrays, DataLoader, TensorDataset
from liuli.data.transforms import (
    Compose,
    Flatten,
    Normalize,
    RandomAffine,
    RandomShift,
    ToTensor,
)
from liuli.train import Callback, LambdaCallback, ModelCheckpoint, StopOnNaN, Trainer
from liuli.train.steps import Judging, Steps
from tests.train.test_trainer import After, PowerError, X, Y, long_run, network, same, weights

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

QUIET: dict[str, Any] = {"verbose": 0}
DRAW = np.random.default_rng(0)
IMAGES = DRAW.integers(0, 256, (90, 6, 6)).astype(np.uint8)


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Steps]:
    """The steps of every `fit` of a test."""
    found: list[Steps] = []
    begin = Steps.__init__

    def noted(self: Steps, *args: Any) -> None:
        begin(self, *args)
        if self.times:  # not those of `evaluate`
            found.append(self)

    monkeypatch.setattr(Steps, "__init__", noted)
    return found


def runs(steps: Steps) -> int:
    """How many steps were made by programs."""
    return sum(program.runs for program in steps.program.programs) if steps.program else 0


def close(a: Trainer, b: Trainer) -> bool:
    pairs = zip(weights(a), weights(b), strict=True)
    return all(np.allclose(x, y, rtol=1e-3, atol=1e-5) for x, y in pairs)


def fit(compile: Any = True, data: Any = (X, Y), *, model: Any = None, loss: Any = "cross_entropy",
        metrics: Any = ("accuracy", "f1"), **options: Any) -> Trainer:  # fmt: skip
    """A training of 3 epochs of 5 steps, the last of each shorter."""
    model = network() if model is None else model
    trainer = Trainer(model, loss, liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
                      metrics=metrics, seed=4, compile=compile)  # fmt: skip
    x, y = data if isinstance(data, tuple) else (data, None)
    trainer.fit(x, y, **{"epochs": 3, "batch_size": 20, **QUIET, **options})
    return trainer


# --- the same training ----------------------------------------------------------------------------
def pictures(*first: Any) -> Arrays:
    look = Compose([*first, ToTensor(), Normalize((0.5,), (0.3,)), Flatten()])
    return Arrays(IMAGES, Y, transform=look)


def small() -> nn.Module:
    liuli.manual_seed(2)
    return nn.Sequential(nn.Linear(36, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


DATA = {
    "arrays": lambda: (X, Y),
    "set": lambda: TensorDataset(X, Y),
    "loader": lambda: DataLoader(TensorDataset(X, Y), 20, shuffle=True),
    "pairs": lambda: [(x, int(y)) for x, y in zip(X, Y, strict=True)],
    "pictures": pictures,
    "shifted": lambda: pictures(RandomShift(1)),
    "augmented": lambda: pictures(RandomAffine(20, (0.1, 0.1), (0.8, 1.2), 10, "bilinear")),
}


@pytest.mark.parametrize("name", DATA)
def test_it_is_the_eager_training(name: str, made: list[Steps]) -> None:
    found = []
    for compile in (False, True):
        liuli.manual_seed(9)
        model = small() if name in ("pictures", "shifted", "augmented") else network()
        liuli.manual_seed(9)
        found.append(fit(compile, DATA[name](), model=model))
    assert runs(made[0]) == 0
    assert runs(made[1]) == 14  # all but the first
    assert (made[1].feed.memory is None) == (name == "pairs")  # transforms are in the program
    assert close(*found)
    for a, b in zip(found[0].history, found[1].history, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-4)
        assert a["accuracy"] == pytest.approx(b["accuracy"], abs=0.03)


@pytest.mark.parametrize("loss", ["mse", "l1", nn.HuberLoss(reduction="sum")])
def test_numbers_are_learned(loss: Any) -> None:
    """(N,) against (N, 1), metrics that are sums of floats, and losses that add up."""
    found = []
    for compile in (False, True):
        liuli.manual_seed(0)
        found.append(fit(compile, (X, X[:, 0]), model=nn.Linear(4, 1), loss=loss, metrics=["mae"]))
    assert close(*found)
    assert found[0].history["mae"] == pytest.approx(found[1].history["mae"], rel=1e-4)


def test_class_weights() -> None:
    weight = {0: 2.0, 2: 0.5}
    found = [fit(compile, class_weight=weight) for compile in (False, True)]
    assert close(*found)
    assert not close(found[0], fit(False))


def test_labels_that_do_not_count() -> None:
    labels = np.where(np.arange(90) % 7 == 0, -100, Y)
    found = [fit(compile, (X, labels)) for compile in (False, True)]
    assert close(*found)
    assert found[0].history["loss"] == pytest.approx(found[1].history["loss"], rel=1e-4)


def test_judging_is_compiled_too(made: list[Steps]) -> None:
    """Validation with the network in evaluation mode; its last batch is shorter."""
    judged = {"validation_data": (X[:50], Y[:50])}
    eager, compiled = (fit(compile, **judged) for compile in (False, True))
    assert runs(made[3]) == 9 and type(made[3]) is Judging
    for a, b in zip(eager.history, compiled.history, strict=True):
        assert a["val_loss"] == pytest.approx(b["val_loss"], rel=1e-4)
        assert a["val_accuracy"] == b["val_accuracy"]
    last = compiled.evaluate(X[:50], Y[:50], batch_size=20)
    assert last["loss"] == pytest.approx(compiled.history["val_loss"][-1], rel=1e-5)
    assert compiled.model.training


# --- bit for bit ----------------------------------------------------------------------------------
class Every(Callback):
    """Has to hear of every batch, and reads the gradients."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.norms: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        self.losses.append(logs["loss"])
        first = self.trainer.optimizer.param_groups[0]["params"][0]
        self.norms.append(float((first.grad**2).sum()))


def test_groups_of_steps_are_single_steps(made: list[Steps]) -> None:
    every = Every()
    single, grouped = fit(callbacks=[every]), fit()
    assert len(every.losses) == 15 and min(every.norms) > 0
    assert runs(made[1]) == 14 and made[1].program is not None
    assert same(weights(single), weights(grouped))
    for row in (*single.history, *grouped.history):
        del row["seconds"]
    assert single.history.rows == grouped.history.rows
    parameters = single.model.parameters()
    for p in grouped.model.parameters():  # nothing half kept, and nothing that seems to be none
        with pytest.raises(liuli.errors.GradientError, match="LL720"):
            p.grad  # noqa: B018
    assert all(p.grad is not None for p in parameters)


@pytest.mark.parametrize(
    "kind", ["arrays", *(pytest.param(k, marks=pytest.mark.slow) for k in ("loader", "shifted"))]
)
def test_resumed_at_every_step_it_is_the_same(kind: str, tmp_path: Path) -> None:
    def run(stop_after: int | None, folder: Path) -> Trainer:
        made = long_run()
        trainer, callbacks = made
        trainer.compile = True
        if kind == "shifted":
            model = small()
            trainer = Trainer(model, metrics=["accuracy", "f1"], compile=True)
            callbacks = []
        steps = iter(range(100))

        def end(batch: int, logs: Any) -> None:
            if next(steps) + 1 == stop_after:
                raise PowerError

        checkpoint = ModelCheckpoint(folder, every=1)
        own = [*callbacks, checkpoint, *([] if stop_after is None else [After(end)])]
        data = DATA[kind]() if kind != "arrays" else TensorDataset(X, Y)
        liuli.manual_seed(8)
        if folder.exists():
            liuli.manual_seed(999)
            trainer.load_checkpoint(folder)
        judged = TensorDataset(X[:30], Y[:30]) if kind == "arrays" else None
        trainer.fit(data, epochs=3, batch_size=20, callbacks=own, validation_data=judged, **QUIET)
        return trainer

    whole = run(None, tmp_path / "whole")
    for stop in (1, 5, 9) if kind == "arrays" else range(1, 15):
        with pytest.raises(PowerError):
            run(stop, tmp_path / str(stop))
        again = run(None, tmp_path / str(stop))
        assert same(weights(whole), weights(again)), stop
        for row in (*whole.history, *again.history):
            row.pop("seconds", None)
        assert whole.history.rows == again.history.rows, stop


def test_looking_at_a_batch_draws_nothing(made: list[Steps]) -> None:
    """For a message inputs are made once more; a training that goes on must not feel that."""
    fit(True, pictures(RandomShift(1)), model=small(), epochs=1)
    before = liuli.get_rng_state().tolist()
    first, second = (made[0]._batch([np.arange(4)[None]], 0)[0] for _ in range(2))
    assert liuli.get_rng_state().tolist() == before
    assert (first == second).all()


# --- what stops it --------------------------------------------------------------------------------
@pytest.mark.filterwarnings(r"ignore:\[LL443")
@pytest.mark.parametrize("callbacks", [[], [LambdaCallback(on_train_batch_end=print)]])
def test_nan_stops_before_it_does_harm(callbacks: Any, capsys: Any) -> None:
    """The same place, message and weights, whether steps are made singly or not."""
    x = np.tile(X, (40, 1))
    x[1234, 1] = 1e30  # its square is more than float32 holds
    told, before = [], []
    for compile, own in ((False, []), (True, callbacks)):
        liuli.manual_seed(0)
        model = nn.Linear(4, 1)
        trainer = Trainer(model, "mse", "sgd", lr=1e-3, compile=compile, seed=1)
        with pytest.raises(liuli.errors.TrainingError, match="LL960") as caught:
            trainer.fit(x, x[:, 0] * 0, batch_size=20, callbacks=own, **QUIET)
        facts = caught.value.facts
        rows = {row.name: row.value for row in caught.value.rows}
        assert np.isfinite(weights(trainer)[0]).all()
        told.append((facts["epoch"], facts["batch"], rows["inputs"], trainer.batch, rows["lr"]))
        before.append([float(text) for text in str(rows["losses before"]).split(", ")])
    assert told[0] == told[1]
    assert told[0][1] > 20
    assert before[0] == pytest.approx(before[1], rel=1e-2)


def test_nan_may_be_wanted() -> None:
    model = nn.Linear(4, 1)
    trainer = Trainer(model, "mse", "sgd", lr=1e30, compile=True)
    callbacks = [StopOnNaN(enabled=False)]
    history = trainer.fit(X, X[:, 0], epochs=3, batch_size=20, callbacks=callbacks, **QUIET)
    assert not math.isfinite(history["loss"][-1])


# --- what is eager --------------------------------------------------------------------------------
def test_a_network_that_looks_at_numbers(made: list[Steps]) -> None:
    """It runs eagerly, which is said once; it is called as often as ever, with the same numbers."""
    seen: list[list[int]] = []

    class Looking(nn.Linear):
        def forward(self, x: liuli.Tensor) -> liuli.Tensor:
            y = super().forward(x)
            if len(x) > 1:
                seen[-1].append(len(x))
                y = y * (1 if float(y.sum()) > 0 else 0.5)
            return y

    found = []
    for compile in (False, True):
        seen.append([])
        liuli.manual_seed(0)
        if compile:
            with pytest.warns(UserWarning, match="LL719") as warned:
                found.append(fit(compile, model=Looking(4, 3)))
            assert ".item()" in str(warned[0].message) and "test_compiled.py" in str(warned[0])
            assert len(warned) == 1
        else:
            found.append(fit(compile, model=Looking(4, 3)))
    assert seen[0] == seen[1]
    assert same(*map(weights, found))
    assert found[0].history["loss"] == found[1].history["loss"]


def test_forward_of_a_compiled_network_runs_three_times(capsys: Any) -> None:
    """The first step, and two that are watched; and once to see how many classes there are.

    What it prints is printed by every step.
    """

    class Telling(nn.Linear):
        def forward(self, x: liuli.Tensor) -> liuli.Tensor:
            print(len(x))
            return super().forward(x)

    liuli.manual_seed(0)
    fit(True, (X[:80], Y[:80]), model=Telling(4, 3))
    assert capsys.readouterr().out.split() == ["1", *["20"] * (3 * 4)]


@pytest.mark.parametrize(
    ("compile", "options"),
    [
        ("auto", {}),
        (False, {}),
        (True, {"callbacks": [LambdaCallback(on_loss=lambda loss: None)]}),
    ],
)
def test_what_is_not_compiled(compile: Any, options: Any, made: list[Steps]) -> None:
    """Short trainings, and those where somebody hears of the loss before the weights change."""
    assert same(weights(fit(compile, **options)), weights(fit(False)))
    assert made[0].program is None


def test_auto_compiles_what_is_long(monkeypatch: pytest.MonkeyPatch, made: list[Steps]) -> None:
    """And decides so before the first step; a shorter last batch stays eager."""
    monkeypatch.setattr("liuli.train.steps.COMPILE", 0.01)
    fit("auto", epochs=12)
    assert made[0].program is not None
    assert runs(made[0]) == 12 * 4 - 1
    assert [p.shapes[0][1] for p in made[0].program.programs if p.shapes] == [(20,)]


def test_without_machine_code(monkeypatch: pytest.MonkeyPatch, made: list[Steps]) -> None:
    monkeypatch.setattr("liuli.train.steps.available", lambda: False)
    plain = fit(True)
    assert made[0].program is None
    assert same(weights(plain), weights(fit(False)))
    monkeypatch.setenv("LIULI_BACKEND", "numpy")
    assert close(plain, fit(True))
    assert runs(made[2]) == 14


def test_a_wrong_word() -> None:
    with pytest.raises(liuli.errors.ArgumentError, match="LL602"):
        Trainer(network(), compile="always")

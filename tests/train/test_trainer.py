"""The one loop: it learns, it judges, it takes what people have, and it goes on exactly."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.data import DataLoader, TensorDataset
from liuli.nn import functional as F
from liuli.train import (
    Callback,
    EarlyStopping,
    Interrupted,
    LambdaCallback,
    LRSchedule,
    ModelCheckpoint,
    Trainer,
)

DRAW = np.random.default_rng(1)
X = DRAW.standard_normal((90, 4)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64) + (X[:, 2] > 1)
QUIET: dict[str, Any] = {"verbose": 0}


def network() -> nn.Sequential:
    liuli.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))


def weights(trainer: Trainer) -> list[np.ndarray]:
    return [t.detach().numpy().copy() for t in trainer.model.state_dict().values()]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return all((x == y).all() for x, y in zip(a, b, strict=True))


# --- learning -----------------------------------------------------------------------------------
def test_it_is_the_loop_that_people_write() -> None:
    """Bit for bit the hand-written loop over a loader with the same order."""
    trainer = Trainer(network(), nn.CrossEntropyLoss(), "adam", metrics=["accuracy"])
    loader = DataLoader(TensorDataset(X, Y), 16, shuffle=True)
    liuli.manual_seed(5)
    history = trainer.fit(loader, epochs=3, **QUIET)

    model = network()
    optimizer = liuli.optim.Adam(model.parameters())
    loader = DataLoader(TensorDataset(X, Y), 16, shuffle=True)
    liuli.manual_seed(5)
    liuli.default_generator.take(1)  # the trainer's own seed
    losses = []
    for _ in range(3):
        total, right = 0.0, 0
        for x, y in loader:
            optimizer.zero_grad()
            scores = model(x)
            loss = F.cross_entropy(scores, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += int((scores.argmax(1) == y).sum())
        losses.append((total / 90, right / 90))
    assert same(weights(trainer), [t.detach().numpy() for t in model.state_dict().values()])
    assert [*zip(history["loss"], history["accuracy"], strict=True)] == losses


def test_linear_regression_of_the_tutorial() -> None:
    """Two examples, lr 0.01, 100 epochs: the prediction for [5, 6] lies between 8.3 and 9.92."""
    found = []
    for seed in range(20):
        liuli.manual_seed(seed)
        model = nn.Linear(2, 1)
        trainer = Trainer(model, "mse", liuli.optim.SGD(model.parameters(), lr=0.01))
        x, y = np.float32([[1, 2], [3, 4]]), np.float32([2, 6])
        history = trainer.fit(x, y, epochs=100, batch_size=2, shuffle=False, **QUIET)
        assert 0.9189 <= history["loss"][30] / history["loss"][20] <= 0.9268
        found.append(trainer.predict(np.float32([[5, 6]])).item())
    assert all(8.3 <= value <= 9.92 for value in found)


def test_a_column_and_a_vector_of_targets_are_the_same() -> None:
    """(N, 1) against (N,) would broadcast to N x N differences."""
    made = []
    for targets in (X[:, 0], X[:, :1]):
        liuli.manual_seed(0)
        trainer = Trainer(nn.Linear(4, 1), "mse", "sgd", metrics=["mae"])
        trainer.fit(X, targets.copy(), epochs=2, **QUIET)
        made.append((weights(trainer), trainer.evaluate(X, targets.copy())))
    assert same(made[0][0], made[1][0])
    assert made[0][1] == made[1][1]


def test_seeds_decide() -> None:
    def run(seed: int) -> list[np.ndarray]:
        trainer = Trainer(network(), seed=seed)
        trainer.fit(X, Y, epochs=2, **QUIET)
        return weights(trainer)

    assert same(run(1), run(1))
    assert not same(run(1), run(2))


def test_order_is_new_every_epoch() -> None:
    seen: list[list[float]] = []

    class Look(nn.Linear):
        def forward(self, x: liuli.Tensor) -> liuli.Tensor:
            if len(x) > 1:  # a first look at one example tells how many classes there are
                seen.append(x[:, 0].tolist())
            return super().forward(x)

    Trainer(Look(4, 3)).fit(X, Y, epochs=2, batch_size=90, **QUIET)
    assert seen[0] != seen[1]
    assert sorted(seen[0]) == sorted(seen[1]) == sorted(X[:, 0].tolist())
    seen.clear()
    Trainer(Look(4, 3)).fit(X, Y, epochs=1, batch_size=90, shuffle=False, **QUIET)
    assert seen[0] == X[:, 0].tolist()


def test_class_weights() -> None:
    model = network().eval()
    scores, target = model(liuli.tensor(X)), liuli.tensor(Y)
    each = F.cross_entropy(scores, target, reduction="none").detach().numpy()
    expected = float((each * np.array([2.0, 0.5, 1.0])[Y]).mean())
    for loss in ("cross_entropy", nn.CrossEntropyLoss()):
        trainer = Trainer(network(), loss, "sgd", lr=0.0)
        row = trainer.fit(X, Y, batch_size=90, class_weight={0: 2, 1: 0.5},
                          callbacks=[InEvaluation()], **QUIET).rows[0]  # fmt: skip
        assert row["loss"] == pytest.approx(expected, rel=1e-5)


class InEvaluation(Callback):
    """Dropout off, so that a loss can be worked out by hand."""

    def on_epoch_begin(self, epoch: int, logs: Any) -> None:
        self.trainer.model.eval()


# --- judging ------------------------------------------------------------------------------------
def test_modes_come_back() -> None:
    model = network()
    model[2].eval()
    trainer = Trainer(model)
    trainer.evaluate(X, Y)
    trainer.predict(X)
    assert model.training and not model[2].training
    trainer.fit(X, Y, **QUIET)
    assert model.training and not model[2].training


def test_evaluate_is_of_all_examples() -> None:
    trainer = Trainer(network(), metrics=["accuracy", "f1"])
    whole, parts = trainer.evaluate(X, Y, batch_size=90), trainer.evaluate(X, Y, batch_size=7)
    assert whole["accuracy"] == parts["accuracy"] and whole["f1"] == parts["f1"]
    assert whole["loss"] == pytest.approx(parts["loss"], rel=1e-6)
    scores = trainer.predict(X)
    assert scores.shape == (90, 3) and not scores.requires_grad
    assert whole["accuracy"] == int((scores.argmax(1) == liuli.tensor(Y)).sum()) / 90


def test_validation_is_the_end_of_the_data() -> None:
    trainer = Trainer(network(), metrics=["accuracy"])
    history = trainer.fit(X, Y, epochs=2, validation_split=0.2, **QUIET)
    assert history["val_loss"][-1] == trainer.evaluate(X[72:], Y[72:])["loss"]
    again = Trainer(network(), metrics=["accuracy"])
    given = again.fit(X[:72], Y[:72], epochs=2, validation_data=(X[72:], Y[72:]), **QUIET)
    for row in (*history, *given):
        del row["seconds"]
    assert history.rows == given.rows


# --- what people have ---------------------------------------------------------------------------
def forms() -> Iterator[tuple[Any, ...]]:
    yield X, Y
    yield X.astype(np.float64), Y.astype(np.int32)
    yield liuli.tensor(X), liuli.tensor(Y)
    yield X.tolist(), Y.tolist()
    yield ((X, Y),)
    yield (TensorDataset(X, Y),)
    yield ([(x, y) for x, y in zip(X, Y, strict=True)],)


@pytest.mark.filterwarnings("ignore:.*LL930")
@pytest.mark.parametrize("data", list(forms()), ids=lambda data: type(data[0]).__name__)
def test_forms_of_data(data: tuple[Any, ...]) -> None:
    trainer = Trainer(network(), seed=0)
    trainer.fit(*data, **QUIET)
    plain = Trainer(network(), seed=0)
    plain.fit(X, Y, **QUIET)
    assert same(weights(trainer), weights(plain))
    if not isinstance(data[0], tuple) and len(data[0][0]) != 2:
        assert (trainer.predict(data[0]).numpy() == plain.predict(X).numpy()).all()


@pytest.mark.filterwarnings("ignore:.*LL(33[789]|930)")
def test_forms_of_labels() -> None:
    """Names, one-hot rows, columns and whole floats are the labels they are meant to be."""
    plain = Trainer(network(), seed=0)
    plain.fit(X, Y, **QUIET)
    for labels in (np.array(["a", "b", "c"])[Y], np.eye(3, dtype=int)[Y], Y[:, None], Y * 1.0):
        trainer = Trainer(network(), seed=0)
        trainer.fit(X, labels, **QUIET)
        assert same(weights(trainer), weights(plain))
    trainer = Trainer(network(), seed=0)
    trainer.fit(X, np.eye(3, dtype=np.float32)[Y] * 0.9 + 0.1 / 3, **QUIET)  # probabilities
    assert not same(weights(trainer), weights(plain))


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=list("abcd"))
    trainer = Trainer(network(), seed=0)
    trainer.fit(table, pandas.Series(Y), **QUIET)
    plain = Trainer(network(), seed=0)
    plain.fit(X, Y, **QUIET)
    assert same(weights(trainer), weights(plain))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda t: t.fit(X, Y, epochs=0), "LL961"),
        (lambda t: t.fit(X, Y, epochs=1.5), "LL961"),
        (lambda t: t.fit(X, Y, batch_size=0), "LL962"),
        (lambda t: t.fit(X, Y, batch_size=2.0), "LL962"),
        (lambda t: t.fit(X, Y, validation_split=1.0), "LL963"),
        (lambda t: t.fit(X, Y, validation_split=0.001), "LL963"),
        (lambda t: t.fit(X), "LL975"),
        (lambda t: t.fit(5), "LL975"),
        (lambda t: t.fit([1, 2, 3]), "LL975"),
        (lambda t: t.fit(TensorDataset(X)), "LL975"),
        (lambda t: t.fit(X, Y[:5]), "LL931"),
        (lambda t: t.fit(X[:0], Y[:0]), "LL932"),
        (lambda t: t.fit([]), "LL932"),
        (lambda t: t.fit(X, Y + 1), "LL333"),
        (lambda t: t.fit(X, Y * 2), "LL334"),
        (lambda t: t.evaluate(X, Y - 1), "LL334"),
        (lambda t: t.fit(TensorDataset(X, Y * 2)), "LL334"),
        (lambda t: t.fit(DataLoader(TensorDataset(X, Y * 2), 8)), "LL330"),
        (lambda t: t.fit(X * np.float32("nan"), Y), "LL335"),
        (lambda t: t.fit(X, np.float32(Y + 0.5)), "LL336"),
        (lambda t: t.fit(X, Y, callbacks=[print]), "LL971"),
        (lambda t: t.fit(X, Y, class_weight={0: -1}), "LL976"),
        (lambda t: t.fit(X, Y, class_weight={0: float("nan")}), "LL976"),
        (lambda t: Trainer(t.model, "crossentropy"), "LL974"),
        (lambda t: Trainer(t.model, optimizer="adma").fit(X, Y), "LL978"),
        (lambda t: Trainer(t.model, lambda a, b: a.sum()).fit(X, Y, class_weight={}), "LL977"),
        (lambda t: t.load_checkpoint("nowhere"), "LL964"),
    ],
)
def test_mistakes(call: Any, code: str) -> None:
    with pytest.raises(liuli.errors.LiuliError) as caught:
        call(Trainer(network()))
    assert caught.value.code == code


# --- going on -----------------------------------------------------------------------------------
def long_run() -> tuple[Trainer, list[Callback]]:
    """A training with everything that has a state, and its callbacks."""
    model = network()
    trainer = Trainer(model, "cross_entropy", liuli.optim.Adam(model.parameters(), lr=0.01),
                      metrics=["accuracy", "f1"])  # fmt: skip
    schedule = liuli.optim.lr_scheduler.StepLR(trainer.optimizer, step_size=4, gamma=0.7)
    stopping = EarlyStopping("loss", patience=2, restore_best_weights=True)
    return trainer, [LRSchedule(schedule, "batch"), stopping]


def source(kind: str) -> Any:
    if kind == "arrays":
        return TensorDataset(X, Y)
    own = liuli.Generator().manual_seed(11) if kind == "own generator" else None
    return DataLoader(TensorDataset(X, Y), 20, shuffle=True, generator=own)


@pytest.mark.parametrize("kind", ["arrays", "loader", "own generator"])
def test_resumed_at_every_step_it_is_the_same(kind: str, tmp_path: Path) -> None:
    """15 steps, interrupted after each: weights, history and optimizer are bit-equal."""

    def run(stop_after: int | None, folder: Path) -> Trainer:
        data = source(kind)
        trainer, callbacks = long_run()
        callbacks.append(ModelCheckpoint(folder, every=1))
        steps = iter(range(10_000))

        def end(batch: int, logs: Any) -> None:
            if next(steps) + 1 == stop_after:
                raise PowerError

        if stop_after is not None:
            callbacks.append(After(end))
        liuli.manual_seed(8)
        try:
            trainer.fit(data, epochs=3, batch_size=20, callbacks=callbacks, **QUIET)
        except PowerError:
            liuli.manual_seed(999)  # another process would not have this state either
            data = source(kind)
            trainer, callbacks = long_run()
            trainer.load_checkpoint(folder)
            trainer.fit(data, epochs=3, batch_size=20, callbacks=callbacks, **QUIET)
        return trainer

    whole = run(None, tmp_path / "whole")
    for stop in range(1, 16):
        again = run(stop, tmp_path / str(stop))
        assert same(weights(whole), weights(again)), stop
        for row in (*whole.history, *again.history):
            row.pop("seconds", None)
        assert whole.history.rows == again.history.rows, stop
        assert whole.lr == again.lr
        a, b = whole.optimizer.state_dict(), again.optimizer.state_dict()
        assert str(a["param_groups"]) == str(b["param_groups"])
        assert same([s["exp_avg"].numpy() for s in a["state"].values()],
                    [s["exp_avg"].numpy() for s in b["state"].values()])  # fmt: skip


class PowerError(Exception):
    """The power went."""


class After(LambdaCallback):
    """Told after the checkpoint is written."""

    last = True

    def __init__(self, function: Any) -> None:
        super().__init__(on_train_batch_end=function)


def test_signals_end_after_the_step(tmp_path: Path) -> None:
    """Ctrl-C in mid-epoch: the step is complete, a checkpoint is written, and it goes on."""

    def run(interrupt: bool) -> Trainer:
        trainer, callbacks = long_run()
        callbacks.append(ModelCheckpoint(tmp_path))
        if interrupt:
            ring = LambdaCallback(on_train_batch_begin=lambda batch, logs: (
                signal.raise_signal(signal.SIGTERM) if batch == 2 else None))  # fmt: skip
            callbacks.append(ring)
        liuli.manual_seed(8)
        trainer.fit(TensorDataset(X, Y), epochs=3, batch_size=20, callbacks=callbacks, **QUIET)
        return trainer

    whole = run(False)
    before = signal.getsignal(signal.SIGTERM)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(Interrupted) as caught:
        run(True)
    assert caught.traceback[-1].name == "fit"  # none of the frames below it
    assert caught.value.signal == "SIGTERM"
    assert signal.getsignal(signal.SIGTERM) is before
    again, callbacks = long_run()
    again.load_checkpoint(tmp_path)
    again.fit(TensorDataset(X, Y), epochs=3, batch_size=20, callbacks=callbacks, **QUIET)
    assert same(weights(whole), weights(again))


@pytest.mark.parametrize("wanted", [False, True])
def test_whether_a_fit_was_compiled(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_BACKEND", "numpy")
    trainer = Trainer(network(), compile=wanted)
    assert trainer.compiled is None
    trainer.fit(X, Y, **QUIET)
    assert trainer.compiled is wanted


def test_a_second_signal_acts_at_once() -> None:
    def ring(batch: int, logs: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    trainer = Trainer(network())
    with pytest.raises(KeyboardInterrupt) as caught:
        trainer.fit(X, Y, callbacks=[LambdaCallback(on_train_batch_begin=ring)], **QUIET)
    assert not isinstance(caught.value, Interrupted)
    assert trainer.batch == 0

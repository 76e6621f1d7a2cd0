"""Callbacks: who is told what and when, and what each does about it."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.train import (
    Callback,
    CSVLog,
    EarlyStopping,
    History,
    JSONLog,
    LambdaCallback,
    LRSchedule,
    ModelCheckpoint,
    Progress,
    StopOnNaN,
    Trainer,
)
from liuli.train.callbacks.stopping import best_of

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2)
Y = np.float32([0, 0, 0, 1, 1, 1])
QUIET: dict[str, Any] = {"verbose": 0}


def trainer(**words: Any) -> Trainer:
    liuli.manual_seed(0)
    return Trainer(nn.Linear(2, 1), "mse", "sgd", lr=0.1, **words)


class Notes(Callback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("on_"):
            return lambda *facts: self.heard.append(" ".join([name, *map(str, facts[:1])]))
        return super().__getattribute__(name)


def test_events_in_order() -> None:
    notes = Notes()
    trainer().fit(X, Y, epochs=2, batch_size=4, callbacks=[notes], **QUIET)
    batches = [f"on_train_batch_{when} {n}" for n in (0, 1) for when in ("begin", "end")]
    epochs = [[f"on_epoch_begin {n}", *batches, f"on_epoch_end {n}"] for n in (0, 1)]
    notes.heard = [event for event in notes.heard if not event.startswith("on_loss")]
    assert notes.heard[0].startswith("on_train_begin")
    assert notes.heard[1:-1] == [*epochs[0], *epochs[1]]
    assert notes.heard[-1].startswith("on_train_end")


def test_the_end_is_told_whatever_happens() -> None:
    notes = Notes()

    def fail(batch: int, logs: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trainer().fit(X, Y, callbacks=[notes, LambdaCallback(on_train_batch_end=fail)], **QUIET)
    assert notes.heard[-1].startswith("on_train_end")


def test_logs_are_the_row_of_history() -> None:
    rows = []
    run = trainer(metrics=["mae"])
    history = run.fit(X, Y, epochs=2, validation_data=(X, Y), callbacks=LambdaCallback(
        on_epoch_end=lambda epoch, logs: rows.append(dict(logs))), **QUIET)  # fmt: skip
    assert rows == history.rows
    assert list(rows[0]) == ["epoch", "loss", "mae", "lr", "val_loss", "val_mae", "seconds"]


def test_stopping_in_mid_epoch_and_between() -> None:
    run = trainer()

    def stop(batch: int, logs: Any) -> None:
        run.stop_training = True

    run.fit(X, Y, epochs=5, batch_size=2, callbacks=[LambdaCallback(on_train_batch_end=stop)],
            **QUIET)  # fmt: skip
    assert len(run.history) == 1


# --- early stopping -----------------------------------------------------------------------------
class Said(Callback):
    """Puts numbers of the test's choice into the logs, before others look."""

    def __init__(self, values: list[float]) -> None:
        self.values = values
        self.weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        logs["val_loss"] = self.values[epoch]
        self.weights.append(self.trainer.model.weight.detach().numpy().copy())


@pytest.mark.parametrize(
    ("values", "options", "epochs", "best"),
    [
        ([3, 2, 2.5, 2.4, 1], {"patience": 2}, 4, 1),
        ([3, 2, 2.5, 1, 0.5], {"patience": 2}, 5, 4),
        ([3, 2.95, 2.9, 2.85, 1], {"patience": 2, "min_delta": 0.2}, 3, 0),
        ([1, 2, 3, 3, 3], {"patience": 1, "mode": "max"}, 4, 2),
        ([math.nan, 2, math.nan, math.nan, 1], {"patience": 2}, 4, 1),
        ([3, 3, 3, 3, 3], {}, 2, 0),
    ],
)
def test_early_stopping(values: list[float], options: Any, epochs: int, best: int) -> None:
    run, said = trainer(), Said(values)
    stopping = EarlyStopping(restore_best_weights=True, **options)
    run.fit(X, Y, epochs=5, callbacks=[said, stopping], **QUIET)
    assert len(run.history) == epochs
    assert stopping.best_epoch == best
    assert (run.model.weight.detach().numpy() == said.weights[best]).all()


def test_what_is_better_by_name() -> None:
    assert [best_of("auto", name) for name in ("loss", "val_mae", "accuracy", "val_r2", "top5")] \
        == ["min", "min", "max", "max", "max"]  # fmt: skip
    assert best_of("auto", "balanced_accuracy") == "max"
    with pytest.raises(liuli.errors.ArgumentError, match="LL646"):
        best_of("auto", "val_iou")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: EarlyStopping("val_los", mode="min"), "LL973"),
        (lambda: ModelCheckpoint("c", save_best=True), "LL973"),
    ],
)
def test_watching_what_is_not_there(make: Any, code: str, tmp_path: Path,
                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(liuli.errors.LiuliError) as caught:
        trainer().fit(X, Y, callbacks=[make()], **QUIET)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "call",
    [lambda: EarlyStopping(mode="up"), lambda: ModelCheckpoint("c", every=0),
     lambda: ModelCheckpoint("c", every="step"), lambda: LRSchedule(None, every="step"),
     lambda: LambdaCallback(on_epoch=print), lambda: LambdaCallback(on_epoch_end=3)],
)  # fmt: skip
def test_mistakes(call: Any) -> None:
    with pytest.raises(liuli.errors.ArgumentError):
        call()


# --- nan ----------------------------------------------------------------------------------------
@pytest.mark.filterwarnings(r"ignore:\[LL443")
def test_nan_stops_and_says_what_led_there() -> None:
    run = Trainer(nn.Linear(2, 1), "mse", "sgd", lr=1e4)
    with pytest.raises(liuli.errors.TrainingError, match="LL960") as caught:
        run.fit(X * 1e3, Y, epochs=50, batch_size=2, **QUIET)
    assert np.isfinite(run.model.weight.detach().numpy()).all()  # the last good weights
    table = {row.name: row.value for row in caught.value.rows}
    assert len(str(table["losses before"]).split(", ")) <= 4
    assert table["lr"] == "10000"
    assert caught.value.facts["fix"] == "(x - x.mean()) / x.std()"


def test_nan_may_be_wanted() -> None:
    run = Trainer(nn.Linear(2, 1), "mse", "sgd", lr=1e30)
    history = run.fit(X, Y, epochs=3, callbacks=[StopOnNaN(enabled=False)], **QUIET)
    assert not math.isfinite(history["loss"][-1])


# --- files --------------------------------------------------------------------------------------
def test_logs(tmp_path: Path) -> None:
    run = trainer()
    run.fit(X, Y, epochs=3, callbacks=[JSONLog(tmp_path / "h.jsonl"), CSVLog(tmp_path / "h.csv")],
            **QUIET)  # fmt: skip
    assert History.load(tmp_path / "h.jsonl").rows == run.history.rows
    text = (tmp_path / "h.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["loss"]) for row in rows] == run.history["loss"]


def test_best_network_is_kept(tmp_path: Path) -> None:
    run, said = trainer(), Said([3, 1, 2])
    keep = ModelCheckpoint(tmp_path, save_best=True)
    run.fit(X, Y, epochs=3, callbacks=[said, keep], **QUIET)
    best = liuli.load(tmp_path / "best.safetensors")
    assert (best["weight"].numpy() == said.weights[1]).all()


# --- learning rates -----------------------------------------------------------------------------
def test_schedules() -> None:
    model = nn.Linear(2, 1)
    optimizer = liuli.optim.SGD(model.parameters(), lr=1.0)
    halved = liuli.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    run = Trainer(model, "mse", optimizer)
    run.fit(X, Y * 0, epochs=3, callbacks=[LRSchedule(halved)], **QUIET)
    assert run.history["lr"] == [1.0, 0.5, 0.25]


def test_plateaus_look_at_a_number() -> None:
    model = nn.Linear(2, 1)
    optimizer = liuli.optim.SGD(model.parameters(), lr=1.0)
    plateau = liuli.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
    callbacks = [Said([3, 3, 3]), LRSchedule(plateau, monitor="val_loss")]
    run = Trainer(model, "mse", optimizer)
    run.fit(X, Y * 0, epochs=3, callbacks=callbacks, **QUIET)
    assert run.history["lr"] == pytest.approx([1.0, 1.0, 0.1])


# --- what is shown ------------------------------------------------------------------------------
class Terminal(io.StringIO):
    """A stream that a bar can move in."""

    def isatty(self) -> bool:
        return True


def shown(verbose: int, to: io.StringIO | None = None, **words: Any) -> str:
    stream = to or io.StringIO()
    trainer(metrics=["mae"]).fit(X, Y, epochs=2, callbacks=[Progress(verbose, stream)], **words)
    return stream.getvalue()


def test_progress() -> None:
    assert shown(0) == ""
    lines = shown(2, validation_data=(X, Y)).splitlines()
    assert len(lines) == 2 and lines[0].startswith("epoch 1/2  loss 0.")
    for name in ("loss", "mae", "val_loss", "val_mae"):
        assert f"{name} " in lines[1]
    assert shown(1).splitlines()[0].startswith("epoch 1/2  loss 0.")  # no bar into a file
    bar = shown(1, Terminal())
    assert "\r" in bar and "[" in bar and bar.isascii()
    assert bar.count("\n") == 2

"""What is judged is what was meant: labels, probabilities, questions, what does not count."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.data import DataLoader, RandomSampler, TensorDataset, WeightedRandomSampler
from liuli.train import Callback, Confusion, EarlyStopping, LambdaCallback, ModelCheckpoint, Trainer

DRAW = np.random.default_rng(2)
X = DRAW.standard_normal((200, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
QUIET: dict[str, Any] = {"verbose": 0}


def set_weights(model: Any, weight: Any, bias: Any) -> None:
    with liuli.no_grad():
        model.weight.copy_(liuli.tensor(weight, dtype=liuli.float32))
        model.bias.copy_(liuli.tensor(bias, dtype=liuli.float32))


def decided(outputs: int = 1) -> nn.Linear:
    """A network that answers by the sign of the first input."""
    model = nn.Linear(3, outputs)
    rows = [[2.0, 0, 0]] if outputs == 1 else [[-2.0, 0, 0], [2.0, 0, 0]]
    set_weights(model, rows, [0.0] * outputs)
    return model


@pytest.mark.filterwarnings("ignore:.*LL338")
def test_names_keep_their_numbers() -> None:
    names = np.array(["a", "b", "c"])[Y + (X[:, 1] > 1)]
    trainer = Trainer(nn.Linear(3, 3), optimizer="adam", metrics=["accuracy"], lr=0.1)
    trainer.fit(X, names, epochs=20, **QUIET)
    assert trainer.class_names == ["a", "b", "c"]
    some = names != "a"
    said = trainer.predict(X[some]).argmax(1).numpy()
    expected = np.mean(
        [trainer.class_names[i] == n for i, n in zip(said, names[some], strict=True)]
    )
    assert trainer.evaluate(X[some], names[some])["accuracy"] == expected > 0.5


def test_probabilities_are_judged_at_a_half() -> None:
    for loss, model in (
        ("bce", nn.Sequential(decided(), nn.Sigmoid())),
        (nn.BCELoss(), nn.Sequential(decided(), nn.Sigmoid())),
        ("bce_with_logits", decided()),
    ):  # fmt: skip
        row = Trainer(model, loss, metrics=["accuracy", "f1"]).evaluate(X, np.float32(Y))
        assert row["accuracy"] == row["f1"] == 1


def test_questions_are_judged_one_by_one() -> None:
    model = nn.Linear(3, 3)
    set_weights(model, np.eye(3), [0.0] * 3)
    targets = np.float32(X > 0)
    targets[0] = 1 - targets[0]
    row = Trainer(model, "bce_with_logits", metrics=["accuracy"]).evaluate(X, targets)
    assert row["accuracy"] == 1 - 3 / 600


@pytest.mark.parametrize("ignored", [-1, -100])
def test_ignored_labels_do_not_count(ignored: int) -> None:
    labels = Y.copy()
    labels[::2] = ignored
    loss = nn.CrossEntropyLoss(ignore_index=ignored)
    whole = Trainer(decided(2), loss, metrics=["accuracy", Confusion()])
    for data in ((X, labels), (TensorDataset(X, labels),)):
        row = whole.evaluate(*data, batch_size=7)
        assert row["accuracy"] == 1 and row["confusion"].sum() == 100
        half = Trainer(decided(2), metrics=[]).evaluate(X[1::2], Y[1::2])
        assert row["loss"] == pytest.approx(half["loss"], rel=1e-5)


@pytest.mark.parametrize(
    "loss",
    [nn.MSELoss(reduction="sum"), nn.CrossEntropyLoss(weight=liuli.tensor([1.0, 5.0])), "mse"],
    ids=["sum", "weighted", "mean"],
)
def test_the_loss_does_not_depend_on_the_batches(loss: Any) -> None:
    of_classes = isinstance(loss, nn.CrossEntropyLoss)
    trainer = Trainer(decided(2 if of_classes else 1), loss)
    targets = Y if of_classes else np.float32(Y)
    made = [trainer.evaluate(X, targets, batch_size=n)["loss"] for n in (7, 50, 200)]
    assert made == pytest.approx([made[-1]] * 3, rel=1e-5)


def test_every_fit_has_orders_of_its_own() -> None:
    seen: list[Any] = []

    class Look(nn.Linear):
        def forward(self, x: liuli.Tensor) -> liuli.Tensor:
            if len(x) > 1:
                seen.append(tuple(x[:, 0].tolist()))
            return super().forward(x)

    trainer = Trainer(Look(3, 2), seed=1)
    for _ in range(3):
        trainer.fit(X, Y, batch_size=200, **QUIET)
    assert len(set(seen)) == 3


def test_float64_networks_get_float64() -> None:
    model = nn.Linear(3, 1, dtype=liuli.float64)
    x = X.astype(np.float64) * 1e8
    assert (
        Trainer(model, "mse").predict(x).numpy() == model(liuli.tensor(x)).detach().numpy()
    ).all()


# --- going on: every source of random numbers -----------------------------------------------------
class Noise(Callback):
    """Draws from every generator that people use."""

    def __init__(self) -> None:
        self.drawn: list[Any] = []

    def on_epoch_begin(self, epoch: int, logs: Any) -> None:
        self.drawn.append((np.random.rand(), random.random(), liuli.rand(1).item()))


def loader(kind: str) -> DataLoader:
    generator = liuli.Generator().manual_seed(4)
    data = TensorDataset(X, Y)
    if kind == "generator":
        return DataLoader(data, 50, shuffle=True, generator=generator)
    samplers = {
        "sampler": lambda: RandomSampler(data, generator=generator),
        "weighted": lambda: WeightedRandomSampler([1.0] * 200, 200, generator=generator),
    }
    return DataLoader(data, 50, sampler=samplers[kind]())


@pytest.mark.parametrize("every", ["epoch", 3])
@pytest.mark.parametrize("kind", ["generator", "sampler", "weighted"])
def test_all_random_states_go_on(kind: str, every: Any, tmp_path: Path) -> None:
    def trainer() -> Trainer:
        liuli.manual_seed(0)
        return Trainer(nn.Linear(3, 2), optimizer="sgd", lr=0.1)

    def run(folder: Path, stop: bool) -> tuple[Trainer, list[Any]]:
        random.seed(1)
        np.random.seed(1)
        mine, noise, data = trainer(), Noise(), loader(kind)
        keep = ModelCheckpoint(folder, every=every)
        epochs = 2 if stop else 4
        mine.fit(data, epochs=epochs, callbacks=[noise, keep], **QUIET)
        if not stop:
            return mine, noise.drawn
        random.seed(99)
        np.random.seed(99)
        again, rest, data = trainer(), Noise(), loader(kind)
        again.load_checkpoint(folder)
        again.fit(data, epochs=4, callbacks=[rest], **QUIET)
        return again, noise.drawn[: len(noise.drawn)] + rest.drawn[-2:]

    whole, drawn = run(tmp_path / "whole", stop=False)
    again, redrawn = run(tmp_path / "again", stop=True)
    assert drawn == redrawn
    assert (whole.model.weight.detach().numpy() == again.model.weight.detach().numpy()).all()


def test_loading_and_saving_again_loses_nothing(tmp_path: Path) -> None:
    trainer = Trainer(nn.Linear(3, 2))
    trainer.fit(X, Y, epochs=3, callbacks=[ModelCheckpoint(tmp_path)], **QUIET)
    again = Trainer(nn.Linear(3, 2))
    again.load_checkpoint(tmp_path)
    again.save_checkpoint(tmp_path)
    third = Trainer(nn.Linear(3, 2))
    third.load_checkpoint(tmp_path)
    assert len(third.fit(X, Y, epochs=4, **QUIET)) == 4


def test_a_training_that_stopped_by_itself_is_over(tmp_path: Path) -> None:
    def callbacks() -> list[Any]:
        flat = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(val_loss=1.0))
        return [flat, EarlyStopping(patience=2), ModelCheckpoint(tmp_path)]

    trainer = Trainer(nn.Linear(3, 2))
    assert len(trainer.fit(X, Y, epochs=10, callbacks=callbacks(), **QUIET)) == 3
    again = Trainer(nn.Linear(3, 2))
    again.load_checkpoint(tmp_path)
    assert len(again.fit(X, Y, epochs=10, callbacks=callbacks(), **QUIET)) == 3


def test_checkpoints_may_pause(tmp_path: Path) -> None:
    keep = ModelCheckpoint(tmp_path, pause=1000.0)
    written: list[int] = []
    trainer = Trainer(nn.Linear(3, 2))
    save = trainer.save_checkpoint
    trainer.save_checkpoint = lambda folder: written.append(trainer.epoch) or save(folder)  # type: ignore
    trainer.fit(X, Y, epochs=5, callbacks=[keep], **QUIET)
    assert written == [1, 5]

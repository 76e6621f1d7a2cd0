"""Batches of many lengths: each is seen once, in its order, and few lengths are compiled."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler.machine import available
from liuli.data import DataLoader, TensorDataset
from liuli.train import LambdaCallback, ModelCheckpoint, Trainer, Watch
from liuli.train.steps import SHAPES
from tests.train.test_trainer import After, PowerError, X, Y, network, same, weights

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

DRAW = np.random.default_rng(2)


class Counting(nn.Module):
    """A mean of rows that counts how often each row was seen, and in which step last."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 3)
        self.register_buffer("seen", liuli.zeros(90))
        self.register_buffer("last", liuli.zeros(90))
        self.register_buffer("step", liuli.zeros(1))

    def forward(self, x: Any) -> Any:
        if self.training:
            with liuli.no_grad():
                one_hot = (x[:, 4:5] == liuli.arange(90).float()).float().sum(0)
                self.step += 1
                self.seen += one_hot
                self.last.copy_(liuli.where(one_hot > 0, self.step, self.last))
        return self.line(x[:, :4])


def batches(lengths: list[int]) -> list[list[int]]:
    """All 90 rows once, in batches of such lengths over and over."""
    order, found, i = DRAW.permutation(90).tolist(), [], 0
    while order:
        length = lengths[i % len(lengths)]
        found.append(order[:length])
        order, i = order[length:], i + 1
    return found


def counted(compile: bool, lists: list[list[int]], callbacks: Any = ()) -> Counting:
    liuli.manual_seed(0)
    model = Counting()
    trainer = Trainer(model, "cross_entropy", "sgd", lr=0.1, seed=1, compile=compile)
    numbered = np.concatenate([X, np.arange(90, dtype=np.float32)[:, None]], 1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\[LL44")
        loader = DataLoader(TensorDataset(numbered, Y), batch_sampler=lists)
        trainer.fit(loader, epochs=3, verbose=0, callbacks=callbacks)
    return model


@pytest.mark.parametrize("lengths", [[3, 4, 3, 3, 8], list(range(2, 14))])
def test_every_row_is_seen_once_an_epoch(lengths: list[int]) -> None:
    lists = batches(lengths)
    for callbacks in ([], [LambdaCallback(on_train_batch_end=lambda b, logs: None)], [Watch(5)]):
        eager, compiled = (counted(c, lists, callbacks) for c in (False, True))
        assert compiled.seen.tolist() == [3.0] * 90
        assert compiled.last.tolist() == eager.last.tolist()
        assert np.allclose(compiled.line.weight.detach().numpy(),
                           eager.line.weight.detach().numpy(), rtol=1e-4, atol=1e-6)  # fmt: skip


@pytest.mark.parametrize("made_in_python", [False, True])
def test_few_lengths_are_compiled_and_resuming_knows_which(
    made_in_python: bool, tmp_path: Path
) -> None:
    lists = batches(list(range(2, 14)))

    def data() -> Any:
        if not made_in_python:
            return DataLoader(TensorDataset(X, Y), batch_sampler=lists)
        pairs = [(x, int(y)) for x, y in zip(X, Y, strict=True)]
        return DataLoader(pairs, batch_sampler=lists)

    def run(folder: Path, stop_after: int | None) -> Trainer:
        model = network()
        trainer = Trainer(model, "cross_entropy", "adam", seed=1, compile=True)
        steps = iter(range(100))

        def end(batch: int, logs: Any) -> None:
            if next(steps) + 1 == stop_after:
                raise PowerError

        if folder.exists():
            trainer.load_checkpoint(folder)
        callbacks = [ModelCheckpoint(folder, every=1), *([After(end)] if stop_after else [])]
        trainer.fit(data(), epochs=2, verbose=0, callbacks=callbacks)
        return trainer

    whole = run(tmp_path / "whole", None)
    assert len(whole.shapes["Steps"]) == SHAPES
    for stop in (3, 9):
        with pytest.raises(PowerError):
            run(tmp_path / str(stop), stop)
        assert same(weights(run(tmp_path / str(stop), None)), weights(whole)), stop

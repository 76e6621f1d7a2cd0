"""How the settings of `liuli train` were chosen: cross-validation inside the 4,000 digits.

    python -m tests.cli.choose_settings mlp
    python -m tests.cli.choose_settings cnn

The 1,000 test digits are not loaded. Each candidate is trained on four fifths of the training
digits and judged on the last fifth, five times over; the mean accuracy is printed, with the
seconds of one training.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

import liuli
from liuli.cli.sources import PIXELS
from liuli.data.sets import Arrays, digits
from liuli.data.transforms import (
    Compose,
    InterpolationMode,
    Normalize,
    RandomAffine,
    RandomShift,
    ToTensor,
    Transform,
)
from liuli.nn import Module
from liuli.optim.lr_scheduler import CosineAnnealingLR
from liuli.train import LRSchedule, Trainer
from liuli.zoo import cnn, mlp

FOLDS, BATCH = 5, 64


class Candidate(NamedTuple):
    """What is tried: a network, and how it learns."""

    name: str
    network: Callable[[], Module]
    epochs: int
    lr: float
    changes: Transform  # of the pictures, at random


def candidates(kind: str) -> Iterator[Candidate]:
    """All that was tried for a kind of network."""
    if kind == "mlp":
        for epochs, lr, pixels in itertools.product((15, 30), (0.001, 0.003), (1, 2)):
            yield Candidate("mlp", mlp, epochs, lr, RandomShift(pixels))
        return
    normal, affine = partial(cnn, batch_norm=True), (10, (0.1, 0.1), (0.9, 1.1), 5)
    turned = RandomAffine(*affine, interpolation=InterpolationMode.BILINEAR)
    one, two = RandomShift(1), RandomShift(2)
    yield Candidate("8, 16", partial(cnn, channels=(8, 16)), 15, 0.003, one)
    yield Candidate("8, 16, norm", partial(normal, channels=(8, 16)), 15, 0.003, one)
    yield Candidate("16, 32", cnn, 10, 0.003, one)
    yield Candidate("16, 32", cnn, 15, 0.003, one)
    yield Candidate("16, 32", cnn, 20, 0.003, two)
    for changes in (one, two):
        yield Candidate("16, 32, dropout", partial(cnn, dropout=0.3), 20, 0.003, changes)
    steps = ((10, one), (15, one), (15, turned), (20, turned), (15, two), (20, two))
    for epochs, changes in steps:
        yield Candidate("16, 32, norm", normal, epochs, 0.003, changes)


def accuracy(fold: int, tried: Candidate) -> float:
    """On one fifth of the training digits, of a network that has seen the other four."""
    whole = digits(train=True)
    mean, std = PIXELS["sample"]
    prepared = [ToTensor(), Normalize((mean,), (std,))]
    kept = np.arange(len(whole)) // 10 % FOLDS != fold  # every ten pictures hold each digit once
    train = Arrays(whole.inputs[kept], whole.targets[kept])
    train.transform = Compose([tried.changes, *prepared])
    judged = Arrays(whole.inputs[~kept], whole.targets[~kept], transform=Compose(prepared))
    liuli.manual_seed(fold)
    model = tried.network()
    trainer = Trainer(model, "cross_entropy", "adam", metrics=["accuracy"], lr=tried.lr, seed=fold)
    schedule = LRSchedule(CosineAnnealingLR(trainer.optimizer, T_max=tried.epochs))
    trainer.fit(train, epochs=tried.epochs, batch_size=BATCH, callbacks=[schedule], verbose=0)
    return float(trainer.evaluate(judged)["accuracy"])


def main(kind: str) -> None:
    """Print a line a candidate."""
    for tried in candidates(kind):
        began = time.perf_counter()
        found = [accuracy(fold, tried) for fold in range(FOLDS)]
        seconds = (time.perf_counter() - began) / FOLDS
        print(f"{tried.name}  epochs {tried.epochs}  lr {tried.lr}  {tried.changes}: "
              f"{np.mean(found):.2%} (lowest {min(found):.2%}), {seconds:.1f} s",
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "cnn")

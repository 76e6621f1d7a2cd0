"""How the settings of `liuli train` were chosen: cross-validation inside the 4,000 digits.

    python -m tests.cli.choose_settings

The 1,000 test digits are not loaded. Each candidate is trained on four fifths of the training
digits and judged on the last fifth, five times over; the mean accuracy is printed, with the
seconds of one training.
"""

from __future__ import annotations

import itertools
import time

import numpy as np

import liuli
from liuli.cli.sources import PIXELS
from liuli.data.sets import Arrays, digits
from liuli.data.transforms import Compose, Normalize, RandomShift, ToTensor
from liuli.optim.lr_scheduler import CosineAnnealingLR
from liuli.train import LRSchedule, Trainer
from liuli.zoo import mlp

FOLDS = 5
EPOCHS, RATES, SHIFTS, BATCHES = (15, 30), (0.001, 0.003), (1, 2), (64,)


def accuracy(fold: int, epochs: int, lr: float, shift: int, batch_size: int) -> float:
    """On one fifth of the training digits, of a network that has seen the other four."""
    whole = digits(train=True)
    mean, std = PIXELS["sample"]
    prepared = [ToTensor(), Normalize((mean,), (std,))]
    kept = np.arange(len(whole)) // 10 % FOLDS != fold  # every ten pictures hold each digit once
    train = Arrays(whole.inputs[kept], whole.targets[kept])
    train.transform = Compose([*([RandomShift(shift)] if shift else []), *prepared])
    judged = Arrays(whole.inputs[~kept], whole.targets[~kept], transform=Compose(prepared))
    liuli.manual_seed(fold)
    trainer = Trainer(mlp(), "cross_entropy", "adam", metrics=["accuracy"], lr=lr, seed=fold)
    schedule = LRSchedule(CosineAnnealingLR(trainer.optimizer, T_max=epochs))
    trainer.fit(train, epochs=epochs, batch_size=batch_size, callbacks=[schedule], verbose=0)
    return float(trainer.evaluate(judged)["accuracy"])


def main() -> None:
    """Print a line a candidate."""
    for epochs, lr, shift, batch in itertools.product(EPOCHS, RATES, SHIFTS, BATCHES):
        began = time.perf_counter()
        found = [accuracy(fold, epochs, lr, shift, batch) for fold in range(FOLDS)]
        seconds = (time.perf_counter() - began) / FOLDS
        print(f"epochs {epochs}  lr {lr}  shift {shift}  batch {batch}: {np.mean(found):.2%} "
              f"(lowest {min(found):.2%}), {seconds:.1f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

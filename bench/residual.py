"""What residual connections are for: deeper plain networks learn worse, residual ones do not.

Plain-20, Plain-56 and ResNet-56 (as in the paper, so that the last two have equally many
parameters) learn the same CIFAR-10 images in the same order: He et al.'s SGD with lr 0.1, momentum
0.9 and weight decay 0.0001, batches of 128. Compared is the loss on what they learn from, after
equal epochs, seed by seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import liuli
from liuli.data.sets import Arrays
from liuli.nn import Module
from liuli.train import Trainer
from liuli.zoo import plain20, plain56, resnet56

from .cifar import images
from .figures import Check, markdown, report

SEEDS, EPOCHS, BATCH = range(3), 8, 128
NETWORKS: dict[str, Callable[[], Module]] = {
    "Plain-20": plain20,
    "Plain-56": plain56,
    "ResNet-56": partial(resnet56, variant="paper"),
}
Losses = dict[str, list[float]]  # of each network, seed by seed


def loss_of(make: Callable[[], Module], data: Arrays, seed: int, epochs: int) -> float:
    """The mean training loss of the last epoch."""
    liuli.manual_seed(seed)
    model = make()
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    trainer = Trainer(model, "cross_entropy", optimizer, seed=seed)
    trainer.fit(data, epochs=epochs, batch_size=BATCH, verbose=0)
    return float(trainer.history["loss"][-1])


def checks(found: Losses) -> list[Check]:
    """What was asked for: in every pair the deeper plain network is worse, the residual better."""
    deeper = _pairs(found["Plain-56"], found["Plain-20"])
    around = _pairs(found["ResNet-56"], found["Plain-56"])
    return [
        Check(f"Plain-56 has the higher training loss than Plain-20, by {_told(deeper)}",
              all(gap > 0 for gap in deeper)),
        Check(f"ResNet-56 has the lower one than Plain-56, by {_told([-g for g in around])}",
              all(gap < 0 for gap in around)),
    ]  # fmt: skip


def _pairs(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(ours, theirs, strict=True)]


def _told(gaps: Sequence[float]) -> str:
    return " ".join(f"{gap:.3f}" for gap in gaps)


def main(seeds: Sequence[int] = SEEDS, epochs: int = EPOCHS, count: int = 0) -> int:
    """Train all, print a table and whether it is as it must be; 1 if not."""
    data = images(count)
    found: Losses = {name: [] for name in NETWORKS}
    rows = []
    for name, make in NETWORKS.items():
        began = time.perf_counter()
        found[name] = [loss_of(make, data, seed, epochs) for seed in seeds]
        seconds = (time.perf_counter() - began) / len(seeds)
        rows.append([name, " ".join(f"{loss:.3f}" for loss in found[name]), f"{seconds:.0f}"])
    print(f"\nTraining loss after {epochs} epochs of {len(data):,} CIFAR-10 images, "
          f"seeds {', '.join(map(str, seeds))}:\n")  # fmt: skip
    print(markdown(["network", "training loss", "s a run"], rows) + "\n")
    return 0 if report(checks(found)) else 1

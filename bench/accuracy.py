"""`python -m bench accuracy`: the tutorials' programs on full MNIST, five seeds each.

A program is right if after its last epoch the mean of the seeds lies within 0.3 points of the
middle of the range that PyTorch gives, and each seed within 0.6; before the last epoch the mean is
looked at alone. Convolutional networks must reach a mean, one of them in a time. Then plain and
residual networks learn CIFAR-10 images. Nothing is chosen on the test images.

`--only WORD` runs what has the word in its name; "residual" is the name of the last part.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from examples import (
    mnist_cross_entropy,
    mnist_deep_conv,
    mnist_fit,
    mnist_log_softmax,
    mnist_simple_conv,
    mnist_two_layers,
    mnist_two_minutes,
)

from . import residual
from .figures import markdown

SEEDS = range(5)
MEAN, EACH = 0.3, 0.6  # points from the middle of the range


class Program(NamedTuple):
    """One program: what it is, and for each accuracy it reports PyTorch's range in percent."""

    name: str
    run: Callable[[int], list[float]]
    ranges: dict[str, tuple[float, float]]


def _fit(run: Callable[..., list[float]]) -> Callable[[int], list[float]]:
    def after_2_and_5(seed: int) -> list[float]:
        found = run(seed, quiet=True)
        return [found[1], found[4]]

    return after_2_and_5


def _two_layers(activation: str) -> Callable[[int], list[float]]:
    return lambda seed: [mnist_two_layers.main(seed, activation, quiet=True)]


PROGRAMS = (
    Program("log_softmax + nll_loss, momentum 0.5",
            lambda seed: [mnist_log_softmax.main(seed, quiet=True)],
            {"10 epochs": (97.35, 97.55)}),
    Program("the same with StepLR(5, 0.1)",
            lambda seed: [mnist_log_softmax.main(seed, decay=True, quiet=True)],
            {"10 epochs": (96.6, 96.9)}),
    Program("cross-entropy, momentum 0.9", _fit(mnist_cross_entropy.main),
            {"2 epochs": (96.5, 97.0), "5 epochs": (97.35, 97.9)}),
    Program("fit, 54,000 images, Glorot", _fit(mnist_fit.main),
            {"2 epochs": (95.6, 96.2), "5 epochs": (97.0, 97.45)}),
    Program("two layers, sigmoid", _two_layers("sigmoid"), {"10,000 steps": (94.6, 94.8)}),
    Program("two layers, ReLU", _two_layers("relu"), {"10,000 steps": (96.9, 97.1)}),
)  # fmt: skip


class Network(NamedTuple):
    """A convolutional network: the mean that it must reach, in percent, and in how many seconds."""

    name: str
    run: Callable[[int], float]
    least: float
    seconds: float = math.inf


NETWORKS = (
    Network("SimpleConvNet, 20 epochs", lambda seed: mnist_simple_conv.main(seed, quiet=True),
            98.9),
    Network("DeepConvNet, 12 epochs", lambda seed: mnist_deep_conv.main(seed, quiet=True), 99.35),
    Network("the best in two minutes", lambda seed: mnist_two_minutes.main(seed, quiet=True),
            99.5, 120),
)  # fmt: skip


def reached(network: Network, values: list[float], seconds: float) -> bool:
    """Whether a network is as good as it must be, and as quick."""
    return statistics.mean(values) >= network.least and seconds < network.seconds


def right(values: list[float], expected: tuple[float, float], *, last: bool) -> bool:
    """Whether accuracies agree with the range: their mean, and, at the end, each of them."""
    middle = sum(expected) / 2
    near = abs(statistics.mean(values) - middle) <= MEAN
    return near and (not last or all(abs(value - middle) <= EACH for value in values))


def main(rounds: int, pause: float, peers: dict[str, str], only: str = "") -> int:
    """Run everything, or what `only` names; print tables; 1 if something is not right."""
    programs = [each for each in PROGRAMS if only.lower() in each.name.lower()]
    networks = [each for each in NETWORKS if only.lower() in each.name.lower()]
    held = _programs(programs) if programs else True
    held = (_networks(networks) if networks else True) and held
    if only.lower() in "residual":
        held = residual.main() == 0 and held
    return 0 if held else 1


def _programs(programs: list[Program]) -> bool:
    """The tutorials' programs; whether all of them are right."""
    print(
        "| program | after | PyTorch's range (%) | mean (%) | seeds 0 to 4 (%) | s a run | right |"
    )
    print("|---|---|---|---|---|---|---|")
    held = True
    for program in programs:
        start = time.perf_counter()
        runs = [program.run(seed) for seed in SEEDS]
        seconds = (time.perf_counter() - start) / len(runs)
        for place, (after, expected) in enumerate(program.ranges.items()):
            values = [run[place] for run in runs]
            good = right(values, expected, last=place == len(program.ranges) - 1)
            held = held and good
            print(f"| {program.name} | {after} | {expected[0]} to {expected[1]} "
                  f"| {statistics.mean(values):.2f} | {_listed(values)} "
                  f"| {seconds:.0f} | {'yes' if good else 'NO'} |", flush=True)  # fmt: skip
    return held


def _networks(networks: list[Network]) -> bool:
    """The convolutional networks; whether all of them are good enough."""
    rows, held = [], True
    for network in networks:
        values, times = [], []
        for seed in SEEDS:
            start = time.perf_counter()
            values.append(network.run(seed))
            times.append(time.perf_counter() - start)
        good = reached(network, values, max(times))
        held = held and good
        asked = f"{network.least:.2f}"
        if math.isfinite(network.seconds):
            asked += f" in {network.seconds:.0f} s"
        rows.append([network.name, asked, f"{statistics.mean(values):.2f}", _listed(values),
                     f"{min(times):.0f} to {max(times):.0f}", "yes" if good else "NO"])  # fmt: skip
    head = ["network", "at least (%)", "mean (%)", "seeds 0 to 4 (%)", "s a run", "reached"]
    print("\n" + markdown(head, rows), flush=True)
    return held


def _listed(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)

"""The callback Watch: statistics in the rows of History."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli.compiler.machine import available
from liuli.errors import ArgumentError
from liuli.train import Callback, CSVLog, History, ModelCheckpoint, Trainer, Watch
from liuli.train.callbacks.progress import spelled
from liuli.train.steps import Steps
from tests.train.test_trainer import X, Y, network, weights

COMPILED = [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="llvmlite"))]


def fit(compile: bool = False, *others: Callback, every: int = 2, epochs: int = 3,
        batch_size: int = 20, what: Any = True) -> Trainer:  # fmt: skip
    """A training of epochs of 5 steps, the last of each shorter."""
    model = network()
    trainer = Trainer(model, "cross_entropy",
                      liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
                      metrics=["accuracy"], seed=4, compile=compile)  # fmt: skip
    trainer.fit(X, Y, epochs=epochs, batch_size=batch_size, verbose=0,
                callbacks=[Watch(every, what), *others], validation_split=0.2)  # fmt: skip
    return trainer


def statistics(history: History) -> dict[str, list[float]]:
    return {name: history[name] for name in history.names() if "/" in name}


def test_rows_have_a_number_for_each_layer_and_parameter() -> None:
    found = statistics(fit().history)
    modules = [n for n, m in network().named_modules() if not list(m.children())]
    parameters = [n for n, _ in network().named_parameters()]
    assert list(found) == [f"{n}/{what}" for n in modules
                           for what in ("mean", "deviation", "zeros")] + [
        f"{n}/{what}" for n in parameters for what in ("gradient", "ratio")]  # fmt: skip
    assert all(len(column) == 3 and np.isfinite(column).all() for column in found.values())


@pytest.mark.parametrize("compile", COMPILED)
def test_the_numbers_are_the_means_of_the_watched_steps(compile: bool) -> None:
    """The deviation of the first layer's output, taken by a hook in an eager training."""
    model, seen = network(), list[float]()
    name, first = next((n, m) for n, m in model.named_modules() if not list(m.children()))
    first.register_forward_hook(lambda m, x, y: seen.append(float(y.detach().numpy().std())))
    trainer = Trainer(model, "cross_entropy",
                      liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
                      metrics=["accuracy"], seed=4, compile=False)  # fmt: skip
    trainer.fit(X, Y, epochs=1, batch_size=20, verbose=0, validation_split=0.2)
    watched = fit(compile, epochs=1).history[f"{name}/deviation"]
    # `fit` asks the network once before, and judges it once after: neither is a step.
    mine = seen[len(seen) - 1 - trainer.batches : len(seen) - 1]
    assert watched == pytest.approx([np.mean(mine[::2])], rel=1e-5)


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_compiled_and_eager_measure_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Steps] = []
    begin = Steps.__init__
    monkeypatch.setattr(Steps, "__init__", lambda self, *a: (begin(self, *a), made.append(self))[0])
    eager, compiled = fit(False), fit(True)
    a, b = statistics(eager.history), statistics(compiled.history)
    assert a.keys() == b.keys()
    for name in a:
        assert np.allclose(a[name], b[name], rtol=5e-3, atol=1e-5), name
    steps = next(s for s in made if s.program is not None and s._watch is not None)
    assert steps._probing is not None and steps.program is not None
    assert sum(p.runs for p in steps._probing.programs) == 5  # of 6: the very first is eager
    assert sum(p.runs for p in steps.program.programs) >= 3
    assert all(np.allclose(p, q, rtol=1e-3, atol=1e-5)
               for p, q in zip(weights(eager), weights(compiled), strict=True))  # fmt: skip


@pytest.mark.parametrize("compile", COMPILED)
def test_watching_does_not_change_a_training(compile: bool) -> None:
    model = network()
    trainer = Trainer(model, "cross_entropy",
                      liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
                      metrics=["accuracy"], seed=4, compile=compile)  # fmt: skip
    trainer.fit(X, Y, epochs=3, batch_size=20, verbose=0, validation_split=0.2)
    close = zip(weights(trainer), weights(fit(compile)), strict=True)
    assert all(np.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in close)


class Stop(Callback):
    """Save in mid-epoch, and end."""

    def __init__(self, folder: Path, at: int) -> None:
        self.folder, self.at, self.count = folder, at, 0

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        self.count += 1
        if self.count == self.at:
            self.trainer.save_checkpoint(self.folder)
            raise KeyboardInterrupt


@pytest.mark.parametrize("compile", COMPILED)
def test_a_training_that_goes_on_has_the_same_rows(compile: bool, tmp_path: Path) -> None:
    whole = fit(compile)
    with pytest.raises(KeyboardInterrupt):
        fit(compile, Stop(tmp_path, 7))
    model = network()
    again = Trainer(model, "cross_entropy",
                    liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
                    metrics=["accuracy"], seed=4, compile=compile)  # fmt: skip
    again.load_checkpoint(tmp_path)
    again.fit(X, Y, epochs=3, batch_size=20, verbose=0, callbacks=[Watch(2)], validation_split=0.2)
    assert statistics(again.history) == statistics(whole.history)


def test_logs_keep_them_and_the_bar_does_not(tmp_path: Path) -> None:
    trainer = fit(False, CSVLog(tmp_path / "log.csv"), ModelCheckpoint(tmp_path / "points"))
    header = (tmp_path / "log.csv").read_text("utf-8").splitlines()[0]
    name = next(iter(statistics(trainer.history)))
    assert name in header.split(",")
    assert name not in spelled(trainer.history.rows[-1])
    assert "loss" in spelled(trainer.history.rows[-1])


def test_single_layers_can_be_chosen() -> None:
    name = next(n for n, m in network().named_modules() if not list(m.children()))
    assert {x.partition("/")[0].partition(".")[0] for x in statistics(fit(what=[name]).history)} \
        == {name.partition(".")[0]}  # fmt: skip


@pytest.mark.parametrize(("every", "what"), [(0, True), (1.5, True), (10, 3)])
def test_what_makes_no_sense_is_an_error(every: Any, what: Any) -> None:
    with pytest.raises(ArgumentError):
        Watch(every, what)

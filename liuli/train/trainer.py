"""The one training loop, and what goes round it: evaluation, prediction, going on later."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from .. import rng
from ..autodiff.modes import no_grad
from ..autodiff.state import uncaptured
from ..autodiff.tensor import Tensor, fresh
from ..data import check_labels
from ..errors import ArgumentError, Row, TrainingError
from ..nn import Module
from ..optim import Optimizer
from .callbacks.base import Callback, Callbacks
from .callbacks.progress import Progress
from .callbacks.stopping import StopOnNaN
from .checkpoint import load_state, save_state
from .feed import Feed, Reading, feed_of, inputs_of, split_off
from .history import History
from .losses import (
    ignored_by,
    loss_of,
    of_classes,
    of_probabilities,
    of_questions,
    weighted,
)
from .metrics import Metric, metrics_of
from .optimizers import optimizer_of
from .remarks import warn_of_inputs
from .signals import Interrupted, listening
from .steps import Judging, Steps

__mirrors__ = "keras"


class Trainer:
    """A network, what it is judged by, and what improves it.

    For each batch (x, y) of an epoch: loss = L(model(x), y), backward, one step of the
    optimizer. `loss` is a loss of `liuli.nn`, any function (output, target) -> Tensor, or a name
    such as "cross_entropy" or "mse"; `optimizer` an optimizer of `liuli.optim`, or a name such as
    "adam"; `metrics` are metrics of `liuli.train` or their names.

    `compile` says whether `fit` turns its step into a machine-code program: "auto" does so where
    training is long enough to pay for it. Compiled, it keeps no gradients: `compile=False` does.

    Example:
        >>> import liuli
        >>> from liuli import nn
        >>> from liuli.train import Trainer
        >>> liuli.manual_seed(0)  # doctest: +ELLIPSIS
        <...>
        >>> x = liuli.randn(200, 2)
        >>> y = (x[:, 0] > x[:, 1]).long()
        >>> trainer = Trainer(nn.Linear(2, 2), metrics=["accuracy"], lr=0.05)
        >>> history = trainer.fit(x, y, epochs=20, batch_size=20, verbose=0)
        >>> trainer.evaluate(x, y)["accuracy"] > 0.9
        True
    """

    def __init__(
        self,
        model: Module | Callable[..., Tensor],
        loss: str | Callable[..., Tensor] = "cross_entropy",
        optimizer: str | Optimizer = "adam",
        *,
        metrics: Iterable[str | Metric] | None = (),
        lr: float | None = None,
        seed: int | None = None,
        compile: bool | str = "auto",
    ) -> None:
        if compile not in (True, False, "auto"):
            raise ArgumentError("LL602", argument="compile", value=repr(compile),
                                choices="True, False, 'auto'")  # fmt: skip
        self.compile = compile
        self.model: Any = model
        self.loss = loss_of(loss)
        self._wanted = optimizer, lr
        self._optimizer: Optimizer | None = optimizer if isinstance(optimizer, Optimizer) else None
        if self._optimizer is not None and lr is not None:
            raise ArgumentError("LL648", lr=lr)
        self.metrics = metrics_of(metrics or ())
        for metric in self.metrics:
            metric.threshold = 0.5 if of_probabilities(self.loss) else metric.threshold
        self.seed = seed
        self.class_names: list[str] | None = None  # where the labels of the first fit were text
        self.compiled: bool | None = None  # whether the last `fit` ran a program
        self.history = History()
        self.epoch = self.batch = 0  # where training stands: complete epochs, complete batches
        self.epochs = 0  # how many `fit` was asked for
        self.batches = 0  # of one epoch, 0 if that is unknown
        self.stop_training = False
        self._inputs: Any = None  # of the present batch; or a function that gives them
        self._new = True  # the first batch of a fit has not been seen
        self.callbacks = Callbacks((), self)
        self._sums = np.zeros(2)  # of this epoch: losses times their shares, shares
        self._fits = 0  # how often `fit` began anew: each has other orders
        self._feed: Feed | None = None
        self._random: list[Any] = []  # states of the generators when this epoch began
        self.shapes: dict[str, list[str]] = {}  # of the batches that are compiled
        self._pending: dict[str, Any] | None = None  # a checkpoint that `fit` goes on from

    # --- what it works with -------------------------------------------------------------------
    @property
    def optimizer(self) -> Optimizer:
        """The optimizer; one that was given by name is made when it is first needed."""
        if self._optimizer is None:
            self._optimizer = optimizer_of(self._wanted[0], self.model, self._wanted[1])
        return self._optimizer

    @property
    def lr(self) -> float:
        """The learning rate of the first group."""
        return float(self.optimizer.param_groups[0]["lr"])

    @property
    def input_range(self) -> tuple[float, float]:
        """The least and the greatest number in the inputs of the present batch."""
        if isinstance(self._inputs, FunctionType):
            self._inputs = self._inputs()
        array = self._inputs._array if isinstance(self._inputs, Tensor) else np.zeros(0)
        return (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)

    # --- learning -----------------------------------------------------------------------------
    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int = 1,
        batch_size: int = 64,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        class_weight: Any = None,
        callbacks: Iterable[Callback] | None = (),
        verbose: int | str = "auto",
    ) -> History:
        """Train for `epochs` epochs and return what was measured.

        `x` and `y` are tensors, NumPy arrays, lists or pandas tables; or `x` alone is a Dataset
        or a DataLoader (which then decides about batches and order). `validation_split` takes
        that part from the end, before anything is shuffled, as Keras does. `class_weight` maps a
        class to the weight of its examples. `verbose`: 0 silent, 1 a bar, 2 a line an epoch.

        After `load_checkpoint` it goes on where the checkpoint was written.

        Errors: LL961 for `epochs` below 1, LL962 for `batch_size` below 1, LL963 for a
        `validation_split` outside [0, 1), LL960 if the loss is no longer a number, and those of
        data that cannot be learned from.
        """
        if not _is_number(epochs) or epochs < 1 or epochs != int(epochs):
            raise ArgumentError("LL961", epochs=epochs)
        if not _is_number(validation_split):
            raise ArgumentError("LL963", split=validation_split, count="these")
        feed = self._batches_of(x, y, batch_size, shuffle)
        self.class_names = self.class_names or feed.names
        judged = None
        if validation_data is not None:
            judged = self._batches_of(*_pair(validation_data), batch_size)
        elif validation_split:
            feed, judged = split_off(feed, validation_split)
        loss = self.loss
        if class_weight is not None:
            loss = weighted(loss, class_weight, self.class_names)
        self._begin(feed, int(epochs), callbacks or (), verbose)
        try:
            with self._in_mode(training=True), uncaptured(), listening() as caught:
                self._run(feed, judged, loss, caught)
        except Interrupted as end:  # the place inside is of no interest
            raise end.with_traceback(None) from None
        return self.history

    def _batches_of(self, x: Any, y: Any, batch_size: int, shuffle: bool = False) -> Feed:
        """The data as batches; labels that are no class of the network are refused at once."""
        labelled, ignored = of_classes(self.loss), ignored_by(self.loss)
        reading = Reading(labelled, ignored, self.class_names, self._is_wide())
        feed = feed_of(x, y, batch_size=batch_size, shuffle=shuffle, reading=reading)
        if labelled and feed.labels is not None:
            check_labels(feed.labels, self._classes(feed), ignore_index=ignored)
        return feed

    def _is_wide(self) -> bool:
        """Whether the network's weights are float64."""
        weights = self.model.parameters() if isinstance(self.model, Module) else ()
        first = next((w for w in weights if w.dtype.is_floating_point), None)
        return first is not None and first._array.dtype == np.float64

    @no_grad()
    def _classes(self, feed: Feed) -> int | None:
        """How many classes the network tells apart: the length of what it says to one example."""
        before = rng.default_generator.get_state()
        with self._in_mode(training=False):
            x, _ = next(Feed(feed.source, 1).epoch(0, 0))
            output = self.answer(x)
        rng.default_generator.set_state(before)
        return int(output.shape[1]) if output.ndim == 2 else None

    def _begin(
        self, feed: Feed, epochs: int, callbacks: Iterable[Callback], verbose: int | str
    ) -> None:
        """Set everything to the start, or to where the checkpoint was."""
        given: list[Any] = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
        if not any(isinstance(each, StopOnNaN) for each in given):
            given = [StopOnNaN(), *given]
        if not any(isinstance(each, Progress) for each in given):
            given.append(Progress(verbose))
        self.callbacks = Callbacks(given, self)
        self.epochs, self.batches, self.stop_training = epochs, feed.batches, False
        self._feed, self._new = feed, True
        self._check_optimizer()
        pending, self._pending = self._pending, None
        if pending is not None:
            self._take_up(pending)
            return
        if self.seed is None:
            self.seed = rng.default_generator.take(1)[1] + rng.default_generator.initial_seed()
        self.history, self.epoch, self.batch, self.shapes = History(), 0, 0, {}
        self._fits += 1
        self._forget_epoch()

    def _check_optimizer(self) -> None:
        """Errors: LL649 if the optimizer has none of the network's parameters."""
        if not isinstance(self.model, Module) or self._optimizer is None:
            return
        own = {id(p) for p in self.model.parameters()}
        theirs = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        if not own & theirs:
            raise ArgumentError("LL649", optimizer=type(self.optimizer).__name__)

    def _run(self, feed: Feed, judged: Feed | None, loss: Any, caught: Any) -> None:
        """All epochs that are left; the callbacks hear of the end whatever happens."""
        tell = self.callbacks.tell
        tell("on_train_begin", {})
        steps = Steps(self, feed, loss, self.epochs)
        judging = Judging(self, judged, self.loss, self.epochs) if judged else None
        try:
            while self.epoch < self.epochs and not self.stop_training:
                self._one_epoch(steps, judging, caught)
        except Interrupted as end:
            tell("on_interrupt", end.signal)
            raise
        finally:
            self.compiled = steps.program is not None and steps.program.fallen is None
            steps.end()
            tell("on_train_end", self.history.rows[-1] if self.history.rows else {})

    def _one_epoch(self, steps: Steps, judging: Judging | None, caught: Any) -> None:
        tell, began = self.callbacks.tell, time.perf_counter()
        tell("on_epoch_begin", self.epoch, {})
        nothing = not self.batch
        for work in steps.left():
            nothing = False
            tell("on_train_batch_begin", self.batch, {})
            count, value = work()
            self.batch += count
            tell("on_train_batch_end", self.batch - 1, {"loss": value})
            if caught.signal:
                raise self._ended_by(caught.signal)
            if self.stop_training:
                break
        if nothing:
            raise TrainingError("LL642", epoch=self.epoch + 1)
        row = {"epoch": self.epoch + 1, **self._measured(), "lr": self.lr}
        if judging is not None:
            row |= {f"val_{k}": v for k, v in self._evaluate(judging).items()}
        for each in self.callbacks.all:
            row |= each.measured()
        row["seconds"] = time.perf_counter() - began
        self.history.append(row)
        self.epoch, self.batch = self.epoch + 1, 0
        self._forget_epoch()
        tell("on_epoch_end", self.epoch - 1, self.history.rows[-1])
        if caught.signal:
            raise self._ended_by(caught.signal)

    def _ended_by(self, signal: str) -> Interrupted:
        """The end from outside, with the place and, if checkpoints are written, the way on."""
        folders = [str(each.folder) for each in self.callbacks.all if hasattr(each, "folder")]
        epoch, batch = (self.epoch + 1, self.batch) if self.batch else (self.epoch, self.batches)
        return Interrupted(signal, epoch=epoch, batch=batch, folder=next(iter(folders), ""))

    def drawn(self, epoch: Callable[..., Iterator[Any]]) -> Iterator[Any]:
        """The batches of the epoch that are left, as the feed's `epoch` gives them.

        In mid-epoch the order is drawn again from the states of its beginning; then everything
        random goes on from where it stood.
        """
        assert self._feed is not None
        generators = [rng.default_generator, *self._feed.generators]
        seed = (self.seed or 0) + (self._fits - 1) * FIT
        if not self.batch:
            self._random = [each.get_state() for each in generators]
            return epoch(seed, self.epoch)
        now = [each.get_state() for each in generators]
        for generator, state in zip(generators, self._random, strict=True):
            generator.set_state(state)
        left = epoch(seed, self.epoch, skip=self.batch)
        for generator, state in zip(generators, now, strict=True):
            generator.set_state(state)
        return left

    def see(self, x: Any) -> None:
        """The inputs of the step that begins; or a function that gives them, if they are needed."""
        self._inputs = x
        if self._new:
            self._new = False
            self._inputs = x() if isinstance(x, FunctionType) else x
            warn_of_inputs(self.model, self._inputs)

    def add(self, loss: float, share: float) -> None:
        """Add the loss of a batch to those of the epoch."""
        self._sums += loss * share if share else 0.0, share

    def answer(self, x: Any) -> Any:
        """What the network says. Errors: LL170 for nothing."""
        output = self.model(x)
        if output is None:
            raise TrainingError("LL170", kind=type(self.model).__name__)
        return output

    def count(self, output: Any, y: Any) -> None:
        """Tell the metrics of a batch, without the labels that do not count."""
        if not self.metrics:
            return
        questions = of_questions(self.loss) and isinstance(y, Tensor) and y.ndim > 1
        if of_classes(self.loss) and isinstance(y, Tensor) and y.ndim == 1:
            counted = y._array != ignored_by(self.loss)
            if y._array.dtype.kind in "iu" and not counted.all():
                output, y = fresh(output._array[counted]), fresh(y._array[counted])
        for metric in self.metrics:
            metric.questions = questions
            metric.update(output, y)

    def _measured(self) -> dict[str, Any]:
        """The mean loss and the metrics of the epoch so far."""
        row = {"loss": self._mean(*self._sums.tolist())}
        return row | {metric.name: metric.compute() for metric in self.metrics}

    def _mean(self, total: float, shares: float) -> float:
        """The loss of an epoch; one that adds up is the sum over the data."""
        if getattr(self.loss, "reduction", "mean") == "sum":
            return total
        return total / shares if shares else math.nan

    def _forget_epoch(self) -> None:
        self._sums[:] = 0
        for metric in self.metrics:
            metric.reset()

    # --- judging ------------------------------------------------------------------------------
    def evaluate(self, x: Any, y: Any = None, *, batch_size: int = 256) -> dict[str, Any]:
        """The mean loss and the metrics on data, with the network in evaluation mode.

        Takes data as `fit` does.
        """
        return self._evaluate(Judging(self, self._batches_of(x, y, batch_size), self.loss, 0))

    @no_grad()
    def _evaluate(self, judging: Judging) -> dict[str, Any]:
        kept = [vars(metric).copy() for metric in self.metrics]
        sums = self._sums.copy()
        self._forget_epoch()
        with self._in_mode(training=False):
            for work in judging.left():
                work()
        found = self._measured()
        for metric, state in zip(self.metrics, kept, strict=True):
            vars(metric).update(state)
        self._sums[:] = sums
        return found

    @no_grad()
    def predict(self, x: Any, *, batch_size: int = 256) -> Tensor:
        """What the network says to `x`, in evaluation mode: outputs one below the other.

        Shape: x (N, ...) -> (N, ...). A Dataset or DataLoader of pairs gives the outputs for
        their inputs.
        """
        with self._in_mode(training=False):
            inputs = inputs_of(x, batch_size, wide=self._is_wide())
            parts = [self._said(each) for each in inputs]
        return fresh(np.concatenate(parts))

    def _said(self, x: Any) -> Any:
        """What the network says to a batch. Errors: LL641 unless it is a tensor, a row each."""
        output = self.model(x)
        if not isinstance(output, Tensor) or not output.ndim or len(output) != len(x):
            what = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise TrainingError("LL641", rows=[Row("input", tuple(x.shape)), Row("output", what)])
        return output._array

    @contextmanager
    def _in_mode(self, training: bool) -> Iterator[None]:
        """The network in training or evaluation mode; afterwards every part as it was."""
        modules = list(self.model.modules()) if isinstance(self.model, Module) else []
        before = [(each, each.training) for each in modules]
        if modules:
            self.model.train(training)
        try:
            yield
        finally:
            for each, mode in before:
                each.training = mode

    # --- going on later -----------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """Everything that going on needs: weights, optimizer, random state, place, history."""
        if self._pending is not None:
            return self._pending
        python = random.getstate()
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": rng.default_generator.get_state(), "epoch_random": self._random,
            "loaders": [each.get_state() for each in self._feed.generators] if self._feed else [],
            "numpy": list(np.random.get_state()),
            "python": [python[0], np.array(python[1], np.uint32), python[2]],
            "seed": self.seed, "fits": self._fits, "epoch": self.epoch, "batch": self.batch,
            "sums": self._sums.tolist(), "history": self.history.columns(),
            "stop": self.stop_training, "names": self.class_names, "setting": self._setting(),
            "metrics": [dict(vars(metric)) for metric in self.metrics],
            "callbacks": self.callbacks.state_dict(),
            "shapes": {kind: list(known) for kind, known in self.shapes.items()},
        }  # fmt: skip

    def _setting(self) -> dict[str, Any]:
        """What must be the same when a training goes on."""
        size = self._feed.batch_size if self._feed and not self._feed.is_loader else 0
        return {"batch_size": size, "batches": self.batches,
                "metrics": ", ".join(metric.name for metric in self.metrics)}  # fmt: skip

    def save_checkpoint(self, folder: str | Path) -> Path:
        """Write where training stands to a new file in `folder`, and return its path."""
        return save_state(folder, self.state_dict())

    def load_checkpoint(self, folder: str | Path) -> None:
        """Let the next `fit` go on from the newest whole checkpoint in `folder`.

        Give `fit` the same data and settings: the numbers then are those of a training that was
        never interrupted, bit for bit. Kept are the random states of Liuli, of the loader, of
        NumPy and of Python. Errors: LL964 if the folder has no checkpoint.
        """
        state = load_state(folder)
        self.model.load_state_dict(state["model"])
        self._pending = state

    def _take_up(self, state: Mapping[str, Any]) -> None:
        """Set everything to what a checkpoint holds. Errors: LL650 for another setting."""
        for name, ours in self._setting().items():
            if ours != state["setting"][name]:
                raise TrainingError("LL650", name=name, then=state["setting"][name], now=ours)
        self.optimizer.load_state_dict(state["optimizer"])
        self.callbacks.load_state_dict(state["callbacks"])
        self.seed, self.epoch, self.batch = state["seed"], state["epoch"], state["batch"]
        self._fits, self.class_names = state["fits"], state["names"]
        self.stop_training, self.shapes = state["stop"], dict(state.get("shapes", {}))
        self._sums[:] = state["sums"]
        self.history = History.of_columns(state["history"])
        for metric, kept in zip(self.metrics, state["metrics"], strict=True):
            vars(metric).update(kept)
        self._random = state["epoch_random"]
        rng.default_generator.set_state(state["random"])
        assert self._feed is not None
        for generator, kept in zip(self._feed.generators, state["loaders"], strict=False):
            generator.set_state(kept)
        np.random.set_state(tuple(state["numpy"]))
        version, words, gauss = state["python"]
        random.setstate((version, tuple(words.tolist()), gauss))


FIT = 0xD1B54A32D192ED03  # sets the seeds of one fit's epochs apart from the next one's


def _is_number(x: Any) -> bool:
    real = isinstance(x, (int, float, np.integer, np.floating)) and not isinstance(x, bool)
    return real and math.isfinite(x)


def _pair(data: Any) -> tuple[Any, Any]:
    """Validation data as (x, y); a Dataset or DataLoader stands alone."""
    return (
        (data[0], data[1]) if isinstance(data, (tuple, list)) and len(data) == 2 else (data, None)
    )

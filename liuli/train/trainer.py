"""The one training loop, and what goes round it: evaluation, prediction, going on later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .. import rng
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, fresh
from ..data import check_labels
from ..errors import ArgumentError
from ..nn import Module
from ..optim import Optimizer
from .callbacks.base import Callback, Callbacks
from .callbacks.progress import Progress
from .callbacks.stopping import StopOnNaN
from .checkpoint import load_state, save_state
from .feed import Feed, feed_of, inputs_of, split_off
from .history import History
from .losses import aligned, loss_of, of_classes, weighted
from .metrics import Metric, metrics_of
from .optimizers import optimizer_of
from .signals import Interrupted, listening

__mirrors__ = "keras"


class Trainer:
    """A network, what it is judged by, and what improves it.

    For each batch (x, y) of an epoch: loss = L(model(x), y), backward, one step of the
    optimizer. `loss` is a loss of `liuli.nn`, any function (output, target) -> Tensor, or a name
    such as "cross_entropy" or "mse"; `optimizer` an optimizer of `liuli.optim`, or a name such as
    "adam"; `metrics` are metrics of `liuli.train` or their names.

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
        metrics: Iterable[str | Metric] = (),
        lr: float | None = None,
        seed: int | None = None,
    ) -> None:
        self.model: Any = model
        self.loss = loss_of(loss)
        self._wanted = optimizer, lr
        self._optimizer: Optimizer | None = optimizer if isinstance(optimizer, Optimizer) else None
        self.metrics = metrics_of(metrics)
        self.seed = seed
        self.history = History()
        self.epoch = self.batch = 0  # where training stands: complete epochs, complete batches
        self.epochs = 0  # how many `fit` was asked for
        self.batches = 0  # of one epoch, 0 if that is unknown
        self.stop_training = False
        self._inputs: Any = None  # of the present batch
        self.callbacks = Callbacks((), self)
        self._sums = np.zeros(2)  # of this epoch: losses times examples, examples
        self._random: list[Any] = []  # states of the generators when this epoch began
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
        callbacks: Iterable[Callback] = (),
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
        if epochs < 1 or int(epochs) != epochs:
            raise ArgumentError("LL961", epochs=epochs)
        feed = self._feed(x, y, batch_size, shuffle)
        judged = None
        if validation_data is not None:
            judged = self._feed(*_pair(validation_data), batch_size)
        elif validation_split:
            feed, judged = split_off(feed, validation_split)
        loss = self.loss if class_weight is None else weighted(self.loss, class_weight)
        self._begin(feed, int(epochs), callbacks, verbose)
        with self._in_mode(training=True), listening() as caught:
            self._run(feed, judged, loss, caught)
        return self.history

    def _feed(self, x: Any, y: Any, batch_size: int, shuffle: bool = False) -> Feed:
        """The data as batches; labels that are no class of the network are refused at once."""
        labelled = of_classes(self.loss)
        feed = feed_of(x, y, batch_size=batch_size, shuffle=shuffle, of_classes=labelled)
        if labelled and feed.labels is not None:
            check_labels(feed.labels, self._classes(feed),
                         ignore_index=getattr(self.loss, "ignore_index", -100))  # fmt: skip
        return feed

    @no_grad()
    def _classes(self, feed: Feed) -> int | None:
        """How many classes the network tells apart: the length of what it says to one example."""
        before = rng.default_generator.get_state()
        with self._in_mode(training=False):
            x, _ = next(Feed(feed.source, 1).epoch(0, 0))
            output = self.model(x)
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
        pending, self._pending = self._pending, None
        if pending is not None:
            self._take_up(pending)
            return
        if self.seed is None:
            self.seed = rng.default_generator.take(1)[1] + rng.default_generator.initial_seed()
        self.history, self.epoch, self.batch = History(), 0, 0
        self._forget_epoch()

    def _run(self, feed: Feed, judged: Feed | None, loss: Any, caught: Any) -> None:
        """All epochs that are left; the callbacks hear of the end whatever happens."""
        tell = self.callbacks.tell
        tell("on_train_begin", {})
        try:
            while self.epoch < self.epochs and not self.stop_training:
                self._one_epoch(feed, judged, loss, caught)
        except Interrupted as end:
            tell("on_interrupt", end.signal)
            raise
        finally:
            tell("on_train_end", self.history.rows[-1] if self.history.rows else {})

    def _one_epoch(self, feed: Feed, judged: Feed | None, loss: Any, caught: Any) -> None:
        tell, began = self.callbacks.tell, time.perf_counter()
        tell("on_epoch_begin", self.epoch, {})
        for x, y in self._batches(feed):
            tell("on_train_batch_begin", self.batch, {})
            value = self._step(loss, x, y)
            self.batch += 1
            tell("on_train_batch_end", self.batch - 1, {"loss": value})
            if caught.signal:
                raise Interrupted(caught.signal)
            if self.stop_training:
                break
        row = {"epoch": self.epoch + 1, **self._measured(), "lr": self.lr}
        if judged is not None:
            row |= {f"val_{k}": v for k, v in self._evaluate(judged).items()}
        row["seconds"] = time.perf_counter() - began
        self.history.append(row)
        self.epoch, self.batch = self.epoch + 1, 0
        self._forget_epoch()
        tell("on_epoch_end", self.epoch - 1, self.history.rows[-1])
        if caught.signal:
            raise Interrupted(caught.signal)

    def _batches(self, feed: Feed) -> Iterator[tuple[Any, Any]]:
        """The batches of the epoch that are left.

        In mid-epoch the order is drawn again from the states of its beginning; then everything
        random goes on from where it stood.
        """
        generators = [rng.default_generator, *feed.generators]
        if not self.batch:
            self._random = [each.get_state() for each in generators]
            return feed.epoch(self.seed or 0, self.epoch)
        now = rng.default_generator.get_state()
        for generator, state in zip(generators, self._random, strict=True):
            generator.set_state(state)
        left = feed.epoch(self.seed or 0, self.epoch, skip=self.batch)
        rng.default_generator.set_state(now)
        return left

    def _step(self, loss: Any, x: Any, y: Any) -> float:
        """One step of training: the whole of what a batch does to the network."""
        self._inputs = x
        output = self.model(x)
        y = aligned(self.loss, output, y)
        error = loss(output, y)
        self.optimizer.zero_grad()
        error.backward()
        self.optimizer.step()
        value = float(error._array)
        self._sums += value * len(y), len(y)
        for metric in self.metrics:
            metric.update(output, y)
        return value

    def _measured(self) -> dict[str, Any]:
        """The mean loss and the metrics of the epoch so far."""
        total, seen = self._sums.tolist()
        row = {"loss": total / seen if seen else float("nan")}
        return row | {metric.name: metric.compute() for metric in self.metrics}

    def _forget_epoch(self) -> None:
        self._sums[:] = 0
        for metric in self.metrics:
            metric.reset()

    # --- judging ------------------------------------------------------------------------------
    def evaluate(self, x: Any, y: Any = None, *, batch_size: int = 256) -> dict[str, Any]:
        """The mean loss and the metrics on data, with the network in evaluation mode.

        Takes data as `fit` does.
        """
        return self._evaluate(self._feed(x, y, batch_size))

    @no_grad()
    def _evaluate(self, feed: Feed) -> dict[str, Any]:
        kept = [vars(metric).copy() for metric in self.metrics]
        total, seen = 0.0, 0
        for metric in self.metrics:
            metric.reset()
        with self._in_mode(training=False):
            for x, y in feed.epoch(0, 0):
                output = self.model(x)
                y = aligned(self.loss, output, y)
                total += float(self.loss(output, y)._array) * len(y)
                seen += len(y)
                for metric in self.metrics:
                    metric.update(output, y)
        found = {metric.name: metric.compute() for metric in self.metrics}
        for metric, state in zip(self.metrics, kept, strict=True):
            vars(metric).update(state)
        return {"loss": total / seen if seen else float("nan"), **found}

    @no_grad()
    def predict(self, x: Any, *, batch_size: int = 256) -> Tensor:
        """What the network says to `x`, in evaluation mode: outputs one below the other.

        Shape: x (N, ...) -> (N, ...). A Dataset or DataLoader of pairs gives the outputs for
        their inputs.
        """
        with self._in_mode(training=False):
            parts = [self.model(each)._array for each in inputs_of(x, batch_size)]
        return fresh(np.concatenate(parts))

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
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": rng.default_generator.get_state(), "epoch_random": self._random,
            "seed": self.seed, "epoch": self.epoch, "batch": self.batch,
            "sums": self._sums.tolist(), "history": self.history.rows,
            "metrics": [dict(vars(metric)) for metric in self.metrics],
            "callbacks": self.callbacks.state_dict(),
        }  # fmt: skip

    def save_checkpoint(self, folder: str | Path) -> Path:
        """Write where training stands to a new file in `folder`, and return its path."""
        return save_state(folder, self.state_dict())

    def load_checkpoint(self, folder: str | Path) -> None:
        """Let the next `fit` go on from the newest whole checkpoint in `folder`.

        Give `fit` the same data and settings: the numbers then are those of a training that was
        never interrupted, bit for bit. Errors: LL964 if the folder has no checkpoint.
        """
        state = load_state(folder)
        self.model.load_state_dict(state["model"])
        self._pending = state

    def _take_up(self, state: Mapping[str, Any]) -> None:
        self.optimizer.load_state_dict(state["optimizer"])
        self.callbacks.load_state_dict(state["callbacks"])
        self.seed, self.epoch, self.batch = state["seed"], state["epoch"], state["batch"]
        self._sums[:] = state["sums"]
        self.history = History(state["history"])
        for metric, kept in zip(self.metrics, state["metrics"], strict=True):
            vars(metric).update(kept)
        rng.default_generator.set_state(state["random"])
        self._random = state["epoch_random"]


def _pair(data: Any) -> tuple[Any, Any]:
    """Validation data as (x, y); a Dataset or DataLoader stands alone."""
    return (
        (data[0], data[1]) if isinstance(data, (tuple, list)) and len(data) == 2 else (data, None)
    )

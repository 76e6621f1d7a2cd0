"""The steps of a training, and of judging it: eager, or compiled and several in one call."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autodiff.tensor import Dropped, Tensor, fresh
from ..compiler.machine import available
from ..compiler.watch import Probe, Watched
from ..nn import Module
from ..rng import default_generator
from .callbacks.base import LambdaCallback
from .callbacks.stopping import StopOnNaN
from .callbacks.watching import Watch
from .exact import ExactStep
from .feed import Feed, Pair
from .losses import aligned, ignored_by, share_of

if TYPE_CHECKING:
    from .trainer import Trainer

Work = Callable[[], tuple[int, float]]  # makes some steps: how many, and the loss of the last
Look = Callable[..., Pair]
Parts = tuple[Any, Any, bool]  # the network, the loss as given, whether there are metrics

LONGEST = 0.04  # seconds that the steps of one call take: Ctrl-C and a bar wait for their end
MOST = 1024  # steps in one call
FASTER = 8  # times as many steps as in the call before, at most
ROOM = 2**24  # bytes that the results of one call may take
SHAPES = 4  # programs for batches of other shapes, which may be as many as there are batches

# When compiling pays: an eager step takes so long, and so long for each number that is multiplied;
# making a program takes so long.
STEP, PRODUCT, COMPILE = 3e-4, 5e-11, 0.5
# A weight of a convolution, used at many places, takes as long as so many products.
PLACES = 400
PLAN = 40  # parameters with which a program takes twice as long to make; with more, by the square


class Steps:
    """All steps of one `fit`.

    A compiled training makes the very first step eagerly, so that what is made lazily is there.
    """

    passes = 3  # through the network in one step: forward, and backward for x and for the weights

    def __init__(self, trainer: Trainer, feed: Feed, loss: Any, times: int) -> None:
        self.trainer, self.feed, self.loss, self.times = trainer, feed, loss, times
        self.program: ExactStep | None = None
        self._size = 1
        self._rows = getattr(feed.source, "batch_size", None) if feed.is_loader else feed.batch_size
        self._stops = any(isinstance(c, StopOnNaN) and c.enabled for c in trainer.callbacks.all)
        self._singly = any(each.each_batch() for each in trainer.callbacks.all)
        self._watch = self._watcher()
        self._probing: ExactStep | None = None  # the step that is measured
        if self._is_wanted():
            self.program = self._made()

    # --- whether ------------------------------------------------------------------------------
    def _is_wanted(self) -> bool:
        """Whether this training is to be compiled: if asked for, and if that is sensible."""
        trainer = self.trainer
        asked: Any = trainer.compile and self.times
        here = available() or os.environ.get("LIULI_BACKEND", "") == "numpy"
        early = any(each.hears("on_loss") and not isinstance(each, StopOnNaN)
                    for each in trainer.callbacks.all)  # fmt: skip
        if not asked or not here or early:
            return False
        return trainer.compile is True or self._pays(self.times * (self.feed.batches or MOST))

    def _pays(self, steps: int) -> bool:
        """Whether a program for so many steps is worth the time that it takes to make.

        Decided by what `fit` was asked for alone: a training that goes on decides the same.
        """
        model = self.trainer.model
        weights = list(model.parameters()) if isinstance(model, Module) else []
        own = [p.numel() * (PLACES if p.ndim > 2 else 1) for p in weights]
        products = self.passes * sum(own) * (self._rows or 1)
        step = STEP * max(1.0, len(own) / 6) + PRODUCT * products
        more = max(0, len(own) - 6) / PLAN
        return bool(steps * step > COMPILE * (1 + more + more**2))

    def _made(self) -> ExactStep:
        """The step as a function that the compiler can record."""
        trainer, memory = self.trainer, self.feed.memory
        parts = trainer.model, trainer.loss, bool(trainer.metrics)
        look = memory or _as_given
        kept = any(_reads(each) for each in trainer.callbacks.all)
        fixed = (memory.inputs, memory.targets) if memory is not None else ()
        function = self._function(look, parts)
        made = partial(ExactStep, name="fit", fixed=fixed, keep_grads=kept and self._singly,
                       settled=self._is_settled())  # fmt: skip
        if self._watch is not None:
            self._probing = made(self._probe_of(function))
        return made(function)

    def _watcher(self) -> Watch | None:
        """The callback that wants some steps to be measured."""
        return next((c for c in self.trainer.callbacks.all if isinstance(c, Watch)), None)

    def _probe_of(self, function: Callable[..., Any]) -> Probe:
        assert self._watch is not None
        return Probe(function, self._watch.what, self.trainer.model)

    def _is_watched(self) -> bool:
        """Whether the next step is measured."""
        return self._watch is not None and self._watch.is_due(self.trainer.batch)

    def _is_settled(self) -> bool:
        """Whether an eager step comes before the first that is recorded."""
        return self._first()

    def _function(self, look: Look, parts: Parts) -> Callable[..., Any]:
        """What is compiled, as a function of a batch alone."""
        return partial(learn, look, *parts, self.loss, self.trainer.optimizer)

    def _first(self) -> bool:
        """Whether the very first step comes next."""
        return self.trainer.epoch == self.trainer.batch == 0

    # --- the steps ----------------------------------------------------------------------------
    def left(self) -> Iterator[Work]:
        """The steps of the epoch that are left, one or several at a time."""
        if self.feed.is_changed() and self.program is not None:
            self.program = self._made()
        if self.program is None or self.feed.memory is None:
            for x, y in self._drawn(self.feed.epoch):
                yield partial(self._one, x, y)
            return
        rows, waiting = self._drawn(self.feed.rows), list[Any]()
        while True:
            waiting += islice(rows, max(0, self._most() - len(waiting)))
            if not waiting:
                return
            yield partial(self._several, waiting)

    def _most(self) -> int:
        """How many steps the next call makes."""
        if self._singly or self._first() or not self._goes() or self._is_watched():
            return 1
        if self._watch is None:
            return self._size
        return min(self._size, self._watch.every - self.trainer.batch % self._watch.every)

    def _drawn(self, epoch: Callable[..., Iterator[Any]]) -> Iterator[Any]:
        """The batches of an epoch that are left, as a method of the feed gives them."""
        return self.trainer.drawn(epoch)

    def _goes(self) -> bool:
        program = self._probing if self._is_watched() else self.program
        return program is not None and program.fallen is None

    def _one(self, x: Any, y: Any) -> tuple[int, float]:
        """A step with a batch that was made in Python."""
        plain = all(type(t) is Tensor and t.ndim and not t.requires_grad for t in (x, y))
        if not plain or self._is_eager(len(x)):
            return 1, self._eagerly(x, y)
        if not self._is_known((x._array.shape, y._array.shape)):
            return 1, self._eagerly(x, y)
        return self._run([x._array[None], y._array[None]], 1, y._array[None])

    def _several(self, waiting: list[Any]) -> tuple[int, float]:
        """Steps with batches from memory, whose rows are waiting."""
        memory, program = self.feed.memory, self.program
        assert memory is not None and program is not None
        count = len(waiting[0])
        if self._is_eager(count) or not self._is_known((count,)):
            return 1, self._eagerly(*memory(fresh(waiting.pop(0))))
        next_ones = waiting[: max(1, self._most())]
        stacked = np.stack([*takewhile(lambda rows: len(rows) == count, next_ones)])
        known, start, plain = len(program.programs), time.perf_counter(), not self._is_watched()
        done, value = self._run([stacked], len(stacked), memory.targets._array[stacked])
        if plain and len(program.programs) == known:
            took = (time.perf_counter() - start) / done
            self._size = max(1, min(int(LONGEST / took), FASTER * done, self._room, MOST))
        del waiting[:done]
        return done, value

    def _is_known(self, shapes: tuple[Any, ...]) -> bool:
        """Whether there is a program for batches of these shapes, or may be one.

        The first shapes of a `fit` are those: a checkpoint keeps them.
        """
        known = self.trainer.shapes.setdefault(type(self).__name__, [])
        if len(known) < SHAPES and str(shapes) not in known:
            known.append(str(shapes))
        return str(shapes) in known

    def _is_eager(self, rows: int) -> bool:
        """Whether a step of so many rows is made without a program.

        So are the first step of a training, and the last batch of an epoch if it is shorter and
        there are few epochs: a program of its own would not pay.
        """
        if not self._goes() or self._first():
            return True
        short = rows != self._rows and self._is_last()
        return short and self.trainer.compile is not True and not self._pays(self.times)

    def _is_last(self) -> bool:
        """Whether the last step of an epoch comes next."""
        return bool(self.trainer.batches) and self.trainer.batch == self.trainer.batches - 1

    def _eagerly(self, x: Any, y: Any) -> float:
        """One step without a program; perhaps it is measured."""
        if not self._is_watched():
            return self._learned(x, y)
        assert self._watch is not None
        value, names, sums = self._probe_of(self._learned)(x, y)
        self._watch.add(Watched(names, sums, self.trainer.batch + 1))
        return float(value)

    def _learned(self, x: Any, y: Any) -> float:
        """One step, as people write it: the whole of what a batch does to the network."""
        trainer = self.trainer
        trainer.see(x)
        output = trainer.answer(x)
        y = aligned(trainer.loss, output, y)
        error = self.loss(output, y)
        value = float(error._array)
        trainer.callbacks.tell("on_loss", value)
        trainer.optimizer.zero_grad()
        error.backward()
        trainer.optimizer.step()
        trainer.add(value, share_of(self.loss, y))
        trainer.count(output, y)
        return value

    # --- compiled -----------------------------------------------------------------------------
    def _run(self, stacked: list[Any], count: int, targets: Any) -> tuple[int, float]:
        """Some steps by the program; if a loss is no number, those before it are made again."""
        trainer, watched = self.trainer, self._is_watched()
        program = self._probing if watched else self.program
        assert program is not None
        trainer.see(lambda: self._batch(stacked, 0)[0])
        done, made = program.runs(stacked, count, keep=self._stops)
        made = self._measured(made) if watched else made
        losses = made[0].reshape(done).tolist()
        bad = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), done)
        bad = bad if self._stops else done
        if bad < done:
            program.go_back(stacked, bad)
        for loss in losses[max(0, bad - 4) : bad]:
            trainer.callbacks.tell("on_loss", loss)
        self._add(losses[:bad], made, targets)
        if bad < done:
            trainer.batch += bad
            trainer.see(lambda: self._batch(stacked, bad)[0])
            trainer.callbacks.tell("on_loss", losses[bad])
        return done, losses[-1]

    def _measured(self, made: list[Any]) -> list[Any]:
        """The results of a step without the statistics behind them, which are noted."""
        assert self._probing is not None and self._watch is not None
        for names in self._probing.told():  # none if it had to be eager
            self._watch.add(Watched(names, made[-1][0], self.trainer.batch + 1))
        return made[: 1 + bool(self.trainer.metrics)]

    def _batch(self, stacked: list[Any], number: int) -> Pair:
        """A batch, as the network sees it; what is drawn at random for it is drawn again later."""
        look: Look = self.feed.memory or _as_given
        before = default_generator.get_state()
        try:
            return look(*(fresh(each[number]) for each in stacked))
        finally:
            default_generator.set_state(before)

    def _add(self, losses: list[float], made: list[Any], targets: Any) -> None:
        """Add steps to the sums of the epoch."""
        trainer, count = self.trainer, len(losses)
        self._room = ROOM * len(made[0]) // max(1, sum(array.nbytes for array in made))
        shares = _shares(self.loss, targets[:count])
        for loss, share in zip(losses, shares, strict=True):
            trainer.add(loss, share)
        if not trainer.metrics or not count:
            return
        if all(metric.is_count() for metric in trainer.metrics):
            outputs, targets = (each[:count].reshape(-1, *each.shape[2:])[None]
                                for each in (made[1], targets))  # fmt: skip
        else:
            outputs = made[1][:count]
        for output, y in zip(map(fresh, outputs), map(fresh, targets), strict=False):
            trainer.count(output, aligned(trainer.loss, output, y))

    def end(self) -> None:
        """What stands for gradients that were not kept says so (LL720), and is in nobody's way."""
        if self.program is not None:
            for group in self.trainer.optimizer.param_groups:
                for p in group.params:
                    held: Any = p._grad
                    p._grad = _OVER if isinstance(held, Dropped) else held


_OVER: Any = Dropped(over=True)


class Judging(Steps):
    """What the network says to other data, and how wrong it is, `times` times."""

    passes = 1

    def __init__(self, trainer: Trainer, feed: Feed, loss: Any, times: int) -> None:
        super().__init__(trainer, feed, loss, times)
        self._singly = False  # callbacks hear of training alone

    def _is_settled(self) -> bool:
        return True

    def _watcher(self) -> None:
        return None

    def _function(self, look: Look, parts: Parts) -> Callable[..., Any]:
        return partial(judge, look, *parts, self.loss)

    def _first(self) -> bool:
        return False

    def _drawn(self, epoch: Callable[..., Iterator[Any]]) -> Iterator[Any]:
        return epoch(0, 0)

    def _is_last(self) -> bool:
        return True

    def _eagerly(self, x: Any, y: Any) -> float:
        trainer = self.trainer
        output = trainer.answer(x)
        y = aligned(self.loss, output, y)
        share = share_of(self.loss, y)
        trainer.add(float(self.loss(output, y)._array) if share else 0.0, share)
        trainer.count(output, y)
        return 0.0

    def _run(self, stacked: list[Any], count: int, targets: Any) -> tuple[int, float]:
        assert self.program is not None
        done, made = self.program.runs(stacked, count)
        self._add(made[0].reshape(done).tolist(), made, targets)
        return done, 0.0


def judge(look: Look, model: Any, plain_loss: Any, tells: bool, loss: Any, *batch: Tensor) -> Any:
    """The loss of a batch, and perhaps what the network said."""
    x, y = look(*batch)
    output = model(x)
    error = loss(output, aligned(plain_loss, output, y))
    return (error, output) if tells else (error,)


def learn(look: Look, model: Any, plain_loss: Any, tells: bool, loss: Any, optimizer: Any,
          *batch: Tensor) -> Any:  # fmt: skip
    """A step of training as a function of tensors; what `judge` returns."""
    made = judge(look, model, plain_loss, tells, loss, *batch)
    optimizer.zero_grad()
    made[0].backward()
    optimizer.step()
    return made


def _as_given(x: Tensor, y: Tensor) -> Pair:
    return x, y


def _reads(callback: Any) -> bool:
    """Whether a callback may look at gradients: one that is not ours."""
    own = type(callback).__module__.partition(".")[0] == "liuli"
    return not own or isinstance(callback, LambdaCallback)


def _shares(loss: Any, targets: Any) -> list[float]:
    """`share_of` for a row of targets each."""
    plain = getattr(loss, "weight", None) is None and not (targets == ignored_by(loss)).any()
    if plain and len(targets):
        return [share_of(loss, targets[0])] * len(targets)
    return [share_of(loss, fresh(each)) for each in targets]

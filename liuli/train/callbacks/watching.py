"""The callback that writes statistics of layers and parameters into the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...compiler.watch import Watched, check
from ...errors import ArgumentError
from .base import Callback


class Watch(Callback):
    """Measure layers and parameters in every `every`th step; History has the means of an epoch.

    A row then also has, for each layer, "fc1/mean", "fc1/deviation" and "fc1/zeros" (the share
    of zeros) of its output, and for each parameter "fc1.weight/gradient" (the norm of the
    gradient) and "fc1.weight/ratio" (the norm of the step over the norm of the weight). The first
    step of an epoch is the first that is measured.

    `what` is True for the whole network, or a list of modules and names, or a predicate of
    (name, module), as for `liuli.compile`. Of several Watches a training uses the first.

    What a measured step costs `liuli.compile` says; it is also made alone, where others are made
    many in one call. Which steps are measured is decided by their number in the epoch, so a
    training that goes on from a checkpoint measures the same ones.

    Errors: LL729 for a `what` that cannot be watched, LL602 for `every`.

    Example:
        >>> import liuli
        >>> from liuli.train import Trainer
        >>> from liuli.train.callbacks import Watch
        >>> x, y = liuli.randn(40, 3), liuli.randint(0, 2, (40,))
        >>> trainer = Trainer(liuli.nn.Linear(3, 2), "cross_entropy", "sgd")
        >>> history = trainer.fit(x, y, batch_size=10, callbacks=[Watch()], verbose=0)
        >>> [name for name in history.names() if "/" in name][:2]
        ['Linear/mean', 'Linear/deviation']
    """

    def __init__(self, every: int = 100, what: Any = True) -> None:
        if type(every) is not int or every < 1:
            raise ArgumentError("LL602", argument="every", value=repr(every),
                                choices="a number of batches above 0")  # fmt: skip
        check(what)
        self.every, self.what = every, what
        self._sums: dict[str, list[float]] = {}  # of the epoch: sum, and of how many

    def is_due(self, batch: int) -> bool:
        """Whether the step with this number is measured."""
        return batch % self.every == 0

    def add(self, watched: Watched) -> None:
        """The statistics of one step."""
        for name, value in watched.flat().items():
            total = self._sums.setdefault(name, [0.0, 0.0])
            total[0] += value
            total[1] += 1.0

    def measured(self) -> dict[str, float]:
        found = {name: total / count for name, (total, count) in self._sums.items()}
        self._sums = {}
        return found

    def state_dict(self) -> dict[str, Any]:
        return {"sums": {name: list(pair) for name, pair in self._sums.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._sums = {name: [float(x) for x in pair] for name, pair in state["sums"].items()}

    def on_train_begin(self, logs: Mapping[str, Any]) -> None:
        if not self.trainer.batch:  # a training that does not go on from mid-epoch
            self._sums = {}

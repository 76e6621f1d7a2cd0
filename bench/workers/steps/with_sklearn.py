"""scikit-learn: MLPClassifier, one `partial_fit` a batch."""

from __future__ import annotations

from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant


class Sklearn(Contestant):
    """Weights can be set after a first step, whose velocities are then forgotten."""

    module = "sklearn.neural_network"

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)
        from sklearn.neural_network import MLPClassifier

        self.given, classes = problem.batches(), range(problem.sizes[-1])
        self.model: Any = MLPClassifier(
            problem.sizes[1:-1], solver="sgd", alpha=0.0, batch_size=problem.batch,
            learning_rate_init=LR, momentum=MOMENTUM, nesterovs_momentum=False, shuffle=False,
        )  # fmt: skip
        self.model.partial_fit(*self.given[0], classes=list(classes))
        start = problem.start()
        for place, (weight, bias) in enumerate(zip(start[::2], start[1::2], strict=True)):
            self.model.coefs_[place][...] = weight.T
            self.model.intercepts_[place][...] = bias
        for velocity in self.model._optimizer.velocities:
            velocity[...] = 0

    def step(self, number: int) -> Any:
        """Train on this batch."""
        self.model.partial_fit(*self.given[number])
        return self.model.loss_


CONTESTANTS = {"sklearn": Sklearn}

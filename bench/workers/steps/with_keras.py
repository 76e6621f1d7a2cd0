"""Keras with TensorFlow: `fit` on arrays in memory, as its users write it."""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

from bench.problem import LR, MOMENTUM, Problem
from bench.workers.serving import Contestant

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")


class Keras(Contestant):
    """`fit` is one call for many steps: a callback tells when each is done."""

    module = "keras"

    def __init__(self, problem: Problem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)
        import keras
        import numpy as np
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        batches = problem.batches()
        self.x, self.y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        hidden = problem.sizes[1:-1]
        self.model = keras.Sequential([
            keras.Input((problem.sizes[0],)),
            *(keras.layers.Dense(size, activation="relu") for size in hidden),
            keras.layers.Dense(problem.sizes[-1]),
        ])  # fmt: skip
        start = [value.T if value.ndim == 2 else value for value in problem.start()]
        self.model.set_weights(start)
        self.model.compile(
            optimizer=keras.optimizers.SGD(learning_rate=LR, momentum=MOMENTUM),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        self.clock = clock(keras.callbacks.Callback)

    def run(self, count: int) -> list[float]:
        """The seconds between the ends of steps; what begins an epoch is counted in the first."""
        count = min(count, self.problem.count)
        rows = count * self.problem.batch
        self.clock.times = [time.perf_counter()]
        self.model.fit(self.x[:rows], self.y[:rows], batch_size=self.problem.batch,
                       shuffle=False, verbose=0, callbacks=[self.clock])  # fmt: skip
        return [after - before for before, after in itertools.pairwise(self.clock.times)]

    def step(self, number: int) -> Any:
        """One batch on its own, to begin with."""
        places = slice(number * self.problem.batch, (number + 1) * self.problem.batch)
        self.model.reset_metrics()
        return self.model.train_on_batch(self.x[places], self.y[places])


def clock(base: type) -> Any:
    """A callback that notes the time after each step."""

    class Clock(base):  # type: ignore[misc]
        times: list[float]

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.times.append(time.perf_counter())

    return Clock()


CONTESTANTS = {"keras": Keras}

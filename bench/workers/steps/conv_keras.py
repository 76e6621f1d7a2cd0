"""Keras with TensorFlow at a convolutional network: `fit`, or a step in a `tf.function`."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from typing import Any

from bench.conv_nets import ConvProblem
from bench.workers.serving import Contestant
from bench.workers.steps.with_keras import clock

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")


class Keras(Contestant):
    """`fit` is one call for many steps; "function" calls one compiled function a step."""

    module = "keras"

    def __init__(self, problem: ConvProblem, threads: int, how: str) -> None:
        super().__init__(problem, threads, how)  # type: ignore[arg-type]
        import keras
        import numpy as np
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        keras.utils.set_random_seed(0)
        self.batch = problem.of.batch
        batches = [(x.transpose(0, 2, 3, 1).copy(), y) for x, y in problem.batches()]
        self.x, self.y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        self.model = network(keras, problem)
        optimizer = keras.optimizers.Adam(learning_rate=problem.of.rule["lr"], epsilon=1e-8)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer=optimizer, loss=loss)
        self.clock = clock(keras.callbacks.Callback)
        self.given = [tuple(map(tf.constant, batch)) for batch in batches]
        self.train = function(tf, self.model, optimizer, loss)

    def run(self, count: int) -> list[float]:
        """The seconds of each of the next steps."""
        if self.how == "function":
            return super().run(count)
        times: list[float] = []
        until = time.perf_counter() + self.problem.seconds
        while len(times) < count and (time.perf_counter() < until or len(times) < 15):
            self.clock.times = [time.perf_counter()]
            self.model.fit(self.x, self.y, batch_size=self.batch, shuffle=False, verbose=0,
                           callbacks=[self.clock])  # fmt: skip
            times += [after - before for before, after in itertools.pairwise(self.clock.times)]
        return times

    def step(self, number: int) -> Any:
        """One batch on its own."""
        if self.how == "function":
            return self.train(*self.given[number]).numpy()
        places = slice(number * self.batch, (number + 1) * self.batch)
        self.model.reset_metrics()
        return self.model.train_on_batch(self.x[places], self.y[places])


def function(tf: Any, model: Any, optimizer: Any, loss_of: Any) -> Any:
    """The step as one compiled function."""

    @tf.function  # type: ignore[untyped-decorator]
    def train(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return train


def network(keras: Any, problem: ConvProblem) -> Any:
    """The model, with the weights to begin with."""
    layers, (channels, height, width) = keras.layers, problem.of.image
    made: list[Any] = [keras.Input((height, width, channels))]
    for kind, *numbers in problem.layers:
        if kind == "conv":
            outputs, kernel, padding, stride, bias = numbers
            if padding:
                made.append(layers.ZeroPadding2D(padding))
            made.append(layers.Conv2D(outputs, kernel, stride, use_bias=bias))
        elif kind == "relu":  # part of the layer before, as Keras' users write it
            made[-1].activation = keras.activations.relu
        elif kind == "pool":
            made.append(layers.MaxPooling2D(*numbers))
        elif kind == "flatten":
            made.append(layers.Flatten())
        elif kind == "dropout":
            made.append(layers.Dropout(*numbers))
        elif kind == "linear":
            made.append(layers.Dense(*numbers))
        else:
            raise NotImplementedError(kind)
    model = keras.Sequential(made)
    model.set_weights(list(weights(problem, model)))
    return model


def weights(problem: ConvProblem, model: Any) -> Iterator[Any]:
    """PyTorch's weights as Keras has them: channels last, also where an image is flattened."""
    images = next(x.input.shape[1:] for x in model.layers if type(x).__name__ == "Flatten")
    height, width, channels = images
    for value in problem.start():
        if value.ndim == 4:
            yield value.transpose(2, 3, 1, 0)
        elif value.ndim == 2 and value.shape[1] == height * width * channels:
            image = value.reshape(-1, channels, height, width).transpose(2, 3, 1, 0)
            yield image.reshape(height * width * channels, -1)
        else:
            yield value.T


CONTESTANTS = {"keras": Keras}

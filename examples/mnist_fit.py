"""Handwritten digits without a loop: `fit`, `evaluate`, `predict`, a tenth kept for validation.

784-128-64-10 with ReLU, weights begun as Keras begins them (Glorot uniform, biases 0), pixels
divided by 255, 54,000 training images: about 95.9 % of the test images after 2 epochs, 97.2 %
after 5.
"""

from __future__ import annotations

import argparse

import liuli
from liuli import nn
from liuli.data import MNIST
from liuli.train import Callback, Trainer


def network() -> nn.Sequential:
    """784-128-64-10, begun as Keras does."""
    model = nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model


class OnTest(Callback):
    """The test accuracy after every epoch, in percent; nothing is chosen by it."""

    def __init__(self, x: liuli.Tensor, y: liuli.Tensor) -> None:
        self.x, self.y = x, y
        self.accuracies: list[float] = []

    def on_epoch_end(self, epoch: int, logs: object) -> None:
        self.accuracies.append(100 * self.trainer.evaluate(self.x, self.y)["accuracy"])


def images_and_labels(train: bool) -> tuple[liuli.Tensor, liuli.Tensor]:
    """All images as rows of 784 numbers from 0 to 1, and their labels."""
    data = MNIST(train=train)
    x = liuli.tensor(data.inputs).reshape(-1, 784).float() / 255
    return x, liuli.tensor(data.targets)


def main(seed: int = 0, epochs: int = 5, quiet: bool = False) -> list[float]:
    """Train, and return the test accuracy after each epoch, in percent."""
    liuli.manual_seed(seed)
    x, y = images_and_labels(train=True)
    test_x, test_y = images_and_labels(train=False)
    model = network()
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    trainer = Trainer(model, "cross_entropy", optimizer, metrics=["accuracy"])
    on_test = OnTest(test_x, test_y)
    trainer.fit(x, y, epochs=epochs, batch_size=64, validation_split=0.1, callbacks=[on_test],
                verbose=0 if quiet else "auto")  # fmt: skip
    if not quiet:
        print(nn.summary(model, (784,)))
        print("test:", trainer.evaluate(test_x, test_y))
        print("the first ten:", trainer.predict(test_x[:10]).argmax(1).tolist())
        print("their labels: ", test_y[:10].tolist())
    return on_test.accuracies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=5)
    main(**vars(parser.parse_args()))

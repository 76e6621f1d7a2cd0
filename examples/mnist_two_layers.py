"""Handwritten digits with two layers and nothing ready-made: weights, loss and update by hand.

784-50-10, weights begun at 0.01 times a normal number, 10,000 steps of plain gradient descent on
batches of 100 drawn with replacement, lr 0.1. With the sigmoid about 94.7 % of the test images,
with ReLU 97.0 %.
"""

from __future__ import annotations

import argparse

import liuli
from liuli.data import MNIST
from liuli.nn import functional as F

Weights = dict[str, liuli.Tensor]
ACTIVATIONS = {"sigmoid": F.sigmoid, "relu": F.relu}


def begin(inputs: int = 784, hidden: int = 50, outputs: int = 10, scale: float = 0.01) -> Weights:
    """The weights of both layers, ready to be learned."""
    weights = {
        "W1": scale * liuli.randn(inputs, hidden), "b1": liuli.zeros(hidden),
        "W2": scale * liuli.randn(hidden, outputs), "b2": liuli.zeros(outputs),
    }  # fmt: skip
    return {name: w.requires_grad_() for name, w in weights.items()}


def predict(weights: Weights, x: liuli.Tensor, activation: str) -> liuli.Tensor:
    """Scores: (N, 784) -> (N, 10)."""
    hidden = ACTIVATIONS[activation](x @ weights["W1"] + weights["b1"])
    return hidden @ weights["W2"] + weights["b2"]


def main(seed: int = 0, activation: str = "relu", steps: int = 10_000,
         quiet: bool = False) -> float:  # fmt: skip
    """Train, and return the test accuracy after the last step, in percent."""
    liuli.manual_seed(seed)
    (x, y), (test_x, test_y) = (
        (liuli.tensor(data.inputs).reshape(-1, 784).float() / 255, liuli.tensor(data.targets))
        for data in (MNIST(train=True), MNIST(train=False))
    )
    weights = begin()
    for step in range(1, steps + 1):
        chosen = liuli.randint(0, len(x), (100,))
        loss = F.cross_entropy(predict(weights, x[chosen], activation), y[chosen])
        loss.backward()
        with liuli.no_grad():
            for w in weights.values():
                w -= 0.1 * w.grad
                w.grad = None
        if step % 600 == 0 and not quiet:
            print(f"step {step:5}  loss {loss.item():.4f}")
    with liuli.no_grad():
        right = (predict(weights, test_x, activation).argmax(1) == test_y).float().mean()
    if not quiet:
        print(f"test accuracy {100 * right.item():.2f} %")
    return 100 * right.item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="relu")
    parser.add_argument("--steps", type=int, default=10_000)
    main(**vars(parser.parse_args()))

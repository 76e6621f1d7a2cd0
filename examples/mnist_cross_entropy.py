"""Handwritten digits, cross-entropy of scores and more momentum: the same network learns faster.

784-128-64-10 with ReLU, batches of 64, SGD with lr 0.01 and momentum 0.9: about 96.8 % of the test
images after 2 epochs, 97.6 % after 5.
"""

from __future__ import annotations

import argparse

import liuli
from liuli import nn
from liuli.data import MNIST, DataLoader
from liuli.data.transforms import Compose, Normalize, ToTensor


def network() -> nn.Sequential:
    """Scores for ten classes; the loss makes probabilities of them."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


def main(seed: int = 0, epochs: int = 5, quiet: bool = False) -> list[float]:
    """Train, and return the test accuracy after each epoch, in percent."""
    liuli.manual_seed(seed)
    transform = Compose([ToTensor(), Normalize((0.1307,), (0.3081,))])
    training = DataLoader(MNIST(train=True, transform=transform), batch_size=64, shuffle=True)
    testing = DataLoader(MNIST(train=False, transform=transform), batch_size=1000)
    model, loss_of = network(), nn.CrossEntropyLoss()
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    accuracies = []
    for epoch in range(1, epochs + 1):
        for images, labels in training:
            optimizer.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            optimizer.step()
        with liuli.no_grad():
            right = sum(int((model(x).argmax(1) == y).sum()) for x, y in testing)
        accuracies.append(100 * right / len(testing.dataset))
        if not quiet:
            print(f"epoch {epoch}  loss {loss.item():.4f}  test accuracy {accuracies[-1]:.2f} %")
    return accuracies


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=5)
    main(**vars(parser.parse_args()))

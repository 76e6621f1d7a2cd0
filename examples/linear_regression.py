"""The smallest training there is: a line through two points, by full-batch gradient descent.

y = w . x + b with two inputs is fitted to {([1, 2], 2), ([3, 4], 6)}. Two points do not decide
three numbers: every exact fit says 10 for [5, 6], and after 100 small steps it is on its way.
"""

from __future__ import annotations

import argparse

import liuli
from liuli import nn


def main(seed: int = 0, epochs: int = 100, lr: float = 0.01, quiet: bool = False) -> float:
    """Fit, and return the prediction for [5, 6]."""
    liuli.manual_seed(seed)
    x = liuli.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = liuli.tensor([[2.0], [6.0]])
    model = nn.Linear(2, 1)
    loss_of = nn.MSELoss()
    optimizer = liuli.optim.SGD(model.parameters(), lr=lr)
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0 and not quiet:
            print(f"epoch {epoch:3}  loss {loss.item():.4f}")
    with liuli.no_grad():
        prediction = model(liuli.tensor([5.0, 6.0])).item()
    if not quiet:
        print(f"prediction for [5, 6]: {prediction:.2f}")
    return prediction


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    main(**vars(parser.parse_args()))

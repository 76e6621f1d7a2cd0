"""The multilayer perceptron, with which every course begins."""

from __future__ import annotations

from collections.abc import Sequence

from ..nn import Dropout, Flatten, Linear, Module, ReLU, Sequential


def mlp(
    inputs: int = 784, hidden: Sequence[int] = (128, 64), *, outputs: int = 10, dropout: float = 0.0
) -> Sequential:
    r"""Linear layers with ReLU between them: :math:`h_k = \max(0, W_k h_{k-1} + b_k)`.

    The last layer has no ReLU: its outputs are scores, whose softmax are probabilities, or the
    predicted numbers themselves. `dropout` is the probability of dropping a hidden value while
    training. Without `hidden` layers it is softmax regression (or linear regression).

    Shape: (N, ...) with `inputs` numbers an example -> (N, outputs).

    Example:
        >>> from liuli.zoo import mlp
        >>> mlp()
        Sequential(
          (0): Flatten(start_dim=1, end_dim=-1)
          (1): Linear(in_features=784, out_features=128, bias=True)
          (2): ReLU()
          (3): Linear(in_features=128, out_features=64, bias=True)
          (4): ReLU()
          (5): Linear(in_features=64, out_features=10, bias=True)
        )
    """
    layers: list[Module] = [Flatten()]
    for size in hidden:
        layers += [Linear(inputs, size), ReLU()]
        layers += [Dropout(dropout)] if dropout else []
        inputs = size
    return Sequential(*layers, Linear(inputs, outputs))

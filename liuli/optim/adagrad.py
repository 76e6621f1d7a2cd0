"""AdaGrad: steps divided by the root of all squared gradients so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import NOT_NEGATIVE

__mirrors__ = "torch"


class Adagrad(Optimizer):
    """AdaGrad: elements with large gradients get small steps, rare ones keep large steps.

        G <- G + g^2
        p <- p - lr / (1 + (t - 1) lr_decay) g / (sqrt(G) + eps)

    G only grows, so steps shrink for ever.

    Source: Duchi, Hazan and Singer 2011, Adaptive Subgradient Methods.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.Adagrad([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = dict.fromkeys(
        ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"), NOT_NEGATIVE
    )

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
             "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
             "maximize": maximize, "differentiable": differentiable, "fused": fused},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """G, the sum of squares."""
        return {"sum": h.initial_accumulator_value}

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count; the rate falls with the steps."""
        c.step += 1
        h.rate = h.lr / (1 + (c.step - 1) * h.lr_decay)

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        g = decayed(g, p, h)
        s.sum += g * g
        p -= h.rate * g / (F.sqrt(s.sum) + h.eps)

"""ASGD: gradient descent that also keeps the average of its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import NOT_NEGATIVE, NUMBER

__mirrors__ = "torch"


class ASGD(Optimizer):
    """Averaged gradient descent: `state[p]["ax"]` is the average of p from step t0 on.

        p   <- (1 - lambd eta) p - eta g
        ax  <- ax + mu (p - ax)
        eta <- lr / (1 + lambd lr t)^alpha
        mu  <- 1 / max(1, t - t0)

    Source: Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.ASGD([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.2000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "lambd": NUMBER, "alpha": NUMBER, "t0": NUMBER,
        "weight_decay": NOT_NEGATIVE,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
             "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
             "capturable": capturable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps, and the next step's eta and mu."""
        return {"step": 0.0, "eta": h.lr, "mu": 1.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """The average of the path."""
        return {"ax": 0.0}

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count; this step's eta and mu, which are copies, and the next one's."""
        c.step += 1
        h.eta, h.mu = c.eta * 1, c.mu * 1
        c.eta = h.lr / F.pow(1 + h.lambd * h.lr * c.step, h.alpha)
        c.mu = 1 / F.maximum(c.step - h.t0, 1.0)

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        g = decayed(g, p, h)
        p *= 1 - h.lambd * h.eta
        p -= h.eta * g
        s.ax += h.mu * (p - s.ax)

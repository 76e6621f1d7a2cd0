"""SGD: stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..autodiff.state import STATE
from ..messages.words import Word
from .optimizer import Optimizer, decayed
from .ranges import BOOL, NOT_NEGATIVE, NUMBER, Range, check
from .readers import Hyperparameters, Update

__mirrors__ = "torch"


class SGD(Optimizer):
    """Stochastic gradient descent: against the gradient, downhill.

        g <- g + weight_decay p
        v <- momentum v + (1 - dampening) g        the first v is g
        p <- p - lr v                              nesterov: p <- p - lr (g + momentum v)

    `v` is a sum, not an average: under a constant gradient it grows to g / (1 - momentum), so
    momentum 0.9 makes steps up to ten times as long.

    Source: Robbins and Monro 1951; momentum: Polyak 1964; nesterov: Sutskever et al. 2013.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> for _ in range(2):
        ...     optimizer.zero_grad()
        ...     (w * w / 2).sum().backward()
        ...     optimizer.step()
        >>> w
        tensor([2.8800], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "momentum": NOT_NEGATIVE, "dampening": NUMBER,
        "weight_decay": NOT_NEGATIVE, "nesterov": BOOL,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
             "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
             "differentiable": differentiable, "fused": fused},
        )  # fmt: skip

    def check(self, values: Mapping[str, Any]) -> None:
        """Errors: LL681; nesterov needs momentum, and no dampening."""
        super().check(values)
        if values["nesterov"]:
            check("SGD (nesterov)", "momentum", values["momentum"], Range("> 0", lambda x: x > 0))
            check("SGD (nesterov)", "dampening", values["dampening"], Range("0", lambda x: x == 0))

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """The velocity, if there is momentum."""
        return {"momentum_buffer": 0.0} if h.momentum else {}

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        g = decayed(g, p, h)
        if h.uses("momentum"):
            s.momentum_buffer *= h.momentum
            s.momentum_buffer += (1 - h.dampening) * g if h.uses("dampening") else g
            g = g + h.momentum * s.momentum_buffer if h.nesterov else s.momentum_buffer
        p -= h.lr * g

    @staticmethod
    def begin_undamped(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """The first step: the velocity begins as the whole gradient, whatever the dampening."""
        s.momentum_buffer += decayed(g, p, h)
        p -= h.lr * s.momentum_buffer

    def rule_of(self, first: bool, h: Hyperparameters) -> Update:
        """`update`, which without dampening is right for the first step too."""
        if not (first and h.uses("momentum") and h.uses("dampening")):
            return self.update
        if STATE.recorder is not None:  # a program repeats what it recorded, this happens once
            STATE.recorder.refuse("LL694", what=Word("the first step of SGD with dampening"))
        return self.begin_undamped

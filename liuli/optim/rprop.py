"""Rprop: only the sign of the gradient counts, each element has a step size of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer
from .ranges import NOT_NEGATIVE, NUMBER, Range

__mirrors__ = "torch"


class Rprop(Optimizer):
    """Rprop: a step size for each element, longer while the sign stays, shorter when it turns.

        d <- eta_plus d   where g has the sign it had before, eta_minus d where it turned
        d <- d between the two step_sizes
        p <- p - d sign(g)                        no step where the sign turned

    It needs the gradient of all data: the noise of mini-batches turns signs.

    Source: Riedmiller and Braun 1993, A Direct Adaptive Method for Faster Backpropagation.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.Rprop([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE,
        "etas": (Range("0 < x < 1", lambda x: 0 < x < 1), Range("> 1", lambda x: x > 1)),
        "step_sizes": (NUMBER, NUMBER),
    }

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach,
             "maximize": maximize, "differentiable": differentiable, "capturable": capturable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """The gradient before, zero where the sign turned; and the step sizes."""
        return {"prev": 0.0, "step_size": h.lr}

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        shorter, longer = h.etas
        least, most = h.step_sizes
        same = g * s.prev
        d = F.where(F.lt(same, 0.0), s.step_size * shorter, s.step_size)
        d = F.where(F.gt(same, 0.0), s.step_size * longer, d)
        s.step_size[...] = F.minimum(F.maximum(d, least), most)
        s.prev[...] = F.where(F.lt(same, 0.0), 0.0, g)
        p -= F.sign(s.prev) * s.step_size

"""RAdam: Adam that waits until its variance can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .adam import shrunk
from .optimizer import Optimizer
from .ranges import BOOL, FRACTION, NOT_NEGATIVE

__mirrors__ = "torch"


class RAdam(Optimizer):
    """Adam that is plain momentum until the average of squares is worth dividing by.

        m, v  as in Adam;  m' = m / (1 - beta1^t)
        rho_inf = 2 / (1 - beta2) - 1
        rho     = rho_inf - 2 t beta2^t / (1 - beta2^t)
        p <- p - lr m'                                          while rho <= 5
        p <- p - lr m' r sqrt(1 - beta2^t) / (sqrt(v) + eps)    afterwards
        r^2 = (rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho)

    Source: Liu et al. 2020, On the Variance of the Adaptive Learning Rate and Beyond.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.RAdam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.2000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "betas": (FRACTION, FRACTION), "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE, "decoupled_weight_decay": BOOL,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
             "decoupled_weight_decay": decoupled_weight_decay,
             "maximize": maximize, "foreach": foreach, "capturable": capturable,
             "differentiable": differentiable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """m and v."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count; whether v is used in this step, and the rate."""
        c.step += 1
        beta1, beta2 = h.betas
        power = F.pow(beta2, c.step)
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * c.step * power / (1 - power)
        h.adaptive = F.gt(length, 5.0)
        length = F.maximum(length, 5.0)  # below it, no variance: keeps the root real
        r = F.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
        h.rate = h.lr / (1 - F.pow(beta1, c.step)) * F.where(h.adaptive, r * F.sqrt(1 - power), 1.0)

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        beta1, beta2 = h.betas
        g = shrunk(g, p, h)
        s.exp_avg *= beta1
        s.exp_avg += (1 - beta1) * g
        s.exp_avg_sq *= beta2
        s.exp_avg_sq += (1 - beta2) * g * g
        p -= h.rate * s.exp_avg / F.where(h.adaptive, F.sqrt(s.exp_avg_sq) + h.eps, 1.0)

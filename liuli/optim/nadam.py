"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .adam import shrunk
from .optimizer import Optimizer
from .ranges import BOOL, FRACTION, NOT_NEGATIVE

__mirrors__ = "torch"


class NAdam(Optimizer):
    """Adam with Nesterov's momentum: it steps from where the momentum is about to lead.

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
        m, v  as in Adam;  M_t = mu_1 mu_2 ... mu_t
        n     = mu_(t+1) m / (1 - M_(t+1)) + (1 - mu_t) g / (1 - M_t)
        p    <- p - lr n / (sqrt(v / (1 - beta2^t)) + eps)

    Source: Dozat 2016, Incorporating Nesterov Momentum into Adam.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.NAdam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.8944], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "betas": (FRACTION, FRACTION), "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE,
        "momentum_decay": NOT_NEGATIVE, "decoupled_weight_decay": BOOL,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
             "momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay,
             "maximize": maximize, "foreach": foreach, "capturable": capturable,
             "differentiable": differentiable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps, and M."""
        return {"step": 0.0, "mu_product": 1.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """m and v."""
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count; what m, g and eps are multiplied with."""
        c.step += 1
        beta1, beta2 = h.betas
        now = beta1 * (1 - 0.5 * F.pow(0.96, c.step * h.momentum_decay))
        next = beta1 * (1 - 0.5 * F.pow(0.96, (c.step + 1) * h.momentum_decay))
        c.mu_product *= now
        root = F.sqrt(1 - F.pow(beta2, c.step))
        h.rate_of_m = h.lr * root * next / (1 - c.mu_product * next)
        h.rate_of_g = h.lr * root * (1 - now) / (1 - c.mu_product)
        h.small = h.eps * root

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        beta1, beta2 = h.betas
        g = shrunk(g, p, h)
        s.exp_avg *= beta1
        s.exp_avg += (1 - beta1) * g
        s.exp_avg_sq *= beta2
        s.exp_avg_sq += (1 - beta2) * g * g
        p -= (h.rate_of_m * s.exp_avg + h.rate_of_g * g) / (F.sqrt(s.exp_avg_sq) + h.small)

"""Adam, and AdamW, whose weight decay stays out of the averages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import BOOL, FRACTION, NOT_NEGATIVE

__mirrors__ = "torch"


class Adam(Optimizer):
    """Adam: momentum, each element's step divided by the size its gradients usually have.

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        p <- p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    m and v begin at zero; the divisions by 1 - beta^t make up for that. `weight_decay` adds
    weight_decay p to g, or with `decoupled_weight_decay` shrinks p by lr weight_decay p instead.
    `amsgrad` divides by the largest v so far.

    Source: Kingma and Ba 2015, Adam: A Method for Stochastic Optimization; in the order of
    computation at the end of its section 2. AMSGrad: Reddi, Kale and Kumar 2018.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.Adam([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "betas": (FRACTION, FRACTION), "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE, "amsgrad": BOOL,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
             "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
             "capturable": capturable, "differentiable": differentiable, "fused": fused,
             "decoupled_weight_decay": decoupled_weight_decay},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """m, v, and with amsgrad the largest v."""
        arrays = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
        return arrays | {"max_exp_avg_sq": 0.0} if h.amsgrad else arrays

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count; both corrections go into the rate and into eps."""
        c.step += 1
        beta1, beta2 = h.betas
        root = F.sqrt(1 - F.pow(beta2, c.step))
        h.rate = h.lr * root / (1 - F.pow(beta1, c.step))
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
        v = s.exp_avg_sq
        if h.amsgrad:
            s.max_exp_avg_sq[...] = F.maximum(s.max_exp_avg_sq, v)
            v = s.max_exp_avg_sq
        p -= h.rate * s.exp_avg / (F.sqrt(v) + h.small)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters directly: p <- p - lr weight_decay p.

    In `Adam` the decay is part of the gradient, so it is divided by sqrt(v) and hardly reaches
    elements with large gradients.

    Source: Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.AdamW([w], lr=0.1, weight_decay=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.8600], requires_grad=True)
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, foreach=foreach,
            capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=True,
        )  # fmt: skip


def shrunk(g: Any, p: Any, h: Any) -> Any:
    """Apply weight decay: to `p` at once if it is decoupled, else to the gradient."""
    if h.decoupled_weight_decay and h.uses("weight_decay"):
        p *= 1 - h.lr * h.weight_decay
        return g
    return decayed(g, p, h)

"""`liuli.special`: the functions of mathematics by name, as `torch.special` has them."""

from .functions.arithmetic import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    logit,
    polygamma,
    round,
    sinc,
    xlogy,
)
from .functions.arithmetic import digamma as psi
from .functions.arithmetic import lgamma as gammaln
from .functions.arithmetic import sigmoid as expit
from .functions.reductions import log_softmax, logsumexp, softmax

__all__ = [
    "digamma", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "log1p",
    "log_softmax", "logit", "logsumexp", "polygamma", "psi", "round", "sinc", "softmax", "xlogy",
]  # fmt: skip

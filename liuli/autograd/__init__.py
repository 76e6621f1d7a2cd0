"""`liuli.autograd`: differentiation by name, as `torch.autograd` has it."""

from ..autodiff.engine import backward, grad
from ..autodiff.function import Function
from ..autodiff.gradcheck import gradcheck, gradgradcheck
from ..autodiff.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from . import functional

__all__ = [
    "Function", "backward", "enable_grad", "functional", "grad", "gradcheck", "gradgradcheck",
    "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled",
]  # fmt: skip

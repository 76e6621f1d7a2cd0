"""Differentiation: tensors with a history, and the engine that runs it backwards."""

from .tensor import Tensor

__all__ = ["Tensor"]

"""The vocabulary of tensors: functions composed from primitives, and Tensor's methods."""

from . import methods

__all__ = ["methods"]

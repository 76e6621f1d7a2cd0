"""Data sets: the embedded sample, MNIST and Fashion-MNIST."""

from .arrays import Arrays
from .embedded import digits
from .mnist import MNIST, FashionMNIST

__all__ = ["MNIST", "Arrays", "FashionMNIST", "digits"]

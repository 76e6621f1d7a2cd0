"""`liuli.data.photo`: a photographed digit becomes a picture as MNIST's are."""

from .digit import Digit, read_digit

__all__ = ["Digit", "read_digit"]

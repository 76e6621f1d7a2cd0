"""The zoo: networks that are known by name."""

from .by_name import NETWORKS
from .mlp import mlp

__all__ = ["NETWORKS", "mlp"]

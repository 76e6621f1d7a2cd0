"""`liuli.linalg`: linear algebra by name, as `torch.linalg` has it."""

from .autodiff.products import cholesky, det, matmul, matrix_power, slogdet, solve, vector_norm
from .autodiff.products import inverse as inv
from .autodiff.products import linalg_norm as norm

__all__ = [
    "cholesky", "det", "inv", "matmul", "matrix_power", "norm", "slogdet", "solve", "vector_norm",
]  # fmt: skip

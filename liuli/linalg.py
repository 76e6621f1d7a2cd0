"""`liuli.linalg`: linear algebra by name, as `torch.linalg` has it."""

from .functions.products import cholesky, det, matmul, matrix_power, slogdet, solve, vector_norm
from .functions.products import inverse as inv
from .functions.products import linalg_norm as norm

__all__ = [
    "cholesky", "det", "inv", "matmul", "matrix_power", "norm", "slogdet", "solve", "vector_norm",
]  # fmt: skip

"""`liuli.linalg`: linear algebra by name, as `torch.linalg` has it."""

from .functions.linear_algebra import (
    cholesky,
    cond,
    det,
    eigh,
    eigvalsh,
    lstsq,
    matrix_norm,
    matrix_power,
    matrix_rank,
    multi_dot,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
    svdvals,
    vecdot,
    vector_norm,
)
from .functions.linear_algebra import inverse as inv
from .functions.linear_algebra import linalg_cross as cross
from .functions.linear_algebra import linalg_diagonal as diagonal
from .functions.linear_algebra import linalg_norm as norm
from .functions.products import matmul

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul",
    "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet",
    "solve", "solve_triangular", "svd", "svdvals", "vecdot", "vector_norm",
]  # fmt: skip

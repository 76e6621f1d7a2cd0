"""Linear algebra on small matrices that are far from singular."""

from __future__ import annotations

from tests.golden.cases.case import Table, lower, matrix, normal

TABLE = Table("linear_algebra")

for name in "det logdet slogdet inverse".split():
    TABLE.both(name, "x", x=matrix(3, 3))
    TABLE.add(f"T.{name}(x)", x=matrix(2, 3, 3))
for name in "det inv slogdet matrix_norm cholesky pinv".split():
    TABLE.add(f"T.linalg.{name}(x)", x=matrix(3, 3))
TABLE.add("T.linalg.inv(x)", x=matrix(2, 2, 2))
TABLE.add("T.det(x)", x=normal(2, 2))
TABLE.add("T.linalg.solve(x, y)", x=matrix(3, 3), y=normal(3))
TABLE.add("T.linalg.solve(x, y)", x=matrix(3, 3), y=normal(3, 2))
TABLE.add("T.linalg.solve(x, y)", x=matrix(2, 3, 3), y=normal(2, 3, 2))
TABLE.add("T.linalg.solve_triangular(x, y, upper=False)", x=lower(3, 3), y=normal(3, 2))
TABLE.add("T.cholesky(x)", x=matrix(3, 3))
TABLE.add("T.cholesky_solve(y, x)", x=lower(3, 3), y=normal(3, 1))
for power in (0, 1, 3, -1):
    TABLE.both("matrix_power", f"x, {power}", x=matrix(2, 2))
TABLE.add("T.linalg.matrix_power(x, 2)", x=matrix(2, 2))
TABLE.both("trace", "x", x=normal(3, 3))
TABLE.add("T.trace(x)", x=normal(2, 3))
TABLE.both("pinverse", "x", x=matrix(3, 3))
TABLE.add("T.linalg.pinv(x)", x=normal(3, 2))
# Values only: the vectors' signs are free.
TABLE.add("T.linalg.eigvalsh(x)", x=matrix(3, 3))
TABLE.add("T.linalg.svdvals(x)", x=normal(3, 2))
TABLE.add("T.linalg.eigh(x)[0]", x=matrix(3, 3))
TABLE.add("u, s, v = T.linalg.svd(x, full_matrices=False)\n(u * s) @ v", name="liuli.linalg.svd",
          x=normal(3, 2))  # fmt: skip
TABLE.add("q, r = T.linalg.qr(x)\nq @ r", name="liuli.linalg.qr", x=normal(3, 2))
TABLE.add("T.linalg.matrix_rank(x)", grad=False, x=matrix(3, 3))
TABLE.add("T.linalg.lstsq(x, y).solution", grad=False, x=normal(4, 2), y=normal(4, 1))

for order in ("", "2", "1", "float('inf')", "-1", "'fro'", "'nuc'", "-2"):
    TABLE.add(f"T.linalg.norm(x, {order})".replace(", )", ")"), x=matrix(3, 3))
for order in ("", "2", "1", "3", "float('inf')", "0"):
    text = f"T.linalg.vector_norm(x, {order})".replace(", )", ")")
    TABLE.add(text, grad=order != "0", x=normal(2, 3))
TABLE.add("T.linalg.norm(x)", x=normal(4))
TABLE.add("T.linalg.norm(x, dim=1)", x=normal(2, 3))
TABLE.add("T.linalg.norm(x, 1, dim=1, keepdim=True)", x=normal(2, 3))
TABLE.add("T.linalg.vector_norm(x, dim=(0, 1))", x=normal(2, 3))
TABLE.add("T.linalg.vector_norm(x, ord=2, dim=1, keepdim=True)", x=normal(2, 3))
TABLE.add("T.linalg.diagonal(x)", x=normal(3, 3))

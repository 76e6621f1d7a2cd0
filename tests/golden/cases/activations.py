"""nn.functional: activations, softmax and dropout's neighbours."""

from __future__ import annotations

from tests.golden.cases.case import Table, distinct, frozen, normal, values

TABLE = Table("activations")
INF = float("inf")

CALLS = """
relu(x)
relu(x, inplace=False)
relu6(x)
leaky_relu(x)
leaky_relu(x, 0.2)
leaky_relu(x, negative_slope=0.3)
elu(x)
elu(x, alpha=0.7)
selu(x)
celu(x)
celu(x, alpha=0.5)
gelu(x)
gelu(x, approximate='tanh')
silu(x)
mish(x)
softplus(x)
softplus(x, beta=2.0)
softplus(x, beta=2, threshold=1)
softsign(x)
hardtanh(x)
hardtanh(x, -0.4, 2.1)
hardswish(x)
hardsigmoid(x)
tanhshrink(x)
softshrink(x)
softshrink(x, 0.9)
hardshrink(x)
hardshrink(x, 0.9)
threshold(x, 0.4, -7.0)
logsigmoid(x)
glu(x)
glu(x, dim=0)
softmax(x, dim=1)
softmax(x, 0)
softmax(x, dim=-1, dtype=T.float64)
log_softmax(x, dim=1)
log_softmax(x, dim=0)
softmin(x, dim=1)
tanh(x)
sigmoid(x)
normalize(x)
normalize(x, p=1.0, dim=0)
normalize(x, dim=1, eps=1e-6)
rrelu(x, training=False)
dropout(x, 0.3, False)
"""
for row in CALLS.strip().splitlines():
    TABLE.add(f"F.{row}", x=distinct(4, 6))
for name in (
    "relu leaky_relu elu selu celu gelu silu mish softplus softsign hardswish hardsigmoid "
    "logsigmoid tanhshrink relu6 hardtanh"
).split():
    TABLE.add(f"F.{name}(x)", x=values(-100.0, -25.0, -4.0, 0.0, 4.0, 25.0, 100.0))
    TABLE.add(f"F.{name}(x)", x=values(-30.0))
    TABLE.add(f"F.{name}(x)", grad=False, x=values(-INF, INF, float("nan")))
# At the kinks themselves.
for row in (
    "relu(x)", "relu6(x * 6)", "leaky_relu(x)", "hardtanh(x)", "hardswish(x * 3)", "elu(x)",
    "hardsigmoid(x * 3)", "softshrink(x * 0.5)", "hardshrink(x * 0.5)", "threshold(x, 1.0, 5.0)",
    "selu(x)", "celu(x)",
):  # fmt: skip
    TABLE.add(f"F.{row}", x=values(-1.0, 0.0, 1.0))
TABLE.add("F.gelu(x, approximate='tanh')", x=values(-10.0, 0.0, 10.0))
TABLE.add("F.prelu(x, w)", x=distinct(2, 3, 4), w=values(0.25))
TABLE.add("F.prelu(x, w)", x=distinct(2, 3, 4), w=values(0.25, 0.1, -0.2))
TABLE.add("F.prelu(x, w)", x=distinct(2, 3), w=values(0.25, 0.1, -0.2))
TABLE.add("y = x * 2\nz = F.relu(y, inplace=True)\nz, y", name="nn.functional.relu", x=distinct(5))
TABLE.add("y = x * 2\nF.relu_(y)\ny", name="nn.functional.relu_", x=distinct(5))
TABLE.add("y = x * 2\nF.leaky_relu(y, 0.2, inplace=True)\ny", name="nn.functional.leaky_relu",
          x=distinct(5))  # fmt: skip
TABLE.add("F.log_softmax(x, 1).exp()[:, 0]", name="nn.functional.log_softmax", x=normal(3, 4))
TABLE.add("F.gumbel_softmax(x, hard=True).sum(-1).round()", name="nn.functional.gumbel_softmax",
          x=frozen(3, 4))  # fmt: skip
TABLE.add("F.softmax(x, -1)", x=normal(2, 2, 3))
TABLE.add("F.log_softmax(x, 1)", x=normal(2, 3, 2, 2))
TABLE.add("F.normalize(x)", x=values((0.0, 0.0), (3.0, 4.0)), grad=False)
TABLE.both("prelu", "x, w", x=distinct(2, 3), w=values(0.25))
TABLE.add("T.selu(x)", x=distinct(4))
TABLE.add("T.celu(x)", x=distinct(4))
TABLE.add("x.hardshrink()", x=distinct(4))

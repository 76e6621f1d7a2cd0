"""Narrow floats (float16, bfloat16) and narrow integers: rounding, overflow, wrapping."""

from __future__ import annotations

from tests.golden.cases.case import Table, normal, positive, values

TABLE = Table("widths")

# Each operation is rounded to the narrow type, sums and products are added up in a wider one.
NARROW = """
x + y
x - y
x * y
x / y
x ** 2
x // y
x % y
x + 1
2.5 * x
1 / x
-x
x > y
x == x
x.exp()
x.log()
x.sqrt()
x.tanh()
x.sigmoid()
x.abs()
x.round()
x.sum()
x.sum(1)
x.mean()
x.mean(0)
x.max()
x.max(1)
x.argmax(1)
x.softmax(1)
x.log_softmax(1)
x.std()
x.norm()
x.cumsum(1)
x.t()
x.sort(1)
x @ y.t()
T.matmul(x, y[0])
T.cat([x, y])
T.where(x > y, x, y)
x.clamp(0.5, 1.5)
x[0, 1:]
x.float()
x.double()
x.long()
x.to(T.float16) * x.to(T.bfloat16)
x + T.ones(4)
x.add_(y)
x.mul_(0.3)
x.tolist()
x[0, 0].item()
T.zeros_like(x)
T.maximum(x, y)
F.linear(x, y)
F.relu(x)
F.gelu(x)
F.layer_norm(x, (4,))
F.mse_loss(x, y)
"""
for method in ("half", "bfloat16"):
    head = f"x, y = a.{method}(), b.{method}()"
    for row in NARROW.strip().splitlines():
        TABLE.rows(f"{head}; {row}", grad=False, a=positive(3, 4), b=positive(3, 4))
    # A gradient passes through the cast and comes back in the input's dtype.
    TABLE.add(f"a.{method}() * 2", a=normal(3))
    TABLE.add(f"(a.{method}() * 2).sum()", a=normal(3))
TABLE.add("(a * 70000).half()", grad=False, a=positive(3))
TABLE.add("(a * 1e39).bfloat16()", grad=False, a=values(1.0, -2.0, 0.5))
TABLE.add("(a * 1e-7).half()", grad=False, a=values(1.0, 0.3, 0.2))
TABLE.add("a.half()", grad=False, a=values(65504.0, 65519.0, 65520.0, 1.0009765, 1.00048828125))
TABLE.add("a.bfloat16()", grad=False, a=values(1.00390625, 1.01171875, 3.3895314e38, 257.0))

# Integers wrap around within their width, and every operation stays in it.
TABLE.rows("""
T.tensor([250, 5], dtype=T.uint8) + 10
T.tensor([3, 200], dtype=T.uint8) - 5
T.tensor([3, 200], dtype=T.uint8) * 2
-T.tensor([3, 0], dtype=T.uint8)
T.tensor([127, -128], dtype=T.int8) + 1
T.tensor([-128, 5], dtype=T.int8).abs()
-T.tensor([-128, 5], dtype=T.int8)
T.tensor([100, 100], dtype=T.int8) * T.tensor([2, 3], dtype=T.int8)
T.tensor([30000], dtype=T.int16) * 2
T.tensor([2**31 - 1], dtype=T.int32) + 1
T.tensor([2**63 - 1]) + 1
T.tensor([200, 100], dtype=T.uint8).sum()
T.tensor([100, 100], dtype=T.int8).sum()
T.tensor([100, 100], dtype=T.int8).prod()
T.tensor([200, 100], dtype=T.uint8).cumsum(0)
T.tensor([200, 100], dtype=T.uint8).float().mean()
T.tensor([7, 200], dtype=T.uint8) // 2
T.tensor([-7, 7], dtype=T.int8) // 2
T.tensor([-7, 7], dtype=T.int8) % 3
T.tensor([7, 200], dtype=T.uint8) / 255
T.tensor([7, 200], dtype=T.uint8) / 2
T.tensor([7, 200], dtype=T.uint8).float() / 255
T.tensor([1, 2], dtype=T.int32) / T.tensor([2, 4], dtype=T.int32)
T.tensor([3], dtype=T.uint8) ** 2
T.tensor([20], dtype=T.uint8) ** 2
T.tensor([2, 3], dtype=T.int32) ** T.tensor([3, 2], dtype=T.int32)
T.tensor([7, 9], dtype=T.int8) & 3
T.tensor([7, 9], dtype=T.uint8) ^ 255
~T.tensor([7, 200], dtype=T.uint8)
T.tensor([1, 64], dtype=T.int8) << 1
T.tensor([-8, 64], dtype=T.int8) >> 1
T.tensor([200, 3], dtype=T.uint8) > 100
T.tensor([200, 3], dtype=T.uint8) == T.tensor([-56, 3], dtype=T.int8)
T.tensor([200, 3], dtype=T.uint8) + T.tensor([-56, 3], dtype=T.int8)
T.tensor([3, 200], dtype=T.uint8).max()
T.tensor([3, 200], dtype=T.uint8).argmax()
T.tensor([3, 200], dtype=T.uint8).sort()
T.tensor([3, 200], dtype=T.uint8).clamp(5, 100)
T.tensor([[1, 2], [3, 4]], dtype=T.int32) @ T.tensor([[1, 2], [3, 4]], dtype=T.int32)
T.tensor([[1, 2], [3, 4]], dtype=T.uint8).t()
T.tensor([1, 2], dtype=T.int32).tolist()
T.tensor([1, 2], dtype=T.int32).sum().item()
T.tensor([5, 6, 7])[T.tensor([0, 2], dtype=T.int32)]
T.tensor([5, 6, 7]).index_select(0, T.tensor([0, 2], dtype=T.int32))
T.arange(3, dtype=T.uint8) + T.arange(3, dtype=T.float16)
T.tensor([True, False]) + T.tensor([True, True])
T.tensor([True, False]) * T.tensor([True, True])
T.tensor([True, False]) + 1
T.tensor([True, False]).sum()
T.tensor([True, False]).float().mean()
T.tensor([True, False]) * 2.5
T.tensor([True, False]).int() - 1
T.tensor([2.7, -2.7]).to(T.int32)
T.tensor([True, True]).cumsum(0)
T.tensor([True, False]).max()
T.tensor([True, False]) > False
T.tensor([3, 4], dtype=T.int32).float().std()
T.zeros(2, dtype=T.uint8).fill_(255)
T.full((2,), 255, dtype=T.uint8) + T.tensor(1, dtype=T.uint8)
T.tensor(5, dtype=T.int32) * T.ones(2)
T.tensor(5.0, dtype=T.float64) * T.ones(2)
T.tensor(5.0, dtype=T.float64) * T.ones(2, dtype=T.int32)
T.tensor(2**53 + 1) == 2**53
T.tensor([2**53 + 1]).double()
T.tensor([16777217]).float()
T.tensor([1, 2]).add(1.5)
""")

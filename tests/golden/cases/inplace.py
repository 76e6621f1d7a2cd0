"""Forms that write into their tensor: methods with an underscore, `+=` and its family, `out=`."""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    booleans,
    distinct,
    frozen,
    integers,
    ints,
    normal,
    opened,
    positive,
    unit,
)

TABLE = Table("inplace")

# Each runs on a tensor that has a history, and its result is used again.
UNARY = {
    distinct: "abs neg sign floor ceil round trunc frac square relu absolute negative sgn",
    normal: "exp expm1 exp2 sin cos tan tanh sigmoid erf erfc sinh cosh atan asinh sinc zero",
    positive: "log log1p log2 log10 sqrt rsqrt reciprocal lgamma digamma",
    opened: "asin acos atanh erfinv",
    unit: "logit",
}
for kind, names in UNARY.items():
    for name in names.split():
        text = f"y = x * 1\ny.{name}_()\ny + x"
        grad = name not in ("asinh", "atanh", "sgn")  # which PyTorch refuses
        TABLE.add(text, name=f"Tensor.{name}_", grad=grad, x=kind(3, 4))

WITH_NUMBERS = """
fill_(2.5)
fill_(True)
clamp_(-1.0, 1.2)
clamp_(min=0.2)
clamp_(max=0.2)
clip_(-1.0, 1.2)
clamp_min_(0.2)
clamp_max_(0.2)
add_(2)
add_(1, alpha=0.5)
sub_(0.5)
mul_(3)
div_(4)
div_(0.7, rounding_mode='floor')
pow_(2)
remainder_(1.2)
fmod_(1.2)
floor_divide_(1.2)
true_divide_(4)
nan_to_num_()
cumsum_(1)
cumprod_(0)
tril_()
triu_(1)
masked_fill_(x > 0, 2.0)
t_()
transpose_(0, 1)
unsqueeze_(1)
squeeze_()
fill_diagonal_(1.5)
round_(decimals=1)
eq_(0)
"""
for call in WITH_NUMBERS.strip().splitlines():
    name = call.split("(")[0]
    text = f"y = x * 2\ny.{call}\ny * y"
    TABLE.add(text, name=f"Tensor.{name}", grad=name != "floor_divide_", x=distinct(3, 4))

WITH_TENSORS = """
add_(z)
add_(z, alpha=-0.5)
sub_(z)
sub_(z, alpha=2)
mul_(z)
div_(z)
pow_(z)
copy_(z)
addcmul_(z, w)
addcmul_(z, w, value=0.5)
addcdiv_(z, w)
addcdiv_(z, w, value=-0.5)
lerp_(z, 0.25)
lerp_(z, w)
clamp_(z, w)
fill_(z[0])
atan2_(z)
hypot_(z)
xlogy_(z)
"""
for call in WITH_TENSORS.strip().splitlines():
    name = f"Tensor.{call.split('(')[0]}"
    text = f"y = x * 2; y.{call}; y * y"
    TABLE.rows(text, name=name, x=positive(3, 4), z=positive(4), w=positive(3, 1))

for symbol in ("+=", "-=", "*=", "/=", "**=", "//=", "%="):
    name = f"operator.{symbol}"
    grad = symbol != "//="
    for value in ("2", "z", "z[0]"):
        extra = {"z": positive(4)} if "z" in value else {}
        text = f"y = x * 2\ny {symbol} {value}\ny * y"
        TABLE.add(text, name=name, grad=grad, x=positive(3, 4), **extra)
    text = f"y = x * 2\nv = y\ny {symbol} 2\nv is y, v"
    TABLE.add(text, name=name, grad=grad, x=positive(2))
    text = f"y = x * 2\ny[0] {symbol} 2\ny[:, 1] {symbol} 3\ny * y"
    TABLE.add(text, name=name, grad=grad, x=positive(2, 3))
for symbol in ("+=", "-=", "*="):
    TABLE.add(f"j = i.clone()\nj {symbol} 2\nj", name=f"operator.{symbol}", i=integers(4))
for symbol in ("&=", "|=", "^="):
    text = f"d = b.clone()\nd {symbol} c\nd"
    TABLE.add(text, name=f"operator.{symbol}", b=booleans(5), c=booleans(5))
    text = f"j = i.clone()\nj {symbol} 3\nj"
    TABLE.add(text, name=f"operator.{symbol}", i=integers(5, high=9))
TABLE.add("y = x.clone()\ny @= z\ny", name="operator.@=", x=frozen(3, 3), z=frozen(3, 3))

# What optimizers write.
TABLE.rows(
    """
# Tensor.add_
y = x.clone(); y.mul_(0.9).add_(z, alpha=0.1); y
y = x.clone(); y.add_(1).mul_(2).sub_(3).div_(4); y
y = x.clone(); y.data.add_(z.data); y
y = x.clone(); y.zero_().add_(z); y
y = x.clone(); y.add_(z, alpha=-1e-3); y

# Tensor.addcmul_
y = x.clone(); y.mul_(0.99).addcmul_(z, z, value=0.01); y
y = x.clone(); y.mul_(0.99).addcmul_(z, z.conj(), value=1 - 0.99); y

# Tensor.addcdiv_
y = x.clone(); y.addcdiv_(z, (z * z).sqrt().add_(1e-8), value=-0.1); y

# Tensor.lerp_
y = x.clone(); y.lerp_(z, 1 - 0.9); y

# Tensor.copy_
y = x.clone(); y.copy_(z[0]); y
y = x.clone(); y.copy_(T.arange(4)); y
y = x.clone(); y.copy_(z, non_blocking=True); y
y = T.empty(3, 4, dtype=x.dtype); y.copy_(x); y
y = x.clone(); y[1:].copy_(y[:-1].clone()); y
y = x.clone(); y.copy_(T.tensor(2)); y

# Tensor.mul_
y = x.clone(); y.mul_(y); y
y = x.clone(); y.t().mul_(T.arange(3)); y

# operator.+=
y = x.clone(); y += y; y
y = x.clone(); v = y[:, 1]; v += 5; y

# Tensor.fill_
y = x.clone().fill_(3); y
y = x.clone(); y[1].fill_(3); y

# liuli.maximum
y = x.clone(); T.maximum(y, z, out=y); y

# Tensor.resize_
x.clone().resize_(2, 3).shape

# Tensor.set_
y = x.clone(); y.set_(z.clone()); y

# Tensor.normal_
x.clone().normal_().shape

# Tensor.uniform_
x.clone().uniform_().shape
""",
    x=frozen(3, 4),
    z=frozen(3, 4),
)
TABLE.rows(
    """
# Tensor.add_
j = i.clone(); j.add_(2); j

# Tensor.copy_
j = i.clone(); j.copy_(T.tensor([1.7, -1.7, 2.2])); j

# Tensor.fill_
j = i.clone(); j.fill_(2.9); j

# Tensor.zero_
j = i.clone(); j.zero_(); j

# Tensor.clamp_
j = i.clone(); j.clamp_(1, 2); j

# Tensor.mul_
j = i.clone(); j.mul_(i > 1); j

# Tensor.bitwise_and_
j = i.clone(); j.bitwise_and_(3); j

# Tensor.logical_not_
j = i > 1; j.logical_not_(); j

# Tensor.random_
j = i.clone(); j.random_(0, 3); j.shape

# operator.<<=
j = i.clone(); j <<= 2; j

# operator.>>=
j = i.clone(); j >>= 1; j
""",
    i=ints(0, 2, 4),
)

# out= writes into a tensor that is there.
for call in ("add(x, z", "mul(x, z", "exp(x", "matmul(x, z.t()", "sum(x, 1", "cat([x, z]"):
    text = f"y = T.empty(0, dtype=x.dtype)\nT.{call}, out=y)\ny"
    TABLE.add(text, name=f"liuli.{call.split('(')[0]}", x=frozen(3, 4), z=frozen(3, 4))

# A value saved for the backward pass and then overwritten where nobody needs it any more.
TABLE.add("y = x * 2\nz = y + 1\ny.zero_()\nz * 3 + y", name="Tensor.zero_", x=normal(3))
TABLE.add("y = x * 1\nz = y.sum()\ny.mul_(z)\ny", name="Tensor.mul_", x=normal(3), grad=False)
TABLE.add("y = x.exp()\ny.add_(0 * x.detach())\nx * 2", name="Tensor.add_", x=normal(3))
TABLE.add("y = x.detach().clone()\ny.add_(x)\ny", name="Tensor.add_", x=normal(3))
TABLE.add("y = T.zeros_like(x)\ny += x * 2\ny", name="operator.+=", x=normal(3))
TABLE.add(
    "total = T.zeros((), dtype=x.dtype)\nfor row in x:\n    total += row.sum() ** 2\ntotal",
    name="operator.+=", x=normal(3, 2),
)  # fmt: skip

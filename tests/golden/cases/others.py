"""Names that the other tables leave out: rarer spellings, views in place, old constructors."""

from __future__ import annotations

from tests.golden.cases.case import (
    Table,
    booleans,
    distinct,
    frozen,
    integers,
    ints,
    lower,
    matrix,
    normal,
    opened,
    positive,
    unit,
    values,
)

TABLE = Table("others")

# --- in place -------------------------------------------------------------------------------------
UNARY = {
    normal: "arctan arcsinh deg2rad rad2deg",
    opened: "arcsin arccos arctanh",
    distinct: "fix",
}
for kind, names in UNARY.items():
    for name in names.split():
        grad = name not in ("arcsinh", "arctanh")  # which PyTorch refuses
        text = f"y = x * 1\ny.{name}_()\ny + x"
        TABLE.add(text, name=f"Tensor.{name}_", grad=grad, x=kind(2, 3))
for name in ("acosh", "arccosh"):
    text = f"y = x + 1.5\ny.{name}_()\ny + x"
    TABLE.add(text, name=f"Tensor.{name}_", grad=False, x=positive(2, 3))
for name in "copysign arctan2 divide multiply subtract".split():
    text = f"y = x * 2\ny.{name}_(z)\ny * y"
    TABLE.add(text, name=f"Tensor.{name}_", x=positive(2, 3), z=positive(3))
for name in "ge greater_equal gt greater le less_equal lt less ne not_equal".split():
    text = f"y = x * 2\ny.{name}_(z)\ny * z"
    TABLE.add(text, name=f"Tensor.{name}_", x=normal(2, 3), z=normal(3))
TABLE.add("y = (x * 1).double()\ny.float_power_(2)\ny", name="Tensor.float_power_", x=normal(2, 3))
for name in ("heaviside", "nextafter"):
    TABLE.add(f"y = x.clone()\ny.{name}_(z)\ny", name=f"Tensor.{name}_", x=frozen(4), z=frozen(4))
for name in "gcd lcm bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift".split():
    text = f"y = i.clone()\ny.{name}_(j)\ny"
    TABLE.add(text, name=f"Tensor.{name}_", i=integers(5, low=1), j=integers(5, low=1))
TABLE.add("y = i.clone()\ny.bitwise_not_()\ny", name="Tensor.bitwise_not_", i=integers(5))
for name in "logical_and logical_or logical_xor".split():
    text = f"y = b.clone()\ny.{name}_(c)\ny"
    TABLE.add(text, name=f"Tensor.{name}_", b=booleans(6), c=booleans(6))
for name, shapes in {
    "addmm": ((2, 2), (2, 3), (3, 2)),
    "addmv": ((2,), (2, 3), (3,)),
    "addr": ((2, 3), (2,), (3,)),
    "addbmm": ((2, 2), (4, 2, 3), (4, 3, 2)),
    "baddbmm": ((4, 2, 2), (4, 2, 3), (4, 3, 2)),
}.items():
    a, b, c = (normal(*shape) for shape in shapes)
    text = f"y = x * 2\ny.{name}_(a, b, beta=0.5, alpha=2)\ny * y"
    TABLE.add(text, name=f"Tensor.{name}_", x=a, a=b, b=c)

# --- views in place: the tensor looks otherwise at its memory, older views stay -----------------
for text in (
    "y.swapaxes_(0, 1)\ny",
    "y.swapdims_(0, 1)\ny",
    "y.t_()\ny[:, 0].mul_(z)\ny * y",
    "v = y[0]\ny.t_()\ny.mul_(3)\n(v * z, y)",
    "v = y[0]\ny.t_()\nv.mul_(z)\n(v, y * y)",
    "v = y[1]\nv.unsqueeze_(0)\nv.mul_(z)\n(v, y * y)",
    "v = y.t()\nv.t_()\nv.mul_(z)\n(v, y * y)",
    "y.unsqueeze_(1)\ny.squeeze_(1)\ny.transpose_(-1, 0)\ny[1, 1] = 5\ny * y",
    "v = y.view(-1)\ny.unsqueeze_(0)\nv.mul_(2)\ny * y",
    "v = y[0]\ny.detach_()\nv * v",
    "d = y.detach()\nd.t_()\nd.mul_(5)\n(d, y + 1)",
):
    last = text.splitlines()
    method = next(line for line in last if "_(" in line and "mul_" not in line).split(".")[1]
    name = f"Tensor.{method.split('(')[0]}"
    TABLE.add(f"y = x * 2\n{text}", name=name, x=normal(2, 3), z=normal(3))
for text in (
    "y = x.clone()\nv = y[0]\ny.t_()\nv.zero_()\ny",
    "y = x.clone()\ny.t_()\n(y.stride(), y.is_contiguous(), y.shape)",
):
    TABLE.add(text, name="Tensor.t_", x=frozen(2, 3))
TABLE.add(
    "y = T.zeros(2, 3, dtype=x.dtype)\nv = y[0]\ny.t_()\ny.copy_((x * 2).t())\n(v * v, y)",
    name="Tensor.t_", x=normal(2, 3),
)  # fmt: skip
TABLE.add("y = x.clone()\nv = y[1]\ny.resize_(3, 2)\ny[0] = 9\n(y, v)", name="Tensor.resize_",
          x=frozen(2, 3))  # fmt: skip
TABLE.add("x.t().clone().resize_(2, 2).shape", name="Tensor.resize_", x=frozen(2, 3))
TABLE.add("y = x.clone()[1]\ny.resize_(2)\ny", name="Tensor.resize_", x=frozen(2, 3))
TABLE.add("x.clone().resize_as_(z)", name="Tensor.resize_as_", x=frozen(2, 3), z=frozen(3, 2))
TABLE.add("y = x.clone()\ny.set_(z[1:])\ny", name="Tensor.set_", x=frozen(2), z=frozen(4))

# --- writing at positions -------------------------------------------------------------------------
for reduce in "prod mean amax amin".split():
    for include in ("True", "False"):
        TABLE.both("index_reduce", f"x, 1, i, s, '{reduce}', include_self={include}",
                   x=distinct(2, 3), i=ints(2, 0, 2), s=normal(2, 3))  # fmt: skip
TABLE.add("y = x * 2\ny.index_reduce_(0, i, s, 'amax')\ny * y", name="Tensor.index_reduce_",
          x=distinct(3, 2), i=ints(2, 0), s=normal(2, 2))  # fmt: skip
PLACES = ints((1, 1, 0), (0, 0, 2))
for reduce in "sum prod mean amax amin".split():
    TABLE.add(f"T.scatter_reduce(x, 1, i, s, '{reduce}')", x=distinct(2, 3), i=PLACES,
              s=normal(2, 3))  # fmt: skip
    TABLE.add(f"x.scatter_reduce(0, i, s, '{reduce}', include_self=False)", x=frozen(3, 4),
              i=ints((0, 2), (0, 0)), s=frozen(3, 3))  # fmt: skip
    TABLE.add(f"x.scatter_reduce(0, i, s, '{reduce}')", x=values(0.0, 2.0, -1.0),
              i=ints(1, 1, 0, 0, 1), s=values(2.0, 2.0, 0.0, 0.0, 1.0))  # fmt: skip
    TABLE.add(f"x.scatter_reduce(0, i, s, '{reduce}')", x=ints(0, 2, -1), i=ints(1, 1, 0),
              s=ints(2, 3, 5))  # fmt: skip
TABLE.add("y = x * 2\ny.scatter_reduce_(1, i, s, 'sum')\ny * y", name="Tensor.scatter_reduce_",
          x=normal(2, 3), i=PLACES, s=normal(2, 3))  # fmt: skip
TABLE.add("y = x * 2\ny.put_(i, s, accumulate=True)\ny * y", name="Tensor.put_",
          x=normal(2, 2), i=ints(3, 3), s=normal(2))  # fmt: skip
TABLE.add("x.put(i, s)", x=normal(2, 2), i=ints(-1, 0), s=normal(2))
TABLE.add("T.slice_scatter(x, s, 1, 0, 4, 2)", x=normal(3, 4), s=normal(3, 2))
TABLE.add("T.diagonal_scatter(x, s, 1)", x=normal(3, 3), s=normal(2))
for text in ("T.zeros(5, 2).fill_diagonal_(1, wrap=True)", "T.zeros(2, 2, 2).fill_diagonal_(2.5)"):
    TABLE.add(text)

# --- functions and methods ------------------------------------------------------------------------
TABLE.rows("""
x.H
x.mH
x.is_signed()
x.layout
x.retains_grad
x.share_memory_() is x
x.msort()
x.quantile(0.25)
x.nanquantile(0.5, dim=1)
T.nanquantile(x, 0.25)
x.dist(y)
x.mode()
T.cumulative_trapezoid(x, dim=1)
T.trapz(x, dim=1)
x.cross(y, dim=1)
T.linalg.cross(x, y)
T.linalg.matmul(x, y.t())
T.pairwise_distance(x, y)
T.hardshrink(x)
T.threshold(x, 0.1, 20)
T.is_complex(x)
T.isin(x.detach(), x[0].detach())
T.broadcast_shapes(x.shape, (1,), 3)
T.flip(x, dims=(0, 1))
x.permute(dims=(1, 0))
x.reshape(shape=(3, 2))
x.tile(dims=(2, 1))
x[[[0, 1], [1, 2]]]
x[[T.tensor(0), T.tensor(1)]]
x[[slice(0, 2), 1]]
T.from_dlpack(x.detach())
""", x=distinct(2, 3), y=normal(2, 3))  # fmt: skip
TABLE.add("x.cholesky()", x=matrix(3, 3))
TABLE.add("T.linalg.cond(x)", x=matrix(3, 3))
TABLE.both("cholesky_inverse", "x", x=lower(3, 3))
TABLE.add("[1, 2, 3][i[0]]", name="Tensor.__index__", i=ints(1, 2))
TABLE.add("y.cholesky_solve(x)", x=lower(3, 3), y=normal(3, 2))
TABLE.add("x.nextafter(y)", x=frozen(4), y=frozen(4))
for name in ("gcd", "lcm"):
    TABLE.add(f"i.{name}(j)", i=integers(5, low=1, high=20), j=integers(5, low=1, high=20))
for name in "celu_ relu_ selu_".split():
    TABLE.add(f"y = x * 2\nT.{name}(y)\ny * y", name=f"liuli.{name}", x=normal(2, 3))
for name in "celu_ elu_ hardtanh_ leaky_relu_ selu_".split():
    text = f"y = x * 2\nF.{name}(y)\ny * y"
    TABLE.add(text, name=f"nn.functional.{name}", x=distinct(2, 3))
for library, prefix in (("T", "liuli"), ("F", "nn.functional")):
    for name, rest in {"threshold_": "0.1, 20", "rrelu_": "training=False"}.items():
        text = f"y = x * 2\n{library}.{name}(y, {rest})\ny * y"
        TABLE.add(text, name=f"{prefix}.{name}", x=normal(2, 3))
TABLE.add("T.rrelu(x)", x=normal(2, 3))
TABLE.add("F.dropout3d(x, 0.5, False)", name="nn.functional.dropout3d", x=normal(2, 3, 1, 1, 1))
TABLE.add("F.triplet_margin_with_distance_loss(x, y, z, margin=0.5)",
          name="nn.functional.triplet_margin_with_distance_loss",
          x=normal(4, 3), y=normal(4, 3), z=normal(4, 3))  # fmt: skip
for name in "digamma gammaln psi log1p".split():
    TABLE.add(f"T.special.{name}(x)", grad=name != "psi", x=positive(2, 3))
for name in "erf erfc exp2 expm1 round sinc".split():
    TABLE.add(f"T.special.{name}(x)", x=distinct(2, 3))
for name in ("erfinv", "logit"):
    TABLE.add(f"T.special.{name}(x)", x=unit(2, 3))
for name in ("softmax", "log_softmax", "logsumexp"):
    TABLE.add(f"T.special.{name}(x, 1)", x=normal(2, 3))
TABLE.add("T.special.xlogy(x, y)", x=positive(2, 3), y=positive(2, 3))
TABLE.add("T.special.polygamma(1, x)", x=positive(2, 3))

# --- making tensors -------------------------------------------------------------------------------
TABLE.rows("""
T.HalfTensor([1, 2])
T.BFloat16Tensor([1, 2])
T.ShortTensor([1, 2])
T.CharTensor([1, 2])
T.LongTensor([1.7])
T.LongTensor(2, 3).shape
T.Tensor()
T.Tensor((2, 3))
T.Tensor(T.Size([2, 3])).shape
T.Tensor(np.arange(3))
T.Tensor(T.arange(2))
T.ones(2).type(T.DoubleTensor)
T.zeros(2, layout=T.strided)
T.empty(2, 3, memory_format=T.contiguous_format).shape
T.rand(size=(2, 3)).shape
T.ones(size=(2,))
T.ones(2, 3).permute(1, 0).new_zeros(size=(2,))
T.tril_indices(2, 3, -1, dtype=T.int32)
T.range(5, 1, -2)
T.block_diag(T.ones(2), T.tensor(3.0), T.ones(2, 1))
T.combinations(T.arange(3), 2, True)
T.combinations(T.arange(2), r=3)
T.cartesian_prod(T.arange(2))
T.vander(T.arange(3), 2, increasing=True)
T.atleast_3d([T.arange(2), T.ones(2, 2)])
T.unravel_index(T.tensor([[0, 5], [7, 3]]), (2, 4))
T.hsplit(T.arange(4), 2)
T.is_inference_mode_enabled()
T.tensor([0.0, 1.0]).bernoulli()
T.tensor([0.0, 1.0]).multinomial(1)

# liuli.FloatTensor
isinstance(T.ones(1), T.FloatTensor), isinstance(T.arange(1), T.FloatTensor)

# liuli.nan
T.nan != T.nan

# liuli.get_num_threads
n = T.get_num_threads(); n >= 1

# liuli.set_num_threads
n = T.get_num_threads(); T.set_num_threads(1); m = T.get_num_threads(); T.set_num_threads(n); m

# liuli.seed
s = T.seed(); T.manual_seed(s); a = T.rand(2); T.manual_seed(s); T.equal(a, T.rand(2))

# liuli.set_printoptions
T.set_printoptions(precision=2); s = repr(T.tensor(1.2345)); T.set_printoptions(precision=4); s

# liuli.finfo
repr(T.finfo(T.float32))

# liuli.iinfo
repr(T.iinfo(T.int8))
""")
RANDOM = {"cauchy_": "", "geometric_": "0.5", "log_normal_": "", "exponential_": "2.0"}
for name, arguments in RANDOM.items():
    text = f"a = T.empty(3).{name}({arguments})\n(a.shape, a.dtype, bool(a.isfinite().all()))"
    TABLE.add(text, name=f"Tensor.{name}")

# --- gradients ------------------------------------------------------------------------------------
FUNCTION = """class Twice(T.autograd.Function):
    @staticmethod
    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a
    @staticmethod
    def backward(ctx, g):
        a, = ctx.saved_tensors
        return 3 * g * a
"""
TABLE.add(f"{FUNCTION}\nTwice.apply(x * 2)", name="liuli.autograd.Function", x=normal(3))
for mode in "enable_grad no_grad inference_mode".split():
    text = f"with T.autograd.{mode}():\n    y = x * 2\n(y.requires_grad, T.is_grad_enabled())"
    TABLE.add(text, name=f"liuli.autograd.{mode}", x=normal(2))
TABLE.add("with T.autograd.set_grad_enabled(False):\n    y = T.is_grad_enabled()\ny",
          name="liuli.autograd.set_grad_enabled")  # fmt: skip
for name in ("gradcheck", "gradgradcheck"):
    TABLE.add(f"T.autograd.{name}(T.sin, x.double())", name=f"liuli.autograd.{name}", x=normal(2))
TABLE.add(
    "w = x.detach().requires_grad_()\nseen = []\n"
    "w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.clone()))\n"
    "(w * 3).sum().backward()\nseen",
    name="Tensor.register_post_accumulate_grad_hook", x=frozen(2),
)  # fmt: skip

# --- what a machine without a GPU answers --------------------------------------------------------
TABLE.rows("""
T.cuda.is_bf16_supported()
T.cuda.is_initialized()
T.cuda.device_count()
T.cuda.manual_seed(1)
T.cuda.manual_seed_all(1)
T.cuda.empty_cache()
T.cuda.memory_allocated()
T.cuda.max_memory_allocated()
T.cuda.memory_reserved()
T.accelerator.device_count()
T.accelerator.current_accelerator()

# liuli.backends.cudnn.benchmark
T.backends.cudnn.benchmark = True; b = T.backends.cudnn.benchmark; b

# liuli.backends.cudnn.deterministic
T.backends.cudnn.deterministic = True; b = T.backends.cudnn.deterministic; b

# liuli.backends.cudnn.allow_tf32
T.backends.cudnn.allow_tf32 = True; b = T.backends.cudnn.allow_tf32; b

# liuli.backends.cuda.matmul.allow_tf32
T.backends.cuda.matmul.allow_tf32 = True; b = T.backends.cuda.matmul.allow_tf32; b
""")
for name, call in {"synchronize": "()", "current_device": "()", "get_device_name": "()"}.items():
    text = f"try:\n    T.cuda.{name}{call}\nexcept Exception:\n    s = 'there is none'\ns"
    TABLE.add(text, name=f"liuli.cuda.{name}")
NEED_ONE = {"synchronize": "()", "set_device_index": "(0)", "current_device_index": "()"}
for name, call in NEED_ONE.items():
    text = f"try:\n    T.accelerator.{name}{call}\nexcept RuntimeError:\n    s = 'there is none'\ns"
    TABLE.add(text, name=f"liuli.accelerator.{name}")
TABLE.add("try:\n    T.cuda.set_device(0)\nexcept Exception:\n    s = 'there is none'\ns",
          name="liuli.cuda.set_device")  # fmt: skip
TABLE.rows("""
T.is_signed(T.ones(1)), T.is_signed(T.ones(1, dtype=T.uint8))
T.is_nonzero(T.tensor([2]))
T.is_same_size(T.ones(2), T.zeros(2))
T.ones(2).is_cpu
T.ones(2).is_meta
T.ones(2).diagflat(1)

# liuli.use_deterministic_algorithms
T.use_deterministic_algorithms(False); T.are_deterministic_algorithms_enabled()

# liuli.are_deterministic_algorithms_enabled
T.are_deterministic_algorithms_enabled()

# liuli.set_float32_matmul_precision
T.set_float32_matmul_precision('highest'); T.get_float32_matmul_precision()

# liuli.get_float32_matmul_precision
T.get_float32_matmul_precision()
""")

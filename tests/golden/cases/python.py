"""Tensors as Python objects: numbers, lists, loops, text, flags and NumPy."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, frozen, integers, ints, normal, values

TABLE = Table("python")

# A line `# name` names the lines below it; else a line's last call names it.
TABLE.rows(
    """
x[0, 0].item()
x.sum().item()
x.mean().cpu().item()
x.tolist()
x[0].tolist()
x[0, 0].tolist()
(x > 0).tolist()

# Tensor.item
x.sum().item().__class__.__name__
(x == x).all().item()

# Tensor.tolist
x[0, 0].tolist().__class__.__name__
sorted(x[0].tolist())
x.tolist() == [[v.item() for v in row] for row in x]
x.nonzero().tolist()

# operator.float
float(x[0, 0])
round(float(x[0, 0]), 3)
math.sqrt(x[0, 0] ** 2)

# operator.int
int(x[0, 0] * 10)

# operator.bool
bool(x[0, 0] > 0)
bool(x[:1, :1])
bool((x == x).all())
1 if x[0, 0] == x[0, 0] else 2
not (x[0, 0] > 100)

# operator.len
len(x)
len(x[0])
len(x[:0]), x[:0].tolist(), list(x[:0])

# operator.iter
[row.sum() for row in x]
[row.shape for row in x]
[[value.item() for value in row] for row in x]
list(x)[1]
sum(x)
max(x[0])
min(x[0])
first, second = x; first * second
[(k, row.sum()) for k, row in enumerate(x)]
[a * b for a, b in zip(x, x.flip(0))]
list(reversed(x))

# operator.in
x in [x]
0.5 in x
x[0, 0] in x
[t for t in [x] if t is x] != []

# operator.hash
hash(x) == hash(x)
{x: 3}[x]
dict(a=x)['a'] is x
len({x, x})

# operator.format
f'{x[0, 0]:.2f}'
f'{x.sum():.3f} {x[0, 0].item():.1f}'
f'{x[0, 0]:8.3f}|'
'%.3f' % x[0, 0]
'%d' % x.shape[0]
format(x[0, 0], '.4f')
'{:.3f}'.format(x[0, 0])
f'{x[0, 0]:>10.4f}'
f'{x.mean():.4g}'

# Tensor.numpy
x.numpy()
x.t().numpy()
x[0, 0].numpy()
x.detach().cpu().numpy()
np.sin(x.numpy())
y = x.numpy(); z = x.clone().numpy(); z[0] = 9; x
y = x.clone(); y.numpy()[0] = 9; y
y = x.clone(); a = y.numpy(); y.add_(1); a
np.ones(3) * x.numpy() + x.detach().numpy()

# Tensor.__array__
np.asarray(x)
np.array(x).dtype.name
np.asarray(x[0], dtype=np.float64)
np.allclose(x, x)
np.concatenate([x, x]).shape

# Tensor.shape
x.shape
x.shape == (2, 3)
x.shape == T.Size([2, 3])
list(x.shape)
x.shape[0] * 2
x.shape + (1,)
x.shape.numel()
(1, *x.shape)
x.T.shape
n, m = x.shape; n, m
isinstance(x.shape, tuple)
tuple(x.shape[:-1])

# Tensor.size
tuple(x.size())
x.size() == x.shape
x.size(0) * x.size(1)

# liuli.Size
isinstance(x.shape, T.Size)
repr(x.shape)
str(x.shape)
f'{x.shape}'
T.Size((1, 2))[0]

# liuli.Tensor
isinstance(x, T.Tensor)
type(x) is T.Tensor
type(x * 2) is T.Tensor

# Tensor.device
x.device
x.device.type
x.device.index
str(x.device)
x.device == T.device('cpu')
T.zeros(2, device=x.device)

# Tensor.dtype
x.dtype
x.dtype.is_floating_point
x.int().dtype.is_floating_point
x.dtype.itemsize
x.dtype == T.float32
x.dtype in (T.float32, T.float64)

x.is_floating_point()
x.is_complex()
x.is_cuda
x.is_leaf
x.requires_grad
x.grad
x.grad_fn
x.is_contiguous()
x.is_same_size(x)
x[0, 0].is_nonzero()
x.get_device()
x.ndim
x.conj()
x.real
x.detach().clone().resize(3, 2)
x.element_size() * x.nelement()

# Tensor.data_ptr
x.data_ptr() == x.data_ptr()
x[0].data_ptr() == x.data_ptr()
x.clone().data_ptr() == x.data_ptr()

# Tensor.element_size
x.element_size() * x.nelement()

# Tensor.__deepcopy__
import copy; y = copy.deepcopy(x); y.zero_(); x, y

# Tensor.__copy__
import copy; copy.copy(x).sum()

# Tensor.__reduce_ex__
import pickle; pickle.loads(pickle.dumps(x))
""",
    x=frozen(2, 3),
)

TABLE.rows(
    """
i[0].item()
i.tolist()
i.sum().item()
i.max().item() + 1 == 5
i.is_floating_point()

# operator.int
int(i[0])
int(i.sum()) // 2

# operator.float
float(i[0])

# operator.bool
bool(i[0])
bool(i[1])

# operator.format
f'{i[0]}'
f'{i[0]:3d}|'
'%d' % i[1]
str(i[0].item())
f'{i.sum().item()}/{len(i)}'

# operator.index
[0, 1, 2, 3, 4][i[0]]
'abc'[i[0]]
list(range(i[0]))
i[0].__index__()
[7] * i[0]
T.zeros(i[0], i[2]).shape
np.arange(5)[i[0]]
T.arange(i[2])

# operator.iter
[k for k in i]
[int(k) for k in i]
len([k for k in T.arange(3)])

# operator.len
len(i)

# Tensor.numpy
i.numpy()
(i > 1).numpy()

# Tensor.dtype
i.dtype.is_signed
i.dtype.itemsize

# Tensor.item
-i[0].item()
i.float().mean().item()
(i == 2).sum().item() / len(i)
""",
    i=ints(2, 0, 4),
)

# Printed as PyTorch prints, with four digits.
REPR = """
T.tensor(3)
T.tensor(3.5)
T.tensor(True)
T.tensor([1, 2, 3])
T.tensor([1.0, 2.5, -3.25])
T.tensor([[1.0, 2.0], [3.0, 4.0]])
T.tensor([True, False])
T.tensor([])
T.zeros(0, 3)
T.zeros(2, 3)
T.ones(2, 2, dtype=T.float64)
T.ones(2, dtype=T.int32)
T.arange(12).view(3, 4)
T.arange(4.0) / 3
T.tensor([1e-8, 1.0])
T.tensor([1e10, 1.0])
T.tensor([100000.0, 0.5])
T.tensor([float('nan'), float('inf'), -1.0])
T.arange(24.0).view(2, 3, 4)
T.tensor([1.5], requires_grad=True)
T.tensor([0.1, 0.22, 0.333])
T.arange(2000)
T.zeros(3, dtype=T.float16)
T.tensor([-1.0, 10.25])
T.tensor([[1, -200], [30, 4]])
T.tensor([1.0]).to(T.bfloat16)
T.linspace(0, 1, 30)
T.zeros(40, 40)
T.tensor([1e-5])
T.tensor(1e-5)
T.tensor(123456.789)
T.tensor([[0.001, 1000.0], [-5.5, 0.0]])
T.tensor([2.0**24, 1.0])
T.tensor([1, 2], dtype=T.uint8)
"""
for row in REPR.strip().splitlines():
    TABLE.add(f"repr({row})", name="operator.repr")
for row in REPR.strip().splitlines()[2:10]:
    TABLE.add(f"str({row})", name="operator.str")

# The dtypes, and their second names.
for names in (
    "float32 float", "float64 double", "float16 half", "int64 long", "int32 int", "int16 short",
    "uint8 uint8", "int8 int8", "bool bool", "bfloat16 bfloat16",
):  # fmt: skip
    first, second = names.split()
    TABLE.add(f"T.{first} == T.{second}, T.zeros(1, dtype=T.{second})", name=f"liuli.{second}")
    TABLE.add(f"str(T.{first}), str(T.{second}), repr(T.{first})", name=f"liuli.{second}")
    if first != second:
        TABLE.add(f"T.zeros(1, dtype=T.{first})", name=f"liuli.{first}")
TABLE.rows("""
# liuli.float32
T.float32 != T.float64, T.float32 in (T.float16, T.float32)
{T.float32: 1}[T.float32]
T.float32.is_floating_point, T.int64.is_floating_point, T.bool.is_floating_point
T.float32.itemsize, T.float16.itemsize, T.int64.itemsize, T.bool.itemsize

# liuli.dtype
isinstance(T.float32, T.dtype)

# liuli.device
T.device('cpu') == T.device('cpu'), str(T.device('cpu'))
T.device('cpu').type
T.device(T.device('cpu')).type
isinstance(T.zeros(1).device, T.device)
repr(T.device('cpu'))
T.zeros(1).to(T.device('cpu')).device.type

# liuli.cuda.is_available
T.cuda.is_available() in (True, False)

# liuli.accelerator.is_available
T.accelerator.is_available() in (True, False)
""")
TABLE.add("x.double().tolist()", x=values(0.1, 1e-3))
TABLE.add("b.tolist(), b[0].item()", b=booleans(3))
TABLE.add("i.view(2, 2).tolist()", i=integers(4))
TABLE.add("x * np.float64(2)", x=normal(2))
TABLE.add("x + np.float32(0.5)", x=normal(2))
TABLE.add("np.float64(2) * x", x=frozen(2))

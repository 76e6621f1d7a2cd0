"""Making tensors from nothing, from Python values, from NumPy, and like another tensor."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, frozen, integers, ints, normal, values

TABLE = Table("creation")

NOTHING = """
T.zeros(2, 3)
T.zeros((2, 3))
T.zeros([2, 3])
T.zeros(0)
T.zeros(())
T.zeros(2, dtype=T.int64)
T.zeros(2, 3, dtype=T.bool)
T.zeros(size=(2, 3), dtype=T.float64)
T.zeros(3, device='cpu')
T.zeros(3, device=T.device('cpu'))
T.zeros(3, requires_grad=True).requires_grad
T.zeros(T.Size([2, 1]))
T.ones(2, 3)
T.ones((1, 2), dtype=T.int32)
T.ones(2, dtype=T.bool)
T.ones([])
T.full((2, 3), 7)
T.full((2,), 7.5)
T.full((2,), True)
T.full([2], 7, dtype=T.float32)
T.full((), 3)
T.full((2, 2), float('-inf'))
T.full(size=(2,), fill_value=1.5, dtype=T.float64)
T.empty(2, 3).shape
T.empty((4,), dtype=T.int64).shape
T.empty(0, 2)
T.arange(5)
T.arange(2, 7)
T.arange(1, 10, 3)
T.arange(5, 0, -2)
T.arange(0)
T.arange(0, 1, 0.3)
T.arange(5.0)
T.arange(start=1, end=4, step=1)
T.arange(end=3)
T.arange(3, dtype=T.float32)
T.arange(4, dtype=T.int32)
T.arange(1, 2.5, 0.5, dtype=T.float64)
T.arange(0, 3, device='cpu')
T.range(1, 3)
T.linspace(0, 1, 5)
T.linspace(-2, 3, steps=4)
T.linspace(0, 1, 1)
T.linspace(0, 10, 0)
T.linspace(start=1, end=2, steps=7, dtype=T.float64)
T.linspace(1, 5, 3, dtype=T.int64)
T.logspace(0, 2, 3)
T.logspace(-1, 1, steps=5, base=2, dtype=T.float64)
T.eye(3)
T.eye(2, 3)
T.eye(3, 2, dtype=T.int64)
T.eye(0)
T.tensor(3)
T.tensor(3.5)
T.tensor(True)
T.tensor([1, 2, 3])
T.tensor([1.0, 2, 3])
T.tensor([True, False])
T.tensor([True, 2])
T.tensor([[1, 2], [3, 4]])
T.tensor([])
T.tensor([[]])
T.tensor([[], []])
T.tensor((1, 2))
T.tensor([1, 2], dtype=T.float32)
T.tensor([1.7, -1.7], dtype=T.int64)
T.tensor([0, 1, 2], dtype=T.bool)
T.tensor([1.0], dtype=T.float16)
T.tensor([1.1, 2.2], dtype=T.bfloat16)
T.tensor([1.0], requires_grad=True).requires_grad
T.tensor([1.0], device='cpu').device
T.tensor(np.arange(3))
T.tensor(np.arange(3.0))
T.tensor(np.arange(3, dtype=np.int32))
T.tensor(np.float32(2.5))
T.tensor(np.float64(2.5))
T.tensor(np.int64(3))
T.tensor(np.array(3.5))
T.tensor(np.ones((2, 2), dtype=np.float32)[::-1].copy())
T.tensor([np.float32(1), np.float32(2)])
T.tensor([T.tensor(1.0), T.tensor(2.0)])
T.tensor(range(3))
T.tensor([float('nan'), float('inf')])
T.tensor([1e40])
T.tensor(2**40)
T.tensor([[1.0, 2.0], [3.0, 4.0]]).shape
T.as_tensor([1, 2])
T.as_tensor(np.arange(3.0))
T.as_tensor(np.arange(3), dtype=T.float32)
T.asarray([1.0, 2.0])
T.from_numpy(np.arange(6.0).reshape(2, 3))
T.from_numpy(np.arange(3, dtype=np.int32))
T.from_numpy(np.array([True, False]))
T.from_numpy(np.arange(6.0, dtype=np.float32)[::2])
T.from_numpy(np.arange(3, dtype=np.uint8))
T.from_numpy(np.array(3.0))
T.Tensor([1, 2, 3])
T.Tensor(2, 3).shape
T.FloatTensor([1, 2])
T.LongTensor([1, 2])
T.DoubleTensor([1, 2])
T.IntTensor([1, 2])
T.BoolTensor([0, 1])
T.ByteTensor([0, 1])
T.scalar_tensor(2.5)
T.tril_indices(3, 3)
T.triu_indices(3, 3, 1)
T.tril(T.ones(3, 3))
T.triu(T.ones(3, 3), diagonal=1) == 1
T.triu(T.full((3, 3), float('-inf')), diagonal=1)
T.tril(T.ones(3, 3, dtype=T.bool))
T.meshgrid(T.arange(2), T.arange(3), indexing='ij')
T.get_default_dtype()
T.Size([2, 3])
T.Size([2, 3]).numel()
T.is_tensor(T.ones(1)), T.is_tensor([1])
T.is_tensor(np.ones(1))
T.numel(T.ones(2, 3))
T.is_floating_point(T.ones(1)), T.is_floating_point(T.arange(1))
T.finfo(T.float32).eps, T.finfo(T.float32).max, T.finfo(T.float32).tiny, T.finfo(T.float32).min
T.finfo(T.float64).eps, T.finfo(T.float64).bits
T.finfo(T.float16).max
T.finfo(T.bfloat16).eps
T.iinfo(T.int64).max, T.iinfo(T.int8).min, T.iinfo(T.uint8).bits
T.result_type(T.ones(1), T.arange(1))
T.promote_types(T.int32, T.float16)
T.can_cast(T.float64, T.float32), T.can_cast(T.float32, T.int64)
T.get_num_threads() >= 1
T.unravel_index(T.tensor(7), (2, 4))
T.detach(T.ones(2))
T.permute(T.ones(2, 1), (1, 0))
T.pi
T.inf, T.e
"""
TABLE.rows(NOTHING)

# Memory that is shared, and memory that is not.
TABLE.rows("""
# liuli.from_numpy
a = np.zeros(3); t = T.from_numpy(a); a[0] = 5; t
a = np.zeros(3); t = T.from_numpy(a); t[1] = 4; a
a = np.arange(6.0).reshape(2, 3); t = T.from_numpy(a.T); t.add_(1); a
a = np.arange(3.0); T.from_numpy(a).dtype

# liuli.tensor
a = np.zeros(3); t = T.tensor(a); a[0] = 5; t

# liuli.set_default_dtype
T.set_default_dtype(T.float64); b = T.zeros(1).dtype; T.set_default_dtype(T.float32); b

# liuli.as_tensor
a = np.zeros(3); t = T.as_tensor(a); a[0] = 5; t
""")

LIKE = """
T.zeros_like(x)
T.ones_like(x)
T.full_like(x, 2)
T.full_like(x, 2.5)
T.full_like(x, 2, dtype=T.int64)
T.zeros_like(x, dtype=T.int64)
T.ones_like(x, dtype=T.bool)
T.empty_like(x).shape
T.rand_like(x.float()).shape
T.randn_like(x.float()).dtype
T.zeros_like(x).requires_grad
x.new_zeros(2)
x.new_zeros(2, 3)
x.new_zeros((2, 3))
x.new_ones(2, 2)
x.new_ones((2,), dtype=T.int64)
x.new_full((2, 2), 3)
x.new_full((2,), 3.5)
x.new_empty(2, 3).shape
x.new_tensor([1, 2])
x.new_tensor([1.5, 2.5])
x.new_tensor(3)
T.zeros_like(x.t()).stride()
T.full_like(x, True)
T.zeros(x.shape, dtype=x.dtype)
T.zeros(x.size())
T.zeros(x.size(0), x.size(1))
T.ones(*x.shape)
T.arange(x.size(1))
T.tensor(x.tolist())
T.tensor(x.shape)
T.tensor(x.detach().numpy())
T.as_tensor(x.detach().numpy())
T.tensor([row.sum().item() for row in x.double()])
"""
for row in LIKE.strip().splitlines():
    TABLE.add(row, x=normal(2, 3))
    if "detach" not in row and ".5" not in row:
        TABLE.add(row, x=integers(2, 3))
TABLE.add("T.ones_like(x)", x=booleans(2))
TABLE.add("T.as_tensor(x)", x=frozen(2))
TABLE.add("T.clone(x)", x=normal(2))
TABLE.add("F.one_hot(i, 6)", i=integers(2, 3))
TABLE.add("F.one_hot(i, num_classes=5).float()", name="nn.functional.one_hot", i=integers(4))
TABLE.add("F.one_hot(i)", i=ints(0, 2, 1))
TABLE.add("T.linspace(0, 1, 3) * x", name="liuli.linspace", x=values(1.0, 2.0, 3.0))

# Casts
CASTS = """
x.float()
x.double()
x.half()
x.bfloat16()
x.int()
x.long()
x.short()
x.char()
x.bool()
x.to(T.float64)
x.to(T.float16)
x.to(T.int32)
x.to(dtype=T.int64)
x.to('cpu')
x.to(T.device('cpu'))
x.to('cpu', T.float64)
x.to(device='cpu', dtype=T.float32)
x.to('cpu', non_blocking=True)
x.to(T.zeros(1, dtype=T.float64))
x.to(x) is x
x.to(x.dtype) is x
x.to(T.float32, copy=True)
x.type()
x.double().type()
x.int().type()
x.type(T.float64)
x.type(T.int64)
x.type_as(T.zeros(1, dtype=T.float64))
x.cpu()
x.float().half().float()
x.half().float() * x
x.half() + x.half()
x.bfloat16() * 2
x.bfloat16().sum()
x.double().float().sum()
x.float() + x.double()
x.half().dtype
x.int().dtype
x.to(T.bfloat16).dtype
"""
TABLE.rows(CASTS, x=values(-2.7, -0.5, 0.0, 1.0, 1.5, 3.1415927, 100.25))
TABLE.rows("\n".join(CASTS.splitlines()[:20]), x=ints(-3, 0, 1, 100))
for row in "float() int() long() double() to(T.uint8) bool() half()".split():
    TABLE.add(f"x.{row}", x=booleans(4))
for row in ("x.to(T.int8)", "x.to(T.uint8)", "x.byte()", "x.char()", "x.short()", "x.int()"):
    TABLE.add(row, x=ints(-1, 127, 128, 255, 256, 70000, -129))
TABLE.add("x.byte()", grad=False, x=values(0.0, 1.9, 200.7))
TABLE.add("x.bool()", grad=False, x=values(float("nan"), 0.5, -0.0))

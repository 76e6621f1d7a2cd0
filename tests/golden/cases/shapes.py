"""Views, joins and splits: what rearranges numbers and computes none."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, frozen, integers, ints, normal

TABLE = Table("shapes")

# On a tensor of shape (2, 3, 4); the name is read off the method.
METHODS = """
x.view(6, 4)
x.view(-1)
x.view(2, -1, 2)
x.view((4, 6))
x.view(size=(4, 6))
x.view(24, 1)
x.view_as(T.zeros(3, 8))
x.reshape(4, -1)
x.reshape((2, 12))
x.reshape(-1, 2, 3)
x.reshape_as(T.zeros(6, 4))
x.mT
x.mT.shape
x.size()
x.size(1)
x.size(-1)
x.size(dim=0)
x.shape
x.shape[1]
x.shape[-2:]
x.stride()
x.stride(0)
x.nelement()
x.dim()
x.ndim
x.ndimension()
x.is_contiguous()
x.contiguous()
x.expand(5, 2, 3, 4)
x.expand(2, -1, 4)
x.expand_as(T.zeros(2, 2, 3, 4))
x.repeat(2, 1, 1)
x.repeat(2, 1, 1, 3)
x.repeat((1, 2, 1))
x.unfold(1, 2, 1)
x.unfold(2, 2, 2)
x.unfold(-1, 3, 1)
x.element_size()
x.itemsize
x.nbytes
x.storage_offset()
"""
TABLE.rows(METHODS, x=normal(2, 3, 4))

# The same as functions of torch and as methods of a tensor.
BOTH = """
reshape: x, (4, 6)
reshape: x, (-1,)
permute: x, (2, 0, 1)
permute: x, (0, -1, 1)
transpose: x, 0, 2
transpose: x, -1, -2
transpose: x, dim0=0, dim1=1
swapaxes: x, 0, 1
swapdims: x, 0, -1
movedim: x, 0, 2
movedim: x, (0, 1), (-1, 0)
moveaxis: x, 2, 0
squeeze: x
unsqueeze: x, 0
unsqueeze: x, -1
unsqueeze: x, dim=2
flatten: x
flatten: x, 1
flatten: x, 0, 1
flatten: x, start_dim=-2
flatten: x, start_dim=0, end_dim=1
unflatten: x, 2, (2, 2)
unflatten: x, -1, (2, -1)
broadcast_to: x, (2, 2, 3, 4)
tile: x, (2, 1)
tile: x, (2, 1, 1, 1)
flip: x, (0,)
flip: x, (0, 2)
flip: x, [-1]
fliplr: x
flipud: x
roll: x, 1
roll: x, 2, 1
roll: x, (1, -1), (0, 2)
roll: x, shifts=-1, dims=-1
rot90: x, 1, (0, 1)
rot90: x, 2, (1, 2)
rot90: x, -1, (0, 2)
narrow: x, 1, 1, 2
narrow: x, -1, 0, 3
select: x, 0, 1
select: x, -1, -2
split: x, 2
split: x, 2, dim=1
split: x, (1, 3), dim=2
split: x, [1, 2], 1
chunk: x, 2
chunk: x, 3, dim=2
chunk: x, 5, -1
tensor_split: x, 3, dim=2
tensor_split: x, (1, 3), dim=2
unbind: x
unbind: x, 1
unbind: x, dim=-1
diagonal: x
diagonal: x, 1, 1, 2
diagonal: x, offset=-1, dim1=0, dim2=2
repeat_interleave: x, 2
repeat_interleave: x, 2, dim=1
repeat_interleave: x, 3, dim=-1
tril: x
tril: x, 1
triu: x
triu: x, diagonal=-1
ravel: x
clone: x
numel: x
adjoint: x
hsplit: x, 3
vsplit: x, 2
dsplit: x, (1, 3)
"""
for row in BOTH.strip().splitlines():
    name, arguments = row.split(": ")
    TABLE.both(name, arguments, x=normal(2, 3, 4))

# On a (2, 3) tensor.
MATRIX = """
x.t()
T.t(x)
x.T
x.tril(-1)
x.triu(1)
x.diagonal()
T.diag(x)
x.diag(1)
T.diag(x, -1)
T.triu(x, 2)
x.permute(1, 0)
x.transpose(0, 1).stride()
x.t().is_contiguous()
x.t().contiguous().stride()
x.t().reshape(-1)
x.t().flatten()
x.t().t().view(-1)
x[:, 1:].reshape(-1)
x[:, 1:].stride()
x[:, ::2].is_contiguous()
x.t()[1].reshape(-1)
x.unsqueeze(1).expand(2, 4, 3).reshape(-1)
x.unsqueeze(1).expand(2, 4, 3).stride()
x.select(1, 1).storage_offset()
T.atleast_1d(x)
T.atleast_2d(x[0])
T.atleast_3d(x)
x.repeat(2, 2)
x.repeat(0, 2)
T.vander(x.detach()[0])
x[:0].view(0)
x[:0].reshape(3, 0)
x.unfold(0, 2, 1).shape
x.flatten().unflatten(0, (3, 2))
x.rot90()
T.rot90(x)
x[0].diag()
T.diag(x[0], 1)
T.diag(x[0], -1)
T.diagflat(x)
T.diag_embed(x)
x.diag_embed(1)
x[0, 0].reshape(1, 1)
x[0, 0].view(1)
x[0, 0].expand(2, 2)
x[0, 0].flatten()
x[0, 0].unsqueeze(0)
x[0, 0].repeat(3)
x[0, 0].size()
x[0, 0].dim()
x.sum().shape
x.sum().numel()
x.view(1, 2, 1, 3).squeeze()
x.view(1, 2, 1, 3).squeeze(0)
x.view(1, 2, 1, 3).squeeze(dim=2)
x.view(1, 2, 1, 3).squeeze(-2)
x.view(1, 2, 1, 3).squeeze(1)
x.view(1, 2, 1, 3).squeeze((0, 2))
T.squeeze(x.view(1, 2, 1, 3), 0)
x.swapaxes(0, 1)
x.view(2, 1, 3).expand(-1, 2, -1)
x.expand(2, 2, 3).sum(0)
x.data.shape
x.view(T.Size([3, 2]))
"""
TABLE.rows(MATRIX, x=normal(2, 3))

# Joins
PAIR = {"x": normal(2, 3), "y": normal(2, 3)}
for text in (
    "T.cat([x, y])",
    "T.cat((x, y), 1)",
    "T.cat([x, y], dim=-1)",
    "T.cat([x, x, y[:0]], 0)",
    "T.cat([x])",
    "T.cat([x.t(), y.t()], 1)",
    "T.concat([x, y], dim=1)",
    "T.concatenate([x, y], dim=0)",
    "T.stack([x, y])",
    "T.stack((x, y), 1)",
    "T.stack([x, y], dim=-1)",
    "T.stack([x[0, 0], y[1, 1]])",
    "T.hstack([x, y])",
    "T.vstack([x, y])",
    "T.dstack([x, y])",
    "T.hstack([x[0], y[1]])",
    "T.vstack([x[0], y[1]])",
    "T.column_stack([x[0], y[1]])",
    "T.row_stack([x, y])",
    "T.broadcast_tensors(x, y[0])",
    "T.broadcast_tensors(x.unsqueeze(1), y)",
    "T.broadcast_shapes((2, 1), (3,), (1, 1))",
    "T.meshgrid(x[0], y[:, 1], indexing='ij')",
    "T.meshgrid(x[0], y[:, 1], indexing='xy')",
    "T.block_diag(x, y[:1])",
    "x.view_as(y.t())",
    "x.expand_as(y)",
):
    TABLE.add(text, **PAIR)
TABLE.add("T.cat([x, i])", x=normal(2), i=integers(3))
TABLE.add("T.cat([b, i])", b=booleans(2), i=integers(3))
TABLE.add("T.cat([x, y], 1)", x=frozen(0, 2), y=frozen(0, 3))
TABLE.add("T.stack([x, i])", x=normal(2), i=integers(2))
TABLE.add("T.repeat_interleave(x, i, dim=0)", x=normal(3, 2), i=ints(1, 0, 2))
TABLE.add("x.repeat_interleave(i)", x=normal(3), i=ints(1, 0, 2))
TABLE.add("T.repeat_interleave(i)", i=ints(1, 0, 2))
TABLE.add("T.split(x, 3)", x=normal(7, 2))
TABLE.add("T.chunk(x, 3)", x=normal(7))
TABLE.add("[part.sum() for part in x.split(2)]", name="Tensor.split", x=normal(5, 2))
TABLE.add("x.tensor_split(3)", x=normal(7))
TABLE.add("len(x.split(2)), len(x.chunk(4))", name="Tensor.split", x=normal(5))
TABLE.add("T.roll(i, 2)", i=integers(5))
TABLE.add("i.flip(0)", i=integers(5))
TABLE.add("i.flip(0, 1)", i=integers(2, 3))
TABLE.add("b.t()", b=booleans(2, 3))
TABLE.add("T.tril(b)", b=booleans(3, 3))
TABLE.add("T.tril(i)", i=integers(3, 3))

# A view writes through to what it views; a copy does not.
for view in (
    "y.view(-1)",
    "y.t()",
    "y[1:]",
    "y[:, 1]",
    "y[0, 1]",
    "y[..., ::2]",
    "y.unsqueeze(0)",
    "y.transpose(0, 1)[1]",
    "y.diagonal()",
    "y.permute(1, 0)",
    "y.squeeze()",
    "y.narrow(1, 1, 2)",
    "y.select(0, 1)",
    "y.flatten()",
    "y.reshape(3, 2)",
    "y.unbind(1)[2]",
    "y.split(2, dim=1)[1]",
    "y.chunk(3, 1)[0]",
    "y.expand(2, 3)",
    "y.unfold(1, 2, 2)",
    "y.movedim(0, 1)",
    "y.view_as(y)",
    "y.detach()",
    "y.data",
    "y.contiguous()",
    "y[None]",
):
    name = "Tensor.__getitem__" if view.startswith("y[") else ""
    text = f"y = x.clone()\nv = {view}\nv.zero_()\ny"
    TABLE.add(text, name=name or f"Tensor.{view[2:].split('(')[0].split('[')[0]}", x=frozen(2, 3))
for copy in (
    "y.clone()",
    "y.t().contiguous()",
    "y.t().reshape(-1)",
    "y.flip(0)",
    "y[[0, 1]]",
    "y[y > -9]",
    "y.repeat(1, 1)",
    "y.roll(0)",
    "y * 1",
    "y.index_select(0, T.tensor([0]))",
    "y.t().flatten()",
):
    text = f"y = x.clone()\nv = {copy}\nv.zero_()\ny"
    TABLE.add(text, name="Tensor.clone", x=frozen(2, 3))
for view in (
    "y[1:]",
    "y.t()[0]",
    "y.view(-1)[2:4]",
    "y.diagonal()",
    "y.unsqueeze(1)[:, 0, 1]",
    "y.expand(2, 3)",
):
    text = f"y = x * 2\n{view}.mul_(z)\ny * y"
    TABLE.add(text, name="Tensor.mul_", x=normal(2, 3), z=normal(1))
    text = f"y = x * 2\nv = {view}\ny.mul_(z)\nv * v"
    TABLE.add(text, name="Tensor.mul_", x=normal(2, 3), z=normal(1))

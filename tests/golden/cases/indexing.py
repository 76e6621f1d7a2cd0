"""Reading by index: every kind of key, alone and in mixtures."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, bools, frozen, integers, ints, normal

TABLE = Table("indexing")

# On x of shape (4, 3, 5), with integer tensors i (2), j (2, 2), masks b (4), m (4, 3), w (4, 3, 5).
KEYS = """
0
-1
1, 2
1, 2, 3
-1, -1, -1
:
...
None
1:3
1:
:-1
::2
1::2
-3:-1
5:
2:1
:, 1
:, 1:3, ::2
:, :, -1
..., 0
..., 1:3
0, ...
..., None
None, :, None
:, None
:, None, 1
1, None, :, 2
1:3, ..., 0
..., 1, :
None, ..., None
True
False
i
j
[0, 2]
[1, 1, -1]
[0]
[]
[[0, 1], [1, 2]]
[0, 1], [1, 2]
(0, 2)
i, i
i, 1
1, i
i, :
:, i
:, :, i
..., i
i, ..., 0
i, :, i
:, i, i
i, 1:3
1:3, i
i, None
None, i
:, None, i
0, i, i
0, :, i
i, :, 0
:, 0, i
i, 0, i
j, i
j, j, j
j, :, i
[0, 2], :, [1, 3]
[0, 2], 1
[[0], [2]], [0, 1]
i[0]
i[0], :, i[1]
b
b, 0
b, :, 1
b, i[:1]
b, ..., 0
b, None
:, m[0]
:, :, w[0, 0]
m
m, 0
m, :2
..., m[0], 0
w
x[..., 0] > 0
x > 0
x[:, 0, 0] > 0
[True, False, True, True]
[False, False, False, False]
np.array([0, 2])
np.array([True, False, True, False])
slice(0, 2)
slice(None, None, 2), 1
Ellipsis, 2
(slice(None), [0, 2])
np.int64(1)
T.tensor(1)
T.tensor([True, False, True, True])
T.tensor([0, 1], dtype=T.int32)
T.arange(4), 0
T.arange(4)[:, None], T.arange(3), 0
range(4)[1]
-1:
:100
-100:2
::5
"""
EXTRAS = {
    "i": ints(2, 0),
    "j": ints((0, 1), (2, -1)),
    "b": bools(True, False, True, False),
    "m": booleans(4, 3),
    "w": booleans(4, 3, 5),
}
for key in KEYS.strip().splitlines():
    TABLE.rows(f"x[{key}]", x=normal(4, 3, 5), **EXTRAS)

for text in (
    "x[0]",
    "x[1:2]",
    "x[None]",
    "x[...]",
    "x[[0, 2, 2]]",
    "x[x > 0]",
    "x[-1]",
    "x[::2]",
    "x[[]]",
):
    TABLE.add(text, x=normal(3))
    TABLE.add(text, x=integers(3, low=-2, high=3))
for text in ("x[0][...]", "x[0][None]", "x[0][()]", "x[0][True]", "x[0][T.tensor(True)]"):
    TABLE.add(text, x=normal(2))
for text in (
    "x[0][1]",
    "x[1:][0]",
    "x.t()[0]",
    "x.t()[[0, 1]]",
    "x.t()[:, x[:, 0] < 9]",
    "x[0:0]",
    "x[:, 0:0]",
    "x[T.tensor([], dtype=T.int64)]",
    "x[[1, 0]][:, [2, 0]]",
    "x[1:, 1:][0, 0]",
    "x[[0, 0, 0], [1, 1, 1]]",
    "x[T.tensor([[0, 1], [1, 0]])].sum((0, 1))",
    "x[range(2), [0, 1]]",
    "x[T.arange(2), x.argmax(1)]",
    "x[x.sum(1) > -99]",
    "x[(x > 0) & (x < 1)]",
    "x[~(x > 0)].sum()",
    "x[..., T.tensor([0, 2])]",
):
    TABLE.add(text, name="Tensor.__getitem__", x=normal(2, 3))
TABLE.add("x[b].shape", x=frozen(2, 3), b=bools(False, False))
TABLE.add("x[i]", x=frozen(0, 3), i=ints())
TABLE.add("b[i]", b=booleans(4), i=ints(0, 0, 3))
TABLE.add("x[i, :, i]", x=normal(3, 2, 3), i=ints(0, 2))
TABLE.add("x[:, i, :, i]", x=normal(2, 3, 2, 3), i=ints(0, 2))
TABLE.add("x[:, i, i, :]", x=normal(2, 3, 3, 2), i=ints(0, 2))
TABLE.add("x[i, :, 0, i]", x=normal(3, 2, 3, 3), i=ints(0, 2))
TABLE.add("x[0, :, i, None]", x=normal(2, 2, 3), i=ints(0, 2))
TABLE.add("x[c, :, i]", x=normal(3, 2, 3), c=bools(True, False, True), i=ints(0, 2))
TABLE.add("x[i[:, None], i]", x=normal(3, 3), i=ints(0, 2))

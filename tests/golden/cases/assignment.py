"""Writing by index: `x[key] = value` through every kind of key, and the gradients of both sides."""

from __future__ import annotations

from tests.golden.cases.case import Table, booleans, bools, integers, ints, normal

TABLE = Table("assignment")
NAME = "Tensor.__setitem__"

# On a tensor of shape (3, 4), with i = [2, 0], mask b (3), mask m (3, 4).
NUMBERS = """
0
-1
1, 2
:
...
1:
::2
:, 1
:, 1:3
..., 0
None
None, 1
i
[0, 2]
i, i
i, 1
:, i
i, 1:3
[[0], [2]], [1, 3]
b
b, 1
:, b4
m
y > 0
y[:, 0] > 0
T.tensor(1)
i[0]
[True, False, True]
np.array([0, 1])
"""
EXTRAS = {
    "i": ints(2, 0),
    "b": bools(True, False, True),
    "b4": bools(True, False, True, True),
    "m": booleans(3, 4),
}
for key in NUMBERS.strip().splitlines():
    TABLE.rows(f"y = x * 1; y[{key}] = 5; y", name=NAME, x=normal(3, 4), **EXTRAS)
    text = f"y = x * 2; y[{key}] = v; y * y"
    TABLE.rows(text, name=NAME, x=normal(3, 4), v=normal(1), **EXTRAS)

# A value tensor with a shape that broadcasts, by key.
SHAPED = {
    "0": (4,),
    "1:": (2, 4),
    "1:, :2": (2,),
    ":, 1": (3,),
    ":, 1:3": (3, 1),
    "...": (3, 4),
    ":": (4,),
    "i": (2, 4),
    "[0, 2]": (4,),
    "i, 1": (2,),
    ":, i": (3, 2),
    "i, 1:3": (2, 2),
    "[[0], [2]], [1, 3]": (2, 2),
    "b": (2, 4),
    "b, 1": (2,),
    "None, 0": (1, 4),
    "::2, ::3": (2, 2),
    "-1, -2:": (2,),
}
for key, shape in SHAPED.items():
    for symbol in ("=", "+="):
        text = f"y = x * 2; y[{key}] {symbol} v; y * y"
        TABLE.rows(text, name=NAME, x=normal(3, 4), v=normal(*shape), **EXTRAS)

for key in ("0", ":, 1", "b", "i, 1"):
    for symbol in ("-=", "*=", "/="):
        text = f"y = x * 2; y[{key}] {symbol} 3; y * y"
        TABLE.rows(text, name=NAME, x=normal(3, 4), **EXTRAS)

for text in (
    "y = x * 1\ny[y < 0] = 0\ny",
    "y = x * 1\ny[y < 0] = y[y < 0].abs()\ny",
    "y = x * 1\ny[0], y[1] = y[1].clone(), y[0].clone()\ny",
    "y = x * 1\ny[1:] = y[:-1].clone()\ny",
    "y = x * 1\ny[0] = True\ny",
    "y = x * 1\ny[0, 0] = y.sum()\ny",
    "y = T.zeros(2, 4, dtype=x.dtype)\ny[0] = x[0]\ny[1, 1:] = x[1, :3] * 2\ny",
    "y = T.zeros(3, dtype=x.dtype)\nfor k in range(3):\n    y[k] = x[0, k] * k\ny",
    "y = x * 1\nfor k in range(1, 4):\n    y[:, k] = y[:, k].clone() + y[:, k - 1].clone()\ny",
    "y = x * 1\nv = y[0]\nv[1] = 7\ny",
    "y = x * 1\nv = y.t()[1:]\nv[0, 0] = 7\ny * y",
    "y = x * 1\nv = y.view(-1)\nv[::3] = 0\ny * y",
    "y = x * 1\nz = y * y\ny.data[0] = 0\ny + z.detach()",
    "y = x * 1\ny[0] = 1\ny[0, 0] = 2\ny[:, 0] *= 3\ny",
    "y = x.clone()\ny[[0, 0]] = 3\ny",
    "y = x.clone()\ny[0:0] = 3\ny",
    "y = x.clone()\ny[T.tensor([], dtype=T.int64)] = 3\ny",
    "y = x.clone()\ny[1] = T.tensor(2)\ny",
    "y = x.clone()\ny[1] = T.tensor([1, 2, 3, 4])\ny",
    "y = x.clone().t()\ny[1] = 3\ny",
    "y = x.clone()\ny.T[0] = 3\ny",
    "y = x.clone()\ny[..., None][0] = 3\ny",
    "y = x.clone().unsqueeze(1)\ny[:, 0, 1:] = 3\ny",
):
    TABLE.add(text, name=NAME, x=normal(3, 4))

# Into other kinds of tensors: the value is converted to what is written into.
for text in (
    "y = i.clone()\ny[0] = 2.9\ny",
    "y = i.clone()\ny[1:] = T.tensor([1.7, -1.7])\ny",
    "y = i.clone()\ny[y > 2] = -1\ny",
    "y = i.clone()\ny[i > 2] = i[i > 2] * 10\ny",
    "y = i > 1\ny[0] = 3\ny",
    "y = i > 1\ny[:] = False\ny",
    "y = T.zeros(3, 5)\ny[T.arange(3), i] = 1\ny",
    "y = T.zeros(3, 5, dtype=T.int64)\ny[[0, 1, 2], i] += 1\ny",
):
    TABLE.add(text, name=NAME, i=integers(3))

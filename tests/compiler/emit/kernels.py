"""Kernels of a training step, as fusing makes them."""

from __future__ import annotations

from liuli.compiler.kernels import (
    Apply,
    Buffer,
    Const,
    Counter,
    Instruction,
    Load,
    LoopKernel,
    Reduce,
    Store,
)


class Listing:
    """Instructions in order; every call gives the number of what it added."""

    def __init__(self) -> None:
        self.body: list[Instruction] = []

    def __call__(self, each: Instruction) -> int:
        self.body.append(each)
        return len(self.body) - 1

    def f32(self, op: str, *operands: int) -> int:
        return self(Apply(op, operands, "float32"))


def softmax_cross_entropy(rows: int, classes: int, chunks: int = 1) -> LoopKernel:
    """Losses of the rows, and (softmax - one-hot) / rows."""
    add = Listing()
    x = add(Load(0, (classes, 1)))
    label = add(Load(1, (1, 0)))
    picked = add(Load(0, (classes, 0), index=label, index_stride=1))
    top = add(Reduce("max", x, "float32"))
    shifted = add.f32("sub", x, top)
    e = add.f32("exp", shifted)
    total = add(Reduce("sum", e, "float32"))
    loss = add.f32("sub", add.f32("log", total), add.f32("sub", picked, top))
    add(Store(loss, 2, (1, 0)))
    hit = add(Apply("eq", (add(Counter(1)), label), "bool"))
    one = add(Apply("cast", (hit,), "float32"))
    grad = add.f32("sub", add.f32("div", e, total), one)
    scaled = add.f32("mul", grad, add(Const(1 / rows, "float32")))
    add(Store(scaled, 3, (classes, 1)))
    buffers = (Buffer("float32"), Buffer("int64"), Buffer("float32", True), Buffer("float32", True))
    return LoopKernel("softmax", (rows, classes), buffers, tuple(add.body), "along", chunks)


def adam(count: int, chunks: int = 1) -> LoopKernel:
    """p, m, v in place from g; the learning rate is a float64 cell."""
    add = Listing()
    rate = add(Apply("cast", (add(Load(0, (0,))),), "float32"))
    g, p, m, v = (add(Load(i, (1,))) for i in (1, 2, 3, 4))
    b1, c1, b2, c2, eps = (add(Const(n, "float32")) for n in (0.9, 0.1, 0.999, 0.001, 1e-8))
    m = add.f32("add", add.f32("mul", m, b1), add.f32("mul", g, c1))
    v = add.f32("add", add.f32("mul", v, b2), add.f32("mul", add.f32("mul", g, g), c2))
    step = add.f32("div", m, add.f32("add", add.f32("sqrt", v), eps))
    p = add.f32("sub", p, add.f32("mul", step, rate))
    for value, buffer in ((p, 2), (m, 3), (v, 4)):
        add(Store(value, buffer, (1,)))
    buffers = (Buffer("float64"), Buffer("float32"), *[Buffer("float32", True)] * 3)
    return LoopKernel("adam", (count,), buffers, tuple(add.body), "", chunks)


def momentum(count: int, chunks: int = 1) -> LoopKernel:
    """SGD with momentum: v = 0.9 v + g, p = p - lr v, in place."""
    add = Listing()
    rate = add(Apply("cast", (add(Load(0, (0,))),), "float32"))
    g, p, v = (add(Load(i, (1,))) for i in (1, 2, 3))
    v = add.f32("add", add.f32("mul", v, add(Const(0.9, "float32"))), g)
    add(Store(add.f32("sub", p, add.f32("mul", v, rate)), 2, (1,)))
    add(Store(v, 3, (1,)))
    buffers = (Buffer("float64"), Buffer("float32"), *[Buffer("float32", True)] * 2)
    return LoopKernel("momentum", (count,), buffers, tuple(add.body), "", chunks)


def unary(op: str, count: int) -> LoopKernel:
    """`op` of every element."""
    add = Listing()
    add(Store(add.f32(op, add(Load(0, (1,)))), 1, (1,)))
    buffers = (Buffer("float32"), Buffer("float32", True))
    return LoopKernel(op, (count,), buffers, tuple(add.body))

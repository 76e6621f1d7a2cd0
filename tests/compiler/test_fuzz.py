"""Programs drawn at random: graphs of views, broadcasts, gathers, reductions; and networks.

Machine code is compared with eager in float32 and in float64. Only smooth functions are drawn, for
a rounding that jumps over a step would tell nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import liuli
from liuli import nn, optim
from liuli.compiler.machine import available
from liuli.nn import functional as F
from tests.compiler.judging import Build, Built, called, compiled, far

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

Tensor = liuli.Tensor
LENGTHS = (1, 2, 3, 5, 8, 17)
MOST = 3000  # elements of a value


def chosen(data: st.DataObject, kind: str, *facts: Any) -> Any:
    """What Hypothesis draws: its own objects are nothing that a program depends on."""
    return data.draw(getattr(st, kind)(*facts))


chosen.__dict__["__host__"] = True


class Draw:
    """Choices. The first run of a program makes them, the others are given the same in order."""

    def __init__(self, made: list[Any], data: st.DataObject | None = None, at: int = 0) -> None:
        self.made, self.data, self.at = made, data, at

    def again(self) -> Draw:
        """From here on, once more."""
        return Draw(self.made, self.data, self.at)

    def __call__(self, kind: str, *facts: Any) -> Any:
        if self.at == len(self.made):
            self.made.append(chosen(self.data, kind, *facts))
        self.at += 1
        return self.made[self.at - 1]

    def of(self, choices: Any) -> Any:
        return self("sampled_from", list(choices))

    def number(self, low: int, high: int) -> int:
        """low <= number <= high."""
        made: int = self("integers", low, high)
        return made


# --- operations: each takes the draw and a pool of values, and makes a new value ------------------
Pool = list[Tensor]
SMOOTH: list[Callable[[Tensor], Tensor]] = [
    liuli.tanh, liuli.sigmoid, liuli.sin, liuli.cos, F.softplus, F.gelu, F.silu, F.relu, liuli.neg,
    lambda x: (x * x + 0.5).sqrt(), lambda x: (x * x + 0.5).log(), lambda x: (-x * x).exp(),
    lambda x: 1 / (x * x + 1), lambda x: x.clamp(-0.7, 0.9), lambda x: x.abs() - 1,
    liuli.erf, lambda x: x.to(liuli.float64).sin().to(x.dtype), lambda x: 2 * x - 1,
]  # fmt: skip


def pick(draw: Draw, pool: Pool) -> Tensor:
    return pool[draw.number(0, len(pool) - 1)]


def unary(draw: Draw, pool: Pool) -> Tensor:
    return SMOOTH[draw.number(0, len(SMOOTH) - 1)](pick(draw, pool))


def binary(draw: Draw, pool: Pool) -> Tensor:
    """Broadcasting: axes of one become 1, or are left out."""
    a = pick(draw, pool)
    b = pick(draw, pool)
    if not fits(a, b):
        b = a.detach().flip(0) if a.dim() and draw.number(0, 1) else a
        for axis in range(b.dim()):
            if draw.number(0, 2) == 0:
                b = b.narrow(axis, draw.number(0, b.shape[axis] - 1), 1)
        if b.dim() and b.shape[0] == 1:
            b = b[0]
    kind = draw.number(0, 5)
    if kind == 0:
        return a + b
    if kind == 1:
        return a * b * 0.5
    if kind == 2:
        return b - a
    if kind == 3:
        return a / (b * b + 1)
    return liuli.maximum(a, b) if kind == 4 else liuli.where(b.detach() > 0.1, a, b * 2)


def fits(a: Tensor, b: Tensor) -> bool:
    pairs = zip(reversed(a.shape), reversed(b.shape), strict=False)
    return all(1 in pair or pair[0] == pair[1] for pair in pairs) and a.numel() * b.numel() < MOST


def view(draw: Draw, pool: Pool) -> Tensor:
    x = pick(draw, pool)
    for _ in range(draw.number(1, 3)):
        x = one_view(draw, x)
    return x


def one_view(draw: Draw, x: Tensor) -> Tensor:
    if not x.numel():
        return x
    if not x.dim():
        return x.reshape(1).expand(draw.of(LENGTHS), 3)
    axis = draw.number(0, x.dim() - 1)
    length = x.shape[axis]
    kind = draw.number(0, 10)
    if kind == 0:
        return x.permute(*draw("permutations", list(range(x.dim()))))
    if kind == 1:
        return x.flip(axis)
    if kind == 2:
        begin = draw.number(0, length - 1)
        return x.movedim(axis, 0)[begin :: draw.number(1, 3)]
    if kind == 3:
        return x.select(axis, draw.number(0, length - 1))
    if kind == 4:
        return x.unsqueeze(axis)
    if kind == 5:
        return x.reshape(-1)
    if kind == 6:
        half = next((n for n in (3, 2, 5) if length % n == 0), 1)
        return x.unflatten(axis, (half, length // half)) if x.dim() < 4 else x
    if kind == 7:
        return x.unsqueeze(0).expand(3, *x.shape) if x.dim() < 4 and x.numel() < 900 else x
    if kind == 8:
        return x.diagonal(draw.number(0, min(1, x.shape[-1] - 1))) if x.dim() >= 2 else x
    if kind == 9:
        return x.squeeze()
    return x.contiguous() if draw.number(0, 1) else x.t() if x.dim() == 2 else x.flatten()


def reduced(draw: Draw, pool: Pool) -> Tensor:
    x = pick(draw, pool)
    axes = [i for i in range(x.dim()) if draw.number(0, 1)]
    keep = bool(draw.number(0, 1))
    kind = draw.number(0, 7)
    if kind == 0 or not axes:
        return x.mean()
    if kind == 1:
        return x.sum(axes, keepdim=keep) * 0.25
    if kind == 2:
        return x.amax(axes, keepdim=keep)
    if kind == 3:
        return liuli.logsumexp(x, axes, keepdim=keep)
    if kind == 4:
        return F.softmax(x, axes[0])
    if kind == 5:
        return (x * x).mean(axes, keepdim=keep)
    if kind == 6:
        return x.tanh().prod(axes[0], keepdim=keep)
    return x - x.mean(axes, keepdim=True)


def product(draw: Draw, pool: Pool) -> Tensor:
    a = pick(draw, pool)
    kind = draw.number(0, 3)
    if kind == 0 or a.dim() != 2:
        w = liuli.cos(liuli.arange(a.shape[-1] * 5, dtype=a.dtype)).reshape(a.shape[-1], 5)
        return (a @ w) / a.shape[-1]
    if kind == 1:
        return (a @ a.t()) / a.shape[1]
    if kind == 2:
        return (a.t() @ a.tanh()) / a.shape[0]
    return liuli.einsum("ij,kj->ki", a, a.flip(0)) / a.shape[1]


def picked(draw: Draw, pool: Pool) -> Tensor:
    """Rows by number, in any order and again and again."""
    x = pick(draw, pool)
    axis = draw.number(0, x.dim() - 1)
    count, length = draw.of(LENGTHS), x.shape[axis]
    rows = [draw.number(0, length - 1) for _ in range(min(count, 5))] * 3
    index = liuli.tensor(rows[: max(1, min(count, 900 // max(1, x.numel() // length)))])
    kind = draw.number(0, 4)
    if kind == 0:
        return x.index_select(axis, index)
    if kind == 1:
        return x.movedim(axis, 0)[index]
    if kind == 2:
        other = liuli.zeros_like(x).movedim(axis, 0)
        part = x.movedim(axis, 0)[index] * 0.5
        return other.index_add(0, index, part)
    if kind == 3:
        where = (liuli.arange(x.numel()) * 7 % length).reshape(x.shape)
        return x.gather(axis, where)
    return F.one_hot(index, length).to(x.dtype) @ x.movedim(axis, 0).reshape(length, -1)


def joined(draw: Draw, pool: Pool) -> Tensor:
    x = pick(draw, pool)
    kind = draw.number(0, 5)
    if x.numel() > 900:
        return x.tanh()
    if kind == 0:
        return liuli.cat([x, x.flip(0) * 2], draw.number(0, x.dim() - 1))
    if kind == 1:
        return liuli.stack([x, x.tanh(), x], draw.number(0, x.dim()))
    if kind == 2:
        return F.pad(x, (draw.number(0, 2), draw.number(0, 2)))
    if kind == 3:
        return x.repeat(*([2] * x.dim())) if x.dim() < 3 else x
    if kind == 4:
        return x.cumsum(draw.number(0, x.dim() - 1)) * 0.2
    return x.roll(draw.number(0, 3), 0)


def written(draw: Draw, pool: Pool) -> Tensor:
    """A copy that is written at some places, some of them through views."""
    x = pick(draw, pool)
    y = x.clone() if draw.number(0, 1) else x * 1
    axis = draw.number(0, x.dim() - 1)
    part = y.movedim(axis, 0)
    kind = draw.number(0, 4)
    if kind == 0:
        part[:: draw.number(1, 2)] *= 0.5
    elif kind == 1:
        part[0] = x.movedim(axis, 0)[-1].tanh()
    elif kind == 2:
        part[1:] = x.movedim(axis, 0)[:-1]
    elif kind == 3:
        y.masked_fill_(x.detach() > 0.3, 0.25)
    else:
        y.flatten()[0] = 3.0
        y.add_(x, alpha=0.5)
    return y


def counted(draw: Draw, pool: Pool) -> Tensor:
    """Through whole numbers and truths and back."""
    x = pick(draw, pool)
    n = liuli.arange(x.shape[-1])
    kind = draw.number(0, 3)
    if kind == 0:
        return x * (n % 3 - 1)
    if kind == 1:
        return x.masked_fill((n % 2 == 0) & (n < 5), 0.5)
    if kind == 2:
        return liuli.where(n.to(liuli.uint8) // 2 == 1, x, x * 0.5) + n.to(liuli.int16).to(x.dtype)
    return x + (n.bool() | (n == 0)).to(x.dtype).sum() / 7


OPERATIONS = [unary, unary, binary, binary, view, view, reduced, reduced, product, picked, joined,
              written, counted]  # fmt: skip


# --- programs -------------------------------------------------------------------------------------
def program(draw: Draw, dtype: Any) -> Built:
    """A function of two tensors, its results and gradients."""
    numbers = np.random.default_rng(draw.number(0, 99))
    shapes = [tuple(draw.of(LENGTHS) for _ in range(draw.number(0, 3))) for _ in range(2)]
    length = draw.number(2, 9)
    given = [
        liuli.tensor(numbers.standard_normal(s).astype(np.float32), dtype=dtype, requires_grad=True)
        for s in shapes
    ]

    def function(*inputs: Tensor) -> Any:
        order, pool = draw.again(), list(inputs)
        for _ in range(length):
            usable = [*(x for x in pool if x.dim()), liuli.cos(inputs[0]).reshape(-1)]
            made = OPERATIONS[order.number(0, len(OPERATIONS) - 1)](order, usable)
            if 0 < made.numel() < MOST:
                pool.append(made)
        results = pool[-3:]
        loss = sum((x.sum() for x in results), start=liuli.zeros(()))
        return results, liuli.autograd.grad(loss, inputs, allow_unused=True)

    return function, given


def check(data: st.DataObject, make: Callable[[Draw, Any], Built]) -> None:
    """Machine code differs from eager by no more than roundings explain."""
    made: list[Any] = []
    truth = called(lambda dtype: make(Draw(made, data), dtype), liuli.float64)
    build: Build = lambda dtype: make(Draw(made), dtype)  # noqa: E731
    eager, (mine, _) = called(build, liuli.float32), compiled(build, liuli.float32)
    for got, rounded, exact in zip(mine, eager, truth, strict=True):
        off = np.abs(rounded - exact).max(initial=0.0) if rounded.dtype.kind == "f" else 0.0
        largest = max(1.0, np.abs(exact).max(initial=0.0))
        slack = float(8 * off + 2.0**-17 * largest)
        assert not (why := far(got, rounded, exact, slack=slack)), why


MANY = settings(max_examples=100, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=5, suppress_health_check=list(HealthCheck))


@SOME
@given(st.data())
def test_some_programs(data: st.DataObject) -> None:
    check(data, program)


@pytest.mark.slow
@MANY
@given(st.data())
def test_many_programs(data: st.DataObject) -> None:
    check(data, program)


# --- networks -------------------------------------------------------------------------------------
LAYERS: list[Callable[[int], nn.Module]] = [
    lambda n: nn.ReLU(), lambda n: nn.GELU(), lambda n: nn.Tanh(), lambda n: nn.SiLU(),
    lambda n: nn.Softplus(), lambda n: nn.PReLU(), lambda n: nn.ELU(), lambda n: nn.Mish(),
    nn.LayerNorm, nn.BatchNorm1d, nn.RMSNorm, lambda n: nn.Dropout(0.3), lambda n: nn.Softmax(1),
    lambda n: nn.LeakyReLU(0.2), lambda n: nn.Identity(),
]  # fmt: skip
LOSSES: list[tuple[Callable[..., Tensor], bool]] = [
    (F.cross_entropy, True), (F.mse_loss, False), (F.smooth_l1_loss, False), (F.l1_loss, False),
    (lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1), True),
    (lambda x, y: F.nll_loss(F.log_softmax(x, 1), y, reduction="sum") / 50, True),
    (lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()), False),
    (lambda x, y: F.multi_margin_loss(x, y), True), (F.huber_loss, False),
]  # fmt: skip
RULES: list[Callable[[Any], optim.Optimizer]] = [
    lambda p: optim.SGD(p, lr=0.05), lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    lambda p: optim.SGD(p, lr=0.05, weight_decay=0.1), lambda p: optim.Adagrad(p, lr=0.01),
    lambda p: optim.RMSprop(p, lr=0.001, eps=1e-3), lambda p: optim.Adam(p, lr=0.001, eps=1e-3),
    lambda p: optim.AdamW(p, lr=0.001, eps=1e-3),
]  # fmt: skip


def network(draw: Draw, dtype: Any) -> Built:
    """A network with a loss and an optimizer, and a batch."""
    liuli.manual_seed(draw.number(0, 99))
    rows, inputs, outputs = draw.of((2, 3, 7, 16, 33, 65)), draw.number(1, 20), draw.number(1, 11)
    sizes = [inputs, *(draw.number(1, 40) for _ in range(draw.number(0, 3)))]
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        layers.append(nn.Linear(before, after, bias=bool(draw.number(0, 3))))
        layers += [LAYERS[draw.number(0, len(LAYERS) - 1)](after)
                   for _ in range(draw.number(0, 2))]  # fmt: skip
    model = nn.Sequential(*layers, nn.Linear(sizes[-1], outputs)).to(dtype)
    loss_of, by_number = LOSSES[draw.number(0, len(LOSSES) - 1)]
    optimizer = RULES[draw.number(0, len(RULES) - 1)](model.parameters())
    clipped = draw.number(0, 2) == 0
    numbers = np.random.default_rng(rows)
    x = numbers.standard_normal((rows, inputs)).astype(np.float32)
    y = numbers.standard_normal((rows, outputs)).astype(np.float32)
    target = liuli.tensor(y.argmax(1)) if by_number else liuli.tensor(y, dtype=dtype)

    def step(x: Tensor, y: Tensor) -> Any:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        if clipped:
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return loss, list(model.state_dict().values())

    return step, [liuli.tensor(x, dtype=dtype), target]


@SOME
@given(st.data())
def test_some_networks(data: st.DataObject) -> None:
    check(data, network)


@pytest.mark.slow
@MANY
@given(st.data())
def test_many_networks(data: st.DataObject) -> None:
    check(data, network)

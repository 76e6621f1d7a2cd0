"""Everything that the library has compiles: primitives, layers, losses, optimizers.

The result of machine code is at most twice as far from float64's as eager's is, and 4 units in the
last place of the largest element; and it is the same to the bit with any number of threads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler import interpret
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.nn import functional as F
from liuli.ops import REGISTRY
from tests.compiler.judging import Array, Build, Built, check_threads, far, judge, judge_wide
from tests.compiler.test_native import of_one
from tests.compiler.test_step import tensors_in
from tests.compiler.zoo import (
    AS_LAYERS,
    FUNCTIONS,
    HOLDERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    ROWS,
    given,
)

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

Tensor = liuli.Tensor
WIDTHS = {False: liuli.float32, True: liuli.float64}
WIDE = [False, pytest.param(True, marks=pytest.mark.slow, id="float64")]


def first_of_each(table: Iterable[str]) -> Iterator[Any]:
    """The names of a table; variants of what came before are for the long tests."""
    seen = set[str]()
    for name in table:
        kind = re.sub("[123]d", "", name.split()[0])  # of signals, images and volumes
        yield pytest.param(name, marks=[pytest.mark.slow] * (kind in seen))
        seen.add(kind)


def judged(build: Build, wide: bool, **more: Any) -> None:
    (judge_wide if wide else judge)(build, **more)


# --- layers, functions, losses --------------------------------------------------------------------
def with_gradients(function: Callable[..., Any], kinds: tuple[str, ...], dtype: Any) -> Built:
    """`function` and the gradients of all that it takes and has."""
    own = list(function.parameters()) if isinstance(function, nn.Module) else []

    def step(*arguments: Any) -> Any:
        made = function(*arguments)
        results = [t for t in tensors_in(made) if t.requires_grad]
        loss = sum(((t * t / 2 + t).sum() for t in results), start=liuli.zeros(()))
        wanted = [t for t in (*arguments, *own) if isinstance(t, Tensor) and t.requires_grad]
        return made, liuli.autograd.grad(loss, wanted, allow_unused=True) if results else ()

    return step, [given(kind, dtype) for kind in kinds]


def of_layer(name: str) -> Build:
    make, kinds = LAYERS[name]

    def build(dtype: liuli.dtype) -> Built:
        liuli.manual_seed(1)
        return with_gradients(make().to(dtype), kinds, dtype)

    return build


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize("name", list(first_of_each(LAYERS)))
def test_layers(name: str, wide: bool) -> None:
    judged(of_layer(name), wide)


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize("name", list(first_of_each(FUNCTIONS)))
def test_functions(name: str, wide: bool) -> None:
    judged(lambda dtype: with_gradients(*FUNCTIONS[name], dtype), wide)


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize(
    "reduction", ["mean", *(pytest.param(r, marks=pytest.mark.slow) for r in ("sum", "none"))]
)
@pytest.mark.parametrize("name", list(first_of_each(LOSSES)))
def test_losses(name: str, reduction: str, wide: bool) -> None:
    make, kinds = LOSSES[name]
    judged(lambda dtype: with_gradients(make(reduction=reduction).to(dtype), kinds, dtype), wide)


# --- optimizers -----------------------------------------------------------------------------------
def of_optimizer(name: str) -> Build:
    """Weights and state after each of some steps."""

    def build(dtype: liuli.dtype) -> Built:
        liuli.manual_seed(1)
        model = nn.Sequential(nn.Linear(6, 9), nn.Tanh(), nn.Linear(9, 6)).to(dtype)
        kind = getattr(optim, name.split()[0])
        optimizer = kind(model.parameters(), **OPTIMIZERS[name])

        def step(x: Tensor, y: Tensor) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return list(model.parameters()), loss

        return step, [given("x", dtype).detach(), given("ids", dtype)]

    return build


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize("steps", [pytest.param(1, marks=pytest.mark.slow), 20])
@pytest.mark.parametrize("name", list(first_of_each(OPTIMIZERS)))
def test_optimizers(name: str, steps: int, wide: bool) -> None:
    """Two eager steps come before; 1e-4 of lr is what a rounded gradient may move a weight."""
    lr = OPTIMIZERS[name]["lr"]
    more = {"ulps": 8} if wide else {"slack": 1e-4 * lr}
    judged(of_optimizer(name), wide, calls=2 + steps, **more)


# --- primitives -----------------------------------------------------------------------------------
ALONE = ("elementwise", "reduce", "contract", "views", "index")
SHAPES = [(ROWS, 37), (3, 130), (5, 1), (1,)]
REDUCED = [
    ((ROWS, 37), (0,)), ((ROWS, 37), (1,)), ((ROWS, 37), (0, 1)), ((3, 40, 5), (1,)),
    ((3, 40, 5), (0, 2)), ((3, 4, 5, 6), (2, 3)), ((3, 4, 5, 6), (0, 1)), ((1, 9), (0,)),
    ((9, 1), (1,)), ((300,), (0,)), ((1, 1, 1), (0, 2)), ((2, 3), ()),
]  # fmt: skip


def primitives() -> Iterator[Any]:
    """Samples of each primitive; elementwise ones and reductions also in many shapes."""
    draw, slow = np.random.default_rng(3), pytest.mark.slow
    for name, op in REGISTRY.items():
        if op.text is not None or op.family not in ALONE or op.samples is None or name == "update":
            continue
        samples = op.samples(draw)
        for number, (operands, attrs) in enumerate(samples):
            yield pytest.param(name, operands, attrs, id=f"{name}-{number}", marks=slow)
        if op.family == "elementwise":
            for shape in SHAPES:
                large = tuple(np.resize(x, shape) for x in samples[0].operands)
                marks = () if shape is SHAPES[0] else slow
                attrs = samples[0].attrs
                yield pytest.param(name, large, attrs, id=f"{name}-{shape}", marks=marks)
        for shape, axes in REDUCED if op.family == "reduce" else ():
            for keepdims in (False, True):
                x = draw.uniform(0.7, 1.4, shape) * draw.choice([-1, 1], shape)
                more, marks = {"axes": axes, "keepdims": keepdims}, () if keepdims else slow
                label = f"{name}-{shape}-{axes}-{keepdims}"
                yield pytest.param(name, (x,), more, id=label, marks=marks)


@pytest.mark.parametrize("wide", WIDE)
@pytest.mark.parametrize(("name", "operands", "attrs"), list(primitives()))
def test_primitives(name: str, operands: tuple[Any, ...], attrs: Any, wide: bool) -> None:
    narrow = [_cast(x, np.float32) for x in operands]  # float64 has the same numbers
    graph, arrays = of_one(name, tuple(_cast(x, np.float64) for x in narrow) if wide
                           else tuple(narrow), attrs)  # fmt: skip
    precise, doubles = of_one(name, tuple(_cast(x, np.float64) for x in narrow), attrs)
    (truth,), (eager,) = interpret.run(precise, doubles), interpret.run(graph, arrays)
    native = Native(graph)
    (mine,) = native.run(arrays)
    # Every factor rounds; which order the factors have is luck.
    ulps = math.sqrt(arrays[0].size) if name == "prod" else 0
    assert not (why := far(mine, eager, _as(truth, eager), ulps=ulps + (8 if wide else 4))), why
    check_threads(native, [], arrays)


def _cast(x: Any, kind: Any) -> Array:
    array = np.asarray(x)
    return array.astype(kind) if array.dtype.kind == "f" else array


def _as(truth: Array, eager: Array) -> Array:
    return truth if eager.dtype.kind == "f" else eager


# --- nothing is left out --------------------------------------------------------------------------
def tried(table: Any) -> set[str]:
    return {name.split()[0] for name in table}


def test_every_layer_and_loss_is_tried() -> None:
    kinds = {name for name, x in vars(nn).items()
             if isinstance(x, type) and issubclass(x, nn.Module)}  # fmt: skip
    assert kinds == tried(LAYERS) | tried(LOSSES) | HOLDERS


def test_every_function_is_tried() -> None:
    def plain(name: str) -> str:
        return name.replace("_", "").lower()

    names = {name for name, x in vars(F).items() if name[0] != "_" and callable(x)
             and getattr(x, "__module__", "").startswith("liuli")}  # fmt: skip
    classes = {plain(name) for name in (*tried(LAYERS), *tried(LOSSES))}
    classes |= {f"{name}loss" for name in classes} | {name + "1d" for name in classes}
    known = tried(FUNCTIONS) | AS_LAYERS.keys()
    missing = {n for n in names - known if plain(n) not in classes
               and plain(n) + "loss" not in classes}  # fmt: skip
    assert not missing
    assert set(AS_LAYERS.values()) <= tried(LAYERS) | tried(LOSSES) | tried(FUNCTIONS)


def test_every_optimizer_is_tried() -> None:
    kinds = {name for name, x in vars(optim).items()
             if isinstance(x, type) and issubclass(x, optim.Optimizer)}  # fmt: skip
    assert kinds - {"Optimizer"} == tried(OPTIMIZERS)

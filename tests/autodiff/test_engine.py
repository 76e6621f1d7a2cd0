"""The engine itself: depth, memory, what runs and how often, and what it says when it cannot."""

from __future__ import annotations

import gc
import inspect
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import autograd
from liuli.autodiff.node import Leaf, Node
from liuli.errors import GradientError
from liuli.ops import REGISTRY

HERE = Path(__file__).name
DEEP = 100_000


def leaf(*numbers: float) -> Any:
    return liuli.tensor(numbers, dtype=liuli.float64, requires_grad=True)


@contextmanager
def refused(code: str) -> Iterator[Any]:
    """An error with this code, and no other, is raised inside."""
    with pytest.raises(liuli.errors.LiuliError) as caught:
        yield caught
    assert caught.value.code == code


# --- depth ------------------------------------------------------------------------------------
def chain(x: Any, step: Callable[[Any], Any], length: int = DEEP) -> Any:
    for _ in range(length):
        x = step(x)
    return x


def test_a_deep_chain_runs_backwards() -> None:
    x = leaf(1.0, 2.0)
    y = chain(x, lambda y: y + 1)
    y.sum().backward()
    assert y.tolist() == [DEEP + 1, DEEP + 2]
    assert x.grad.tolist() == [1, 1]


def test_a_deep_chain_that_keeps_values() -> None:
    x = leaf(1.0)
    chain(x, lambda y: y * x).backward()
    assert x.grad.tolist() == [DEEP + 1]


def test_a_deep_chain_is_freed_without_having_run() -> None:
    x = leaf(1.0)
    y = chain(x, lambda y: y * x)
    first = weakref.ref(y.grad_fn)
    del y
    assert first() is None


def test_a_deep_chain_of_writes() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    for _ in range(DEEP // 5):
        y.add_(1)
    for _ in range(DEEP // 20):
        y[0] = y[1]
    y.sum().backward()
    assert x.grad.tolist() == [0, 2]


def test_a_deep_graph_of_gradients() -> None:
    x = leaf(1.0)
    (g,) = autograd.grad(chain(x, lambda y: y * 1.0, 10_000), x, create_graph=True)
    (g * x).backward()
    assert x.grad.tolist() == [1]


def test_wide_and_shared() -> None:
    """Twenty doublings: a million paths, forty nodes."""
    x = leaf(1.0)
    chain(x, lambda y: y + y, 20).backward()
    assert x.grad.tolist() == [2**20]


# --- memory -----------------------------------------------------------------------------------
@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x * 2
        ctx.save_for_backward(x, y)
        return y, x.sum()

    @staticmethod
    def backward(ctx: Any, g: Any, _: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y / x


def training(steps: int, weight: Any) -> list[weakref.ref[Any]]:
    """Views, writes through views, hooks and a Function: references to what each step made."""
    seen = []
    for _ in range(steps):
        x = liuli.ones(4, 3)
        hidden = x @ weight
        hidden.register_hook(lambda g: g * 1)
        hidden.retain_grad()
        part = hidden[1:]
        part.mul_(2)
        hidden[0] = hidden[1].exp()
        y, _total = Doubled.apply(hidden.t()[:2].tanh())
        loss = (y * y).sum() + hidden.reshape(-1).clamp(min=0.1).mean() + y.max(1)[0].sum()
        loss.backward()
        with liuli.no_grad():
            weight -= 0.01 * weight.grad
        seen += [weakref.ref(t) for t in (hidden, part, y, loss)]
        seen += [weakref.ref(t._array) for t in (hidden, y)]
        seen += [weakref.ref(loss.grad_fn), weakref.ref(y.grad_fn)]
        weight.grad = None
    return seen


def test_everything_dies_without_the_collector(no_collector: None) -> None:
    seen = training(3, liuli.ones(3, 4, requires_grad=True))
    assert [ref() for ref in seen] == [None] * len(seen)


def test_no_cycles(no_collector: None) -> None:
    weight = liuli.ones(3, 4, requires_grad=True)
    training(3, weight)
    assert uncollected() == []


def test_no_cycles_in_graphs_of_gradients(no_collector: None) -> None:
    x = leaf(1.0, 2.0)
    for _ in range(2):
        y, _ = Doubled.apply(x.exp())
        (g,) = autograd.grad((y**3).sum(), x, create_graph=True)
        autograd.grad((g * g).sum(), x)
        autograd.grad((x.softmax(0) * x).norm(), x, create_graph=True)
        del y, g
    assert uncollected() == []


def test_no_cycles_after_an_error(no_collector: None) -> None:
    x = leaf(1.0)
    y = x * x
    y.backward()
    with refused("LL403"):
        y.backward()
    del y
    gc.collect()  # the traceback that pytest keeps is a cycle of its own
    assert uncollected() == []


def uncollected() -> list[str]:
    """What only the collector could free, of ours and of NumPy's."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        kinds = [type(item) for item in gc.garbage]
        return [k.__qualname__ for k in kinds if k.__module__.startswith(("liuli", "numpy"))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def test_backward_frees_what_the_graph_kept() -> None:
    x = leaf(1.0, 2.0)
    middle = x.exp()
    array = weakref.ref(middle._array)
    y = (middle * middle).sum()
    del middle
    assert array() is not None
    y.backward()
    assert array() is None


def test_retained_graphs_keep_it() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    assert np.allclose(x.grad.numpy(), 2 * np.exp([1, 2]))


def test_a_dead_leaf_gets_no_gradient() -> None:
    x = leaf(1.0)
    y = x * x
    del x
    y.backward()


# --- a second backward ------------------------------------------------------------------------
TWICE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "neg": lambda a, b: -a,
    "sum": lambda a, b: (a + b).sum(),
    "mean of a sum": lambda a, b: (a + b).sum() + a.sum(),
    "reshape": lambda a, b: a.reshape(1, 1).sum(),
    "expand": lambda a, b: a.expand(3).sum(),
    "slice": lambda a, b: a[:1],
    "cat": lambda a, b: liuli.cat([a, b]).sum(),
    "permute": lambda a, b: a.reshape(1, 1).t().sum(),
}
ONCE = {
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "exp": lambda a, b: a.exp(),
    "sin": lambda a, b: a.sin(),
    "pow": lambda a, b: a**3,
    "matmul": lambda a, b: a @ b,
    "below a sum": lambda a, b: (a * b + b).sum(),
    "max": lambda a, b: a.max(),
    "clamp": lambda a, b: a.clamp(min=0),
}


@pytest.mark.parametrize("name", TWICE)
def test_twice_where_nothing_is_kept(name: str) -> None:
    a, b = leaf(2.0), leaf(3.0)
    y = TWICE[name](a, b)
    y.backward()
    once = a.grad.item()
    y.backward()
    assert a.grad.item() == 2 * once


@pytest.mark.parametrize("name", ONCE)
def test_once_where_values_are_kept(name: str) -> None:
    a, b = leaf(2.0), leaf(3.0)
    y = ONCE[name](a, b)
    y.backward()
    with refused("LL403"):
        y.backward()


# --- accumulation and grad --------------------------------------------------------------------
def test_gradients_add_up_in_place() -> None:
    x = leaf(1.0, 2.0)
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert first.tolist() == [5, 5]


def test_a_leaf_gets_memory_of_its_own() -> None:
    a, b = leaf(1.0), leaf(1.0)
    seed = liuli.tensor([4.0], dtype=liuli.float64)
    (a + b).backward(seed)
    a.grad.mul_(10)
    assert (a.grad.item(), b.grad.item(), seed.item()) == (40, 4, 4)


def test_backward_with_inputs_fills_only_these() -> None:
    a, b = leaf(2.0), leaf(3.0)
    middle = a * b
    (middle * b).backward(inputs=[a, middle])
    assert (a.grad.item(), middle.grad.item(), b.grad) == (9, 3, None)


def test_several_outputs_and_seeds() -> None:
    x = leaf(1.0, 2.0)
    seed = liuli.tensor([1.0, 10.0], dtype=liuli.float64)
    autograd.backward([x * 2, (x * x).sum()], [seed, None])
    assert x.grad.tolist() == [4, 24]


def test_grad_touches_no_grad() -> None:
    x = leaf(3.0)
    (g,) = autograd.grad(x * x, x)
    assert (g.item(), x.grad, g.requires_grad) == (6, None, False)


def test_grad_of_the_output_itself() -> None:
    x = leaf(3.0)
    y = x * x
    gy, gx = autograd.grad(y, [y, x])
    assert (gy.item(), gx.item()) == (1, 6)


def test_third_derivative() -> None:
    x = leaf(2.0)
    g = x**5
    for _ in range(3):
        (g,) = autograd.grad(g, x, create_graph=True)
    assert g.item() == pytest.approx(60 * 4)


def test_unused_inputs() -> None:
    x, y = leaf(1.0), leaf(1.0, 2.0)
    z = x * 2
    with refused("LL410"):
        autograd.grad(z, [x, y], retain_graph=True)
    assert autograd.grad(z, [x, y], retain_graph=True, allow_unused=True)[1] is None
    assert autograd.grad(z, [x, y], materialize_grads=True)[1].tolist() == [0, 0]


def test_what_backward_refuses() -> None:
    x = leaf(1.0, 2.0)
    with refused("LL406"):
        (x * 2).backward()
    with refused("LL402"):
        (x * 2).backward(liuli.ones(3))
    with refused("LL407"):
        autograd.backward([x.sum()], [None, None])
    with refused("LL408"):
        liuli.ones(1).backward()
    with refused("LL411"):
        autograd.grad(x.sum(), liuli.ones(1))


def test_gradients_have_the_dtype_of_their_tensor() -> None:
    a = liuli.ones(2, dtype=liuli.bfloat16, requires_grad=True)
    b = liuli.ones(2, dtype=liuli.float64, requires_grad=True)
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (liuli.bfloat16, liuli.float64)


# --- only what is wanted ----------------------------------------------------------------------
@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rules of `mul`, `exp` and `sum` that ran."""
    calls: list[str] = []

    def wrap(name: str, rule: Any) -> Any:
        def counting(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return rule(*args, **kwargs)

        counting.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]
        return counting

    for name in ("mul", "exp", "sum"):
        op = REGISTRY[name]
        labels = zip(op.operands, op.rules, strict=True)
        monkeypatch.setattr(op, "rules", tuple(wrap(f"{name}.{x}", rule) for x, rule in labels))
        monkeypatch.setattr(op, "_plans", {})
    return calls


def test_constants_get_no_rule(counted: list[str]) -> None:
    (leaf(1.0) * liuli.ones(1)).sum().backward()
    assert counted == ["sum.x", "mul.a"]


def test_grad_runs_only_what_leads_to_its_inputs(counted: list[str]) -> None:
    a, b, c = leaf(1.0), leaf(2.0), leaf(3.0)
    y = (a.exp() * b.exp()) * c
    autograd.grad(y, b)
    assert counted == ["mul.a", "mul.b", "exp.x"]


def test_each_rule_runs_once_whatever_the_paths(counted: list[str]) -> None:
    x = leaf(1.0)
    y = x.exp()
    (y + y + y).sum().backward()
    assert counted == ["sum.x", "exp.x"]


def test_grad_stops_at_a_node_it_wants(counted: list[str]) -> None:
    x = leaf(1.0)
    middle = x.exp()
    autograd.grad((middle * 2).sum(), middle)
    assert counted == ["sum.x", "mul.a"]


# --- the trail --------------------------------------------------------------------------------
def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_node_names_the_line_that_made_it() -> None:
    x = leaf(1.0)
    y, here = x.exp(), line()
    z = next(t * 2 for t in (y,))
    softmax = z.softmax(0)
    assert str(y.grad_fn.place) == f"{HERE}:{here}"
    assert str(z.grad_fn.place) == f"{HERE}:{here + 1}"
    assert str(softmax.grad_fn.place) == f"{HERE}:{here + 2}"
    assert softmax.grad_fn.place.text == "softmax = z.softmax(0)"


def test_views_made_anew_and_writes_have_a_line_too() -> None:
    y = leaf(1.0, 2.0) * 1
    part = y[:1]
    y.mul_(2)
    here = line() - 1
    assert str(y.grad_fn.place) == f"{HERE}:{here}"
    assert str(part.grad_fn.place).startswith(HERE)


def test_the_line_is_worked_out_only_on_demand() -> None:
    y = leaf(1.0).exp()
    kept = {name: getattr(y.grad_fn, name) for name in ("code", "instruction")}
    function = test_the_line_is_worked_out_only_on_demand
    assert kept["code"] is function.__code__
    assert isinstance(kept["instruction"], int)


def test_errors_name_the_line() -> None:
    x = leaf(1.0)
    y, here = x.exp(), line()
    y.add_(1)
    with pytest.raises(GradientError) as caught:
        y.backward()
    assert caught.value.code == "LL404"
    assert f"{HERE}:{here}" in caught.value.facts["where"]  # type: ignore[operator]


def test_a_broken_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    op = REGISTRY["exp"]
    monkeypatch.setattr(op, "rules", (lambda g, y: (g * y).reshape(7),))
    monkeypatch.setattr(op, "_plans", {})
    with refused("LL405") as caught:
        leaf(1.0).exp().backward()
    assert HERE in caught.value.facts["rule"]


def test_grad_fn_looks_like_pytorch() -> None:
    x = leaf(1.0)
    y = x * 2
    assert (y.grad_fn.name(), repr(y.grad_fn)) == ("MulBackward0", "<MulBackward0>")
    assert isinstance(y.grad_fn, Node)
    (edge, number), *_ = y.grad_fn.next_functions
    assert isinstance(edge, Leaf) and (edge.name(), number) == ("AccumulateGrad", 0)
    assert (x.grad_fn, x.is_leaf, y.is_leaf, y.requires_grad) == (None, True, False, True)


# --- determinism ------------------------------------------------------------------------------
PROGRAM = """
import hashlib
import liuli
liuli.manual_seed(3)
w = {name: liuli.randn(8, 8, requires_grad=True) for name in ("first", "second", "third")}
for _ in range(5):
    x = liuli.randn(16, 8)
    y = ((x @ w["first"]).clamp(min=0) @ w["second"]).tanh() @ w["third"]
    loss = (y[liuli.randperm(16)[:9]].softmax(1) * x[:9]).sum() + y.std()
    loss.backward()
    with liuli.no_grad():
        for p in w.values():
            p -= 0.1 * p.grad
            p.grad = None
print(hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in w.values())).hexdigest())
"""


def test_two_processes_and_two_hash_seeds_agree() -> None:
    outcomes = [run(PROGRAM, PYTHONHASHSEED=seed) for seed in ("1", "2")]
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0].strip()) == 64


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, check=True,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout

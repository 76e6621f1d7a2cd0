"""Machine code gives what NumPy gives: every primitive alone, chains of them, and whole steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liuli.compiler import interpret
from liuli.compiler.graph import Graph, Leaf, Node, parse
from liuli.compiler.machine import available
from liuli.compiler.native import Native, possible
from liuli.errors import OutOfRangeError, ShapeError
from liuli.ops import REGISTRY, Spec

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

# These fill their results with numbers of their own making, or have no result to compare.
LEFT_OUT = {"assign", "update"}
ULP = {"float32": 2.0**-23, "float64": 2.0**-52}


def close(got: np.ndarray, expected: np.ndarray, ulps: float = 8.0, least: float = 1e-30) -> bool:
    """Equal up to some units of the largest element's last place; nan and inf in their places.

    The largest counts as `least` if it is smaller.
    """
    if got.dtype != expected.dtype or got.shape != expected.shape:
        return False
    if expected.dtype.kind != "f":
        return bool((got == expected).all())
    finite = np.isfinite(expected)
    if not np.array_equal(np.isnan(got), np.isnan(expected)):
        return False
    if not np.array_equal(got[~finite & ~np.isnan(got)], expected[~finite & ~np.isnan(expected)]):
        return False
    scale = np.abs(expected[finite]).max(initial=0.0)
    tolerance = ulps * ULP[expected.dtype.name] * max(float(scale), least)
    return bool((np.abs(got[finite] - expected[finite]) <= tolerance).all())


def of_one(name: str, operands: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[Graph, list[Any]]:
    """A graph of one operation on inputs."""
    arrays = [np.array(x, order="C") for x in operands]
    specs = [Spec(x.shape, x.dtype) for x in arrays]
    leaves = [Leaf("input", i, spec, f"x{i}") for i, spec in enumerate(specs)]
    infer = REGISTRY[name].infer
    assert infer is not None
    node = Node(len(leaves), name, tuple(range(len(leaves))), attrs, infer(*specs, **attrs))
    return Graph(name, leaves, [node], [], [node.number]), arrays


def samples() -> Iterator[Any]:
    draw = np.random.default_rng(3)
    for name, op in REGISTRY.items():
        if op.text is not None or name in LEFT_OUT or op.samples is None:
            continue
        for number, (operands, attrs) in enumerate(op.samples(draw)):
            yield pytest.param(name, operands, attrs, id=f"{name}-{number}")


@pytest.mark.parametrize("wide", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize(("name", "operands", "attrs"), list(samples()))
def test_every_primitive(name: str, operands: Any, attrs: Any, wide: bool) -> None:
    kind = np.float64 if wide else np.float32
    cast = [x.astype(kind) if getattr(x, "dtype", None) in (np.float32, np.float64) else x
            for x in map(np.asarray, operands)]  # fmt: skip
    graph, arrays = of_one(name, tuple(cast), attrs)
    if possible(graph):
        return
    try:
        (expected,) = interpret.run(graph, arrays)
    except TypeError:
        pytest.skip("not for this dtype")
    (got,) = Native(graph).run(arrays)
    least = np.abs(arrays[0]).max() if name == "sum" and arrays[0].size else 1e-30  # cancelled
    assert close(got, np.asarray(expected), least=float(least)), (got, expected)


LEAVES = """graph f
  input  %0 float32[6,10]  x
  input  %1 float32[10]  v
  input  %2 int64[6]  i
  state  %3 float32[6,10]  s
  state  %4 float32[10,6]  t
"""

PROGRAMS = {
    "a softmax and a mean": """
        %10 float32[6] = max(%0, axes=(1,), keepdims=False)
        %11 float32[6,1] = reshape(%10, shape=(6, 1))
        %12 float32[6,10] = expand(%11, shape=(6, 10))
        %13 float32[6,10] = sub(%0, %12)
        %14 float32[6,10] = exp(%13)
        %15 float32[6,1] = sum(%14, axes=(1,), keepdims=True)
        %16 float32[6,10] = expand(%15, shape=(6, 10))
        %17 float32[6,10] = div(%14, %16)
        %18 float32[10] = sum(%17, axes=(0,), keepdims=False)
        return %17, %18, %15
    """,
    "state written where it is read": """
        %10 float32[6,10] = add(%3, %0)
        assign %3 <- %10
        return %10
    """,
    "state read by others after it is written": """
        %10 float32[6,10] = add(%3, %0)
        %11 float32[6,10] = exp(%3)
        %12 float32[6] = sum(%3, axes=(1,), keepdims=False)
        %13 float32[6] = sum(%10, axes=(1,), keepdims=False)
        assign %3 <- %10
        return %11, %12, %13
    """,
    "a state turned over": """
        %10 float32[10,6] = permute(%3, axes=(1, 0))
        %11 float32[6,10] = permute(%4, axes=(1, 0))
        assign %3 <- %11
        assign %4 <- %10
        return %0
    """,
    "a state reversed in place": """
        %10 float32[6,10] = slice(%3, index=((5, 6, -1), (0, 10, 1)))
        assign %3 <- %10
        return %10
    """,
    "a product with its own transpose": """
        %10 float32[6,6] = contract(%0, %0, labels='ab,cb->ac')
        %11 float32[10,10] = contract(%0, %0, labels='ba,bc->ac')
        %12 float32[6,6] = permute(%10, axes=(1, 0))
        %13 float32[6,6] = add(%10, %12)
        return %13, %11
    """,
    "a product of what is computed": """
        %10 float32[6,10] = exp(%0)
        %11 float32[10,10] = contract(%10, %3, labels='ba,bc->ac')
        %12 float32[10] = sum(%11, axes=(1,), keepdims=False)
        %13 float32[10] = mul(%12, %1)
        return %13
    """,
    "rows by number": """
        %10 int64[6] = check(%2, code='LL302', facts={'size': 6}, high=6, low=0)
        %11 float32[6,10] = gather(%0, %10, batch=0)
        %12 float32[6,10] = tanh(%11)
        %13 float32[6] = gather(%12, %10, batch=1)
        return %12, %13
    """,
    "one thing assigned to two states": """
        %10 float32[6,10] = mul(%0, %3)
        %11 float32[10,6] = permute(%10, axes=(1, 0))
        assign %3 <- %10
        assign %4 <- %11
        return %11
    """,
    "sums over the middle and over all": """
        %10 float32[2,3,10] = reshape(%0, shape=(2, 3, 10))
        %11 float32[2,10] = sum(%10, axes=(1,), keepdims=False)
        %12 float32[] = sum(%10, axes=(0, 1, 2), keepdims=False)
        %13 float32[3] = max(%10, axes=(0, 2), keepdims=False)
        return %11, %12, %13
    """,
    "a sort between two kernels": """
        %10 float32[6,10] = mul(%0, %3)
        %11 int64[6,10] = argsort(%10, axis=1, descending=False)
        %12 float32[6,10] = cast(%11, dtype='float32')
        return %12
    """,
}


def arrays() -> tuple[list[Any], list[Any]]:
    draw = np.random.default_rng(5)
    inputs = [draw.standard_normal((6, 10)), draw.standard_normal(10)]
    states = [draw.standard_normal((6, 10)), draw.standard_normal((10, 6))]
    whole = draw.integers(0, 6, 6)
    return [x.astype(np.float32) for x in inputs] + [whole], [s.astype(np.float32) for s in states]


@pytest.mark.parametrize("alone", [False, True], ids=["fused", "alone"])
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_programs(name: str, alone: bool) -> None:
    lines = [f"  {line.strip()}\n" for line in PROGRAMS[name].strip().splitlines()]
    graph = parse(LEAVES + "".join(lines))
    inputs, states = arrays()
    mine = [s.copy() for s in states]
    native = Native(graph, alone=alone)
    for _ in range(3):
        expected = interpret.run(graph, inputs, states)
        got = native.run(inputs, mine)
        assert all(close(a, b) for a, b in zip(got, expected, strict=True))
        assert all(close(a, b) for a, b in zip(mine, states, strict=True))


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_any_number_of_threads(name: str) -> None:
    lines = [f"  {line.strip()}\n" for line in PROGRAMS[name].strip().splitlines()]
    graph = parse(LEAVES + "".join(lines))
    made = set()
    for threads in (1, 2, 3, 4, 7, 16):
        inputs, states = arrays()
        got = Native(graph).run(inputs, states, threads=threads)
        made.add(b"".join(x.tobytes() for x in (*got, *states)))
    assert len(made) == 1


def test_checks_say_what_is_wrong_and_change_nothing() -> None:
    from liuli.errors import OutOfRangeError

    graph = parse(
        "graph f\n  input  %0 float32[3,4]  x\n  input  %1 int64[3]  i\n  state  %2 float32[3]\n"
        "  %3 int64[3] = check(%1, code='LL330', facts={'classes': 4}, high=4, low=0)\n"
        "  %4 float32[3] = gather(%0, %3, batch=1)\n  %5 float32[3] = add(%4, %2)\n"
        "  assign %2 <- %5\n  return %4\n"
    )
    native, x, state = Native(graph), np.ones((3, 4), np.float32), np.zeros(3, np.float32)
    with pytest.raises(OutOfRangeError, match="LL330"):
        native.run([x, np.array([0, 9, 1])], [state])
    assert not state.any()
    native.run([x, np.array([0, 3, 1])], [state])
    assert (state == 1).all()


GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.graph"))


def whole_step(path: Path) -> tuple[Graph, list[Any], list[Any]]:
    """A recorded training step with inputs and states to run it on."""
    graph, draw = parse(path.read_text(encoding="utf-8")), np.random.default_rng(7)

    def filled(leaf: Leaf) -> Any:
        shape, dtype = leaf.spec
        if dtype.kind == "i":
            return draw.integers(0, 3, shape)
        if not shape:  # hyperparameters, counters
            return np.array(0.5, dtype)
        return np.abs(draw.standard_normal(shape) * 0.1).astype(dtype)

    return graph, [filled(leaf) for leaf in graph.inputs], [filled(leaf) for leaf in graph.states]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_whole_steps(path: Path) -> None:
    """Against NumPy; and again and again, on any number of threads, the same bits."""
    graph, inputs, states = whole_step(path)
    numpys = [s.copy() for s in states]
    expected = interpret.run(graph, inputs, numpys)
    native, made = Native(graph), set()
    for repeat in range(10):
        for threads in (1, 2, 3, 4, 7, 16):
            mine = [s.copy() for s in states]
            got = native.run(inputs, mine, threads=threads)
            made.add(b"".join(x.tobytes() for x in (*got, *mine)))
        if not repeat:
            assert all(close(a, b, 64) for a, b in zip(got, expected, strict=True))
            # Squares of gradients have twice their error, and without FMA that is twice as large.
            assert all(close(a, b, 256) for a, b in zip(mine, numpys, strict=True))
    assert len(made) == 1


def test_numpy_has_the_last_word_on_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails by a rounding of machine code alone: the step is NumPy's, once."""
    graph = parse(
        "graph f\n  input  %0 int64[3]  i\n  state  %1 int64[3]\n"
        "  %2 int64[3] = check(%0, code='LL302', facts={'size': 4}, high=4, low=0)\n"
        "  %3 int64[3] = add(%2, %1)\n  assign %1 <- %3\n  return %3\n"
    )
    native, state = Native(graph), np.zeros(3, np.int64)
    monkeypatch.setattr(
        native._pieces[0].program, "run", lambda **words: native.status.__setitem__(0, 1)
    )
    (got,) = native.run([np.array([1, 2, 3])], [state])
    assert got.tolist() == state.tolist() == [1, 2, 3]


def test_written_memory_in_pieces_is_left_to_numpy() -> None:
    graph = parse("graph f\n  state  %0 float32[2,3]\n  %1 float32[2,3] = add(%0, %0)\n"
                  "  assign %0 <- %1\n  return %1\n")  # fmt: skip
    memory = np.ones((3, 2), np.float32)
    Native(graph).run([], [memory.T])
    assert (memory == 2).all()


def test_read_only_memory_is_refused_as_eagerly() -> None:
    graph = parse("graph f\n  input  %0 float32[4]  x\n  %1 float32[4] = add(%0, %0)\n"
                  "  assign %0 <- %1\n  return %1\n")  # fmt: skip
    native, x = Native(graph), np.ones(4, np.float32)
    assert native.run([x])[0].tolist() == x.tolist() == [2, 2, 2, 2]
    for memory in (np.ones(4, np.float32), x):
        memory.flags.writeable = False
        with pytest.raises(ShapeError, match="LL423"):
            native.run([memory])
    assert x.tolist() == [2, 2, 2, 2]


def test_no_state_is_written_before_a_check_that_depends_on_it() -> None:
    """A step that fails has done nothing; it is not made twice."""
    graph = parse(
        "graph f\n  state  %0 int64[1]\n  state  %1 float32[8]\n"
        "  %2 int64[] = const(dtype='int64', shape=(), value=1)\n"
        "  %3 int64[1] = expand(%2, shape=(1,))\n  %4 int64[1] = add(%0, %3)\n"
        "  %5 int64[1] = check(%4, code='LL302', facts={'size': 8}, high=8, low=0)\n"
        "  %6 float32[1] = gather(%1, %5, batch=0)\n"
        "  assign %0 <- %4\n  return %6\n"
    )
    native, table = Native(graph), np.arange(8, dtype=np.float32)
    count = np.array([5])
    assert [native.run([], [count, table])[0].item() for _ in range(2)] == [6, 7]
    for _ in range(3):
        with pytest.raises(OutOfRangeError):
            native.run([], [count, table])
        assert count.tolist() == [7]

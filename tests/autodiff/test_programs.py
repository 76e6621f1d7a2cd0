"""A thousand random programs of views, writes and reads, against what PyTorch did with each.

The rule: where PyTorch succeeds, Liuli gives the same values, shapes, memory sharing and
gradients. Where PyTorch raises, Liuli may do either, except that a write to a leaf and the loss of
a saved value must raise: a wrong gradient must never be silent.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import liuli
from tests.golden import programs as p

GOLDEN = Path(p.__file__).with_name("programs.json.gz")
MUST_RAISE = (p.LEAF, p.SAVED)
# These mean that something is missing or mistyped, so they never count as a refusal.
NOT_A_REFUSAL = (AttributeError, NameError, NotImplementedError, SyntaxError)
# A wrong rule is off by tenths; the sums before it may round in another order.
TOLERANCE = 1e-9
SHOWN = 3

with gzip.open(GOLDEN, "rt", encoding="utf-8") as _file:
    PROGRAMS = [p.Program(**made) for made in json.load(_file)["programs"]]
CHUNKS = [range(at, min(at + 50, len(PROGRAMS))) for at in range(0, len(PROGRAMS), 50)]
Check = Callable[[p.Program], list[str]]
in_chunks = pytest.mark.parametrize("chunk", CHUNKS, ids=lambda c: f"{c.start}-{c.stop - 1}")


def check_all(chunk: range, check: Check) -> None:
    """Check every program of a chunk; the message holds the shortest of those that differ."""
    failed = []
    for number in chunk:
        try:
            unlike = check(PROGRAMS[number])
        except Exception as problem:
            unlike = [f"PyTorch succeeds, but here {type(problem).__name__}: {problem}"]
        if unlike:
            failed.append("\n".join([f"program {number}", str(PROGRAMS[number]), *unlike]))
    shown = "\n\n".join(sorted(failed, key=len)[:SHOWN])
    assert not failed, f"{len(failed)} of {len(chunk)} programs differ; the shortest:\n\n{shown}"


@in_chunks
def test_as_pytorch(chunk: range) -> None:
    check_all(chunk, differences)


@in_chunks
def test_versions_as_pytorch(chunk: range) -> None:
    check_all(chunk, version_differences)


# x.mul_(x): PyTorch refuses at backward; here both factors are kept as they were.
MULTIPLIED_BY_ITSELF = re.compile(r"(v\d+)\.mul_\(\1\)|(v\d+) \*= \2\b")


def differences(program: p.Program) -> list[str]:
    found, seen = p.observe(liuli, program), program.seen
    unlike: list[str] = []
    for name, packed in seen["values"].items():
        unlike += _unlike(name, found["values"].get(name), packed)
    for name, packed in seen.get("grads", {}).items():
        unlike += _unlike(f"{name}.grad", found["grads"][name], packed)
    if program.stale and unlike:
        unlike.append("(.data changed a saved value: PyTorch's gradient follows the memory)")
    if found["graded"] != seen["graded"]:
        unlike.append(f"these require grad: {found['graded']}, in PyTorch: {seen['graded']}")
    for name, places in seen["shared"].items():
        if found["shared"].get(name) != places:
            unlike.append(f"writing {name} changes {found['shared'].get(name)}, should {places}")
    return unlike + refusal_differences(program)


def _unlike(what: str, found: Any, packed: list[Any] | None) -> Iterator[str]:
    if found is None or packed is None:
        if found is not packed:
            yield f"{what} is {found}, PyTorch's is {packed}"
        return
    shape, wanted = tuple(packed[0]), np.array(packed[1], dtype=float)
    if found.shape != shape:
        yield f"{what} has the shape {found.shape}, PyTorch's has {shape}"
        return
    scale = max([1.0, *np.abs(wanted)])
    if not np.allclose(found.ravel(), wanted, rtol=TOLERANCE, atol=TOLERANCE * scale):
        yield f"{what} is {found.tolist()}, PyTorch's is {wanted.reshape(shape).tolist()}"


def refusal_differences(program: p.Program) -> list[str]:
    """Say what is wrong with how a program ends that fails in PyTorch."""
    if not program.failure:
        return []
    try:
        p.fail(liuli, program)
    except NOT_A_REFUSAL as problem:
        return [f"no refusal but {type(problem).__name__}: {problem}"]
    except Exception:
        return []
    if program.failure == "saved value modified" and MULTIPLIED_BY_ITSELF.search(str(program)):
        return []
    return ["must raise, and did not"] if program.failure in MUST_RAISE else []


def test_a_tensor_multiplied_in_place_by_itself_has_the_right_gradient() -> None:
    def square(x: liuli.Tensor) -> liuli.Tensor:
        h = x * 1
        h.mul_(h)
        h *= h
        return h

    x = liuli.tensor([0.5, -2.0], dtype=liuli.float64, requires_grad=True)
    assert liuli.autograd.gradcheck(square, x)


def version_differences(program: p.Program) -> list[str]:
    found = p.versions(p.run(p.start(liuli, program), program.sound))
    wanted = program.seen["versions"]
    return [] if found == wanted else [f"versions {found}, PyTorch's {wanted}"]


# ------------------------------------------------------------------ functional when recorded
# `record(function, inputs)` gives a recording; `.run(arrays)` interprets its graph. A write must
# have become a value: run on the same numbers, the graph gives what eager gives, bit for bit.


@in_chunks
def test_functional_when_recorded(chunk: range) -> None:
    trace = pytest.importorskip("liuli.compiler.trace")

    def check(program: p.Program) -> list[str]:
        if program.failure:
            return []
        try:
            return recording_differences(trace.record, program)
        except liuli.errors.RecordError as refused:  # a mask decides a shape: said, not guessed
            assert refused.code == "LL703" and "T.tensor([" in str(program)
            return []

    check_all(chunk, check)


def recording_differences(record: Callable[..., Any], program: p.Program) -> list[str]:
    arrays = [np.array(x.detach().numpy()) for x in _bases(program)]
    eager = [np.array(x.detach().numpy()) for x in _as_function(program)(*_bases(program))]
    recorded = record(_as_function(program), _bases(program)).run(arrays)
    if len(recorded) != len(eager):
        return [f"{len(recorded)} results recorded, {len(eager)} eager"]
    return [
        f"result {at} is {found.tolist()} recorded, {wanted.tolist()} eager"
        for at, (found, wanted) in enumerate(zip(recorded, eager, strict=True))
        if found.shape != wanted.shape or found.tobytes() != wanted.tobytes()
    ]


def _bases(program: p.Program) -> list[Any]:
    names = p.start(liuli, program)
    return [names[name] for name, _ in program.bases]


def _as_function(program: p.Program) -> Callable[..., list[Any]]:
    """Give the program as a function of its bases: all variables, then the leaves' gradients."""
    # A write through .data changes a saved number behind eager's back; a graph has no such back.
    hidden = any(".data" in line for line in program.lines)
    grads = {} if hidden else program.seen.get("grads", {})

    def function(*inputs: Any) -> list[Any]:
        bases = zip((name for name, _ in program.bases), inputs, strict=True)
        names = p.run({"T": liuli, **dict(bases)}, program.lines)
        if any(grads.values()):
            p.weighted_sum(names, program.loss).backward()
        leaves = [names[name].grad for name, packed in grads.items() if packed is not None]
        return [*p.variables(names).values(), *leaves]

    return function

"""Code for processors and systems that are not here: it asks for no symbol whatever."""

from __future__ import annotations

import re
from functools import cache

import pytest

from liuli import waiting
from liuli.compiler import machine
from liuli.compiler.driver import STACK, driver_text
from liuli.compiler.graph import parse
from liuli.compiler.kernels import ContractKernel, Kernel
from liuli.compiler.native import text_of
from liuli.compiler.plan import plan
from liuli.compiler.targets import named, without_library
from tests.compiler.objects import symbols
from tests.compiler.test_native import GOLDEN, LEAVES, PROGRAMS

pytestmark = pytest.mark.skipif(not machine.available(), reason="llvmlite is not here")

SYSTEMS = [
    ("avx512", "x86_64-unknown-linux-gnu", waiting.futex_text("x86_64")),
    ("sse2", "x86_64-unknown-linux-gnu", waiting.futex_text("x86_64")),
    ("neon", "aarch64-unknown-linux-gnu", waiting.futex_text("aarch64")),
    ("avx2", "x86_64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("sse2", "x86_64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("avx512", "x86_64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("neon", "aarch64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("neon", "arm64-apple-macosx14.0", waiting.SYNC_TEXT),
    ("avx2", "x86_64-apple-macosx13.0", waiting.SYNC_TEXT),
]
MORE = {
    "long rows": """graph f
  input  %0 float32[8,2000]  x
  %1 float32[8,1] = max(%0, axes=(1,), keepdims=True)
  %2 float32[8,2000] = expand(%1, shape=(8, 2000))
  %3 float32[8,2000] = sub(%0, %2)
  %4 float32[8,2000] = exp(%3)
  %5 float32[8,1] = sum(%4, axes=(1,), keepdims=True)
  %6 float32[8,2000] = expand(%5, shape=(8, 2000))
  %7 float32[8,2000] = div(%4, %6)
  return %7
""",
    "functions of two widths": """graph f
  input  %0 float32[100]  x
  input  %1 float64[100]  y
  %2 float32[100] = sin(%0)
  %3 float64[100] = sin(%1)
  %4 float64[100] = log(%3)
  %5 float32[100] = pow(%2, %0)
  %6 float32[100] = floor(%5)
  %7 float32[100] = mod(%6, %0)
  %8 float32[100] = erf(%7)
  %9 float64[100] = tanh(%4)
  %10 float64[100] = round(%9)
  return %8, %10
""",
    "large matrices": """graph f
  input  %0 float32[512,600]  x
  input  %1 float32[700,600]  w
  input  %2 float64[200,300]  y
  input  %3 float64[300,500]  v
  %4 float32[512,700] = contract(%0, %1, labels='ab,cb->ac')
  %5 float64[200,500] = contract(%2, %3, labels='ab,bc->ac')
  return %4, %5
""",
}


@cache
def kernels() -> list[Kernel]:
    """Every kernel of a whole step and of the tests' programs, once."""
    graphs = [GOLDEN[-1].read_text(encoding="utf-8")]
    graphs += [LEAVES + text for text in PROGRAMS.values()]
    found = [e.kernel for text in [*graphs, *MORE.values()] for e in plan(parse(text)).entries]
    return list({repr(kernel): kernel for kernel in found if kernel is not None}.values())


def test_kernels_of_every_kind_are_tried() -> None:
    loops = {k.reduces for k in kernels() if not isinstance(k, ContractKernel)}
    assert loops == {"", "along", "across"}
    assert any(isinstance(kernel, ContractKernel) for kernel in kernels())


OFTEN = (1, 3, 7)  # in every run of the tests; the others are slow ones


@pytest.mark.parametrize(
    ("name", "triple"),
    [
        pytest.param(*system[:2], marks=() if i in OFTEN else pytest.mark.slow)
        for i, system in enumerate(SYSTEMS)
    ],
)
def test_kernels_ask_for_nothing(name: str, triple: str) -> None:
    """No mathematics of the C library, no probe of the stack, no mark of floats."""
    target = named(name, without_library(triple))
    modules = {f"{i} {kernel.name}": text_of(kernel, target) for i, kernel in enumerate(kernels())}
    found = {label: symbols(data) for label, data in machine.emit_objects(modules, target).items()}
    assert {label: each.asked for label, each in found.items() if each.asked} == {}
    for label, each in found.items():
        kernel = label.partition(" ")[2]
        assert {kernel, "_" + kernel} & each.defined


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize(("name", "triple", "texts"), SYSTEMS)
def test_the_driver_asks_for_nothing(
    name: str, triple: str, texts: tuple[str, str], timed: bool
) -> None:
    target = named(name, without_library(triple))
    text = driver_text(waiting.Way("a", *texts), target.triple, timed=timed)
    found = symbols(machine.object_file(text, target))
    assert found.asked == set()
    assert {"run", "work", "steps", "ticks"} <= {each.lstrip("_") for each in found.defined}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["avx512", "avx2", "sse2"])
def test_the_driver_touches_the_stack_of_every_kernel(name: str) -> None:
    """On Windows, one page after the other; half is left for calls around the kernel."""
    target = named(name, "x86_64-pc-windows-gnu")
    frames = {}
    for kernel in kernels():
        code = machine.assembly(text_of(kernel, target), target)
        sizes = re.findall(r"subq\s+\$(\d+), %rsp", code)
        frames[kernel.name] = sum(map(int, sizes))
        assert ".seh_" not in code and "chkstk" not in code
    assert 4096 < max(frames.values()) < STACK - 4096
    text = driver_text(waiting.Way("a", *waiting.ADDRESS_TEXT), target.triple)
    assert text.count("load volatile") == STACK // 4096
    assert "volatile" not in driver_text(waiting.Way("a", *waiting.ADDRESS_TEXT), "x86_64-linux")


def test_calls_follow_each_systems_rules() -> None:
    """Where the first argument of a kernel comes from, and where the driver puts it."""
    text = driver_text(waiting.Way("a", *waiting.ADDRESS_TEXT), "x86_64-pc-windows-gnu")
    windows = machine.assembly(text, named("sse2", "x86_64-pc-windows-gnu"))
    sleep = windows[windows.index("\nsleep:") :].partition("retq")[0]
    assert re.search(r"leaq\s+\d+\(%rsp\), %rdx", sleep)  # the second argument, in memory
    assert re.search(r"movl\s+\$4, %r8d", sleep)  # the third
    assert re.search(r"subq\s+\$(4\d|[5-9]\d), %rsp", sleep)  # 32 bytes for the callee, and more
    text = driver_text(waiting.Way("a", *waiting.futex_text("x86_64")), "x86_64-linux-gnu")
    linux = machine.assembly(text, named("sse2"))
    sleep = linux[linux.index("\nsleep:") :].partition("retq")[0]
    assert re.search(r"movl\s+\$202, %edi", sleep)
    assert re.search(r"(xorl\s+%eax, %eax|movb\s+\$0, %al)", sleep)  # no vectors for `...`


def test_the_reader_sees_what_is_missing() -> None:
    text = (
        "declare float @expf(float)\ndefine float @f(float %x) {\n"
        "  %y = call float @expf(float %x)\n  ret float %y\n}\n"
    )
    for name, triple, _ in SYSTEMS:
        found = symbols(machine.object_file(text, named(name, triple)))
        assert "expf" in {each.lstrip("_") for each in found.asked}
        assert "f" in {each.lstrip("_") for each in found.defined}
    assert "_fltused" in symbols(machine.object_file(text, named(*SYSTEMS[3][:2]))).asked

"""The registers are enough: the innermost loops of all tiles touch no slots on the stack."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("llvmlite")
from liuli.compiler.emit.contract import module
from liuli.compiler.emit.tiles import choose, sizes, tails
from liuli.compiler.kernels import ContractKernel
from liuli.compiler.targets import named

from .contracts import forward, input_gradient, update
from .native import assembly

SLOT = re.compile(r"(?<!\w)\d*\(%rsp\)")  # no index: the same place in every turn
MLP = [
    forward(64, 784, 128), forward(64, 784, 128, chunks=8), forward(64, 128, 64),
    forward(64, 64, 10), forward(1, 784, 128), input_gradient(64, 128, 784),
    input_gradient(64, 64, 128, chunks=8), input_gradient(64, 10, 64), update(128, 64, 784),
    update(128, 64, 784, chunks=8), update(64, 64, 128), update(10, 64, 64, chunks=2),
    update(128, 4096, 784), update(1024, 64, 1024), forward(512, 784, 256),
    input_gradient(256, 1024, 1024),
]  # fmt: skip


def named_after(kernel: ContractKernel) -> str:
    return "-".join(map(str, [kernel.name, *(axis.extent for axis in kernel.axes), kernel.chunks]))


def innermost(text: str) -> list[list[str]]:
    """The instructions of every block of assembly that jumps back to its own label."""
    found: list[list[str]] = []
    label, lines = "", list[str]()
    for line in map(str.strip, text.splitlines()):
        if line.endswith(":"):
            label, lines = line[:-1], []
        elif line and line[0] != ".":
            lines.append(line)
            if line[0] == "j" and line.split()[-1] == label:
                found.append(list(lines))
    return found


@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("kernel", MLP, ids=named_after)
def test_no_spills(target: str, kernel: ContractKernel) -> None:
    text = assembly(module(kernel, named(target)), named(target))
    tiles = [loop for loop in innermost(text) if any("vfmadd" in line for line in loop)]
    assert tiles
    for loop in tiles:
        assert not [line for line in loop if SLOT.search(line)]


def test_the_count_sees_a_spill() -> None:
    text = "f:\n.LBB0_1:\n vfmadd231ps 64(%rsp), %ymm0, %ymm1\n addq $1, %rax\n jl .LBB0_1\n"
    (loop,) = innermost(text)
    assert SLOT.search(loop[0])
    assert not SLOT.search("vmovups 64(%rsp,%rax,4), %ymm0")


# --- choice of tiles --------------------------------------------------------------------------
def test_tiles_fit_the_registers() -> None:
    for name in ("avx512", "avx2", "sse2", "neon"):
        target = named(name)
        for rows, vectors in sizes(target):
            assert rows * vectors + vectors + 1 <= target.registers


def test_tiles_divide_where_they_can() -> None:
    rows, vectors = choose(named("avx2"), 100, 12, 300)
    assert 100 % rows == 0
    assert 12 % vectors == 0


def test_tails_cover_every_rest() -> None:
    assert tails(6, [64]) == [4]
    assert tails(6, [12, 24]) == []
    assert tails(6, [5, 10]) == [4, 1]
    assert tails(6, [8, 32]) == [4]  # two of 4, not 6 and 2

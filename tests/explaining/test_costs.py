"""Arithmetic and bytes of kernels."""

from __future__ import annotations

import numpy as np

from liuli.compiler.graph import parse
from liuli.compiler.kernels import ContractKernel, Kernel
from liuli.compiler.plan import plan
from liuli.explaining.costs import HEAVY, bytes_of, flop_of


def kernels(text: str) -> list[tuple[Kernel, int, int]]:
    """Kernels of a graph with their FLOP and bytes."""
    schedule = plan(parse(text), off=set())
    specs = schedule.graph.specs()
    found = []
    for entry in schedule.entries:
        assert entry.kernel is not None

        def size(buffer: int, memory: tuple[int, ...] = entry.memory) -> tuple[int, int]:
            spec = specs[memory[buffer]]
            return int(np.prod(spec.shape)), spec.dtype.itemsize

        buffers = range(len(entry.memory))
        found.append((entry.kernel, flop_of(entry.kernel), bytes_of(entry.kernel, size, buffers)))
    return found


def test_arithmetic_and_bytes_of_a_product() -> None:
    ((kernel, flop, count),) = kernels(
        "graph f\n  input  %0 float32[8,20]  x\n  input  %1 float32[12,20]  w\n"
        "  input  %2 float32[12]  b\n"
        "  %3 float32[8,12] = contract(%0, %1, labels='ab,cb->ac')\n"
        "  %4 float32[8,12] = expand(%2, shape=(8, 12))\n"
        "  %5 float32[8,12] = add(%3, %4)\n  return %5\n"
    )
    assert isinstance(kernel, ContractKernel)
    assert flop == 2 * 8 * 12 * 20 + 8 * 12
    assert count == 4 * (8 * 20 + 12 * 20 + 12 + 8 * 12)


def test_arithmetic_and_bytes_of_a_row() -> None:
    """exp is many operations; what is the same for a whole row is counted once a row."""
    ((_, flop, count),) = kernels(
        "graph f\n  input  %0 float64[8,20]  x\n"
        "  %1 float64[8,20] = exp(%0)\n"
        "  %2 float64[8] = sum(%1, axes=(1,), keepdims=False)\n"
        "  %3 float64[8] = sqrt(%2)\n  return %3\n"
    )
    assert (flop, count) == (8 * 20 * HEAVY + 8 * 20 + 8, 8 * (8 * 20 + 8))


def test_a_part_counts_as_a_part() -> None:
    ((_, flop, count),) = kernels(
        "graph f\n  input  %0 float32[100,20]  x\n"
        "  %1 float32[5,20] = slice(%0, index=((3, 5, 2), (0, 20, 1)))\n"
        "  %2 float32[5,20] = add(%1, %1)\n  return %2\n"
    )
    assert (flop, count) == (100, 4 * 200)

"""Pieces of loops: which rows a piece touches, and when two kernels need not wait."""

from __future__ import annotations

import pytest

from liuli.compiler.graph import parse
from liuli.compiler.kernels import Buffer, Const, Load, LoopKernel, Store
from liuli.compiler.partition import Rows, rows_of
from liuli.compiler.plan import plan

F32 = Buffer("float32"), Buffer("float32", True)


def kernel(strides: tuple[int, ...], offset: int = 0, extents: tuple[int, ...] = (64, 10),
           reduces: str = "") -> LoopKernel:  # fmt: skip
    body = (Load(0, strides, offset), Const(1.0, "float32"), Store(0, 1, (10, 1)))
    return LoopKernel("k", extents, F32, body, reduces, 8)


@pytest.mark.parametrize(
    ("strides", "offset", "rows"),
    [
        ((10, 1), 0, Rows(64, 8, 10)),
        ((20, 1), 10, Rows(64, 8, 20)),
        ((20, 1), 15, None),  # runs into the next row
        ((10, -1), 9, None),
        ((0, 1), 0, None),  # every piece reads it all
        ((1, 64), 0, Rows(64, 8, 1)),  # columns
        ((1, 64), 64, Rows(64, 8, 1)),
        ((1, 64), 1, None),  # column 1 and what is beside it
        ((1, 32), 0, None),  # columns that overlap
        ((1, 0), 0, Rows(64, 8, 1)),
    ],
)
def test_rows(strides: tuple[int, ...], offset: int, rows: Rows | None) -> None:
    assert rows_of(kernel(strides, offset), 0) == rows


def test_across_is_cut_along_columns() -> None:
    assert rows_of(kernel((10, 1), reduces="across"), 0) == Rows(10, 8, 1)
    assert rows_of(kernel((0, 1), reduces="across"), 0) == Rows(10, 8, 1)
    assert rows_of(kernel((1, 10), reduces="across"), 0) is None
    assert rows_of(kernel((10, 1), extents=(64,), reduces="along"), 0) is None


def waits(lines: str) -> int:
    head = "graph f\n  input  %0 float32[64,64]  x\n  state  %1 float32[64,64]\n"
    body = "".join(f"  {line.strip()}\n" for line in lines.strip().splitlines())
    return sum(entry.barrier for entry in plan(parse(head + body)).entries)


def test_rows_of_rows_need_no_wait() -> None:
    assert waits("""
        %2 float32[64,64] = contract(%0, %1, labels='ab,cb->ac')
        %3 float32[64,64] = contract(%2, %1, labels='ab,cb->ac')
        return %3
    """) == 0  # fmt: skip


def test_columns_of_rows_wait() -> None:
    assert waits("""
        %2 float32[64,64] = contract(%0, %1, labels='ab,cb->ac')
        %3 float32[64,64] = contract(%2, %1, labels='ba,bc->ac')
        return %3
    """) == 1  # fmt: skip


def test_state_read_as_a_whole_is_written_after_a_wait() -> None:
    assert waits("""
        %2 float32[64,64] = contract(%0, %1, labels='ab,cb->ac')
        %3 float32[64,64] = add(%1, %0)
        assign %1 <- %3
        return %2
    """) == 1  # fmt: skip


def test_columns_of_columns_need_no_wait() -> None:
    """Mean and deviation of every column, and what is made of them."""
    assert waits("""
        %2 float32[64] = sum(%0, axes=(0,), keepdims=False)
        %3 float32[64,64] = expand(%2, shape=(64, 64))
        %4 float32[64,64] = sub(%0, %3)
        %5 float32[64,64] = mul(%4, %4)
        %6 float32[64] = sum(%5, axes=(0,), keepdims=False)
        return %6, %4
    """) == 0  # fmt: skip

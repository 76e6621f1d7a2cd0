"""Which operations share a kernel, where that was decided by measuring."""

from __future__ import annotations

import pytest

from liuli.compiler.graph import parse
from liuli.compiler.plan import plan

HEAD = "graph f\n  input  %0 float32[64,32]  x\n  input  %1 float32[48,32]  w\n"


def kernels(lines: str, head: str = HEAD) -> list[str]:
    """The operations of each kernel of a program over x and w."""
    body = "".join(f"  {line.strip()}\n" for line in lines.strip().splitlines())
    entries = plan(parse(head + body)).entries
    return [" ".join(node.op for node in entry.group.nodes) for entry in entries]


def test_what_is_cheap_joins_the_product() -> None:
    assert kernels("""
        %2 float32[64,48] = contract(%0, %1, labels='ab,cb->ac')
        %3 float32[64,48] = mul(%2, %2)
        return %3
    """) == ["contract mul"]  # fmt: skip


@pytest.mark.parametrize(
    ("length", "made"), [(32, ["contract mul exp"]), (512, ["contract mul", "exp"])]
)
def test_what_is_dear_has_a_loop_of_its_own_after_a_long_sum(length: int, made: list[str]) -> None:
    """In the tiles of such a product exp took up to five times as long."""
    head = f"graph f\n  input  %0 float32[64,{length}]  x\n  input  %1 float32[48,{length}]  w\n"
    assert kernels("""
        %2 float32[64,48] = contract(%0, %1, labels='ab,cb->ac')
        %3 float32[64,48] = mul(%2, %2)
        %4 float32[64,48] = exp(%3)
        return %4
    """, head) == made  # fmt: skip


def test_sums_of_columns_share_a_kernel() -> None:
    """A batch norm's mean and variance, and what is made of them."""
    assert kernels("""
        %2 float32[1,32] = sum(%0, axes=(0,), keepdims=True)
        %3 float32[64,32] = expand(%2, shape=(64,32))
        %4 float32[64,32] = sub(%0, %3)
        %5 float32[64,32] = mul(%4, %4)
        %6 float32[32] = sum(%5, axes=(0,), keepdims=False)
        %7 float32[64,32] = expand(%6, shape=(64,32))
        %8 float32[64,32] = div(%4, %7)
        return %8
    """) == ["sum sub mul sum div"]  # fmt: skip


def test_a_sum_with_and_without_kept_axes_is_one() -> None:
    assert kernels("""
        %2 float32[64,1] = sum(%0, axes=(1,), keepdims=True)
        %3 float32[64] = sum(%0, axes=(1,), keepdims=False)
        %4 float32[64,32] = expand(%2, shape=(64,32))
        %5 float32[64,32] = sub(%0, %4)
        return %3, %5
    """) == ["sum sub"]  # fmt: skip

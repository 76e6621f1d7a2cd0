"""Targets: by name, and of this machine."""

from __future__ import annotations

import pytest

from liuli.compiler import targets
from liuli.compiler.targets import Target, named


def test_vectors_hold_whole_elements() -> None:
    for name in ("avx512", "avx2", "sse2", "neon"):
        target = named(name)
        assert target.name == name
        assert target.lanes(4) * 4 == target.lanes(8) * 8 == target.vector_bytes


def test_the_triple_can_be_chosen() -> None:
    assert named("avx2", "x86_64-pc-windows-msvc").triple == "x86_64-pc-windows-msvc"


def test_a_misspelled_name_is_corrected() -> None:
    with pytest.raises(ValueError, match="did you mean avx2"):
        named("avx22")


def test_the_best_kind_is_found() -> None:
    wide = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
    assert targets._kind("x86_64-unknown-linux-gnu", {"avx2", "fma"} | wide) == "avx512"
    assert targets._kind("x86_64-unknown-linux-gnu", {"avx2", "fma", "avx512f"}) == "avx2"
    assert targets._kind("x86_64-unknown-linux-gnu", {"avx2"}) == "sse2"
    assert targets._kind("arm64-apple-darwin23", set()) == "neon"


def test_the_host_is_one_of_them() -> None:
    pytest.importorskip("llvmlite")
    host = Target.host()
    assert host.vector_bytes == named(host.name).vector_bytes
    assert host.cpu and host.triple and host.llvm >= 15

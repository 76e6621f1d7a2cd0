"""Targets: by name, and of this machine."""

from __future__ import annotations

import pytest

from liuli.compiler import targets
from liuli.compiler.targets import Target, named
from liuli.errors import SettingError


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


def test_a_lesser_target_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    host = Target.host()
    for name in targets.possible(host.name):
        monkeypatch.setenv("LIULI_TARGET", name)
        asked = Target.host()
        assert (asked.name, asked.triple, asked.llvm) == (name, host.triple, host.llvm)
        assert (asked.cpu, asked.features) == (named(name).cpu, "")
    assert targets.possible("avx2") == ["avx2", "sse2"]
    assert targets.possible("neon") == ["neon"]


def test_what_this_processor_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    monkeypatch.setenv("LIULI_TARGET", "z80")
    with pytest.raises(SettingError, match=r"LL742.*this processor can run"):
        Target.host()

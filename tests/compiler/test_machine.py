"""From text to machine code: equal text shares code, threads change nothing, refusals are told."""

from __future__ import annotations

import ctypes
import sys
import threading

import numpy as np
import pytest

from liuli.compiler import machine
from liuli.compiler.targets import Target, named
from liuli.errors import DeviceError, GraphError
from tests.compiler.native import AXPY, KERNELS, over_chunks

pytest.importorskip("llvmlite")

ADD = (
    "  %p = getelementptr i64, ptr %x, i64 %c\n  %v = load i64, ptr %p\n"
    "  %w = add i64 %v, {}\n  store i64 %w, ptr %p\n"
)


def adding(number: int, name: str = "add") -> str:
    """A kernel that adds a number to each element."""
    return over_chunks(name, "x", ADD.format(number))


def call(address: int, *arrays: np.ndarray, chunks: int) -> None:
    """Call a kernel as the driver would."""
    pointers = np.array([array.ctypes.data for array in arrays], np.int64)
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    kind(address)(pointers.ctypes.data, 0, chunks)


def test_kernels_run() -> None:
    addresses = machine.compile_modules({str(i): adding(i) for i in range(20)}, Target.host())
    x = np.zeros(5, np.int64)
    for address in addresses.values():
        call(address, x, chunks=3)
    assert x.tolist() == [190, 190, 190, 0, 0]


def test_equal_text_shares_code() -> None:
    texts = {"a": adding(5, "one"), "b": adding(5, "two"), "c": adding(6, "one")}
    first = machine.compile_modules(texts, Target.host())
    assert first["a"] == first["b"] != first["c"]
    assert machine.compile_modules(texts, Target.host()) == first


def test_threads_do_not_change_the_code() -> None:
    texts = {f"k{i}": adding(i, f"k{i}") for i in range(8)} | KERNELS
    one = machine.emit_objects(texts, Target.host(), threads=1)
    assert one == machine.emit_objects(texts, Target.host(), threads=3)
    assert list(one) == list(texts)


def test_without_the_unlocked_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where llvmlite keeps its symbols differently, its public method does the same."""
    expected = machine.object_file(AXPY, Target.host())
    monkeypatch.setattr(machine, "_unlocked_emit", lambda: None)
    assert machine.object_file(AXPY, Target.host()) == expected


def test_compiling_from_many_threads() -> None:
    found: list[dict[str, int]] = []

    def work() -> None:
        texts = {str(i): adding(1000 + i) for i in range(10)}
        found.append(machine.compile_modules(texts, Target.host()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(addresses == found[0] for addresses in found)


@pytest.mark.parametrize("name", ["avx512", "avx2", "sse2", "neon"])
def test_code_for_other_processors(name: str) -> None:
    assert machine.object_file(AXPY, named(name))[:4] == b"\x7fELF"
    assert "axpy:" in machine.assembly(AXPY, named(name))


@pytest.mark.parametrize(
    ("name", "triple", "magic"),
    [
        ("avx2", "x86_64-pc-windows-msvc", b"\x64\x86"),
        ("neon", "arm64-apple-macosx14.0", b"\xcf\xfa\xed\xfe"),
    ],
)
def test_code_for_other_systems(name: str, triple: str, magic: bytes) -> None:
    assert machine.object_file(AXPY, named(name, triple)).startswith(magic)


def test_refused_text() -> None:
    with pytest.raises(GraphError) as caught:
        machine.compile_modules({"k": adding(1).replace("ret void", "ret i64 0")}, Target.host())
    assert caught.value.code == "LL751"
    assert "kernel k: line 20: value doesn't match" in str(caught.value)


def test_a_refusal_in_a_helping_thread_is_told() -> None:
    """Whichever thread meets it; the others end, and nobody waits."""
    bad = adding(2).replace("add i64 %v", "add i32 %v")
    for place in (0, 5, 11):
        texts = {f"k{i}": bad if i == place else adding(i + 500) for i in range(12)}
        with pytest.raises(GraphError, match=rf"LL751.*kernel k{place}: line \d+:"):
            machine.emit_objects(texts, Target.host(), threads=4)


def test_what_llvm_says_while_it_makes_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(made_by: object, module: object) -> bytes:
        raise RuntimeError("out of registers")

    monkeypatch.setattr(machine, "_unlocked_emit", lambda: refuse)
    with pytest.raises(GraphError, match=r"LL751.*kernel a.*out of registers"):
        machine.emit_objects({"a": AXPY}, Target.host())


@pytest.mark.parametrize("text", ["", adding(1, "a") + adding(1, "b").replace("entry", "e")])
def test_one_function_a_module(text: str) -> None:
    with pytest.raises(GraphError, match="functions instead of one"):
        machine.compile_modules({"k": text}, Target.host())


def test_a_refused_text_spoils_nothing() -> None:
    texts = {"good": adding(77), "bad": adding(78).replace("add i64 %v", "add i32 %v")}
    with pytest.raises(GraphError):
        machine.compile_modules(texts, Target.host())
    x = np.zeros(2, np.int64)
    call(machine.compile_modules({"good": texts["good"]}, Target.host())["good"], x, chunks=1)
    assert x.tolist() == [77, 0]


def test_available() -> None:
    assert machine.available()


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    reason = machine.why_not.__wrapped__()
    assert "llvmlite cannot be loaded" in reason
    monkeypatch.setattr(machine, "why_not", lambda: reason)
    with pytest.raises(DeviceError) as caught:
        machine._llvm.__wrapped__()
    assert caught.value.code == "LL750"
    assert not machine.available()

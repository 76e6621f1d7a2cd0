"""The least that runs and assembles text of the emitters."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from liuli.compiler.targets import Target, named

llvm = pytest.importorskip("llvmlite.binding")

Array = np.ndarray[Any, Any]


@cache
def _ready() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def here(name: str) -> Target:
    """The target of this name, with text that this machine can run.

    What its own processor lacks LLVM replaces: text for AVX-512 runs on AVX2, only slower.
    """
    host, wanted = Target.host(), named(name)
    ours = ["sse2", "avx2", "avx512"]
    if name in ours and host.name in ours and ours.index(name) <= ours.index(host.name):
        return replace(wanted, triple=host.triple, llvm=host.llvm)
    return replace(wanted, triple=host.triple, cpu=host.cpu, features=host.features, llvm=host.llvm)


def _machine(target: Target) -> Any:
    _ready()
    found = llvm.Target.from_triple(target.triple)
    return found.create_target_machine(cpu=target.cpu, features=target.features, opt=1, jit=True)


def parsed(text: str) -> Any:
    """The module, verified."""
    module = llvm.parse_assembly(text)
    module.verify()
    return module


def assembly(text: str, target: Target) -> str:
    """Assembly text for any target, this machine's or not."""
    return str(_machine(target).emit_assembly(parsed(text)))


class Native:
    """The function of a module, callable with arrays for its buffers."""

    def __init__(self, text: str, name: str, target: Target) -> None:
        self._engine = llvm.create_mcjit_compiler(parsed(text), _machine(target))
        self._engine.finalize_object()
        address = self._engine.get_function_address(name)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        self.function: Callable[[Any, int, int], None] = kind(address)

    def __call__(self, arrays: Sequence[Array], first: int = 0, last: int = 1) -> None:
        table = (ctypes.c_void_p * max(1, len(arrays)))(*(a.ctypes.data for a in arrays))
        self.function(table, first, last)

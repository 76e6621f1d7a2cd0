"""From LLVM text to machine code in memory, through llvmlite.

One module is one kernel. Its text alone decides its code: kernels of equal text, whatever their
names, share one piece of code for the life of the process. Only code generation runs; the text
is written as it should be, and LLVM's passes over it would cost more time than they win.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

from ..errors import DeviceError, GraphError
from ..threads import get_num_threads
from .targets import Target

OPTIMISATION = 1  # of code generation: 2 and 3 take longer and make no faster code
OLDEST_LLVM = 20  # pointers without types, and the intrinsics' spelling


class Code(NamedTuple):
    """A kernel's machine code: where it lies in memory, and its object file."""

    address: int
    object_file: bytes


class _Cache:
    """The code made so far, by the text's digest and the target, and the lock around making it."""

    codes: ClassVar[dict[tuple[str, Target], Code]] = {}
    lock = threading.Lock()


if hasattr(os, "register_at_fork"):  # a child must not begin while another thread compiles
    os.register_at_fork(
        before=_Cache.lock.acquire,
        after_in_parent=_Cache.lock.release,
        after_in_child=_Cache.lock.release,
    )


def available() -> bool:
    """Whether machine code can be made here.

    Example:
        >>> from liuli.compiler.machine import available, why_not
        >>> available() == (why_not() == "")
        True
    """
    return not why_not()


@cache
def why_not() -> str:
    """The reason why machine code cannot be made here, or "" if it can."""
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError) as error:
        return f"llvmlite cannot be loaded ({error})"
    version = llvm.llvm_version_info[0]
    if version < OLDEST_LLVM:
        return f"llvmlite is too old: it brings LLVM {version}, needed is {OLDEST_LLVM}"
    try:
        llvm.check_jit_execution()
    except OSError as error:
        return f"the system forbids code made at run time ({error})"
    return ""


def compile_modules(texts: Mapping[str, str], target: Target) -> dict[str, int]:
    """The addresses of kernels: for each name the module's one exported function.

    The names are the caller's own; modules of equal text share their code. New modules are
    compiled in several threads.

    Errors: LL750 where machine code cannot be made; LL751 for a text that LLVM refuses.
    """
    plain = {name: _anonymous(name, text) for name, text in texts.items()}
    with _Cache.lock:
        new = {
            symbol: name
            for name, (symbol, _) in plain.items()
            if (symbol, target) not in _Cache.codes
        }
        if new:
            objects = emit_objects({name: plain[name][1] for name in new.values()}, target)
            addresses = _load(objects.values(), new, target)
            for symbol, name in new.items():
                _Cache.codes[symbol, target] = Code(addresses[symbol], objects[name])
        return {name: _Cache.codes[symbol, target].address for name, (symbol, _) in plain.items()}


def compile_driver(text: str, target: Target) -> dict[str, int]:
    """The addresses of all exported functions of one module, by their names.

    Its loops are so short that code made without care is as fast, and ready four times sooner.
    """
    llvm = _llvm()
    with _Cache.lock, llvm.create_context() as context, _parsed("driver", text, context) as module:
        data = _machine(target, optimisation=0).emit_object(module)
        return _load([data], _exported(text), target)


def object_file(text: str, target: Target) -> bytes:
    """The object file of a module for any target, not only this machine."""
    return emit_objects({"module": text}, target)["module"]


def assembly(text: str, target: Target) -> str:
    """The assembler text of a module for any target."""
    llvm = _llvm()
    with llvm.create_context() as context, _parsed("module", text, context) as module:
        return str(_machine(target).emit_assembly(module))


def emit_objects(
    texts: Mapping[str, str], target: Target, *, threads: int | None = None
) -> dict[str, bytes]:
    """The object file of each module, made by up to `threads` threads (by default, as allowed)."""
    _llvm()
    if threads is None:
        threads = get_num_threads()
    threads = min(threads, len(texts)) if _unlocked_emit() else 1
    jobs = sorted(texts, key=lambda name: len(texts[name]))  # pop() gives the longest
    done: dict[str, bytes] = {}
    faults: list[Exception] = []

    def work() -> None:
        try:
            _emit_all(jobs, texts, target, done)
        except Exception as error:
            faults.append(error)

    helpers = [threading.Thread(target=work, daemon=True) for _ in range(threads - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if faults:
        raise faults[0]
    return {name: done[name] for name in texts}


def _emit_all(
    jobs: list[str], texts: Mapping[str, str], target: Target, done: dict[str, bytes]
) -> None:
    """Take jobs until none is left. LLVM is safe in threads that share no context."""
    emit = _unlocked_emit() or (lambda machine, module: machine.emit_object(module))
    machine = _machine(target)
    with _llvm().create_context() as context:
        while True:
            try:
                name = jobs.pop()
            except IndexError:
                return
            with _parsed(name, texts[name], context) as module:
                done[name] = emit(machine, module)


def _anonymous(name: str, text: str) -> tuple[str, str]:
    """A symbol made of the text alone, and the text with it in place of the function's name."""
    exported = _exported(text)
    if len(exported) != 1:
        why = f"it exports {len(exported)} functions instead of one"
        raise GraphError("LL751", kernel=name, why=why)
    bare = text.replace(f"@{exported[0]}(", "@(")
    symbol = "liuli_" + hashlib.sha256(bare.encode("utf-8")).hexdigest()[:32]
    return symbol, text.replace(f"@{exported[0]}(", f"@{symbol}(")


def _exported(text: str) -> list[str]:
    """The names of the functions that a module shows to others."""
    heads = [part.partition("(")[0] for part in f"\n{text}".split("\ndefine ")[1:]]
    return [head.rpartition("@")[2] for head in heads if not head.startswith("internal ")]


# --- llvmlite ---------------------------------------------------------------------------------
@cache
def _llvm() -> Any:
    """llvmlite's binding, ready for every processor. Errors: LL750."""
    if reason := why_not():
        raise DeviceError("LL750", reason=reason)
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    if sys.platform == "win32":
        _add_windows_symbols(llvm)
    return llvm


def _machine(target: Target, optimisation: int = OPTIMISATION) -> Any:
    """A new target machine: it belongs to one thread, or to one engine."""
    kind = _llvm().Target.from_triple(target.triple)
    return kind.create_target_machine(
        cpu=target.cpu, features=target.features, opt=optimisation, jit=True
    )


def _parsed(name: str, text: str, context: Any) -> Any:
    """The module. Errors: LL751 if LLVM refuses the text."""
    try:
        return _llvm().parse_assembly(text, context)
    except RuntimeError as error:
        why = re.sub(r"<string>:(\d+):\d+: error: ", r"line \1: ", str(error).split("\n")[1])
        raise GraphError("LL751", kernel=name, why=why) from None


@cache
def _unlocked_emit() -> Callable[[Any, Any], bytes] | None:
    """Code generation that other threads need not wait for, or None where llvmlite has changed.

    llvmlite puts one lock around every call of its library. We call the same function of the same
    library past the lock, which is sound because no other thread sees our module and machine.
    """
    try:
        from llvmlite.binding import ffi

        library = ctypes.CDLL(ffi.lib._name, handle=ffi.lib._handle)
        locked = ffi.lib.LLVMPY_TargetMachineEmitToMemory
        raw = library.LLVMPY_TargetMachineEmitToMemory
        raw.argtypes, raw.restype = locked.argtypes, locked.restype
    except AttributeError:
        return None

    def emit(machine: Any, module: Any) -> bytes:
        with ffi.OutputString() as fault:
            buffer = raw(machine, module, 1, fault)
            if not buffer:
                raise RuntimeError(str(fault))
        try:
            begin = ffi.lib.LLVMPY_GetBufferStart(buffer)
            return ctypes.string_at(begin, ffi.lib.LLVMPY_GetBufferSize(buffer))
        finally:
            ffi.lib.LLVMPY_DisposeMemoryBuffer(buffer)

    return emit


def _load(objects: Iterable[bytes], symbols: Iterable[str], target: Target) -> dict[str, int]:
    """Put object files into executable memory, for good; the addresses of their symbols."""
    llvm = _llvm()
    empty = llvm.parse_assembly(f'target triple = "{target.triple}"')
    engine = llvm.create_mcjit_compiler(empty, _machine(target))
    for data in objects:
        engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    engine.finalize_object()
    # Worker threads may run this code until the very end of the process: it is never freed.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return {symbol: int(engine.get_function_address(symbol)) for symbol in symbols}


def _add_windows_symbols(llvm: Any) -> None:
    """What LLVM's code for Windows may ask for: a probe of large frames, a mark of float use."""
    system = ctypes.CDLL("ntdll")
    llvm.add_symbol("__chkstk", ctypes.cast(system["__chkstk"], ctypes.c_void_p).value)
    mark = ctypes.create_string_buffer(8)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(mark))
    llvm.add_symbol("_fltused", ctypes.addressof(mark))

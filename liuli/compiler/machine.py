"""From LLVM text to machine code in memory, through llvmlite.

One module is one kernel. Kernels of equal text, whatever their names, share one piece of code for
the life of the process, and their object files are kept for later ones (`cache.py`). Only code
generation runs; the text is written as it should be, and LLVM's passes over it would cost more
time than they win.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

from ..errors import DeviceError, GraphError
from ..threads import get_num_threads
from . import cache as kept
from .targets import Target

OPTIMISATION = 1  # of code generation: 2 and 3 take longer and make no faster code
OLDEST_LLVM = 20  # pointers without types, and the intrinsics' spelling


class Source(NamedTuple):
    """A module that is written only if its code is not there yet."""

    key: str  # all that decides the text, but the function's name
    text: Callable[[], str]


class _Cache:
    """Where code lies that this process has, by its digest, and the lock around making it."""

    addresses: ClassVar[dict[str, int]] = {}
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


def compile_modules(modules: Mapping[str, str | Source], target: Target) -> dict[str, int]:
    """The addresses of kernels: for each name the module's one exported function.

    The names are the caller's own; modules of equal text, or of equal keys, share their code. New
    modules are taken from the cache on disk, or compiled in several threads.

    Errors: LL750 where machine code cannot be made; LL751 for a text that LLVM refuses.
    """
    sources = {name: _source(name, module) for name, module in modules.items()}
    digests = {name: _digest(source.key, target) for name, source in sources.items()}
    with _Cache.lock:
        new = {d: name for name, d in digests.items() if d not in _Cache.addresses}
        if new:
            objects = kept.read(new)
            texts = {name: _renamed(name, sources[name].text(), _symbol(d))
                     for d, name in new.items() if d not in objects}  # fmt: skip
            made = emit_objects(texts, target)
            fresh = {digests[name]: data for name, data in made.items()}
            kept.write(fresh)
            symbols = {_symbol(digest): digest for digest in new}
            found = _load([*objects.values(), *fresh.values()], symbols, target)
            _Cache.addresses |= {symbols[symbol]: at for symbol, at in found.items()}
        return {name: _Cache.addresses[digest] for name, digest in digests.items()}


def compile_driver(text: str, target: Target) -> dict[str, int]:
    """The addresses of all exported functions of one module, by their names.

    Its loops are so short that code made without care is as fast, and ready four times sooner.
    """
    digest = _digest(f"without care {text}", target)
    with _Cache.lock:
        data = kept.read([digest]).get(digest)
        if data is None:
            with _llvm().create_context() as context, _parsed("driver", text, context) as module:
                data = _machine(target, optimisation=0).emit_object(module)
            kept.write({digest: data})
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
                try:
                    done[name] = emit(machine, module)
                except RuntimeError as error:
                    raise GraphError("LL751", kernel=name, why=str(error)) from None


def _source(name: str, module: str | Source) -> Source:
    """A module with its key; that of a text is the text without the function's name."""
    if isinstance(module, Source):
        return module
    return Source(_renamed(name, module, ""), lambda: module)


def _digest(key: str, target: Target) -> str:
    """The name of a code: what it is made from, for whom, and by whom."""
    parts = (key, repr(target), str(OPTIMISATION), _maker())
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def _symbol(digest: str) -> str:
    return "liuli_" + digest[:32]


def _renamed(name: str, text: str, symbol: str) -> str:
    """The text with its one exported function called `symbol`."""
    exported = _exported(text)
    if len(exported) != 1:
        why = f"it exports {len(exported)} functions instead of one"
        raise GraphError("LL751", kernel=name, why=why)
    return text.replace(f"@{exported[0]}(", f"@{symbol}(")


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

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _maker() -> str:
    """Who makes the code."""
    import llvmlite

    return f"llvmlite {llvmlite.__version__}, LLVM {_llvm().llvm_version_info}"


@cache
def _kind(triple: str) -> Any:
    """LLVM's target of a triple; those of other processors take 5 ms to get ready."""
    llvm = _llvm()
    try:
        return llvm.Target.from_triple(triple)
    except RuntimeError:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        return llvm.Target.from_triple(triple)


def _machine(target: Target, optimisation: int = OPTIMISATION) -> Any:
    """A new target machine: it belongs to one thread, or to one engine."""
    kind = _kind(target.triple)
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

"""The operating system's calls for a thread that waits: step aside, sleep on a word, wake others.

Generated code links to nothing, so it is given the addresses of these calls. How they are called
differs between systems, and is a line of LLVM text for each.

| way     | system                | sleep while the word is unchanged | wake                       |
|---------|-----------------------|-----------------------------------|----------------------------|
| futex   | Linux                 | syscall(futex, WAIT)              | syscall(futex, WAKE)       |
| address | Windows 8 and later   | WaitOnAddress                     | WakeByAddressAll           |
| sync    | macOS 14.4 and later  | os_sync_wait_on_address           | os_sync_wake_by_address_all|
| python  | any other             | a `threading.Condition`           | the same                   |
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98}
_EVERYBODY = 2**31 - 1


@dataclass(frozen=True)
class Way:
    """How a thread waits here: addresses of three functions, and the text that calls them.

    In `sleep` and `wake` stand `%call`, the function's address, `%word`, the address of a 32-bit
    word, and (in `sleep`) `%old`, the value that it must still have.
    """

    name: str
    sleep: str
    wake: str
    addresses: tuple[int, int, int] = (0, 0, 0)  # step aside, sleep, wake
    alive: tuple[Any, ...] = field(default=(), compare=False)  # what the addresses live in

    @property
    def style(self) -> Way:
        """The way without addresses: all that generated code depends on."""
        return replace(self, addresses=(0, 0, 0), alive=())

    @property
    def main_sleeps(self) -> bool:
        """Whether the calling thread may sleep too. Not in Python: Ctrl-C would be lost there."""
        return self.name != "python"


def futex_text(machine: str) -> tuple[str, str]:
    """Sleep and wake on Linux (128: only threads of this process share the word)."""
    number = FUTEX_NUMBERS[machine]
    call = f"call i64 (i64, ...) %call(i64 {number}, ptr %word"
    return (
        f"%value = zext i32 %old to i64\n  {call}, i64 128, i64 %value, ptr null)",
        f"{call}, i64 129, i64 {_EVERYBODY})",
    )


ADDRESS_TEXT = (
    "%kept = alloca i32\n  store i32 %old, ptr %kept\n"
    "  call i32 %call(ptr %word, ptr %kept, i64 4, i32 -1)",
    "call void %call(ptr %word)",
)
SYNC_TEXT = (
    "%value = zext i32 %old to i64\n  call i32 %call(ptr %word, i64 %value, i64 4, i32 0)",
    "call i32 %call(ptr %word, i64 4, i32 0)",
)
PYTHON_TEXT = ("call void %call(ptr %word, i32 %old)", "call void %call(ptr %word)")


def system_way(triple: str) -> Way:
    """The best way of the system that runs this process, whose triple is given."""
    ways = {"linux": _futex, "win32": _address, "darwin": _sync}
    try:
        return ways[sys.platform](triple.partition("-")[0])
    except (AttributeError, OSError, KeyError):  # an older or a rarer system
        return python_way()


def python_way() -> Way:
    """Sleeping in Python: slower, and possible everywhere. Every call makes a new one."""
    changed = threading.Condition()

    def sleep(word: int, old: int) -> None:
        with changed:
            while ctypes.c_int32.from_address(word).value == old:
                changed.wait()

    def wake(word: int) -> None:
        with changed:
            changed.notify_all()

    kinds = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32)
    calls = kinds(sleep), ctypes.CFUNCTYPE(None, ctypes.c_void_p)(wake)
    aside, library = _step_aside()
    addresses = (aside, _address_of(calls[0]), _address_of(calls[1]))
    return Way("python", *PYTHON_TEXT, addresses, alive=(calls, library))


def _futex(machine: str) -> Way:
    library = ctypes.CDLL(None)
    call = _address_of(library.syscall)
    addresses = (_address_of(library.sched_yield), call, call)
    return Way("futex", *futex_text(machine), addresses, alive=(library,))


def _address(machine: str) -> Way:
    aside, kernel = _step_aside()
    library = ctypes.CDLL("kernelbase")
    calls = (_address_of(library.WaitOnAddress), _address_of(library.WakeByAddressAll))
    return Way("address", *ADDRESS_TEXT, (aside, *calls), alive=(kernel, library))


def _sync(machine: str) -> Way:
    aside, library = _step_aside()
    sleep, wake = library.os_sync_wait_on_address, library.os_sync_wake_by_address_all
    calls = (_address_of(sleep), _address_of(wake))
    return Way("sync", *SYNC_TEXT, (aside, *calls), alive=(library,))


def _step_aside() -> tuple[int, ctypes.CDLL]:
    """The address of the call that lets another thread have the processor, and its library."""
    windows = sys.platform.startswith("win")
    library = ctypes.CDLL("kernel32" if windows else None)
    return _address_of(library.SwitchToThread if windows else library.sched_yield), library


def _address_of(function: Callable[..., Any]) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]

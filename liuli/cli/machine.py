"""What this computer is, asked of each system in its own way; "" or None where it does not say."""

from __future__ import annotations

import ctypes
import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import cuda
from ..errors import DeviceError
from ..messages import reader_language
from ..threads import CGROUP

GB = 1e9
# What the CPU calls its vector units, and NumPy, and people.
VECTORS = {
    "AVX2": ("avx2", "AVX2", "X86_V3"),
    "AVX-512": ("avx512f", "AVX512F", "AVX512_SKX", "X86_V4"),
    "NEON": ("neon", "asimd", "NEON", "ASIMD"),
}
PACKAGES = ("numpy", "ml_dtypes", "safetensors", "threadpoolctl", "rich", "pillow", "pooch",
            "llvmlite", "pandas", "matplotlib")  # fmt: skip


class Processor(NamedTuple):
    """The CPU's name, and its vector units: the more numbers at once, the faster."""

    name: str
    vectors: list[str]


def processor(info: Path = Path("/proc/cpuinfo")) -> Processor:
    """The CPU. What Linux, macOS or Windows does not tell, NumPy has found out."""
    said = cpuinfo(info)
    name = said.get("model name") or said.get("Model") or _sysctl("machdep.cpu.brand_string")
    flags = set(f"{said.get('flags', '')} {said.get('Features', '')}".split())
    found = np.show_config(mode="dicts")["SIMD Extensions"]
    flags |= {*found.get("baseline", ()), *found.get("found", ())}
    vectors = [each for each, names in VECTORS.items() if flags & set(names)]
    if not vectors and platform.machine().lower() in ("arm64", "aarch64"):
        vectors = ["NEON"]  # all 64-bit ARM processors have it
    return Processor(name or _registry() or platform.processor() or platform.machine(), vectors)


def cpuinfo(path: Path) -> dict[str, str]:
    """The first CPU's lines of Linux's list, by name."""
    lines: dict[str, str] = {}
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                lines.setdefault(name.strip(), value.strip())
    return lines


def _sysctl(name: str) -> str:
    """macOS's answer to a question about the machine."""
    if platform.system() != "Darwin":
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        asked = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, timeout=5)
        return asked.stdout.decode("utf-8", "replace").strip()
    return ""


def _registry() -> str:
    """Windows' name for the CPU."""
    if platform.system() != "Windows":
        return ""
    winreg: Any = importlib.import_module("winreg")
    with suppress(OSError):
        key = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as place:
            return str(winreg.QueryValueEx(place, "ProcessorNameString")[0]).strip()
    return ""


class Memory(NamedTuple):
    """Bytes that programs may use together, and those that are free."""

    total: int
    free: int


def memory() -> Memory | None:
    """The memory; inside a container what that may use."""
    found = _linux_memory(Path("/proc/meminfo")) or _mac_memory() or _windows_memory()
    limit = container_memory(CGROUP)
    if found is None or limit is None or limit.total >= found.total:
        return found
    return Memory(limit.total, min(limit.free, found.free))


def _linux_memory(path: Path) -> Memory | None:
    said = cpuinfo(path)
    with suppress(KeyError, ValueError, IndexError):
        sizes = (int(said[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
        return Memory(*sizes)
    return None


def container_memory(root: Path) -> Memory | None:
    """The limit of a Linux container (cgroup v2, v1), if it has one."""
    old = "memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"
    for most, used in (("memory.max", "memory.current"), old):
        with suppress(OSError, ValueError):  # ValueError: the word "max", no limit
            total = int((root / most).read_text(encoding="ascii"))
            taken = int((root / used).read_text(encoding="ascii"))
            return Memory(total, max(total - taken, 0))
    return None


def _mac_memory() -> Memory | None:
    total = _sysctl("hw.memsize")
    page, count = _sysctl("hw.pagesize"), _sysctl("vm.page_free_count")
    if not (total.isdecimal() and page.isdecimal() and count.isdecimal()):
        return None
    return Memory(int(total), int(page) * int(count))


def _windows_memory() -> Memory | None:
    if platform.system() != "Windows":
        return None
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - there on Windows only
    # MEMORYSTATUSEX: its length, the load in percent, then seven sizes: total, free, ...
    status = (ctypes.c_uint64 * 8)()
    status[0] = ctypes.sizeof(status)
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return Memory(int(status[1]), int(status[2]))


def present() -> int:
    """CPUs that the machine has."""
    return os.cpu_count() or 1


def blas() -> str:
    """The library that multiplies matrices for NumPy."""
    import threadpoolctl

    for each in threadpoolctl.threadpool_info():
        if each.get("user_api") == "blas":
            kind = f" for {each['architecture']}" if each.get("architecture") else ""
            return f"{each['internal_api']} {each.get('version') or '?'}{kind}"
    return ""


def gpu() -> dict[str, str]:
    """The GPU's name, or the reason why there is none."""
    try:
        return {"name": str(cuda.get_device_name()), "reason": ""}
    except DeviceError as error:
        # In English on the first line; below it in the reader's language, if that is another.
        english, *local = str(error).splitlines()
        reason = local[0].strip() if reader_language() != "en" else english.partition("]: ")[2]
        return {"name": "", "reason": reason}


def versions() -> dict[str, str]:
    """The packages that Liuli works with; "" where one is not installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def system() -> str:
    """The operating system, as a person would name it."""
    name = platform.platform(aliased=True, terse=True)
    with suppress(OSError, AttributeError):
        name = f"{platform.freedesktop_os_release()['PRETTY_NAME']} ({name})"
    return f"{name}, {platform.machine()}"


def settings_in(environment: Mapping[str, Any] = os.environ) -> dict[str, str]:
    """The variables that Liuli reads."""
    return {name: environment[name] for name in sorted(environment) if name.startswith("LIULI_")}


def can_write(folder: Path) -> bool:
    """Whether files can be made there, or the folder itself if it does not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def version() -> str:
    """Liuli's own version."""
    return str(sys.modules[__name__.partition(".")[0]].__version__)

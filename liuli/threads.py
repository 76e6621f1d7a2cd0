"""How many threads may work, and telling NumPy's BLAS.

The number is `LIULI_NUM_THREADS` or `set_num_threads`, else the CPUs this process may use:
its affinity and its container's quota, not what the machine has.
"""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

from . import settings
from .errors import ArgumentError

CGROUP = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def container_quota(root: Path = CGROUP, own: Path = OWN) -> float | None:
    """CPUs that a Linux container may use (cgroup v2 `cpu.max`, v1 `cfs_quota`), or None.

    The group that this process is in has a limit, or one of those around it; the least counts.
    """
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    found = [_quota(root), _quota(root / "cpu")]
    for line in lines:
        _, kinds, path = line.split(":", 2)
        folder = root if not kinds else root / "cpu"
        if not kinds or "cpu" in kinds.split(","):
            found += [_quota(folder / group) for group in _around(path.strip("/"))]
    return min((quota for quota in found if quota is not None), default=None)


def _around(path: str) -> list[str]:
    """A group and those around it, but for the outermost: "a/b" and "a" for "a/b"."""
    parts = [part for part in path.split("/") if part]
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _quota(folder: Path) -> float | None:
    """CPUs that one group may use, or None."""
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()[:2]
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        except OSError:
            return None
    if quota == "max" or int(quota) <= 0 or int(period) <= 0:
        return None
    return int(quota) / int(period)


def usable_cpus() -> int:
    """CPUs that this process may use: affinity and container quota respected, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:  # Windows and macOS have no affinity call in the standard library
        count = os.cpu_count() or 1
    quota = container_quota()
    return count if quota is None else max(1, min(count, math.ceil(quota)))


@cache
def cpus_at_start() -> int:
    """The usable CPUs when this was first asked: reading files at each step would take too long."""
    return usable_cpus()


if hasattr(os, "register_at_fork"):  # a child may be kept to other CPUs
    os.register_at_fork(after_in_child=cpus_at_start.cache_clear)


def get_num_threads() -> int:
    """Threads that Liuli uses: the setting, else `LIULI_NUM_THREADS`, else the usable CPUs.

    Example:
        >>> import liuli
        >>> liuli.get_num_threads() >= 1
        True
    """
    asked = settings.current.num_threads or settings.threads_from_environment()
    return asked or cpus_at_start()


def set_num_threads(count: int) -> None:
    """Use `count` threads from now on. Errors: LL803 unless `count` is a positive integer."""
    if type(count) is not int or count < 1:
        raise ArgumentError("LL803", count=repr(count))
    settings.change(num_threads=count)
    apply_to_blas()


class _Blas:
    """What NumPy's BLAS was last told, and the setting that it followed from."""

    told: int | None = None
    setting: object = "not asked yet"


def apply_to_blas() -> None:
    """Give NumPy's BLAS our number of threads."""
    _Blas.setting = settings.current.num_threads
    count = get_num_threads()
    if count != _Blas.told:
        import threadpoolctl  # only when a limit is really needed

        threadpoolctl.threadpool_limits(count, user_api="blas")
    _Blas.told = count


def ready() -> None:
    """Called before a matrix product: tells the BLAS if the setting has changed.

    OpenBLAS by itself takes the affinity's count, so nothing is loaded when that is right.
    """
    setting = settings.current.num_threads
    if setting == _Blas.setting:
        return
    _Blas.setting = setting
    count = get_num_threads()
    itself = _Blas.told is None and "OPENBLAS_NUM_THREADS" not in os.environ
    if itself and count == (os.cpu_count() or 1):
        _Blas.told = count
    else:
        apply_to_blas()

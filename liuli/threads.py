"""How many threads may work, and telling NumPy's BLAS.

The number is `LIULI_NUM_THREADS` or `set_num_threads`, else the CPUs this process may use:
its affinity and its container's quota, not what the machine has.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

from . import settings
from .errors import ArgumentError

CGROUP = Path("/sys/fs/cgroup")


def container_quota(root: Path = CGROUP) -> float | None:
    """CPUs that a Linux container may use (cgroup v2 `cpu.max`, v1 `cfs_quota`), or None."""
    try:
        quota, period = (root / "cpu.max").read_text(encoding="ascii").split()[:2]
    except (OSError, ValueError):
        try:
            folder = root / "cpu"
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


def get_num_threads() -> int:
    """Threads that Liuli uses: the setting, else `LIULI_NUM_THREADS`, else the usable CPUs.

    Example:
        >>> import liuli
        >>> liuli.get_num_threads() >= 1
        True
    """
    asked = settings.current.num_threads or settings.threads_from_environment()
    return asked or usable_cpus()


def set_num_threads(count: int) -> None:
    """Use `count` threads from now on. Errors: LL803 unless `count` is a positive integer."""
    if type(count) is not int or count < 1:
        raise ArgumentError("LL803", count=repr(count))
    settings.change(num_threads=count)
    apply_to_blas()


class _Blas:
    """What NumPy's BLAS was last told; None before the first product."""

    told: int | None = None


def apply_to_blas() -> None:
    """Give NumPy's BLAS our number of threads."""
    count = get_num_threads()
    if count != _Blas.told:
        import threadpoolctl  # only when a limit is really needed

        threadpoolctl.threadpool_limits(count, user_api="blas")
    _Blas.told = count


def ready() -> None:
    """Called before a matrix product: the first one tells the BLAS, unless it knows already.

    OpenBLAS by itself takes the affinity's count, so nothing is loaded when that is right.
    """
    if _Blas.told is None:
        count = get_num_threads()
        if count == (os.cpu_count() or 1) and "OPENBLAS_NUM_THREADS" not in os.environ:
            _Blas.told = count
        else:
            apply_to_blas()

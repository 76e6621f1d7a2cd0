"""A compiled program: a table of kernels that a few threads run together.

Every thread runs the whole table and takes its share of each entry's chunks, and they meet only
where the entry says so. The loop is native (`driver.py`); Python is there between calls.

- The calling thread is thread 0. The others are workers of one pool: started when first needed,
  woken by a call, asleep soon after it. They die with the process and never delay its end.
- Results do not depend on the number of threads, so whoever finds the pool busy works alone.
- After a fork the child starts workers of its own.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..crew import Crew
from ..settings import current
from ..threads import cpus_at_start, get_num_threads
from ..waiting import Way, python_way, system_way
from .driver import BARRIER, ENTRY, JOB, LINE, STOP, driver_text
from .machine import compile_driver
from .targets import Target

MOST_THREADS = 256
MOST_CHUNKS = 2**20  # the driver multiplies them by threads in 32 bits
MOST_NS = 5_000_000  # no further run begins in a call that has taken so long: Ctrl-C is near
_CALIBRATION_NS = 2_000_000
_USED, _MADE = (JOB.names.index(name) for name in ("used", "made"))  # type: ignore[union-attr]

Ints = np.ndarray[Any, np.dtype[np.int64]]


class Entry(NamedTuple):
    """One line of a program's table: a kernel, its buffers, its chunks, and what comes after."""

    address: int
    pointers: Sequence[int]
    chunks: int = 1
    barrier_after: bool = False
    stop_if_status: bool = False  # a barrier, and the end of the program if a check has failed


class Driver:
    """The native functions for one style of waiting, and for timed or plain programs."""

    def __init__(self, style: Way, timed: bool) -> None:
        target = Target.host()
        addresses = compile_driver(driver_text(style, target.triple, timed=timed), target)
        long, pointer = ctypes.c_int64, ctypes.c_void_p
        self.steps = addresses["steps"]
        # Without declared arguments: the caller hands over a ready `c_void_p`, which is faster.
        self.run: Callable[[ctypes.c_void_p], int] = ctypes.CFUNCTYPE(long)(addresses["run"])
        self.work = ctypes.CFUNCTYPE(None, pointer, pointer, long, ctypes.c_int32)(
            addresses["work"]
        )
        self.ticks: Callable[[], int] = ctypes.CFUNCTYPE(long)(addresses["ticks"])
        self._began = self.ticks(), time.perf_counter_ns()
        self._ns_per_tick = 0.0

    def ns_per_tick(self) -> float:
        """How long a tick is, measured since the driver was made, over at least 2 ms."""
        if not self._ns_per_tick:
            while time.perf_counter_ns() - self._began[1] < _CALIBRATION_NS:
                pass
            ticks, now = self.ticks(), time.perf_counter_ns()
            self._ns_per_tick = (now - self._began[1]) / (ticks - self._began[0])
        return self._ns_per_tick


@cache
def _driver(style: Way, timed: bool) -> Driver:
    """The driver, compiled once a process."""
    return Driver(style, timed)


class _Forked(Protocol):
    def after_fork(self) -> None:
        """Make this usable in a child process, where only the forking thread lives on."""


living: weakref.WeakSet[_Forked] = weakref.WeakSet()


def _after_fork() -> None:
    for thing in list(living):
        thing.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _end(pool: weakref.ref[Pool]) -> None:
    """At the end of the process, while Python still works."""
    living = pool()
    if living is not None:
        living.end()


class Pool:
    """Worker threads, and the memory through which they are told and meet."""

    def __init__(self, way: Callable[[], Way]) -> None:
        self._way = way
        self.driver = _driver(way().style, False)
        self.after_fork()
        living.add(self)
        atexit.register(_end, weakref.ref(self))

    def after_fork(self) -> None:
        """Begin without workers, with fresh memory and a free lock."""
        self.lock = threading.Lock()
        self.workers = 0
        self.way = self._way()
        # First a line with the system's calls, then one for the barrier, then one for each worker.
        memory = _aligned((2 + MOST_THREADS) * LINE.itemsize)
        memory[:24].view(np.int64)[:] = self.way.addresses
        # Workers look at this memory until the process ends, when Python has long cleaned up.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object((memory, self.way)))
        self.control = memory.ctypes.data
        self.lines = self.control + LINE.itemsize
        self._records = memory[LINE.itemsize :].view(LINE)
        self._threads: list[threading.Thread] = []

    def ready(self, threads: int) -> int:
        """Start workers for `threads` threads, as far as allowed; how many threads there are."""
        if threads - 1 > self.workers:
            for index in range(self.workers + 1, min(threads, get_num_threads(), MOST_THREADS)):
                if not self._start(index):
                    break
                self.workers = index
        return min(threads, self.workers + 1)

    def _start(self, index: int) -> bool:
        """Start one worker, unless the system has no threads left."""
        arguments = self.control, self.lines, index, 0
        worker = threading.Thread(
            target=self.driver.work, args=arguments, name=f"liuli worker {index}", daemon=True
        )
        try:
            worker.start()
        except RuntimeError:
            return False
        self._threads.append(worker)
        return True

    def end(self) -> None:
        """Let workers that sleep in Python end: it cannot be left from native code."""
        way = self.way
        if way.main_sleeps or not self.lock.acquire(blocking=False):
            return
        wake = way.alive[0][1]
        for index, worker in enumerate(self._threads, 1):
            self._records["job"][index] = 0
            self._records["word"][index] += 1
            wake(self.lines + index * LINE.itemsize)
            worker.join(timeout=1.0)


def _host_way() -> Way:
    return system_way(Target.host().triple)


@cache
def shared_pool() -> Pool:
    """The pool of this process."""
    return Pool(_host_way)


def portable_pool() -> Pool:
    """A pool that sleeps in Python, as on systems whose calls are not known."""
    return Pool(python_way)


class Program:
    """A table of kernels and the memory it names, ready to run any number of times.

    `table` holds the pointers of all entries' buffers, one entry after the other; what is written
    there counts from the next run on (`place` tells where). `status` is where the kernels' checks
    write; a run begins with 0 in its first number. The caller keeps the buffers alive.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        status: Ints,
        *,
        timed: bool = False,
        pool: Pool | None = None,
    ) -> None:
        self.status = status
        self._pool = pool or shared_pool()
        counts = [len(entry.pointers) for entry in entries]
        self._begins = [sum(counts[:i]) for i in range(len(counts))]
        self.table: Ints = np.array([p for e in entries for p in e.pointers] or [0], np.int64)
        self._entries = np.zeros(len(entries) + 1, ENTRY)
        for i, entry in enumerate(entries):
            self._entries[i] = self._record(entry, self._begins[i])
        self._size = len(entries)
        self._job = _aligned(JOB.itemsize + LINE.itemsize)
        self._times: Ints = np.zeros((MOST_THREADS if timed else 0, 2 * len(entries) + 1), np.int64)
        self._describe(timed)
        self._limit_set = False
        self._advance: Ints | None = None
        self._numbers: Any = self._job[: JOB.itemsize].view(np.int64).data
        self._until = 0  # ticks of use after which the crew is told
        self.crew = Crew(1)
        self.after_fork()
        living.add(self)

    def _record(self, entry: Entry, begin: int) -> tuple[int, int, int, int]:
        """An entry as the driver reads it."""
        if not 0 <= entry.chunks <= MOST_CHUNKS:
            raise ValueError(f"{entry.chunks} chunks; at most {MOST_CHUNKS} are possible")
        flags = BARRIER * entry.barrier_after | (BARRIER | STOP) * entry.stop_if_status
        return entry.address, self.table.ctypes.data + 8 * begin, entry.chunks, flags

    def _describe(self, timed: bool) -> None:
        """Fill in the job's record."""
        pool = self._pool
        job = self._job[: JOB.itemsize].view(JOB)
        job["steps"] = _driver(pool.way.style, timed).steps
        job["entries"], job["size"] = self._entries.ctypes.data, self._size
        job["table"], job["status"] = self.table.ctypes.data, self.status.ctypes.data
        job["times"], job["stride"] = self._times.ctypes.data, self._times.strides[0]
        self._record_of_job = job

    def after_fork(self) -> None:
        """Be free to run: the thread that was running this is not in the child."""
        self._lock = threading.RLock()
        self._at = ctypes.c_void_p(self._job.ctypes.data)
        self._job[JOB.itemsize :] = 0
        self._asked = (0, 0)
        self._setting: int | None = -1  # by which the crew was chosen: none yet

    def place(self, entry: int, buffer: int) -> int:
        """Where the pointer of a buffer of an entry is in `table`."""
        return self._begins[entry] + buffer

    def run(self, count: int = 1, *, threads: int | None = 1, advance: Ints | None = None) -> int:
        """Run the table `count` times; how many runs were completed.

        `threads` is a number, or None for what proves best: at most `get_num_threads()`, and no
        more than there are processors.
        After each completed run the pointers named by `advance`, rows of (place in `table`,
        bytes), move on. Fewer than `count` are completed only if `status` tells of a failed check.
        """
        with self._lock:
            if advance is not self._advance:
                self._move(advance)
            if count == 1:
                return self._call(threads, 1)
            if not self._limit_set:
                self._set_limit()
            done = 0
            while done < count:
                done += self._call(threads, count - done)
                if self.status[0]:
                    break
            return done

    def _call(self, threads: int | None, count: int) -> int:
        """One native call, with the pool's workers if they are free."""
        pool = self._pool
        if threads is None:
            if self._numbers[_USED] >= self._until or current.num_threads != self._setting:
                self._choose()
            threads = self.crew.threads
        if threads > 1 and pool.lock.acquire(blocking=False):
            try:
                threads = pool.ready(threads)
                if (threads, count) != self._asked:
                    self._ask(threads, count)
                return pool.driver.run(self._at)
            finally:
                pool.lock.release()
        if (1, count) != self._asked:
            self._ask(1, count)
        return pool.driver.run(self._at)

    def _choose(self) -> None:
        """Tell the crew what the last stretch took; or begin with another one, if it is news."""
        numbers, tick = self._numbers, self._pool.driver.ns_per_tick() * 1e-9
        used, made, numbers[_USED], numbers[_MADE] = numbers[_USED], numbers[_MADE], 0, 0
        if current.num_threads != self._setting:
            self._setting = current.num_threads
            self.crew = Crew(min(get_num_threads(), cpus_at_start()))
        elif made:
            self.crew.tell(used * tick, made)
        self._until = int(self.crew.stretch / tick)

    def _ask(self, threads: int, count: int) -> None:
        """Tell the driver how many threads, and how many runs. One thread needs no pool."""
        job, pool = self._record_of_job, self._pool
        own_line = self._job.ctypes.data + JOB.itemsize
        job["control"], job["lines"] = pool.control, pool.lines if threads > 1 else own_line
        job["threads"], job["count"] = threads, count
        self._asked = threads, count

    def _move(self, advance: Ints | None) -> None:
        """Tell the driver by how much pointers move after a run."""
        rows = np.zeros((0, 2), np.int64) if advance is None else advance
        if rows.dtype != np.int64 or rows.ndim != 2 or not rows.flags.c_contiguous:
            raise ValueError("advance is no contiguous int64 array of rows (place, bytes)")
        self._record_of_job["advances"], self._record_of_job["moves"] = rows.ctypes.data, len(rows)
        self._advance = advance

    def _set_limit(self) -> None:
        ns_per_tick = self._pool.driver.ns_per_tick()
        self._record_of_job["limit"] = int(MOST_NS / ns_per_tick)
        self._limit_set = True

    def times(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Nanoseconds of a timed program's last run: [thread, entry, (work, waiting after it)]."""
        with self._lock:
            threads, _ = self._asked
            passed = np.diff(self._times[:threads], axis=1) * self._pool.driver.ns_per_tick()
            return passed.reshape(threads, self._size, 2)


def _aligned(size: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Zeros that begin at a pair of cache lines."""
    memory = np.zeros(size + LINE.itemsize, np.uint8)
    begin = -memory.ctypes.data % LINE.itemsize
    return memory[begin : begin + size]

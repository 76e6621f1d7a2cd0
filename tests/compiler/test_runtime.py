"""A table of kernels gives the same numbers with any number of threads, and leaves no trace."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from liuli import settings, waiting
from liuli.compiler import machine, runtime
from liuli.compiler.driver import driver_text
from liuli.compiler.runtime import Entry, Pool, Program, portable_pool, shared_pool
from liuli.compiler.targets import named
from tests.compiler.native import CHUNKS, entry, no_fault
from tests.sources import ROOT

pytest.importorskip("llvmlite")

THREADS = (1, 2, 3, 4, 7, 16)


@pytest.fixture(autouse=True)
def many_threads() -> Iterator[None]:
    """More threads than this machine may have processors."""
    with settings.using(num_threads=16):
        yield


@pytest.fixture(scope="module", params=["system", "python"])
def pool(request: pytest.FixtureRequest) -> Pool:
    """The system's way of sleeping, and Python's."""
    return shared_pool() if request.param == "system" else portable_pool()


def ring(pool: Pool | None = None) -> tuple[Program, np.ndarray, np.ndarray]:
    """A program in which every chunk needs what its neighbour wrote just before."""
    a, b = np.zeros(CHUNKS, np.int64), np.zeros(CHUNKS, np.int64)
    table = [entry("pass_on", a, b, barrier_after=True), entry("pass_on", b, a)]
    return Program(table, no_fault(), pool=pool), a, b


def steps(threads: int, pool: Pool, runs: int = 3) -> list[bytes]:
    """y += a x; s = sum of y; y += s x: two stages with barriers between."""
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(CHUNKS).astype(np.float32) for _ in range(2))
    a, s = np.float32([0.3]), np.zeros(1, np.float32)
    table = [
        entry("axpy", a, x, y, barrier_after=True),
        entry("total", y, s, chunks=1, barrier_after=True),
        entry("axpy", s, x, y),
    ]
    program = Program(table, no_fault(), pool=pool)
    assert program.run(runs, threads=threads) == runs
    return [y.tobytes(), s.tobytes()]


# --- values ---------------------------------------------------------------------------------------
def test_values() -> None:
    a, x, y = np.float32([2]), np.arange(CHUNKS, dtype=np.float32), np.ones(CHUNKS, np.float32)
    s = np.zeros(1, np.float32)
    table = [entry("axpy", a, x, y, barrier_after=True), entry("total", y, s, chunks=1)]
    assert Program(table, no_fault()).run(threads=2) == 1
    assert y.tolist() == [2 * i + 1 for i in range(CHUNKS)]
    assert s[0] == CHUNKS**2


@pytest.mark.parametrize("threads", THREADS)
def test_threads_change_nothing(threads: int, pool: Pool) -> None:
    assert steps(threads, pool) == steps(1, pool)


def test_an_empty_table() -> None:
    program = Program([], no_fault())
    assert [program.run(threads=threads) for threads in THREADS] == [1] * len(THREADS)
    assert program.run(1000, threads=2) == 1000


@pytest.mark.parametrize("threads", THREADS)
def test_every_chunk_once(threads: int) -> None:
    """Shares are whole, whatever the number of chunks; 0 chunks are no call."""
    for chunks in (0, 1, 2, 5, CHUNKS):
        a, x, y = np.ones(1, np.float32), np.ones(CHUNKS, np.float32), np.zeros(CHUNKS, np.float32)
        Program([entry("axpy", a, x, y, chunks=chunks)], no_fault()).run(threads=threads)
        assert y.tolist() == [1.0] * chunks + [0.0] * (CHUNKS - chunks)


def test_too_many_chunks() -> None:
    with pytest.raises(ValueError, match="2097152 chunks"):
        Program([Entry(1, (), 2**21)], no_fault())


# --- barriers -------------------------------------------------------------------------------------
def test_barriers(pool: Pool) -> None:
    """A thread that went through too early would pass an old number on."""
    program, a, b = ring(pool)
    total = 0
    for threads in THREADS:
        runs = 2000 if threads < 4 and pool is shared_pool() else 50
        assert program.run(runs, threads=threads) == runs
        total += runs
        assert a.tolist() == [2 * total] * CHUNKS
        assert b.tolist() == [2 * total - 1] * CHUNKS


def test_many_short_calls(pool: Pool) -> None:
    """Calls of changing size follow one another at once, so late threads meet the next call."""
    program, a, _ = ring(pool)
    for i in range(600):
        assert program.run(1 + i % 2, threads=1 + i % 5) == 1 + i % 2
    assert a.tolist() == [1800] * CHUNKS


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 3, 4])
def test_barriers_for_long(threads: int) -> None:
    program, a, _ = ring()
    assert program.run(100_000, threads=threads) == 100_000
    for _ in range(100_000):
        program.run(threads=threads)
    assert a.tolist() == [400_000] * CHUNKS


# --- status ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("threads", THREADS)
def test_a_failed_check_stops(threads: int) -> None:
    """What comes after the check is not written, in no run; the next call is free again."""
    x, status = np.zeros(CHUNKS, np.int64), no_fault()
    a, b = np.zeros(CHUNKS, np.int64), np.zeros(CHUNKS, np.int64)
    table = [
        entry("pass_on", a, b, barrier_after=True),
        entry("check", x, status, stop_if_status=True),
        entry("pass_on", b, a),
    ]
    program = Program(table, status)
    x[4] = 9
    assert program.run(threads=threads) == 0
    assert program.run(5, threads=threads) == 0
    assert status[0] == 9 and not a.any() and b.tolist() == [1] * CHUNKS
    x[4] = 0
    assert program.run(5, threads=threads) == 5
    assert status[0] == 0 and a.tolist() == [10] * CHUNKS


def test_a_check_may_fail_in_a_later_run() -> None:
    """The data move on with every run; the third holds a fault."""
    x, status, a = np.zeros((5, CHUNKS), np.int64), no_fault(), np.zeros(CHUNKS, np.int64)
    x[2, 7] = 5
    table = [entry("check", x, status, stop_if_status=True), entry("pass_on", a, a, chunks=1)]
    program = Program(table, status)
    advance = np.array([[program.place(0, 0), x.strides[0]]], np.int64)
    assert program.run(5, threads=3, advance=advance) == 2
    assert a[0] == 1 and status[0] == 5
    assert program.table[0] == x[2].ctypes.data


# --- pointers -------------------------------------------------------------------------------------
def test_rebinding() -> None:
    a, x, one, two = (np.ones(n, np.float32) for n in (1, CHUNKS, CHUNKS, CHUNKS))
    program = Program([entry("axpy", a, x, one)] * 2, no_fault())
    program.table[program.place(1, 2)] = two.ctypes.data
    program.run()
    assert one.tolist() == two.tolist() == [2.0] * CHUNKS


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_advancing(threads: int) -> None:
    """Several runs in a call, each on its own rows; without `advance` the pointers stay."""
    a, x = np.ones(1, np.float32), np.arange(8 * CHUNKS, dtype=np.float32).reshape(8, CHUNKS)
    y = np.zeros((8, CHUNKS), np.float32)
    program = Program([entry("axpy", a, x, y)], no_fault())
    rows = [[program.place(0, i), x.strides[0]] for i in (1, 2)]
    advance = np.array(rows, np.int64)
    assert program.run(6, threads=threads, advance=advance) == 6
    assert program.run(threads=threads, advance=advance) == 1
    assert np.array_equal(y[:7], x[:7]) and not y[7].any()
    program.run(3, threads=threads)
    assert np.array_equal(y[7], 3 * x[7])


def test_advance_must_be_readable() -> None:
    program = Program([], no_fault())
    with pytest.raises(ValueError, match="int64 array of rows"):
        program.run(2, advance=np.zeros((1, 2), np.float32))


def test_long_calls_are_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no time at all each native call makes one run, and Python sees each of them."""
    monkeypatch.setattr(runtime, "MOST_NS", 0)
    program, a, _ = ring()
    calls = []
    call = program._call
    monkeypatch.setattr(program, "_call", lambda *args: calls.append(args) or call(*args))
    assert program.run(4, threads=2) == 4
    assert calls == [(2, 4), (2, 3), (2, 2), (2, 1)]
    assert a.tolist() == [8] * CHUNKS


# --- several callers, and changing pools ----------------------------------------------------------
def test_two_callers_at_once() -> None:
    """One has the workers, the other works alone: both right."""
    programs = [ring() for _ in range(3)]
    faults: list[object] = []

    def work(program: Program) -> None:
        done = [program.run(4, threads=2 if i % 2 else None) for i in range(300)]
        faults.extend(count for count in done if count != 4)

    callers = [threading.Thread(target=work, args=(program,)) for program, _, _ in programs]
    callers.append(threading.Thread(target=work, args=(programs[0][0],)))
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not faults
    assert [a.tolist() for _, a, _ in programs] == [[2 * 4 * n] * CHUNKS for n in (600, 300, 300)]


def test_the_pool_grows_as_allowed() -> None:
    pool = Pool(runtime._host_way)
    program, a, _ = ring(pool)
    for allowed, asked, workers in [(1, 4, 0), (2, 4, 1), (5, 4, 3), (1, 2, 3), (16, 3, 3)]:
        with settings.using(num_threads=allowed):
            program.run(threads=asked)
        assert pool.workers == workers
    assert a.tolist() == [10] * CHUNKS


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    program, a, _ = ring(Pool(runtime._host_way))
    assert program.run(threads=4) == 1
    assert a.tolist() == [2] * CHUNKS


# --- as many threads as prove best --------------------------------------------------------------
class Turns:
    """A crew that is told after every call, and takes 1, 2 and 3 threads in turn."""

    stretch = 0.0

    def __init__(self, most: int) -> None:
        self.most, self.threads, self.told = most, 1, []

    def tell(self, seconds: float, runs: int) -> None:
        assert seconds > 0
        self.told.append((self.threads, runs))
        self.threads = self.threads % 3 + 1


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "Crew", Turns)
    monkeypatch.setattr(runtime, "cpus_at_start", lambda: 16)
    monkeypatch.setattr(runtime, "MOST_NS", 10**12)  # else a busy machine makes fewer runs a call


@pytest.mark.usefixtures("turns")
def test_the_number_of_threads_may_change_at_every_call(pool: Pool) -> None:
    program, a, _ = ring(pool)
    for count in (1, 1, 2, 3, 1):
        assert program.run(count, threads=None) == count
    assert program.crew.told == [(1, 1), (2, 1), (3, 2), (1, 3)]
    assert program.crew.threads == 2  # of the last call
    assert a.tolist() == [16] * CHUNKS


@pytest.mark.usefixtures("turns")
def test_a_run_that_failed_is_no_news() -> None:
    x, status = np.zeros(CHUNKS, np.int64), no_fault()
    program = Program([entry("check", x, status, stop_if_status=True)], status)
    x[4] = 9
    assert [program.run(threads=None) for _ in range(4)] == [0] * 4
    assert program.crew.told == []


@pytest.mark.parametrize(("allowed", "cpus", "most"), [(8, 2, 2), (1, 4, 1), (3, 4, 3)])
def test_no_more_threads_than_processors(
    monkeypatch: pytest.MonkeyPatch, allowed: int, cpus: int, most: int
) -> None:
    monkeypatch.setattr(runtime, "cpus_at_start", lambda: cpus)
    program, _, _ = ring()
    with settings.using(num_threads=allowed):
        program.run(threads=None)
    assert program.crew.rungs[-1] == most


def test_another_setting_is_another_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "cpus_at_start", lambda: 16)
    program, a, _ = ring()
    for allowed in (4, 1, 16, 16):
        with settings.using(num_threads=allowed):
            crew = program.crew
            program.run(threads=None)
            assert program.crew.rungs[-1] == allowed
    assert program.crew is crew  # asked twice for the same number
    assert a.tolist() == [8] * CHUNKS


# --- what is told ---------------------------------------------------------------------------------
def test_times() -> None:
    a, b = np.zeros(CHUNKS, np.int64), np.zeros(CHUNKS, np.int64)
    table = [entry("pass_on", a, b, barrier_after=True), entry("pass_on", b, a)]
    program = Program(table, no_fault(), timed=True)
    for threads in (1, 3):
        program.run(threads=threads)
        times = program.times()
        assert times.shape == (threads, 2, 2)
        assert (times >= 0).all() and times[:, 0].sum() > 0
    assert a.tolist() == [4] * CHUNKS


# --- the driver's text for other systems ----------------------------------------------------------
SYSTEMS = [
    ("avx2", "x86_64-unknown-linux-gnu", waiting.futex_text("x86_64")),
    ("neon", "aarch64-unknown-linux-gnu", waiting.futex_text("aarch64")),
    ("avx2", "x86_64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("neon", "aarch64-pc-windows-msvc", waiting.ADDRESS_TEXT),
    ("neon", "arm64-apple-macosx14.0", waiting.SYNC_TEXT),
    ("sse2", "x86_64-unknown-freebsd", waiting.PYTHON_TEXT),
]


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize(("name", "triple", "texts"), SYSTEMS)
def test_the_driver_needs_no_symbols(
    name: str, triple: str, texts: tuple[str, str], timed: bool
) -> None:
    import llvmlite.binding as llvm

    text = driver_text(waiting.Way("a", *texts), triple, timed=timed)
    llvm.parse_assembly(text).verify()
    target = named(name, triple)
    assert len(machine.object_file(text, target)) > 1000
    code = machine.assembly(text, target)
    called = re.findall(r"^\s+(?:callq?|jmp|bl?)\s+_?([A-Za-z]\w+)\b(?!:)", code, re.MULTILINE)
    defined = set(re.findall(r"^_?([A-Za-z]\w+):", code, re.MULTILINE))
    assert {"run", "work", "steps", "ticks"} <= defined
    assert set(called) <= defined
    assert "_fltused" not in code and "chkstk" not in code


# --- the process ----------------------------------------------------------------------------------
def in_a_process(body: str) -> str:
    """What a program with a pool at work prints; it must end well, and soon."""
    begin = """
        import os, resource, threading, time
        import numpy as np
        from liuli import settings
        from tests.compiler.test_runtime import CHUNKS, ring, portable_pool, shared_pool
        settings.change(num_threads=4)
        program, a, b = ring()
        program.run(100, threads=4)
    """
    text = textwrap.dedent(begin) + textwrap.dedent(body)
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", text]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


posix = pytest.mark.skipif(not hasattr(machine.os, "fork"), reason="needs fork")


@posix
def test_fork() -> None:
    """Parent and child go on, each with workers of its own; so does the child's child."""
    printed = in_a_process("""
        for depth in range(2):
            child = os.fork()
            if child:
                program.run(10, threads=4)
                _, how = os.waitpid(child, 0)
                print(depth, how, shared_pool().workers, set(a.tolist()), flush=True)
                os._exit(0)
            assert shared_pool().workers == 0
            program.run(10, threads=None)
            program.run(10, threads=3)
        print("end", shared_pool().workers, set(a.tolist()), flush=True)
    """)
    assert printed.splitlines() == ["end 2 {280}", "1 0 3 {260}", "0 0 3 {220}"]


@posix
def test_fork_while_another_thread_runs() -> None:
    """The locks that the other thread held are free in the child."""
    printed = in_a_process("""
        run = lambda: program.run(10**9, threads=2)
        threading.Thread(target=run, daemon=True).start()
        for _ in range(10):
            child = os.fork()
            if not child:
                mine, c, _ = ring()
                mine.run(5, threads=3), program.run(1, threads=3)
                os._exit(0 if set(c.tolist()) == {10} else 1)
            print(os.waitpid(child, 0)[1], end=" ", flush=True)
    """)
    assert printed == "0 " * 10


@posix
def test_idle_workers_use_no_time() -> None:
    printed = in_a_process("""
        time.sleep(0.05)
        def used():
            now = resource.getrusage(resource.RUSAGE_SELF)
            return now.ru_utime + now.ru_stime
        before = used()
        time.sleep(0.4)
        print(used() - before)
    """)
    assert float(printed) < 0.1


@pytest.mark.parametrize("kind", ["shared_pool", "portable_pool"])
def test_the_end_of_the_process(kind: str) -> None:
    """Nobody waits for workers: neither asleep, nor just awake, nor in a call of a daemon."""
    printed = in_a_process(f"""
        program, a, b = ring({kind}())
        program.run(100, threads=3)
        other, _, _ = ring()
        run = lambda: other.run(10**9, threads=2)
        threading.Thread(target=run, daemon=True).start()
        program.run(100, threads=3)
        print("end")
    """)
    assert printed == "end\n"


@posix
def test_ctrl_c_between_runs() -> None:
    printed = in_a_process("""
        import signal
        before = a[0]
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            program.run(10**9, threads=2)
        except KeyboardInterrupt:
            print("stopped", set(a.tolist()) == {a[0]} and a[0] > before)
        print(program.run(3, threads=2))
    """)
    assert printed.split() == ["stopped", "True", "3"]

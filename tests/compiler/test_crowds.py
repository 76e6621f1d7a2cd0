"""Compiled steps called from several threads of the user, after a fork, and at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import settings
from liuli.compiler import native, runtime
from tests.sources import ROOT

pytest.importorskip("llvmlite")

CALLS = 60


@pytest.fixture(autouse=True)
def every_program_has_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However little it does, and however few processors there are."""
    monkeypatch.setattr(native, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(runtime, "cpus_at_start", lambda: 4)
    with settings.using(num_threads=4):
        yield


def counting() -> tuple[Any, liuli.Tensor]:
    """A step that adds x @ x to what it keeps, small whole numbers; and what it keeps."""
    total = liuli.zeros(24, 24)

    def step(x: liuli.Tensor) -> liuli.Tensor:
        total.add_(x @ x)
        return total.sum()

    return liuli.compile(step), total


def at_once(work: Callable[[], object], count: int = 4) -> None:
    """In so many threads of the user; what one of them raises is raised here."""
    faults: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    callers = [threading.Thread(target=guarded) for _ in range(count)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if faults:
        raise faults[0]


def test_each_thread_has_its_own_step() -> None:
    ends: list[np.ndarray] = []

    def work() -> None:
        step, total = counting()
        for _ in range(CALLS):
            step(liuli.ones(24, 24))
        ends.append(total.numpy())

    at_once(work)
    assert len(ends) == 4
    assert all((end == 24.0 * CALLS).all() for end in ends)


def test_all_threads_call_the_same_step() -> None:
    step, total = counting()
    x = liuli.ones(24, 24)
    for _ in range(5):
        step(x)
    sums: list[float] = []
    at_once(lambda: sums.extend(step(x).item() for _ in range(CALLS)))
    assert step.fallen is None and step.programs[0].runs > 4 * CALLS
    assert (total.numpy() == 24.0 * (4 * CALLS + 5)).all()
    assert len(set(sums)) == 4 * CALLS  # nobody saw another one's result


def test_all_threads_bring_the_same_step_into_being() -> None:
    """Also while it is watched and compiled."""
    step, total = counting()
    x = liuli.ones(24, 24)
    at_once(lambda: [step(x) for _ in range(CALLS)])
    assert (total.numpy() == 24.0 * 4 * CALLS).all()


BEGIN = """
    import os, threading
    import liuli
    from liuli.compiler import native, runtime
    from tests.compiler.test_crowds import counting
    native.WORTH_A_THREAD = 0
    runtime.cpus_at_start = lambda: 4
    liuli.set_num_threads(4)
    step, total = counting()
    x = liuli.ones(24, 24)
    for _ in range(8):
        step(x)
"""


def in_a_process(body: str) -> str:
    """What a program with a compiled step prints; it must end well, and soon."""
    text = textwrap.dedent(BEGIN) + textwrap.dedent(body)
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", text]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_parent_and_child_go_on() -> None:
    """The child has the state of the moment, workers of its own, and can compile."""
    printed = in_a_process("""
        child = os.fork()
        for _ in range(20 if child else 10):
            step(x)
        if child:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), set(total.ravel().tolist()))
        else:
            more, kept = counting()
            for _ in range(8):
                more(x)
            right = (total == 24.0 * 18).all() and (kept == 24.0 * 8).all()
            os._exit(0 if right else 1)
    """)
    assert printed == f"0 {{{24.0 * 28}}}\n"


def test_the_process_ends_while_steps_run() -> None:
    printed = in_a_process("""
        def forever():
            while True:
                step(x)
        for _ in range(2):
            threading.Thread(target=forever, daemon=True).start()
        for _ in range(20):
            step(x)
        print("end")
    """)
    assert printed == "end\n"

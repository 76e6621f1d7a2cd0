"""Kill -9 in the middle of writing, again and again; run by test_checkpoint.py as a program.

`python -m tests.train.killed FOLDER ROUNDS` prints how many rounds ended in the middle of a file.
Each round a writer starts, says when it begins, and is killed after a random part of the time that
a few checkpoints take. Where the system has no fork, the writer is a new Python.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from liuli import files
from liuli.train.checkpoint import newest_checkpoint, save_checkpoint

KEPT = "kept.safetensors"


def write(folder: Path) -> None:
    """One checkpoint whose numbers tell which it is, and a file whose previous one is kept."""
    found = newest_checkpoint(folder)
    number = found.number + 1 if found else 1
    arrays = {"x": np.full(500, number, np.int64), "y": np.arange(number % 7)}
    save_checkpoint(folder, arrays, meta={"number": number})
    files.write_arrays(folder / KEPT, arrays, number, keep_previous=True)


def write_for_ever(folder: Path) -> None:
    """What is killed."""
    print("begin", flush=True)
    while True:
        write(folder)


def check(folder: Path, before: int) -> int:
    """The newest whole checkpoint is there, is what it says, and is not older than before."""
    found = newest_checkpoint(folder)
    assert found is not None
    assert found.number >= before, (found.number, before)
    assert found.meta == {"number": found.number}
    assert (found.arrays["x"] == found.number).all()
    for path in folder.glob(KEPT + "*"):
        arrays, number = files.read_arrays(path)
        assert (arrays["x"] == number).all()
    return found.number


def forked(folder: Path, seconds: float) -> None:
    """A writer that is a fork of this process, killed after some time."""
    receive, send = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(send, 1)
        try:
            write_for_ever(folder)
        finally:
            os._exit(1)
    os.close(send)
    assert os.read(receive, 1)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(receive)
    assert os.WIFSIGNALED(status), "the writer failed by itself"


def spawned(folder: Path, seconds: float) -> None:
    """A writer that is a new process, ended by the system after some time."""
    command = [sys.executable, "-m", "tests.train.killed", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline()
        time.sleep(seconds)
        assert writer.poll() is None, "the writer failed by itself"
        writer.kill()


def main(folder: Path, rounds: int) -> None:
    """Kill that many writers."""
    start = time.perf_counter()
    for _ in range(5):
        write(folder)
    seconds = (time.perf_counter() - start) / 5
    kill, number, torn = forked if hasattr(os, "fork") else spawned, 5, 0
    if kill is spawned:
        rounds = max(rounds // 10, 1)  # it takes a second to start a Python
    for _ in range(rounds):
        kill(folder, random.uniform(0, 3 * seconds))
        torn += any(folder.glob(".liuli-*.tmp"))
        number = check(folder, number)
    write(folder)
    assert check(folder, number) == number + 1
    assert not list(folder.glob(".liuli-*.tmp")), "what the dead left is cleared away"
    assert len(list(folder.glob("checkpoint-*"))) <= 2
    print(torn)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        write_for_ever(Path(sys.argv[1]))

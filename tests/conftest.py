"""Fixtures and settings that all tests share."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

import liuli
from tests.sources import PACKAGE, ROOT, size_report

# The same examples in every run: a failure here is a failure everywhere, and never a surprise.
hypothesis.settings.register_profile("liuli", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("liuli")


# Graphs are checked between the compiler's passes, and schedules audited; also in child processes.
os.environ.setdefault("LIULI_CHECK", "1")

# No test may depend on machine code of an earlier run, or write into the user's cache.
os.environ["LIULI_KERNEL_CACHE"] = "0"

# One process of tests a core: two threads of the BLAS in each would wait for one another for hours.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("LIULI_NUM_THREADS", "1")

# A shell that runs the tests in the background ignores Ctrl-C for them and for their children.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of public data sets: $LIULI_DATA, else ../shared/data beside the checkout."""
    return shared_folder("LIULI_DATA", "data")


@pytest.fixture(scope="session")
def tutorials_dir() -> Path:
    """Folder of tutorial texts: $LIULI_TUTORIALS, else ../shared/tutorials."""
    return shared_folder("LIULI_TUTORIALS", "tutorials")


def shared_folder(variable: str, name: str) -> Path:
    """Where the folder is; the test that asks is skipped if it is nowhere."""
    given = os.environ.get(variable)
    folder = Path(given) if given else ROOT.parent / "shared" / name
    if folder.is_dir():
        return folder
    if given:
        # A wrong setting is a mistake to show, not a reason to skip quietly.
        pytest.fail(f"{variable} names no folder: {folder}")
    pytest.skip(f"needs the folder that {variable} names (it is not set, and {folder} is absent)")


@pytest.fixture(autouse=True)
def same_beginning() -> Iterator[None]:
    """Every test begins with the same seeds and settings, whichever tests ran before it."""
    random.seed(0)
    np.random.seed(0)
    liuli.manual_seed(0)
    with liuli.settings.using(**vars(liuli.settings.current)):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run how large the engine has grown."""
    for line in size_report(PACKAGE):
        terminalreporter.write_line(line)

"""Where the command `liuli` begins: Ctrl-C ends it quietly from the first moment.

Importing the package `liuli` loads NumPy and takes a few tenths of a second. This file lies outside
the package, so that it can listen before that.
"""

from __future__ import annotations

import os
import signal

CTRL_C = 130  # 128 + SIGINT


def main() -> int:
    """Load the command line and run it; the exit code."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # `&` does not
    if listens:
        signal.signal(signal.SIGINT, _leave)
    from liuli.cli import main as run

    try:
        if listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return run()
    except KeyboardInterrupt:  # between the two
        return CTRL_C


def _leave(number: int, frame: object) -> None:
    """End at once: nothing is begun yet, and an exception would show the imports."""
    os._exit(CTRL_C)

"""`python -m liuli`: the same as the command `liuli`."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Python has put the working folder first on its path. Liuli itself is found by now, and a
    # file random.py or rich.py of the user's there must not take another module's place.
    if sys.path[0] == os.getcwd():
        del sys.path[0]
    try:
        from liuli.cli import main

        code = main()
    except KeyboardInterrupt:  # while the modules are still being loaded
        code = 130
    sys.exit(code)

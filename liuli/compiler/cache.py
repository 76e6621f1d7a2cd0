"""Machine code kept on disk, so that a second process need not make it again.

The name of a file is a digest of all that decided its content, so it never becomes wrong, only
useless. How files are kept, and which are trusted, is `liuli/kept.py`.

`LIULI_KERNEL_CACHE=0` keeps nothing, and looks at nothing.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from .. import kept

# What decides a kernel's text besides the kernel: the emitters, and what they import.
_PACKAGE = Path(__file__).parent.parent
WRITERS = ("compiler/emit/*.py", "compiler/kernels.py", "compiler/targets.py", "ops/special.py",
           "rng.py")  # fmt: skip

_LOADED = time.time()


def switched_on() -> bool:
    """Whether machine code is kept: unless `LIULI_KERNEL_CACHE=0`."""
    return os.environ.get("LIULI_KERNEL_CACHE", "").strip() != "0"


@cache
def fingerprint() -> str:
    """A digest of the emitters' own text: after a change of them kernels have other names.

    Empty if their files cannot be read, or are no longer those that were loaded, as when a newer
    version is installed meanwhile: then the text itself is the key.
    """
    summed = hashlib.sha256()
    try:
        for path in sorted(p for pattern in WRITERS for p in _PACKAGE.glob(pattern)):
            facts = path.stat()
            if max(facts.st_mtime, facts.st_ctime) > _LOADED:
                return ""
            summed.update(path.read_bytes())
            summed.update(path.name.encode())
    except OSError:
        return ""
    empty = hashlib.sha256().digest()
    return "" if summed.digest() == empty else summed.hexdigest()


def read(names: Iterable[str]) -> dict[str, bytes]:
    """The machine code that is there, by name."""
    return kept.read("kernels", names) if switched_on() else {}


def write(contents: Mapping[str, bytes]) -> None:
    """Keep machine code by name, as far as that is possible."""
    if switched_on():
        kept.write("kernels", contents)

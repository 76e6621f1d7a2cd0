"""How this program is called here, so that the commands it names can be pasted as they stand."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def program() -> str:
    """ "liuli" where that is found, else the path that was typed, or `python -m liuli`.

    Example:
        >>> isinstance(program(), str)
        True
    """
    typed = Path(sys.argv[0] or "liuli")
    if typed.name == "__main__.py" and typed.parent.name == "liuli":
        python = Path(sys.executable)
        found = shutil.which(python.stem)
        same = found is not None and Path(found).resolve() == python.resolve()
        return f"{python.stem if same else quoted(str(python))} -m liuli"
    if typed.stem != "liuli":  # called from a program, such as a test
        return "liuli"
    found = shutil.which("liuli")
    if found is not None and Path(found).resolve() == typed.resolve():
        return "liuli"
    return quoted(str(typed))


def spelled(words: Sequence[str]) -> str:
    """A command as one would type it."""
    return " ".join([program(), *map(quoted, words)])


def quoted(word: str) -> str:
    """A word in the quotation marks that all shells know, if it needs them."""
    plain = re.fullmatch(r"[\w.,:/\\+=~-]+", word)
    return word if plain else '"' + word.replace('"', '\\"') + '"'

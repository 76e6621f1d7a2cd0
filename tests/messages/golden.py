"""What users do wrong, and what they read then: `cases/*.txt` in English and Chinese.

`python -m tests.messages.golden [NAME ...]` writes the messages of those files anew; look at the
difference before you keep it. A program runs in an empty folder of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

FOLDER = Path(__file__).with_name("cases")
HEAD, LANGUAGES = "=== ", ("en", "zh")


class Case(NamedTuple):
    """One mistake: a name, the program, and its message in each language."""

    name: str
    snippet: str
    messages: dict[str, str]


def read_all() -> list[Case]:
    """The cases of all files."""
    return [case for path in sorted(FOLDER.glob("*.txt")) for case in read(path)]


def read(path: Path) -> list[Case]:
    """The cases of one file."""
    cases = []
    for block in path.read_text(encoding="utf-8").split("\n" + HEAD)[1:]:
        title, _, body = block.partition("\n")
        snippet, *rest = body.split("\n--- ")
        messages = dict(part.split("\n", 1) for part in rest)
        cases.append(Case(title, snippet, {k: v.rstrip("\n") for k, v in messages.items()}))
    return cases


def run(snippet: str) -> dict[str, str]:
    """The messages, by language, of the error that the program raises, or of its warning."""
    return {language: _message(snippet, language) for language in LANGUAGES}


def _message(snippet: str, language: str) -> str:
    import numpy as np

    import liuli
    from liuli.functions import functional

    space = {"liuli": liuli, "F": functional, "np": np, "os": os, "__name__": "__main__"}
    liuli.manual_seed(0)
    with contextlib.ExitStack() as around:
        around.enter_context(patch.dict(os.environ, LIULI_LANG=language))
        around.enter_context(in_empty_folder())
        seen = around.enter_context(warnings.catch_warnings(record=True))
        assert seen is not None
        warnings.simplefilter("always")
        try:
            exec(compile(snippet, "model.py", "exec"), space)
        except (liuli.errors.LiuliError, liuli.train.Interrupted) as error:
            return str(error)
    assert seen, f"nothing was said about: {snippet}"
    return str(seen[0].message)


@contextlib.contextmanager
def in_empty_folder() -> Iterator[None]:
    """Inside, the working folder is a new one, removed afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def spell(cases: list[Case]) -> str:
    """The golden file's text."""
    lines = [
        "What users do wrong, and what they read then. Written by tests/messages/golden.py.",
        "",
    ]
    for case in cases:
        lines += [HEAD + case.name, case.snippet]
        for language in LANGUAGES:
            lines += [f"--- {language}", case.messages[language]]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write golden files anew from their own programs."""
    for path in sorted(FOLDER.glob("*.txt")):
        if not sys.argv[1:] or path.stem in sys.argv[1:]:
            cases = [Case(c.name, c.snippet, run(c.snippet)) for c in read(path)]
            path.write_text(spell(cases), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Run the Python examples of a Markdown page: `python tests/documents.py README.md`.

The blocks marked ```python run in order, in one namespace. Where a statement ends with the comment
`# -> text`, what it printed must be that text (`...` stands for anything).
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,}) *(?P<word>\S*)")
_EXPECTED = re.compile(r"#\s*->\s*(?P<text>.*\S)\s*$")


def python_source(markdown: str) -> str:
    """The page with everything but its Python blocks made blank: line numbers stay the page's."""
    lines: list[str] = []
    block: list[str] = []
    opening: re.Match[str] | None = None
    for line in markdown.splitlines():
        fence = _FENCE.match(line)
        if opening is None:
            opening = fence
        elif fence and fence["ticks"].startswith(opening["ticks"]) and not fence["word"]:
            is_python = opening["word"] == "python"
            code = textwrap.dedent("\n".join(block)).split("\n") if block else []
            lines.extend(code if is_python else [""] * len(block))
            block, opening = [], None
        else:
            block.append(line)
            continue
        lines.append("")
    if opening is not None:
        raise ValueError(f"a block that begins with {opening[0].strip()!r} is never closed")
    return "\n".join(lines)


def run_page(path: Path) -> int:
    """Run one page's examples; return how many statements ran."""
    source = python_source(path.read_text(encoding="utf-8"))
    lines = source.split("\n")
    tree = ast.parse(source, filename=str(path))
    space: dict[str, Any] = {"__name__": "__main__"}
    for node in tree.body:
        expected = _EXPECTED.search(lines[(node.end_lineno or node.lineno) - 1])
        code = compile(ast.Module([node], type_ignores=[]), str(path), "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed if expected else sys.stdout):
            exec(code, space)
        if expected:
            compare(f"{path.name}:{node.lineno}", printed.getvalue(), expected["text"])
    return len(tree.body)


def compare(where: str, printed: str, expected: str) -> None:
    """Raise if an example printed something else than its page says."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not doctest.OutputChecker().check_output(expected + "\n", printed, flags):
        raise AssertionError(f"{where} printed {printed.strip()!r}, the page says {expected!r}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"{argument}: {run_page(Path(argument))} statements")

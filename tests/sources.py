"""Reading the project's own sources, for the tests that hold its rules (no import of liuli)."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "liuli"

# Parts of liuli/ whose size is reported: (title, paths, limit in code lines).
SIZE_LIMITS = (
    ("ops + storage + autodiff", ("ops", "storage.py", "autodiff"), 3_000),
    ("compiler", ("compiler",), 6_000),
)

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def python_files(folder: Path) -> list[Path]:
    """All Python files below `folder`, in a fixed order; a single file counts as itself."""
    if folder.is_file():
        return [folder]
    return sorted(folder.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(package: Path, path: Path) -> str:
    """`liuli/ops/__init__.py` is `liuli.ops`; `liuli/ops/op.py` is `liuli.ops.op`."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def code_lines(source: str) -> set[int]:
    """Numbers of the lines that hold code: not blank, not a comment, not in a docstring."""
    prose = _docstring_spans(ast.parse(source))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        first, last = token.start[0], token.end[0]
        if token.type in _LAYOUT:
            continue
        if token.type == tokenize.STRING and any(a <= first and last <= b for a, b in prose):
            continue
        lines.update(range(first, last + 1))
    return lines


def _docstring_spans(tree: ast.Module) -> list[tuple[int, int]]:
    """First and last lines of the strings that stand alone as statements."""
    return [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def count_code(package: Path, names: tuple[str, ...]) -> int:
    """Code lines of some files and folders of the package together."""
    files = [file for name in names for file in python_files(package / name)]
    return sum(len(code_lines(file.read_text(encoding="utf-8"))) for file in files)


def sizes(package: Path) -> Iterator[tuple[str, int, int]]:
    """(title, code lines, limit) for each part of the package that has a limit."""
    for title, names, limit in SIZE_LIMITS:
        yield title, count_code(package, names), limit


def size_report(package: Path) -> list[str]:
    """The sizes as lines to print; a file that cannot be read must not spoil a test report."""
    try:
        return [f"size: {title}: {n:,} code lines of {top:,}" for title, n, top in sizes(package)]
    except (OSError, SyntaxError, tokenize.TokenError) as error:
        return [f"size: not counted ({error})"]

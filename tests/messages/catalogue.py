"""Where the package raises which message code, and with which facts: read from its sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.sources import PACKAGE, parse, python_files

CODE = re.compile(r"LL\d{3}")
# `check` finds out about the first value outside the range, and hands that to the message.
FOUND_BY_CHECK = frozenset(("value", "place", "low", "high", "last"))


class Site(NamedTuple):
    """One place that raises: the codes it may choose from, its error class, the facts it gives."""

    codes: tuple[str, ...]
    error: str
    facts: frozenset[str]
    place: str


def sites(package: Path = PACKAGE) -> list[Site]:
    """All places of the package that raise by code."""
    return [
        site
        for path in python_files(package)
        if "messages" not in path.parts
        for site in _sites_of(path, package)
    ]


def _sites_of(path: Path, package: Path) -> Iterator[Site]:
    tree = parse(path)
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or called(node) in ("sample", "print", "explain"):
            continue
        codes = [
            *map(_codes, node.args[:1]),
            *(_codes(w.value) for w in node.keywords if w.arg == "code"),
        ]
        found = tuple(code for group in codes for code in group)
        if found:
            around = [f for f in scopes if f.lineno <= node.lineno <= (f.end_lineno or 0)]
            place = f"{path.relative_to(package.parent).as_posix()}:{node.lineno}"
            yield Site(found, called(node), frozenset(_facts(node, around)), place)


def _codes(node: ast.expr) -> list[str]:
    """The codes that an expression may be: "LL101", or one of two by a condition."""
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    text = node.value if isinstance(node, ast.Constant) else None
    return [text] if isinstance(text, str) and CODE.fullmatch(text) else []


def called(node: ast.Call) -> str:
    """The last name of what is called: `errors.ShapeError(...)` is ShapeError."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _facts(node: ast.Call, around: list[ast.FunctionDef]) -> Iterator[str]:
    by_check = any(word.arg == "code" for word in node.keywords)
    if by_check:
        yield from FOUND_BY_CHECK
    for word in node.keywords:
        if word.arg is None or (by_check and word.arg == "facts"):
            yield from _keys(word.value, around)
        elif word.arg not in ("rows", "code"):
            yield word.arg


def _keys(node: ast.expr, around: list[ast.FunctionDef]) -> Iterator[str]:
    """The keys of a dict, written here or bound to a name in the functions around."""
    if isinstance(node, ast.Dict):
        yield from (ast.literal_eval(key) for key in node.keys if key is not None)
    if isinstance(node, ast.BinOp):
        yield from _keys(node.left, around)
        yield from _keys(node.right, around)
    if isinstance(node, ast.Call) and called(node) == "differing":
        yield from ("m", "n", "a", "b")
    if not isinstance(node, ast.Name):
        return
    for function in around:
        for item in ast.walk(function):
            targets = item.targets if isinstance(item, ast.Assign) else []
            targets = [item.target] if isinstance(item, ast.AnnAssign) else targets
            value = getattr(item, "value", None)
            if value is not None and any(ast.unparse(t) == node.id for t in targets):
                yield from _keys(value, [])


def classes() -> dict[str, str]:
    """The error class of each code; while a program is recorded it is RecordError."""
    found: dict[str, str] = {}
    for site in sites():
        for code in site.codes:
            kind = {"refuse": "RecordError", "apply": "OutOfRangeError", "check": "OutOfRangeError"}
            found.setdefault(code, kind.get(site.error, site.error))
    return dict(sorted(found.items()))

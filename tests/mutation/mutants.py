"""Mutants: the same program with one operator flipped, for tests that should notice."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One flipped operator: where it stands, and the whole changed source."""

    path: Path
    line: int
    change: str
    source: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}: {self.change}"


def places(tree: ast.AST) -> Iterator[tuple[ast.expr, int]]:
    """Every operator of a module: its expression, and which of its operators (comparisons)."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in FLIPS:
            yield node, 0
        elif isinstance(node, ast.Compare):
            yield from ((node, i) for i, op in enumerate(node.ops) if type(op) in FLIPS)


def flipped(path: Path, number: int) -> Mutant:
    """The module at `path` with its operator `number` flipped."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    node, which = list(places(tree))[number]
    if isinstance(node, ast.Compare):
        old = node.ops[which]
        new = FLIPS[type(old)]()
        node.ops[which] = new  # type: ignore[call-overload]
    else:
        old = node.op  # type: ignore[attr-defined]
        new = FLIPS[type(old)]()
        node.op = new  # type: ignore[attr-defined]
    change = f"{type(old).__name__} -> {type(new).__name__}"
    return Mutant(path, node.lineno, change, ast.unparse(tree))


def in_annotations(path: Path) -> set[int]:
    """Numbers of operators that only types use (`int | None` is none of FLIPS; aliases may be)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checks = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)
    ]
    inside = {id(each) for check in checks for each in ast.walk(check)}
    return {i for i, (node, _) in enumerate(places(tree)) if id(node) in inside}


def sample(folders: list[Path], count: int, seed: int) -> list[Mutant]:
    """`count` mutants, evenly at random over all operators of the modules in `folders`."""
    everything = [
        (path, number)
        for folder in folders
        for path in sorted(folder.glob("*.py"))
        for number in range(len(list(places(ast.parse(path.read_text(encoding="utf-8"))))))
        if number not in in_annotations(path)
    ]
    chosen = random.Random(seed).sample(everything, count)
    return [flipped(path, number) for path, number in chosen]

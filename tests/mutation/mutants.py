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


Function = ast.FunctionDef | ast.Lambda


def apart(tree: ast.Module) -> set[int]:
    """What is no part of the program itself, by id: code for types, and what makes samples."""
    checks = [each for each in ast.walk(tree) if isinstance(each, ast.If)]
    typing = [each for each in checks if "TYPE_CHECKING" in ast.unparse(each.test)]
    return set().union(*map(inside, typing), of_samples(tree))


def inside(node: ast.AST) -> set[int]:
    return {id(each) for each in ast.walk(node)}


def of_samples(tree: ast.Module) -> set[int]:
    """Functions that make samples, values of `samples=`, and names that only these use."""
    found: set[int] = set()
    for node in ast.walk(tree):
        given = isinstance(node, ast.keyword) and node.arg == "samples"
        if given or (isinstance(node, Function) and makes_samples(node)):
            found |= inside(node)
    scopes = [tree, *(each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))]
    more = True
    while more:
        more = False
        for scope in scopes:
            for each in scope.body:
                if id(each) not in found and serves(each, scope, found):
                    found |= inside(each)
                    more = True
    return found


def makes_samples(function: Function) -> bool:
    """Whether it says so, or its own body does it, not that of a function in it."""
    result = getattr(function, "returns", None)
    if result is not None and "Sample" in ast.unparse(result):
        return True
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sample":
            return True
        if not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)
    return False


def serves(statement: ast.stmt, scope: ast.Module | ast.FunctionDef, users: set[int]) -> bool:
    """Whether a statement of `scope` gives a name to what only `users` read.

    A public name of a module may be read elsewhere.
    """
    name = named_by(statement)
    if not name or (isinstance(scope, ast.Module) and not name.startswith("_")):
        return False
    own = inside(statement)
    reads = {
        id(each)
        for each in ast.walk(scope)
        if isinstance(each, ast.Name) and each.id == name and id(each) not in own
    }
    return bool(reads) and reads <= users


def named_by(statement: ast.stmt) -> str:
    """The one name that a definition or an assignment makes, or ""."""
    if isinstance(statement, ast.FunctionDef):
        return statement.name
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def of_program(path: Path) -> list[int]:
    """Numbers of the operators of a module that are not `apart`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = apart(tree)
    return [i for i, (node, _) in enumerate(places(tree)) if id(node) not in left_out]


def sample(folders: list[Path], count: int, seed: int) -> list[Mutant]:
    """`count` mutants, evenly at random over all operators of the modules in `folders`."""
    everything = [
        (path, number)
        for folder in folders
        for path in sorted(folder.glob("*.py"))
        for number in of_program(path)
    ]
    chosen = random.Random(seed).sample(everything, count)
    return [flipped(path, number) for path, number in chosen]

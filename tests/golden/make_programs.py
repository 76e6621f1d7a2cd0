"""Write programs.json.gz: random programs of views and writes, and what PyTorch did with each.

Run from the repository's root with a Python that has PyTorch: ``python -m
tests.golden.make_programs``. It prints how often each kind of statement and failure occurs.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.golden import programs as p

GOLDEN = Path(__file__).with_name("programs.json.gz")
WANTED = {"gradient": 500, "plain": 120, **dict.fromkeys(p.FAILURES, 50), p.LEAF: 60, p.SAVED: 120}
LEAST = 25  # programs in which every kind must occur
MOST_ELEMENTS, LARGEST = 40, 1e4
# How often each family comes; within a family the kinds seen least come most.
FAMILIES: tuple[tuple[dict[str, Any], float], ...] = (
    (p.VIEWS, 0.37), (p.COPIES, 0.08), (p.MATHS, 0.2), (p.READS, 0.05), (p.WRITES, 0.3),
)  # fmt: skip
MODES = (
    "write through .data", "write through a view", "write under no_grad", "view under no_grad",
    "recorded write", "0-d base", "zero-size base", "non-leaf base",
)  # fmt: skip
SHAPES = [(2, 3), (3, 2), (3, 3), (4,), (6,), (2, 2, 3), (2, 1, 3), (1, 4), (3,), (2, 2), (2, 3, 2)]
# The first that matches; what PyTorch's messages have in common.
MESSAGES = (
    (p.LEAF, r"leaf Variable that requires grad"),
    (p.SAVED, r"modified by an inplace operation"),
    (p.VIEW, r"view size is not compatible"),
    (p.EXPANDED, r"more than one element of the written-to tensor"),
    (p.OTHER, r"is a view and is being modified|created in no_grad mode|input tensor and the"),
    (p.SHAPE, r"size|shape|range|[dD]imension|permute|expand|index|must match|elements"),
)


class RejectedError(Exception):
    """The statement runs, but what it does is not defined, or too large."""


def classify(problem: Exception) -> str:
    """Name the kind of failure from PyTorch's message."""
    return next((name for name, text in MESSAGES if re.search(text, str(problem))), "unknown")


def addresses(x: torch.Tensor) -> np.ndarray:
    """Give the byte address of every element."""
    places = np.full(tuple(x.shape), x.untyped_storage().data_ptr() + 8 * x.storage_offset())
    for axis, (size, stride) in enumerate(zip(x.shape, x.stride(), strict=True)):
        steps = np.arange(size) * stride * 8
        places += steps.reshape([-1 if other == axis else 1 for other in range(x.ndim)])
    return places


def is_ordered(line: p.Line, names: p.Names) -> bool:
    """Whether a write's result hangs on the order of its elements: no library promises one."""
    if not line.target:
        return False
    with torch.no_grad():
        target = addresses(eval(line.target, names))
    if len(np.unique(target)) < target.size:
        return True
    if not line.operand.isidentifier():
        return False
    operand = addresses(names[line.operand])
    return bool(np.isin(operand, target).any()) and not np.array_equal(operand, target)


class Writing:
    """A program being written, with PyTorch at the side to say what each line gives."""

    def __init__(self, rng: random.Random, graded: bool) -> None:
        self.program = p.Program(bases=[], lines=[])
        self.scene = p.Scene(rng)
        for at in range(rng.randint(1, 3)):
            self._base(at, graded and (at == 0 or rng.random() < 0.5))
        self.names = p.start(torch, self.program)
        self.refresh()
        for name, x in p.variables(self.names).items():
            if x.requires_grad and rng.random() < 0.85:
                new = f"v{len(self.scene.shapes)}"
                self.attempt(p.Line(["non-leaf base"], f"{new} = {name} * 1"))

    def _base(self, at: int, graded: bool) -> None:
        dice = self.scene.rng.random()
        shape: p.Shape = self.scene.rng.choice(SHAPES)
        if dice < 0.1:
            shape = ()
            self.program.kinds.append("0-d base")
        elif dice < 0.2:
            shape = self.scene.rng.choice([(0,), (0, 3), (2, 0)])
            self.program.kinds.append("zero-size base")
        text = self.scene.constant(shape)
        text = text[:-1] + ", requires_grad=True)" if graded else text
        self.program.bases.append((f"a{at}", text))

    def refresh(self) -> None:
        """Look at the shapes again."""
        tensors = p.variables(self.names)
        self.scene.shapes = {name: tuple(x.shape) for name, x in tensors.items()}

    def restore(self) -> None:
        """Undo a statement by running all the others again."""
        self.names = p.run(p.start(torch, self.program), self.program.lines)

    def attempt(self, line: p.Line) -> None:
        """Run a line and keep it; whatever it raises leaves the program as it was."""
        try:
            ordered = is_ordered(line, self.names)
            exec(line.text, self.names)
            if ordered:
                raise RejectedError
            for found in p.values(self.names).values():
                if found.size > MOST_ELEMENTS or found.ndim > 4 or found.dtype != np.float64:
                    raise RejectedError
                if found.size and not np.abs(found).max() < LARGEST:
                    raise RejectedError
        except Exception:
            self.restore()
            raise
        self.program.lines.append(line.text)
        self.program.kinds += line.kinds
        silent = not line.target or "no_grad" in line.text
        if not silent and eval(line.target, self.names).requires_grad:
            self.program.kinds.append("recorded write")
        self.refresh()

    def extend(self, count: int, kind: Callable[[], str]) -> None:
        """Add lines that run."""
        while count:
            try:
                self.attempt(p.draw(self.scene, kind()))
                count -= 1
            except Exception:  # does not fit, is refused, or is not defined: draw again
                continue

    def end_with(self, failure: str) -> bool:
        """Add a last line that fails in this way."""
        for _ in range(60):
            try:
                line = spoil(self.scene, failure)
                self.attempt(line)
                return False  # it ran: the program is longer than meant, so start over
            except (p.UnfitError, RejectedError):
                continue
            except Exception as problem:
                if classify(problem) == failure:
                    self.program.lines.append(line.text)
                    self.program.kinds += line.kinds
                    self.program.failure = failure
                    return True
        return False


def spoil(s: p.Scene, failure: str) -> p.Line:
    """Draw a line that may well fail in this way."""
    rng = s.rng
    if failure == p.LEAF:
        return p.draw(s, rng.choice(list(p.WRITES)))
    if failure == p.VIEW:
        x = s.pick(1)
        turn = rng.choice(
            ["", ".mT", "[..., ::2]", "[..., 1:]", ".unsqueeze(0).expand(2, *[-1] * 9)"]
        )
        turn = turn.replace("*[-1] * 9", ", ".join(["-1"] * len(s.shapes[x])))
        return p.Line(
            [], f"v{len(s.shapes)} = {x}{turn}.view({rng.choice(['-1', '-1, 2', '2, -1'])})"
        )
    if failure == p.EXPANDED:
        line = p.draw(s, rng.choice(list(p.WRITES)))
        if rng.random() < 0.5:
            return line
        x = s.pick()
        axes = ", ".join(["2", *["-1"] * len(s.shapes[x])])
        return p.Line([], f"{x}.expand({axes}).{rng.choice(['add_(1.0)', 'mul_(2.0)', 'zero_()'])}")
    if failure == p.OTHER:
        x = s.pick(1, full=True)
        return p.Line([], rng.choice([
            f"{x}.unbind(0)[0].add_(1.0)", f"{x}.split(1)[0].mul_(2.0)",
            f"{x}.chunk(2)[-1].zero_()", f"{x}.view(-1)[1:].add_({x}.view(-1)[:-1])",
            f"{s.pick()}.add_(0.5)", f"{s.pick()}.mul_({s.pick()})",
        ]))  # fmt: skip
    x, y = s.pick(), s.pick()
    name = f"v{len(s.shapes)}"
    return p.Line([], rng.choice([
        f"{name} = {x} + {y}", f"{x}.add_({y})", f"{x}.copy_({y})", f"{name} = {x}.view(7, -1)",
        f"{name} = {x}.reshape(5, 2)", f"{name} = {x}[9]", f"{name} = {x}.expand(5, 7)",
        f"{name} = {x}.narrow(0, 1, 9)", f"{name} = {x}.select(0, 8)", f"{name} = {x}.squeeze(6)",
        f"{name} = {x}.permute(0, 0)", f"{x}[0] = {y}", f"{x}[..., :2] += {y}",
        f"{name} = {x}.view_as({y})", f"{name} = {x}.unfold(0, 9, 1)",
        f"{name} = {x}.transpose(0, 5)", f"{name} = {x}[0, 0, 0, 0, 0]",
        f"{name} = {x}.t()", f"{name} = {x}.diagonal(0, 1, 1)",
    ]))  # fmt: skip


def end_with_backward(writing: Writing) -> str:
    """Choose what is summed up, run backward, and say how the program ends."""
    program, rng = writing.program, writing.scene.rng
    graded = [name for name, x in p.variables(writing.names).items() if x.requires_grad]
    if not graded:
        return "plain"
    chosen = {graded[-1], *rng.sample(graded, rng.randint(1, min(4, len(graded))))}
    program.loss = sorted(chosen, key=graded.index)
    try:
        found = p.grads(writing.names, program)
    except RuntimeError as problem:
        program.failure = classify(problem)
        return program.failure
    if any(g is not None and g.size and not np.abs(g).max() < LARGEST for g in found.values()):
        return "too large"
    program.stale = is_stale(program)
    return "gradient"


def is_stale(program: p.Program) -> bool:
    """Whether a write through .data, which no version counts, changed a value kept for backward."""
    lines = [line.replace(".data", ".detach()") for line in program.lines]
    twin = p.Program(program.bases, lines, loss=program.loss)
    try:
        p.fail(torch, twin)
    except RuntimeError as problem:
        return classify(problem) == p.SAVED
    return False


def choose(rng: random.Random, counts: Counter[str]) -> str:
    """Draw a kind of statement: a family, then in it the kinds seen least before."""
    family = rng.choices([table for table, _ in FAMILIES], [often for _, often in FAMILIES])[0]
    kinds = list(family)
    return rng.choices(kinds, [1 / (3 + counts[kind]) ** 2 for kind in kinds])[0]


def write(seed: int, wanted: str, counts: Counter[str]) -> tuple[str, p.Program]:
    """Write one program that may end as wanted, and say how it ends."""
    rng = random.Random(seed)
    graded = wanted != "plain" and (wanted in ("gradient", p.LEAF, p.SAVED) or rng.random() < 0.6)
    writing = Writing(rng, graded)
    total = rng.randint(6, 14)
    failing = wanted in p.FAILURES and wanted != p.SAVED
    writing.extend(
        max(1, total - len(writing.program.lines) - failing), lambda: choose(rng, counts)
    )
    if failing:
        ended = wanted if writing.end_with(wanted) else "missed"
    else:
        ended = end_with_backward(writing)
    return ended, writing.program


def pack(array: np.ndarray | None) -> list[Any] | None:
    """Give shape and numbers to 12 digits, as JSON can hold them."""
    if array is None:
        return None
    flat = [float(f"{x:.12g}") for x in array.ravel().tolist()]
    return [list(array.shape), [int(x) if x.is_integer() else x for x in flat]]


def record(program: p.Program) -> None:
    """Note what PyTorch does, from a fresh start."""
    found = p.observe(torch, program)
    for part in ("values", "grads"):
        if part in found:
            found[part] = {name: pack(array) for name, array in found[part].items()}
    program.seen = found


def write_all() -> list[p.Program]:
    """Write programs until every ending has its share."""
    left, counts, made = Counter(WANTED), Counter[str](), []
    seed = 0
    while wanted := next(iter((+left).keys()), None):
        seed += 1
        wanted = random.Random(seed).choice(sorted(+left))
        ended, program = write(seed, wanted, counts)
        if left[ended] <= 0:
            continue
        record(program)
        left[ended] -= 1
        counts.update(set(program.kinds))
        made.append(program)
    return made


def report(made: list[p.Program]) -> None:
    """Print how often everything occurs, and refuse a set in which a kind is rare."""
    kinds = Counter(kind for program in made for kind in set(program.kinds))
    expected: Iterable[str] = [kind for table, _ in FAMILIES for kind in table]
    rare = [kind for kind in [*expected, *MODES] if kinds[kind] < LEAST]
    endings = Counter(program.failure or "succeeds" for program in made)
    print(f"{len(made)} programs, {sum(len(x.lines) for x in made)} statements")
    print(
        f"{sum('grads' in x.seen for x in made)} with gradients, {sum(x.stale for x in made)} stale"
    )
    print("endings:", dict(endings.most_common()))
    print("programs with each kind:", dict(kinds.most_common()))
    if rare:
        sys.exit(f"too rare: {rare}")


def main() -> None:
    """Write, see that PyTorch agrees with itself, and keep."""
    warnings.simplefilter("error")
    torch.set_num_threads(1)
    made = write_all()
    report(made)
    for program in made:
        first = program.seen
        record(program)
        if program.seen != first:
            sys.exit(f"PyTorch gave two results for\n{program}")
    kept = {"torch": torch.__version__, "programs": [asdict(program) for program in made]}
    text = json.dumps(kept, separators=(",", ":"))
    GOLDEN.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{GOLDEN.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

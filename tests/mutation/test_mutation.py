"""Do the tests notice? Thirty operators of ops/ and autodiff/ flipped, one at a time."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.mutation.mutants import Mutant, flipped, of_program, places, sample

ROOT = Path(__file__).parent.parent.parent
COUNT, ENOUGH, SEED = 30, 27, 20
# Quick and broad first; -x ends a run at the first test that notices.
SUITES = (
    (
        "tests/autodiff/test_engine.py",
        "tests/compiler/test_record.py",
        "tests/ops/test_registry.py",
    ),
    ("tests/autodiff/test_programs.py", "tests/ops", "tests/test_rng.py"),
    ("tests/autodiff/test_golden_values.py", "tests/functions", "tests/autodiff/test_promotion.py"),
    ("tests/messages/test_messages.py",),
)


def notices(mutant: Mutant, folder: Path) -> bool:
    """Whether some test fails on the project with this mutant in it."""
    for name in ("liuli", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    target = folder / mutant.path.relative_to(ROOT)
    target.write_text(mutant.source, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
    for suite in SUITES:
        try:
            run = subprocess.run([*command, *suite], cwd=folder, env=environment,
                                 capture_output=True, timeout=400)  # fmt: skip
        except subprocess.TimeoutExpired:  # a loop that never ends is noticed too
            return True
        if run.returncode != 0:
            return True
    return False


@pytest.mark.slow
def test_the_tests_notice_flipped_operators(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mutants = sample([ROOT / "liuli/ops", ROOT / "liuli/autodiff"], COUNT, SEED)
    folders = [tmp_path / str(i) for i in range(COUNT)]
    with ThreadPoolExecutor(2) as pool:
        noticed = list(pool.map(notices, mutants, folders))
    missed = [str(m) for m, seen in zip(mutants, noticed, strict=True) if not seen]
    with capsys.disabled():
        print(f"\nmutants noticed: {COUNT - len(missed)} of {COUNT}; missed: {missed}")
    assert COUNT - len(missed) >= ENOUGH, missed


def test_a_mutant_differs_from_the_program() -> None:
    for mutant in sample([ROOT / "liuli/ops"], 5, SEED):
        compile(mutant.source, str(mutant), "exec")
        assert mutant.source != mutant.path.read_text(encoding="utf-8")


MODULE = """
import typing
if typing.TYPE_CHECKING:
    Size = 1 + 2
_TABLE = [3 + 4]
_SHARED = 5 + 6
PUBLIC = 7 + 8

def _helper(n):
    return n + 9

def _listed(rng) -> list[Sample]:
    return [_helper(each) + _SHARED for each in _TABLE]

def make(factor):
    parts = [factor + 10]
    whole = factor + 11
    def samples(rng):
        return [sample(part + 12 + PUBLIC) for part in parts]
    return register(samples=samples, whole=whole)

op = make(lambda rng: [sample(rng + 13)])
other = register(samples=lambda rng: rng + 14, rule=lambda g: g + 15)
rest = _SHARED + 16
"""


def test_what_makes_samples_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE, encoding="utf-8")
    found = [node for node, _ in places(ast.parse(MODULE))]
    left = {ast.unparse(found[number]) for number in of_program(path)}
    assert left == {"5 + 6", "7 + 8", "factor + 11", "g + 15", "_SHARED + 16"}


def test_one_operator_is_flipped(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("a = 1 < x <= 2 and x + 3", encoding="utf-8")
    made = [flipped(path, number).source for number in of_program(path)]
    assert sorted(made) == [
        "a = 1 < x <= 2 and x - 3",
        "a = 1 < x <= 2 or x + 3",
        "a = 1 < x > 2 and x + 3",
        "a = 1 >= x <= 2 and x + 3",
    ]

"""Every example runs; on full MNIST (`slow`) one seed of each has the accuracy it promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.accuracy import EACH, PROGRAMS, Program
from examples import explain_step, linear_regression
from liuli.compiler.machine import available
from tests.sources import ROOT

EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.py"))
DATA = Path(os.environ.get("LIULI_DATA", "nowhere"))
needs_mnist = pytest.mark.skipif(
    not (DATA / "mnist").is_dir() and not list(DATA.glob("train-images*")),
    reason="LIULI_DATA has no MNIST",
)


def test_linear_regression() -> None:
    """Any exact fit says 10; after 100 small steps PyTorch says 8.3 to 9.92."""
    assert all(8.3 <= linear_regression.main(seed, quiet=True) <= 9.92 for seed in range(5))


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_an_explained_step() -> None:
    page = explain_step.main(batch_size=8)
    assert "loss = F.cross_entropy(output, y)" in page and "optimizer.step()" in page


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_explains_itself(path: Path) -> None:
    """`--help` works from any folder, and says what the first line of the file says."""
    done = subprocess.run(
        [sys.executable, str(path), "--help"], capture_output=True, text=True, encoding="utf-8",
        cwd=path.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first = path.read_text(encoding="utf-8").splitlines()[0].strip('"')
    assert " ".join(first.split())[:40] in " ".join(done.stdout.split())


@needs_mnist
@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_accuracy(program: Program) -> None:
    low, high = list(program.ranges.values())[-1]
    assert abs(program.run(0)[-1] - (low + high) / 2) <= EACH  # the rule is of the last epoch

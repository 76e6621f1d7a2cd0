"""CONTRIBUTING's promise: a new elementwise primitive is one line, and one row in the docs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINE = """
softsine = elementwise(
    "softsine", lambda x: np.sin(x) * x, dtypes=FLOAT,
    x=lambda g, x, F: g * (F.cos(x) * x + F.sin(x)),
)
"""
ROW = "| `softsine` | x sin x | g (x cos x + sin x) |\n"
USE = """
import liuli
from liuli.compiler.trace import record

x = liuli.linspace(-1.0, 2.0, 5, dtype=liuli.float64, requires_grad=True)
assert liuli.softsine(x).allclose(x.sin() * x) and x.softsine().shape == x.shape
assert liuli.autograd.gradcheck(liuli.softsine, x)
assert liuli.autograd.gradgradcheck(liuli.softsine, x)
recording = record(liuli.softsine, [x.detach()])
assert (recording.run([x.detach().numpy()])[0] == liuli.softsine(x).detach().numpy()).all()
assert recording.graph.nodes[0].op == "softsine"
assert liuli.softsine(liuli.tensor([1, 2])).dtype == liuli.float32
"""


def copy_of_the_project(folder: Path) -> Path:
    for name in ("liuli", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True,
        text=True, encoding="utf-8", timeout=300,
    )  # fmt: skip


def test_one_line_and_one_row_are_enough(tmp_path: Path) -> None:
    project = copy_of_the_project(tmp_path)
    with (project / "liuli/ops/elementwise.py").open("a", encoding="utf-8") as file:
        file.write(LINE)
    page = project / "docs/primitives.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("| `tanh` |", ROW + "| `tanh` |"), encoding="utf-8")
    used = run(project, "-c", USE)
    assert used.returncode == 0, used.stderr
    tests = ["tests/test_primitives_page.py", "tests/ops/test_registry.py", "-k", "softsine or row"]
    checked = run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert checked.returncode == 0, checked.stdout
    assert "softsine" in run(project, "-m", "pytest", "-q", "--collect-only", *tests).stdout

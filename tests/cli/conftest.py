"""What the tests of the command line share: an empty folder, small tables, `liuli` in process."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from liuli import cli
from liuli.rng import default_generator


class Said(NamedTuple):
    """What a command did: its exit code and what it printed."""

    code: int
    out: str
    err: str


Liuli = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder, and a reader of English; the random state is put back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIULI_LANG", "en")
    state = default_generator.get_state()
    yield tmp_path
    default_generator.set_state(state)


@pytest.fixture
def liuli(folder: Path, capsys: pytest.CaptureFixture[str]) -> Liuli:
    """Run a command line in the empty folder."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def kinds(folder: Path) -> Path:
    """A table whose last column is one of two classes, told by the sum of two numbers."""
    chance = random.Random(1)
    pairs = [(chance.gauss(0, 1), chance.gauss(0, 1)) for _ in range(120)]
    rows = [f"{x:.3f},{y:.3f},{'red' if x + y > 0 else 'blue'}" for x, y in pairs]
    return table(folder / "kinds.csv", "a,b,kind", rows)


@pytest.fixture
def prices(folder: Path) -> Path:
    """A table whose last column is a number in the hundreds."""
    chance = random.Random(2)
    rows = []
    for _ in range(120):
        size, place = chance.gauss(0, 1), chance.choice("pqr")
        rows.append(f"{size:.3f},{place},{500 + 90 * size + 40 * 'pqr'.index(place):.2f}")
    return table(folder / "prices.csv", "size,place,price", rows)


def table(path: Path, head: str, rows: list[str]) -> Path:
    """A CSV file."""
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return path

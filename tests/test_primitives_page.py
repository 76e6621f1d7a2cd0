"""docs/primitives.md has one row for every operation of the registry, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from liuli.ops import REGISTRY

PAGE = Path(__file__).parent.parent / "docs" / "primitives.md"


def rows(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_every_operation_has_one_row() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert len(found) == len(set(found))
    assert set(found) == set(REGISTRY)


def test_a_missing_row_would_be_seen() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("| `tanh` |", "| tanh |")
    assert set(rows(text)) != set(REGISTRY)

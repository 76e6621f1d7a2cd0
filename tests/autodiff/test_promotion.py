"""The dtype of a result is PyTorch's, for every pair of dtypes and kinds of operands."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

from tests.golden.promotion import DTYPES, ONES, OPERANDS, PAIRS, SHORT, dtype_of, operand

LIBRARY = importlib.import_module(os.environ.get("LIULI_GOLDEN_LIBRARY", "liuli"))
PATH = Path(__file__).parents[1] / "golden" / "promotion.json"
TABLE = json.loads(PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("left", OPERANDS)
@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str, left: str) -> None:
    wrong = []
    for right, wanted in zip(OPERANDS, TABLE["pairs"][name][left].split(), strict=True):
        if wanted == "-":  # PyTorch refuses, so anything may be right
            continue
        result = dtype_of(PAIRS[name](LIBRARY, operand(LIBRARY, left), operand(LIBRARY, right)))
        if SHORT.get(result, result) != wanted:
            wrong.append(f"with {right}: {result}, PyTorch has {wanted}")
    assert not wrong, f"{name} of {left}\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", ONES)
def test_single_operands(name: str) -> None:
    wrong = []
    for dtype, wanted in zip(DTYPES, TABLE["ones"][name].split(), strict=True):
        if wanted == "-":
            continue
        result = dtype_of(ONES[name](LIBRARY, operand(LIBRARY, dtype)))
        if SHORT.get(result, result) != wanted:
            wrong.append(f"{dtype}: {result}, PyTorch has {wanted}")
    assert not wrong, f"{name}\n" + "\n".join(wrong)


def test_table_is_of_these_operations() -> None:
    # Written by: python -m tests.golden.make_promotion
    assert TABLE["operands"] == " | ".join(OPERANDS)
    assert set(TABLE["pairs"]) == set(PAIRS)
    assert set(TABLE["ones"]) == set(ONES)

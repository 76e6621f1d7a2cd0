"""Write promotion.json with PyTorch: which dtype each operation gives for each pair of operands.

    python -m tests.golden.make_promotion

"-" where PyTorch refuses; there another library is free.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tests.golden.promotion import DTYPES, NUMBERS, ONES, OPERANDS, PAIRS, SHORT, dtype_of, operand

PATH = Path(__file__).parent / "promotion.json"


def short(compute: Callable[[], Any]) -> str:
    """Give the short name of the dtype that comes out, or "-"."""
    try:
        return SHORT[dtype_of(compute())]
    except (RuntimeError, TypeError, NotImplementedError, IndexError, AttributeError):
        return "-"


def row_of(name: str, left: str) -> str:
    """Give one row of a table: the results with each right operand."""
    apply = PAIRS[name]
    return " ".join(
        short(lambda right=right: apply(torch, operand(torch, left), operand(torch, right)))
        if not (left in NUMBERS and right in NUMBERS)
        else "-"
        for right in OPERANDS
    )


def ones_row(name: str) -> str:
    """Give the results of an operation on one tensor, by its dtype."""
    apply = ONES[name]
    return " ".join(short(lambda d=d: apply(torch, operand(torch, d))) for d in DTYPES)


def main() -> None:
    """Write all tables."""
    warnings.simplefilter("ignore")
    pairs = {name: {left: row_of(name, left) for left in OPERANDS} for name in PAIRS}
    ones = {name: ones_row(name) for name in ONES}
    table = {"operands": " | ".join(OPERANDS), "pairs": pairs, "ones": ones}
    PATH.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    refused = sum(row.split().count("-") for rows in pairs.values() for row in rows.values())
    total = len(PAIRS) * len(OPERANDS) ** 2
    print(f"{total} pairs, {refused} refused; {len(ONES) * len(DTYPES)} single operands")


if __name__ == "__main__":
    main()

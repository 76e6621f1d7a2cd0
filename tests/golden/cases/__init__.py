"""The comparison with PyTorch, one module a family."""

from __future__ import annotations

from tests.golden.cases import (
    activations,
    arithmetic,
    assignment,
    autograd,
    contractions,
    convolutions,
    creation,
    elementwise,
    indexing,
    inplace,
    layers,
    linear_algebra,
    losses,
    modules,
    others,
    python,
    randomness,
    reductions,
    scattering,
    shapes,
    sorting,
    widths,
)
from tests.golden.cases.case import Case

TABLES = (
    creation.TABLE,
    elementwise.TABLE,
    arithmetic.TABLE,
    reductions.TABLE,
    sorting.TABLE,
    shapes.TABLE,
    indexing.TABLE,
    assignment.TABLE,
    scattering.TABLE,
    inplace.TABLE,
    widths.TABLE,
    contractions.TABLE,
    linear_algebra.TABLE,
    python.TABLE,
    autograd.TABLE,
    randomness.TABLE,
    activations.TABLE,
    layers.TABLE,
    losses.TABLE,
    convolutions.TABLE,
    others.TABLE,
    modules.TABLE,
)


def all_cases() -> list[Case]:
    """Give every case in order; two cases that are the same are a mistake."""
    cases = [case for table in TABLES for case in table.cases]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise ValueError(f"the case {case.id} stands in the table twice: {case.text}")
        seen.add(case.id)
    return cases

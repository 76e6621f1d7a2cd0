"""Everything in the table of `tests/golden/cases` gives PyTorch's values and gradients.

The values were written once by `tests/golden/make_values.py`; these tests need no PyTorch.
`LIULI_GOLDEN_LIBRARY=torch` holds another library of the same names against them.
"""

from __future__ import annotations

import importlib
import os

import pytest

from tests.golden.cases import all_cases
from tests.golden.cases.case import Case
from tests.golden.golden import differences, expected, index
from tests.golden.run import evaluate, functional_of

LIBRARY = importlib.import_module(os.environ.get("LIULI_GOLDEN_LIBRARY", "liuli"))
FUNCTIONAL = functional_of(LIBRARY)
CASES = all_cases()


@pytest.mark.parametrize(
    ("case", "dtype"),
    [pytest.param(case, dtype, id=f"{case.id}-{dtype}") for case in CASES for dtype in case.dtypes],
)
def test_golden_value(case: Case, dtype: str) -> None:
    if case.later and not hasattr(FUNCTIONAL, case.name.rsplit(".", maxsplit=1)[-1]):
        pytest.skip(f"{case.name} is not there yet")
    golden, slack = expected(case, dtype)
    ours = evaluate(case, LIBRARY, FUNCTIONAL, dtype)
    found = differences(ours, golden, dtype, slack)
    assert not found, f"\n{case.text}\n" + "\n".join(found)


def test_golden_values_are_of_this_table() -> None:
    # A case that was added or changed needs new golden values: python -m tests.golden.make_values
    assert sorted(index()) == sorted(case.id for case in CASES)

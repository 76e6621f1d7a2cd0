"""Everything in the table of `tests/golden/cases` gives PyTorch's values and gradients.

The values were written once by `tests/golden/make_values.py`; these tests need no PyTorch.
`LIULI_GOLDEN_LIBRARY=torch` holds another library of the same names against them.
"""

from __future__ import annotations

import copy
import importlib
import os

import numpy as np
import pytest

from tests.golden.cases import all_cases
from tests.golden.cases.case import Case
from tests.golden.golden import differences, expected, index
from tests.golden.run import Outcome, Value, evaluate, functional_of

LIBRARY = importlib.import_module(os.environ.get("LIULI_GOLDEN_LIBRARY", "liuli"))
FUNCTIONAL = functional_of(LIBRARY)
CASES = all_cases()


# PyTorch warns in some of these (a deprecated default, `.grad` of a result), and so may Liuli.
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_golden_value(case: Case) -> None:
    if case.later and not hasattr(FUNCTIONAL, case.name.rsplit(".", maxsplit=1)[-1]):
        pytest.skip(f"{case.name} is not there yet")
    for dtype in case.dtypes:  # float32 and float64, where it has floats
        golden, slack = expected(case, dtype)
        ours = evaluate(case, LIBRARY, FUNCTIONAL, dtype)
        found = differences(ours, golden, dtype, slack)
        assert not found, f"\n{case.text}\nin {dtype}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("dtype", "float64"),
        ("shape", (1, 3)),
        ("requires_grad", False),
        ("array", np.array([1.0, 2.0, np.nan], np.float32)),
        ("array", np.array([1.0, 2.0, -np.inf], np.float32)),
        ("array", np.array([1.0001, 2.0, np.inf], np.float32)),
    ],
)
def test_differences_are_found(field: str, wrong: object) -> None:
    golden = Outcome([Value("float32", (3,), np.array([1.0, 2.0, np.inf], np.float32), True)])
    assert differences(copy.deepcopy(golden), golden, "float32", 0.0) == []
    ours = copy.deepcopy(golden)
    setattr(ours.leaves[0], field, wrong)
    assert differences(ours, golden, "float32", 0.0)


@pytest.mark.parametrize(
    "ours",
    [
        Outcome([2, 0.5]),
        Outcome([True, 0.5]),
        Outcome([1, 0.51]),
        Outcome([1]),
        Outcome([1, 0.5], {"x": None}),
        Outcome([1, 0.5], changed=["x"]),
    ],
    ids=repr,
)
def test_other_differences_are_found(ours: Outcome) -> None:
    assert differences(ours, Outcome([1, 0.5]), "float32", 0.0)


def test_golden_values_are_of_this_table() -> None:
    # A case that was added or changed needs new golden values: python -m tests.golden.make_values
    assert sorted(index()) == sorted(case.id for case in CASES)

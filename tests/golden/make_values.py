"""Write the golden values with PyTorch: run once, where PyTorch is installed.

    python -m tests.golden.make_values

One file of arrays a family and one index. A case that PyTorch itself refuses is listed and makes
the script fail, so that the table holds only what PyTorch does.
"""

from __future__ import annotations

import json
import sys
import warnings
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.golden.cases import all_cases
from tests.golden.cases.case import Array, Case
from tests.golden.run import SMALLEST, Outcome, Value, evaluate

VALUES = Path(__file__).parent / "values"
# Above this, what float32 costs is told to the test, which widens its tolerance by it.
NOTABLE = 2e-6
# Half of float32's last place.
ROUNDING = 6e-8
# Above this the case says more about rounding than about the function.
TOO_MUCH = 2e-4


class Store:
    """Flat arrays, one a stored dtype; a tensor is written as `dtype:shape@offset`."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Array]] = {}
        self.used: dict[str, int] = {}

    def put(self, value: Value) -> str:
        """Keep the numbers of a tensor, and say where they lie."""
        kind = str(value.array.dtype)
        start = self.used.get(kind, 0)
        self.parts.setdefault(kind, []).append(value.array.ravel())
        self.used[kind] = start + value.array.size
        shape = "x".join(map(str, value.shape))
        flag = "+" if value.requires_grad else ""
        return f"{value.dtype}:{shape}@{kind}:{start}{flag}"

    def write(self, path: Path) -> None:
        """Write an .npz file whose bytes depend on the numbers alone (no clock in it)."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for kind in sorted(self.parts):
                buffer = BytesIO()
                np.save(buffer, np.concatenate(self.parts[kind]), allow_pickle=False)
                info = zipfile.ZipInfo(f"{kind}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, buffer.getvalue())


def entry(outcome: Outcome, store: Store) -> dict[str, Any]:
    """Describe an outcome for the index."""
    leaves = [
        {"tensor": store.put(leaf)} if isinstance(leaf, Value) else leaf for leaf in outcome.leaves
    ]
    grads = {
        name: None if grad is None else store.put(grad) for name, grad in outcome.grads.items()
    }
    return {"out": leaves, "grad": grads} if grads else {"out": leaves}


def distance(left: Outcome, right: Outcome) -> float:
    """Give the largest relative difference between float32's floats and float64's."""
    worst = 0.0
    pairs = list(zip(left.leaves, right.leaves, strict=True))
    pairs += [(left.grads[name], right.grads[name]) for name in left.grads]
    for a, b in pairs:
        if not isinstance(a, Value) or a.array.dtype.kind != "f" or a.array.size == 0:
            continue
        x, y = a.array.astype(np.float64), b.array.astype(np.float64)
        # What float32 cannot hold is no matter of accuracy.
        finite = np.isfinite(x) & np.isfinite(y) & (np.abs(y) < np.finfo(np.float32).max)
        if not finite.any():
            continue
        scale = max(float(np.abs(y[finite]).max()), SMALLEST)
        worst = max(worst, float(np.abs(x - y)[finite].max()) / scale)
    return worst


def condition(case: Case, golden: Outcome) -> float:
    """Give what a rounding of the inputs costs; 0 where the function is not smooth there."""
    try:
        moved = evaluate(case, torch, torch.nn.functional, "float64", nudge=ROUNDING)
        cost = distance(moved, golden)
    except (RuntimeError, ValueError):  # moved out of the domain, or to another shape
        return 0.0
    return cost if cost < TOO_MUCH else 0.0


def make_case(case: Case, store: Store) -> dict[str, Any]:
    """Run a case in its dtypes; raise what PyTorch raises."""
    outcomes = {}
    for dtype in case.dtypes:
        outcomes[dtype] = evaluate(case, torch, torch.nn.functional, dtype)
        if outcomes[dtype].changed:
            raise RuntimeError(f"the text changes its inputs {outcomes[dtype].changed}")
    row: dict[str, Any] = {name: entry(outcome, store) for name, outcome in outcomes.items()}
    if "float64" in outcomes:
        error = distance(outcomes["float32"], outcomes["float64"])
        if error > TOO_MUCH:
            raise RuntimeError(f"float32 and float64 differ by {error:.1e}")
        error = max(error, condition(case, outcomes["float64"]))
        if error > NOTABLE:
            row["slack"] = float(f"{error:.1e}")
    return row


def main() -> int:
    """Write every family; give 1 where PyTorch refused a case."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    VALUES.mkdir(exist_ok=True)
    stores: dict[str, Store] = {}
    index: dict[str, Any] = {}
    refused = 0
    cases = all_cases()
    for case in cases:
        try:
            index[case.id] = make_case(case, stores.setdefault(case.family, Store()))
        except Exception as error:  # whatever PyTorch says is the finding
            refused += 1
            message = (str(error).splitlines() or [""])[0][:140]
            print(f"REFUSED {case.name}: {case.text!r}: {type(error).__name__}: {message}")
    for family, store in stores.items():
        store.write(VALUES / f"{family}.npz")
    rows = [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in index.items()]
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    (VALUES / "index.json").write_text(text, encoding="utf-8")
    print(f"{len(index)} cases of {len(cases)}, {refused} refused, torch {torch.__version__}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

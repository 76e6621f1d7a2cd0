"""Write repr.json: what PyTorch prints for some 450 tensors, each with how to make it again.

Run it with a Python that has PyTorch; the test that reads repr.json needs none. Both call
`make_input`, which uses only integers and exact products of the generator's uniform numbers, so
that no platform's libm can move a digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Case = dict[str, Any]
GOLDEN = Path(__file__).with_name("repr.json")
FLOATS = ("float64", "float32", "float16", "bfloat16")
INTS = ("int64", "int32", "int16", "int8", "uint8", "uint32")


def make_input(case: Case) -> np.ndarray:
    """The array of a case; bfloat16, which NumPy does not have, as float32 yet to be rounded."""
    dtype = np.dtype("float32" if case["dtype"] == "bfloat16" else case["dtype"])
    if "random" in case:
        return _random(**case["random"]).astype(dtype)
    # Through object: "nan" and "inf" stand as strings in the file, and int64 stays exact.
    array = np.array(case["data"], dtype=object).astype(dtype)
    return array.reshape(case["shape"]) if "shape" in case else array


def _random(kind: str, seed: int, shape: list[int], scale: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "bool":
        return rng.random(shape) < 0.5
    if kind == "whole":
        return rng.integers(-int(scale), int(scale) + 1, shape)
    if kind == "count":
        return rng.integers(0, int(scale) + 1, shape)
    values = (2 * rng.random(shape) - 1) * scale
    if kind == "spread":  # magnitudes from scale / 1000 to scale * 1000
        return values * np.array([1e-3, 1e-2, 0.1, 1, 10, 100, 1e3])[rng.integers(0, 7, shape)]
    if kind == "holes":
        for odd in (np.nan, np.inf, -np.inf, 0.0, -0.0):
            values = np.where(rng.random(shape) < 0.08, odd, values)
    return values


def _plain() -> Iterator[Case]:
    """Numbers chosen for one rule of the notation each."""
    nan, inf = "nan", "inf"
    for data in (
        [1, 2, 3], [1.5, 2, -3.25], [-1.5], [0], [-0.0], [-0.0, 0.5], [-0.0, 3], [0, 0, 0],
        [nan], [inf, "-inf"], [nan, 1], [nan, 1.5], ["-inf", 0.5, 100.25], [inf, 1e10],
        [inf, 1e-6, 0], [nan, inf, "-inf", 0, -7], [1, 1000], [1, 1001], [1, 1000.5], [1.5, 1500],
        [1.5, 1501], [1e8], [100000008], [1e8, 1e8], [99999.5], [1e8, 0.5], [1e-4], [9.9e-5],
        [1e-4, 0.1], [1e-4, 0.11], [0.9999999], [0.99995, 2.5], [1e-38], [1e30, -1e30], [0.00005],
        [123456.75, -2.5e5], [3, -4, 10], [12345678, 87654321], [1e-10, 0, nan],
    ):  # fmt: skip
        yield {"data": data, "dtype": "float32"}
    for number in (0, 1, -1, 0.5, -2.75, nan, inf, "-inf", 1e9, 1e-5, 3.14159265, 1e-4, -0.0):
        yield {"data": number, "dtype": "float32"}
    for data in ([1e300, 1e-300], [5e-324], [1e16, 1], [0.1], [-1e308], [1.0000000001]):
        yield {"data": data, "dtype": "float64"}
    yield {"data": [65504, 1e-7], "dtype": "float16"}
    yield {"data": [0.1, 3.14159], "dtype": "bfloat16"}
    yield {"data": 3e38, "dtype": "bfloat16"}


def _whole() -> Iterator[Case]:
    for dtype in INTS:
        yield {"data": [1, 22, 103], "dtype": dtype}
        yield {"data": 7, "dtype": dtype}
        yield {"data": [[1, 2], [100, 4]], "dtype": dtype}
        kind = "count" if dtype.startswith("u") else "whole"
        yield _drawn(kind, [5, 17], 100, dtype)
        yield _drawn(kind, [40, 30], 100, dtype)
    yield {"data": [-1, 10, -100], "dtype": "int64"}
    yield {"data": [-(2**63), 2**63 - 1], "dtype": "int64"}
    yield {"data": [-128, 127], "dtype": "int8"}
    yield {"data": [2**32 - 1], "dtype": "uint32"}
    for data in (True, False, [True], [True, True], [True, False], [[False], [True]]):
        yield {"data": data, "dtype": "bool"}
    for shape in ([3, 4], [30], [2, 2, 2], [1001], [20, 60]):
        yield _drawn("bool", shape, 1, "bool")


def _empty() -> Iterator[Case]:
    for shape in ([0], [0, 3], [3, 0], [2, 0, 4], [0, 0], [1, 0, 1, 2]):
        for dtype in ("float32", "float64", "int64", "bool"):
            yield {"data": [], "shape": shape, "dtype": dtype}
        yield {"data": [], "shape": shape, "dtype": "float32", "requires_grad": True}
        yield {"data": [], "shape": shape, "dtype": "float32", "grad_fn": "MulBackward0"}


def _shapes() -> Iterator[Case]:
    """Brackets, wrapped lines and summaries, at every magnitude and in every float."""
    shapes = (
        [1], [6], [7], [8], [9], [13], [64], [1000], [1001], [1, 1], [2, 3], [3, 30], [30, 2],
        [1, 1, 1], [2, 3, 4], [2, 1, 12], [2, 2, 2, 2], [1, 2, 1, 2, 3], [500, 2], [501, 2],
        [2, 501], [7, 7, 21], [6, 6, 28], [6, 7, 25], [11, 10, 10], [3, 2, 14, 14], [1, 1, 32, 32],
    )  # fmt: skip
    for at, shape in enumerate(shapes):
        yield _drawn("uniform", shape, (1, 50, 1e-3, 1e5)[at % 4], "float32", seed=at)
        yield _drawn(("spread", "holes", "whole")[at % 3], shape, 20, FLOATS[at % 4], seed=at)
    for at, dtype in enumerate(FLOATS * 3):
        scale = (1e-6, 1e-2, 1, 300, 6e4)[at % 5]
        yield _drawn("uniform", [3, 4], scale, dtype, seed=100 + at)
        yield _drawn("holes", [4, 9], scale, dtype, seed=200 + at)
    for at, scale in enumerate((1e-30, 1e-8, 1e-5, 1e3, 1e7, 1e9, 1e20)):
        yield _drawn("uniform", [2, 8], scale, "float32", seed=300 + at)


def _flags() -> Iterator[Case]:
    """What follows the numbers, on the same line or the next; the lengths walk across its end."""
    for op in OPS:
        yield _drawn("uniform", [2, 3], 1, "float32") | {"grad_fn": op}
    yield {"data": 2.5, "dtype": "float32", "requires_grad": True}
    yield {"data": 2.5, "dtype": "float64", "grad_fn": "MulBackward0"}
    for size in range(1, 13):
        base = _drawn("uniform", [size], 1, "float32", seed=size)
        yield base | {"requires_grad": True}
        yield base | {"dtype": "bfloat16", "grad_fn": "CloneBackward0"}
        yield base | {"dtype": "float64", "requires_grad": True, "options": [{"linewidth": 60}]}
    for width in range(24, 72, 3):
        extra = {"dtype": "float64", "grad_fn": "MulBackward0", "options": [{"linewidth": width}]}
        yield _drawn("uniform", [2, 3], 1, "float32", seed=width) | extra
    for default in FLOATS:
        for dtype in (*FLOATS, "int64", "int32", "bool"):
            yield {"data": [1, 0], "dtype": dtype, "default": default}
        yield {"data": [], "dtype": default, "default": default}
    for name in ("W", "TransformerWeight"):
        yield _drawn("uniform", [2, 2, 9], 1, "float64") | {"name": name}
        yield _drawn("uniform", [40, 40], 1, "float32") | {"name": name, "requires_grad": True}


def _options() -> Iterator[Case]:
    inputs = (
        _drawn("uniform", [3, 4], 10, "float32"),
        _drawn("whole", [12], 500, "float32"),
        _drawn("spread", [40, 30], 1, "float64"),
        {"data": [0, 0], "dtype": "float32"},
        {"data": [1.5e-7, 1e6, "nan"], "dtype": "float32"},
        {"data": [1, 1e12], "dtype": "float32"},
        {"data": 0.125, "dtype": "float32"},
        {"data": [3, -4], "dtype": "int64"},
    )
    settings: tuple[list[dict[str, Any]], ...] = (
        [{"precision": 0}],
        [{"precision": 8}],
        [{"sci_mode": True}],
        [{"sci_mode": False}],
        [{"sci_mode": True}, {"precision": 2}],
        [{"precision": 2}, {"sci_mode": True}, {"profile": "default"}],
        [{"profile": "short"}],
        [{"profile": "short", "precision": 6, "edgeitems": 1}],
        [{"profile": "short"}, {"linewidth": 40}],
        [{"profile": "short"}, {"profile": "full", "linewidth": 120, "threshold": 600}],
        [{"threshold": 5}],
        [{"threshold": 0, "edgeitems": 1}],
        [{"threshold": 5, "edgeitems": 0}],
        [{"edgeitems": 0}],
        [{"edgeitems": 6, "threshold": 11}],
        [{"linewidth": 20}],
        [{"linewidth": 4}],
    )
    for options in settings:
        for given in inputs:
            yield given | {"options": options}
    yield _drawn("uniform", [30, 35], 1, "float32") | {"options": [{"profile": "full"}]}


def _drawn(kind: str, shape: list[int], scale: float, dtype: str, seed: int = 0) -> Case:
    random = {"kind": kind, "seed": seed, "shape": shape, "scale": scale}
    return {"random": random, "dtype": dtype}


# Each leaves the values alone, so that the input of a case is also what is printed.
OPS = {
    "MulBackward0": lambda x: x * 1,
    "CloneBackward0": lambda x: x.clone(),
    "ViewBackward0": lambda x: x.view(x.shape),
    "ExpandBackward0": lambda x: x.expand(x.shape),
    "PermuteBackward0": lambda x: x.permute(*range(x.ndim)),
}


def expected(case: Case) -> str:
    """PyTorch's repr of a case, under the case's options and default dtype."""
    import torch

    torch.set_default_dtype(getattr(torch, case.get("default", "float32")))
    torch.set_printoptions(profile="default")
    for options in case.get("options", []):
        torch.set_printoptions(**options)
    x = torch.from_numpy(np.asarray(make_input(case))).to(getattr(torch, case["dtype"]))
    if "name" in case:
        x = x.as_subclass(type(case["name"], (torch.Tensor,), {}))
    if "grad_fn" in case:
        x = OPS[case["grad_fn"]](x.requires_grad_())
        assert type(x.grad_fn).__name__ == case["grad_fn"]
    elif case.get("requires_grad"):
        x.requires_grad_()
    return repr(x).replace("torch.", "liuli.")


def main() -> None:
    groups = (_plain, _whole, _empty, _shapes, _flags, _options)
    cases = [case for group in groups for case in group()]
    # One case a line: a change of one shows as one line in a diff.
    lines = [json.dumps(case | {"text": expected(case)}, allow_nan=False) for case in cases]
    GOLDEN.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{len(cases)} cases in {GOLDEN.name}")


if __name__ == "__main__":
    main()

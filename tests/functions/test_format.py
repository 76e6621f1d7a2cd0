"""Every text PyTorch wrote into repr.json, and what it has no say in."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liuli.functions import format as printing
from liuli.functions.format import format_scalar, set_printoptions, tensor_repr

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"

_spec = importlib.util.spec_from_file_location("make_repr", GOLDEN / "make_repr.py")
assert _spec is not None and _spec.loader is not None
make_repr = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_repr)

CASES: list[dict[str, Any]] = json.loads((GOLDEN / "repr.json").read_text(encoding="utf-8"))
WORDS = ("dtype", "requires_grad", "grad_fn", "name", "default")


@pytest.fixture(autouse=True)
def _default_options() -> Iterator[None]:
    set_printoptions(profile="default")
    yield
    set_printoptions(profile="default")


def _label(case: dict[str, Any]) -> str:
    made = case["random"] if "random" in case else case["data"]
    return f"{case['dtype']}-{made}"[:60]


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_prints_as_pytorch(case: dict[str, Any]) -> None:
    array = make_repr.make_input(case)
    if case["dtype"] == "bfloat16":
        array = array.astype(pytest.importorskip("ml_dtypes").bfloat16)
    for options in case.get("options", []):
        set_printoptions(**options)
    words = {word: case[word] for word in WORDS if word in case}
    assert tensor_repr(array, **words) == case["text"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150


def test_the_device_is_named_unless_it_is_the_cpu() -> None:
    text = tensor_repr(np.ones(1, np.int32), dtype="int32", device="cuda:0", requires_grad=True)
    assert text == "tensor([1], device='cuda:0', dtype=liuli.int32, requires_grad=True)"


def test_strides_do_not_matter() -> None:
    array = np.arange(2400.0).reshape(40, 60)
    turned = tensor_repr(array.T[::-1], dtype="float64")
    assert turned == tensor_repr(np.ascontiguousarray(array.T[::-1]), dtype="float64")


def test_a_summary_reads_the_corners_only() -> None:
    # 8 GB if it were copied; a broadcast view of one number costs nothing.
    array = np.broadcast_to(np.float64(1.5), (1000, 1000, 1000))
    assert tensor_repr(array, dtype="float64").count("1.5000") == 6**3


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (np.float32(2.5), ".4f", "2.5000"),
        (np.array(2.5), "", "2.5"),
        (np.array(2.5), ">10.3e", " 2.500e+00"),
        (np.int64(3), "05d", "00003"),
        (np.array(True), "d", "1"),
        (np.array(True), "", "True"),
        (0.25, ".0%", "25%"),
    ],
)
def test_format_scalar(value: Any, spec: str, text: str) -> None:
    assert format_scalar(value, spec) == text


def test_format_scalar_takes_bfloat16() -> None:
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    assert format_scalar(np.array(1.5, bfloat16), ".2f") == "1.50"


def test_format_scalar_names_the_shape_it_cannot_format() -> None:
    with pytest.raises(TypeError, match=r"'\.4f' formats one number.*\(2,\).*t\.item\(\)"):
        format_scalar(np.ones(2), ".4f")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "long"}, "profile is 'long', expected one of 'default', 'short', 'full'"),
        ({"precision": -1}, "precision is -1, expected 0 or more"),
        ({"edgeitems": -1}, "edgeitems is -1, expected 0 or more"),
        ({"threshold": float("nan")}, "threshold is nan, expected 0 or more"),
    ],
)
def test_options_that_mean_nothing_change_nothing(options: dict[str, Any], message: str) -> None:
    before = printing._options
    with pytest.raises(ValueError, match=message):
        set_printoptions(**options)
    assert printing._options is before


def test_importing_it_does_not_import_ml_dtypes() -> None:
    code = "import sys, liuli.functions.format; sys.exit('ml_dtypes' in sys.modules)"
    root = HERE.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

"""Where kernels come from, and why NumPy is called instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from liuli.compiler.graph import Origin, parse
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.explaining.listing import listing, parted


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_why_an_operation_is_left_to_numpy() -> None:
    graph = parse("graph f\n  input  %0 float32[6,5]  x\n"
                  "  %1 float32[6,5] = exp(%0)\n"
                  "  %2 int64[6,5] = argsort(%1, axis=1, descending=False)\n"
                  "  %3 int64[6,6] = contract(%2, %2, labels='ab,cb->ac')\n"
                  "  %4 float32[6,6] = cast(%3, dtype='float32')\n  return %4\n")  # fmt: skip
    whys = [line.host for line in listing(Native(graph), []).lines if line.host]
    assert whys == ["there is no kernel for argsort",
                    "a product of whole numbers has no kernel"]  # fmt: skip


def test_lines_of_the_user(tmp_path: Path) -> None:
    file = tmp_path / "my net 2.py"
    file.write_text("first\n    y = f(x)\n", encoding="utf-8")
    assert parted(Origin("fc1 grad of linear my net 2.py:2", str(file))) == (
        "my net 2.py:2", "y = f(x)", "fc1 grad of linear",
    )  # fmt: skip
    assert parted("fc1.linear model.py:7") == ("model.py:7", "", "fc1.linear")
    assert parted("copy") == ("", "", "copy")

"""Files as this version writes them, in tests/golden/files: later versions must load them for ever.

`python -m tests.golden.make_files` writes those that are not there yet. One that is there is never
written again: when the format changes, a file with a new number joins it.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

import liuli
from liuli import files, nn
from liuli.nn.saving import save

FOLDER = Path(__file__).with_name("files")
META = {"epoch": 3, "loss": [0.5, None, True, "文"], "nested": {"a": {}}}


def arrays() -> dict[str, Any]:
    """Arrays of several dtypes, shapes and names."""
    return {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "../../etc/passwd": np.array([True, False, True]),
        "层.偏置": np.array(7, np.int64),
        "empty": np.zeros((0, 4), np.uint8),
        "brief": np.array([1.5, -2.0], liuli.bfloat16.numpy),
    }


def network() -> nn.Sequential:
    """A module with a tied weight, a module that is there twice, and one in another mode."""
    first = nn.Linear(3, 3, bias=False)
    model = nn.Sequential(first, nn.Linear(3, 3), first, nn.Identity())
    model[1].weight = first.weight
    model[1].bias.requires_grad_(False)
    model[3].eval()
    with liuli.no_grad():
        first.weight.copy_(liuli.arange(9.0).reshape(3, 3) / 8)
        model[1].bias.copy_(liuli.tensor([0.5, -1.0, 2.0]))
    return model


def checkpoint() -> dict[Any, Any]:
    """One of everything that can be saved."""
    x = liuli.arange(12.0).reshape(3, 4)
    return {
        "plain": [None, True, 5, 2**100, 0.5, float("inf"), "文", (1, (2,)), {3}, b"\x00\xff"],
        "views": [x, x.T, x[1], x[:, ::2]],
        "array": np.arange(3),
        "kinds": [liuli.float16, x.shape, liuli.device("cpu")],
        0: OrderedDict(b=1, a=2),
        (1, "a"): frozenset({1}),
        "model": network(),
    }


def main() -> None:
    """Write what is not there yet."""
    FOLDER.mkdir(exist_ok=True)
    liuli.manual_seed(0)
    path = FOLDER / "arrays-1.safetensors"
    if not path.exists():
        files.write_arrays(path, arrays(), META)
    path = FOLDER / "checkpoint-1.safetensors"
    if not path.exists():
        save(checkpoint(), path)


if __name__ == "__main__":
    main()

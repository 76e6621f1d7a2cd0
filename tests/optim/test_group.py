"""A group is a dict of plain floats outside, and of cells to a recorded program."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

import liuli
from liuli import optim
from liuli.autodiff.tensor import Tensor
from liuli.compiler.trace import record
from liuli.errors import LiuliError
from liuli.optim.group import Group


def group(**more: Any) -> Group:
    return Group({"lr": 0.1, "betas": (0.9, 0.99), "nesterov": False, "foreach": None} | more)


def test_every_way_of_reading_gives_plain_values() -> None:
    plain = {"lr": 0.1, "betas": (0.9, 0.99), "nesterov": False, "foreach": None}
    g = group()
    readings = [
        dict(g), {**g}, g.copy(), dict(g.items()), {k: g[k] for k in g}, {k: g.get(k) for k in g},
        dict(zip(g.keys(), g.values(), strict=True)), eval(repr(g)), json.loads(json.dumps(g)),
        dict(copy.deepcopy(g)), dict(pickle.loads(pickle.dumps(g))), g,
    ]  # fmt: skip
    for reading in readings:
        reading["betas"] = tuple(reading["betas"])
        assert reading == plain
        assert type(reading["lr"]) is float and reading["nesterov"] is False
    assert "lr" in g and g.get("none", 3) == 3 and len(g) == 4


def test_writing_goes_into_the_same_cell() -> None:
    g = group()
    cells = dict(g.stored())
    tensor = cells["lr"].tensor
    g["lr"] = 1
    g.update(betas=[0.8, 0.7])
    g.update({"nesterov": True})
    assert (g["lr"], g["betas"], g["nesterov"]) == (1.0, (0.8, 0.7), True)
    assert dict(g.stored())["lr"].tensor is tensor and tensor.item() == 1.0
    assert dict(g.stored())["betas"][1] is cells["betas"][1]
    assert g.setdefault("lr", 5) == 1.0 and g.setdefault("max_lr", 5) == 5.0
    assert g.pop("max_lr") == 5.0 and "max_lr" not in g
    g["lr"] = liuli.tensor(0.5)
    assert g["lr"] == 0.5


def test_copies_have_cells_of_their_own() -> None:
    g = group()
    other = copy.deepcopy(g)
    other["lr"] = 5
    assert g["lr"] == 0.1


@pytest.mark.parametrize("value", ["0.1", None, [1, 2], True, liuli.ones(2)])
def test_a_number_stays_a_number(value: Any) -> None:
    g = group()
    with pytest.raises(LiuliError, match="LL681"):
        g["lr"] = value
    assert g["lr"] == 0.1


def test_recorded_programs_read_the_cells() -> None:
    g = group()

    def program(x: Tensor) -> Tensor:
        assert isinstance(g["lr"], Tensor) and isinstance(g.get("betas")[1], Tensor)
        assert dict(g)["nesterov"] is False and "0.1" in repr(g)
        with pytest.raises(LiuliError, match="LL694"):
            g["lr"] = 3
        return x * g["lr"] + g["betas"][0]

    recording = record(program, [liuli.ones(1)])
    g["lr"], g["betas"] = 2, (3, 4)
    assert recording.run([liuli.ones(1).numpy()])[0].tolist() == [5.0]


def test_groups_of_an_optimizer() -> None:
    w = liuli.ones(1, requires_grad=True)
    (found,) = optim.AdamW([w], betas=[0.5, 0.6]).param_groups
    assert found["betas"] == (0.5, 0.6) and found["params"] == [w] and found.params[0] is w

"""The points of `python -m bench conv-sweep`, how one is measured, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest

import liuli
from bench import conv_sweep
from bench.conv_layers import LayerPoint, from_json, points, to_json, together
from bench.conv_sweep import Found
from bench.workers.conv_layer import step_of, told


def found(name_of: LayerPoint, ours: float, torch: float, apart: float = 0.0) -> Found:
    return Found(name_of, {"liuli": [ours] * 3, "torch": [torch] * 3, "limit": []}, apart, 200.0)


def failed(*all_found: Found) -> list[str]:
    return [check.says for check in conv_sweep.checks(list(all_found)) if not check.held]


def test_the_points_of_the_issue() -> None:
    every, quick = points(False), points(True)
    assert len(every) == len(set(every)) and set(quick) < set(every)
    for field, values in {
        "batch": {1, 16, 37, 64, 256}, "channels": {1, 3, 10, 12, 17, 20, 30, 64},
        "kernel": {1, 3, 5, 7}, "stride": {1, 2}, "fixed": {False, True},
    }.items():  # fmt: skip
        assert {getattr(point, field) for point in every} == values
    assert any(point.groups == 4 for point in every)
    assert any(point.groups == point.channels > 1 for point in every)
    assert from_json(to_json(every)) == every
    assert [len(some) for some in together(every[:30], 12)] == [12, 12, 6]


def test_names_of_points() -> None:
    point = LayerPoint(16, 30, 5, 2, 30, True)
    assert str(point) == "batch 16, 30 channels, 5x5, stride 2, each alone, data"
    assert str(LayerPoint(groups=2)) == "batch 64, 10 channels, 3x3, 2 groups"


def test_flop() -> None:
    assert LayerPoint(2, 10, 3).flop == 3 * 2 * 2 * 10 * 14 * 14 * 90
    assert LayerPoint(2, 64, 3, 2, 4, True).flop == 2 * 2 * 2 * 64 * 4 * 4 * 144


@pytest.mark.parametrize("point", [
    LayerPoint(2, 3, 3), LayerPoint(1, 64, 5, 2, 64), LayerPoint(2, 20, 1, fixed=True),
], ids=str)  # fmt: skip
def test_a_step_gives_the_output_and_all_gradients(point: LayerPoint) -> None:
    step = step_of(liuli, point, "")
    for _ in range(4):
        y, gradients = step()
    x, weight, bias, g = point.numbers()
    assert y.shape == g.shape
    shapes = [weight.shape, bias.shape, x.shape][: 3 - point.fixed]
    assert [tuple(t.shape) for t in gradients] == shapes
    np.testing.assert_allclose(gradients[1].numpy(), g.sum((0, 2, 3)), rtol=1e-4, atol=1e-4)
    total = sum(np.abs(t.detach().numpy()).sum() for t in (y, *gradients))
    assert told(step) == pytest.approx(total, rel=1e-5)


def test_worst_point_and_mean() -> None:
    a, b = LayerPoint(1), LayerPoint(16)
    assert not failed(found(a, 100, 300), found(b, 100, 96))
    [worst] = failed(found(a, 100, 900), found(b, 100, 94))
    assert worst == ("the worst of 2 points is batch 16, 10 channels, 3x3: 0.94 times as fast as "
                     "PyTorch; 1 are under 0.95")  # fmt: skip
    [mean] = failed(found(a, 100, 200), found(b, 100, 100))
    assert mean == "geometric mean 1.41 (limit 1.5)"


def test_sums_are_compared() -> None:
    for wrong in (2e-4, float("nan")):
        [says] = failed(found(LayerPoint(), 100, 300, wrong))
        assert says.startswith("sums are at most")


def test_a_point_without_us_fails() -> None:
    lost = Found(LayerPoint(1), {"liuli": [], "torch": [9.0]}, 0.0, 0.0)
    assert failed(lost, found(LayerPoint(), 1, 3)) == [
        "could not be measured: batch 1, 10 channels, 3x3"
    ]
    assert conv_sweep.row(lost)[1] == "-"


def test_row() -> None:
    cells = conv_sweep.row(found(LayerPoint(), 500, 750))
    share = LayerPoint().flop / 500e-6 / 200e9 * 100
    assert cells == ["batch 64, 10 channels, 3x3", "500 (500)", "750 (750)", "-", "1.50 (1.50)",
                     "-", f"{share:.0f} ({share:.0f})"]  # fmt: skip

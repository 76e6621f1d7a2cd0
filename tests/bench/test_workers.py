"""What workers do: timing, the machine's limit, sizes on disk, and our own steps."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.problem import Problem
from bench.workers import limit, serving, size
from bench.workers.steps.written_out import Liuli
from liuli import settings

SMALL = Problem(sizes=(6, 5, 3), batch=4, warm=14)


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = settings.current.num_threads
    yield
    settings.change(num_threads=before)


class Counting(serving.Contestant):
    """Its loss is how many steps it took."""

    taken = 0

    def step(self, number: int) -> int:
        assert number == self.taken % self.problem.count
        self.taken += 1
        return self.taken


def test_a_round_has_as_many_steps_as_asked() -> None:
    counting = Counting(SMALL, 1, "")
    assert len(counting.run(200)) == 200
    assert counting.loss() == 200


def test_a_round_without_time_has_the_least_steps() -> None:
    counting = Counting(replace(SMALL, seconds=0.0), 1, "")
    assert len(counting.run(200)) == serving.LEAST


def test_the_loss_is_that_after_the_first_steps() -> None:
    facts = serving.begin(Counting(SMALL, 1, ""))
    assert facts["loss"] == SMALL.warm and facts["first"] >= facts["slowest"] >= 0


def test_peak_memory() -> None:
    pytest.importorskip("resource")
    assert 20 < serving.peak() < 20_000


@pytest.mark.parametrize("how", ["", "compiled"])
def test_a_step_by_row_numbers_is_the_same_step(how: str) -> None:
    if how:
        pytest.importorskip("llvmlite")
    losses = {
        serving.begin(Liuli(replace(SMALL, fetch=fetch), 1, how))["loss"] for fetch in (False, True)
    }
    assert max(losses) - min(losses) < 1e-6
    assert abs(max(losses) - by_hand()) < 1e-5


def by_hand() -> float:
    """The loss of the last of the first steps, in NumPy and float64."""
    (w1, b1, w2, b2) = params = [value.astype(np.float64) for value in SMALL.start()]
    velocities = [np.zeros_like(value) for value in params]
    loss = math.nan
    for x, labels in SMALL.batches()[: SMALL.warm]:
        h = np.maximum(x @ w1.T + b1, 0)
        scores = h @ w2.T + b2
        p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        loss = float(-np.log(p[range(4), labels]).mean())
        p[range(4), labels] -= 1
        p /= 4
        back = (p @ w2) * (h > 0)
        for v, param, g in zip(velocities, params, (back.T @ x, back.sum(0), p.T @ h, p.sum(0)),
                               strict=True):  # fmt: skip
            v *= 0.9
            v += g
            param -= 0.01 * v
    return loss


# --- the machine's limit ----------------------------------------------------------------------
def test_the_kernel_multiplies_and_adds() -> None:
    pytest.importorskip("llvmlite")
    from liuli.compiler.machine import compile_modules
    from liuli.compiler.targets import Target

    target = Target.host()
    text, flop = limit.text(target)
    chains = flop // (2 * target.lanes(4))
    assert text.count("call") == chains >= 8  # enough to hide the latency of two units
    run: Any = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)(
        compile_modules({"limit": text}, target)["limit"]
    )
    memory = np.full(target.lanes(4), 0.5, np.float32)
    run(ctypes.addressof(ctypes.c_void_p(memory.ctypes.data)), 0, 3)
    np.testing.assert_array_equal(memory, chains * 0.9375)  # 0.5, 0.75, 0.875, 0.9375


def test_the_rate_of_threads_is_added_up() -> None:
    assert limit.rate(lambda turns: turns * 1e-9, 100, 1) == pytest.approx(100)
    assert limit.rate(lambda turns: turns * 1e-9, 100, 3) == pytest.approx(300)


# --- sizes on disk ----------------------------------------------------------------------------
def package(folder: Path, name: str, content: int, *requires: str) -> None:
    """An installed package, as its installer lists it."""
    (folder / f"{name}.py").write_bytes(b"#" * content)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n{needs}", encoding="utf-8")
    (info / "RECORD").write_text(f"{name}.py,,{content}\ngone.py,,5\n", encoding="utf-8")


def test_a_package_and_all_it_needs_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pip")
    package(tmp_path, "lla", 1000, "llb>=1", 'llc; extra == "more"', 'llc; python_version < "3"')
    package(tmp_path, "llb", 200, "lla", "ll_absent_package")
    package(tmp_path, "llc", 30)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert size.total("lla") == 1200


def test_a_checkout_is_counted_too() -> None:
    pytest.importorskip("tomllib")
    requires, own = size.from_checkout("liuli")
    assert any(text.startswith("numpy") for text in requires) and own > 100_000

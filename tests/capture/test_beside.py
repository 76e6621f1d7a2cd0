"""Captured loops beside everything else: copies, generators, threads, memory, switches."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import subprocess
import sys
import weakref
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.autodiff.state import STATE
from liuli.capture import loop as capture_loop
from liuli.capture.pending import Pending
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, ran, rounds_compiled, same


def test_models_and_optimizers_are_copied_in_the_middle() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        seen: list[Any] = []
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            out = model(x)
            loss = F.cross_entropy(out, y)
            if i % 4 == 2:
                seen += [copy.deepcopy(model), copy.copy(out.detach())]
            loss.backward()
            if i % 4 == 3:
                other = copy.deepcopy(model)
                seen += [p.grad for p in other.parameters()]
                seen += [pickle.loads(pickle.dumps(out.detach()))]
            optimizer.step()
            if i % 7 == 0:
                seen.append(len(optimizer.state_dict()["state"]))
                pickle.dumps(optimizer)
                copy.deepcopy(optimizer)
        return seen, model, optimizer.steps_taken

    assert same(loop) >= 8


def test_moving_averages() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        slow = copy.deepcopy(model).requires_grad_(False)
        optimizer = liuli.optim.Adam(model.parameters(), lr=0.01)
        seen = []
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
            with liuli.no_grad():
                for a, b in zip(slow.parameters(), model.parameters(), strict=True):
                    a.mul_(0.9).add_(b * 0.1)
            if i % 3 == 0:
                seen.append(slow[0].weight.sum())
        return seen, slow, model

    same(loop)


def test_running_statistics_are_never_stale() -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        view = model[1].running_var.numpy()  # somebody looks at the memory itself
        seen = []
        for i, (x, y) in enumerate(batches(24)):
            optimizer.zero_grad()
            out = model(x)
            if i % 5 == 0:
                seen += [model[1].running_mean.clone(), view.copy()]
            F.cross_entropy(out, y).backward()
            if i % 4 == 0:
                seen += [model[1].num_batches_tracked.item(), view.copy()]
            optimizer.step()
        return seen, model

    same(loop)


def test_the_generator_is_asked_in_the_middle() -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 3))
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen = []
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            out = model(x)
            if i % 9 == 3:
                seen.append(liuli.get_rng_state())
            if i % 9 == 5:
                liuli.manual_seed(i)
            if i % 9 == 7:
                seen.append(liuli.randperm(4))
            F.cross_entropy(out, y).backward()
            optimizer.step()
        return seen, model

    assert same(loop) >= 8


def test_a_compiled_step_in_the_middle() -> None:
    def loop() -> Any:
        model, seen = mlp(5, 8, 3), []
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        judge = liuli.compile(lambda x: model(x).sum())
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if i % 3 == 1:
                seen.append(judge(x))
            loss.backward()
            optimizer.step()
        return seen, model

    same(loop)


def test_the_default_dtype_changes() -> None:
    def loop() -> Any:
        model, seen = mlp(5, 8, 3), []
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(20)):
            with liuli.settings.using(default_dtype="float64" if i == 12 else "float32"):
                optimizer.zero_grad()
                half = y / 2
                loss = F.cross_entropy(model(x) + half[:, None].float(), y)
                loss.backward()
                optimizer.step()
            seen += [str(half.dtype), half]
        return seen, model

    assert same(loop) >= 8


def test_nothing_is_kept_alive() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches(14):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        gone.extend(map(weakref.ref, (model[0].weight, optimizer, x)))

    gone: list[Any] = []
    loop()
    assert rounds_compiled() >= 8
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


def test_an_interrupted_program_makes_no_step_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Linear(5, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    data = [*batches(12)]
    for x, y in data[:10]:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    (segment,) = capture_loop.memory_of(optimizer).segments.values()
    arrays = segment.program.arrays

    def interrupted(args: Any) -> Any:
        arrays(args)
        raise KeyboardInterrupt

    monkeypatch.setattr(segment.program, "arrays", interrupted)
    optimizer.zero_grad()
    loss = F.cross_entropy(model(data[10][0]), data[10][1])
    loss.backward()
    with pytest.raises(KeyboardInterrupt):
        optimizer.step()
    after = model.weight.detach().numpy().copy()
    assert np.isfinite(loss.item())
    assert (model.weight.detach().numpy() == after).all()


def test_what_a_pending_tensor_tells_without_numbers() -> None:
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    data = [*batches(10)]
    for x, y in data:
        optimizer.zero_grad()
        out = model(x)
        F.cross_entropy(out, y).backward()
        optimizer.step()
    eager = out
    out = model(data[0][0])
    assert type(out) is Pending
    assert (out.shape, out.dtype, out.ndim, out.size(0), out.numel(), len(out)) == (
        eager.shape, eager.dtype, 2, 6, 18, 6,
    )  # fmt: skip
    assert out.requires_grad
    assert not hasattr(out, "no such thing")
    assert type(out) is Pending
    assert isinstance(out, liuli.Tensor)
    assert repr(type(out)) == repr(liuli.Tensor)
    assert np.isfinite(out.detach().numpy()).all()
    assert type(out) is liuli.Tensor


def test_a_loop_without_a_program_says_why() -> None:
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    assert liuli.capture.explain(optimizer).startswith("no rounds of a program yet: ")
    for i, (x, y) in enumerate(batches(40)):
        optimizer.zero_grad()
        (F.cross_entropy(model(x), y) * float(i)).backward()
        optimizer.step()
    assert liuli.capture.explain(optimizer) == (
        "no rounds of a program yet: its rounds were not all alike, or too few"
    )


def test_fit_is_not_captured() -> None:
    data = [*batches(12)]
    model = mlp(5, 8, 3)
    trainer = liuli.train.Trainer(model, "cross_entropy", "sgd", compile=False)
    x, y = (liuli.cat([batch[k] for batch in data]) for k in (0, 1))
    trainer.fit(x, y, batch_size=6, epochs=2, verbose=0)
    assert STATE.capture is None


def test_the_environment_switches_it_off() -> None:
    code = "import liuli; print(liuli.settings.current.capture)"
    found = []
    for value in ("0", "", "1"):
        told = {**os.environ, "LIULI_CAPTURE": value}
        done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True,
                              text=True, check=True)  # fmt: skip
        found.append(done.stdout.strip())
    assert found == ["False", "True", "True"]


def test_compiled_rounds_of_the_plain_loop_are_counted() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches(20):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        texts.append(liuli.capture.explain(optimizer))
        return model, optimizer.steps_taken

    texts: list[str] = []
    assert ran(loop, True).compiled == 16
    assert texts == ["rounds of a program: 16"]


def test_other_tensors_live_from_some_round_on() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        kept = []
        for i, (x, y) in enumerate(batches(40)):
            optimizer.zero_grad()
            out = model(x)
            if i >= 10:
                kept.append(out)
            F.cross_entropy(out, y).backward()
            del out
            optimizer.step()
        return kept, model

    assert same(loop) >= 20


def test_a_program_that_always_fails_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any) -> Any:
        calls.append(1)
        raise LiuliError("LL701")

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches(20):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        return model, optimizer.steps_taken

    calls: list[int] = []
    monkeypatch.setattr(capture_loop.later("program").CapturedStep, "arrays", fails)
    assert same(loop) == 0
    assert 3 <= len(calls) <= 9

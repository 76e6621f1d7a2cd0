"""Memory that others look at, or write: what eager code computes is computed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.capture.memory import Held, is_shown, laid_out, layout_of
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, same

PLACES = ("before forward", "before backward", "before step", "after step")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("made", ["once", "each round"])
def test_a_buffer_of_inputs_is_written(made: str, place: str) -> None:
    """As loaders that fill one buffer do: the forward pass and backward see what eager code saw."""

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        buffer = np.ones((6, 5), np.float32)
        given, losses = liuli.from_numpy(buffer), []
        for x, y in batches(16):
            new = x.numpy()
            given = given if made == "once" else liuli.from_numpy(buffer)
            if place == "before forward":
                buffer[:] = new
            optimizer.zero_grad()
            loss = F.cross_entropy(model(given), y)
            if place == "before backward":
                buffer[:] = new
            loss.backward()
            if place == "before step":
                buffer[:] = new
            optimizer.step()
            if place == "after step":
                buffer[:] = new
            losses.append(loss.item())
        return losses, model, [p.grad for p in model.parameters()]

    compiled = same(loop)
    assert compiled >= (0 if place == "before backward" else 8)


@pytest.mark.parametrize("how", ["item before backward", "read a gradient"])
def test_a_buffer_is_written_after_what_was_put_off_is_done(how: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        buffer = np.ones((6, 5), np.float32)
        seen = []
        for i, (x, y) in enumerate(batches(20)):
            buffer[:] = x.numpy()
            optimizer.zero_grad()
            loss = F.cross_entropy(model(liuli.from_numpy(buffer)), y)
            if i % 4 == 3 and how == "item before backward":
                seen.append(loss.item())
                buffer[:] = 2.0  # backward reads it, as eager code's does
            loss.backward()
            if i % 4 == 3 and how == "read a gradient":
                seen.append(model[0].weight.grad.sum())
                buffer[:] = 2.0
            optimizer.step()
        return seen, model

    assert same(loop) >= 8


def test_a_buffer_that_is_used_twice_in_a_round() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        buffer = np.ones((6, 5), np.float32)
        given = liuli.from_numpy(buffer)
        for i, (x, y) in enumerate(batches(20)):
            buffer[:] = x.numpy()
            optimizer.zero_grad()
            first = model(given)
            if i % 5 == 4:
                buffer[:] = 0.5
            loss = F.cross_entropy(first + model(given), y)
            loss.backward()
            optimizer.step()
        return loss, model

    assert same(loop) >= 8


def test_a_large_buffer_is_left_to_eager_code(monkeypatch: pytest.MonkeyPatch) -> None:
    from liuli.capture import round as capture_round

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        buffer = np.ones((6, 5), np.float32)
        for x, y in batches(16):
            buffer[:] = x.numpy()
            optimizer.zero_grad()
            F.cross_entropy(model(liuli.from_numpy(buffer)), y).backward()
            optimizer.step()
        return model

    monkeypatch.setattr(capture_round, "MOST_COPIED", 100)
    assert same(loop) == 0


@pytest.mark.parametrize("when", ["before backward", "before step", "after step"])
def test_weights_are_written_through_an_old_view(when: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        view = model[2].weight.detach().numpy()
        seen = []
        for i, (x, y) in enumerate(batches(24)):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if when == "before backward" and i % 4 == 3:
                view *= 0.5
            loss.backward()
            if when == "before step" and i % 4 == 3:
                view *= 0.5
            optimizer.step()
            if when == "after step" and i % 4 == 3:
                view *= 0.5
            seen += [loss, view.copy()]
        return seen, model

    assert same(loop) >= 8


def test_a_state_dict_that_is_held_does_no_harm() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        held = model.state_dict()
        for x, y in batches(20):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        return list(held.values()), model

    assert same(loop) >= 8


def test_slices_of_one_large_input_and_its_overwriting() -> None:
    def loop() -> Any:
        (x, y), *_ = batches(1, rows=60)
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen: list[Any] = []
        for i in range(24):
            rows = slice(6 * (i % 10), 6 * (i % 10) + 6)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            if i % 6 == 5:
                x.mul_(1.5)  # what backward needs is gone
            try:
                loss.backward()
            except LiuliError as error:
                seen.append(str(error))
                continue
            optimizer.step()
            seen.append(loss.item())
        return seen, model

    assert same(loop) >= 8


def test_the_memory_of_a_gradient_that_is_added_to_is_looked_at() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
        seen = []
        view = None
        optimizer.zero_grad()
        for i, (x, y) in enumerate(batches(24)):
            if i % 8 == 0:
                optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            if i % 8 == 5:
                view = model[0].weight.grad.numpy()
            if view is not None:
                seen.append(view.copy())
            if i % 8 == 6:
                view *= 0.5
            optimizer.step()
        return seen, model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LL442: gradients pile up
        same(loop)


# --- how numbers lie ------------------------------------------------------------------------------
def test_results_lie_as_those_of_eager_code() -> None:
    def loop() -> Any:
        w = liuli.nn.Parameter(liuli.ones(4, 6))
        turned = liuli.nn.Parameter(liuli.ones(6, 4))
        optimizer = liuli.optim.SGD([w, turned], lr=0.1)
        seen: list[Any] = []
        for x, _ in batches(16, rows=6, inputs=4):
            given = liuli.from_numpy(np.asfortranarray(x.numpy().T))
            optimizer.zero_grad()
            out = given * w
            other = (turned.T * given).tanh()
            loss = (out + other).pow(2).sum()
            loss.backward()
            optimizer.step()
            seen += [out, out.stride(), out.is_contiguous(), other.stride(), out.T.is_contiguous()]
            seen += [p.grad.stride() for p in (w, turned)]
        return seen, w, turned

    assert same(loop) >= 8


def test_images_with_the_channels_last() -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        rng = np.random.default_rng(0)
        seen: list[Any] = []
        for _ in range(24):
            images = liuli.from_numpy(rng.normal(size=(2, 6, 6, 3)).astype(np.float32))
            x = images.permute(0, 3, 1, 2)
            optimizer.zero_grad()
            half = x * 0.5
            out = model(half)
            F.cross_entropy(out, liuli.tensor([0, 1])).backward()
            optimizer.step()
            seen += [out, half.stride(), model[0](half).stride()]
        return seen, model

    assert same(loop) >= 4


def test_layouts() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    for axes in ((0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)):
        turned = np.empty([x.shape[a] for a in axes]).transpose(np.argsort(axes))
        turned[...] = x
        made = laid_out(x, layout_of(turned))
        assert made.strides == turned.strides
        assert (made == x).all()


def test_what_is_shown() -> None:
    array = np.ones(3, np.float32)
    assert is_shown(liuli.from_numpy(array))
    assert is_shown(liuli.from_numpy(array)[1:])
    t = liuli.tensor([1.0, 2.0])
    assert not is_shown(t)
    view = t.numpy()
    assert is_shown(t)
    del view
    assert not is_shown(t)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "uint8", "bfloat16"])
def test_numbers_are_compared_bit_for_bit(dtype: str) -> None:
    t = liuli.tensor([1.0, 0.0]).to(dtype)
    held = Held(t, apart=True)
    assert held.is_same()
    with liuli.no_grad():
        t[0] = 0
    assert not held.is_same()
    nan = liuli.tensor([float("nan")])
    assert Held(nan, apart=True).is_same()

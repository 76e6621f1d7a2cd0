"""Statistics of a watched step: against NumPy, in eager and in compiled calls."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler.step import RECORDED, WatchedStep
from liuli.compiler.watch import Layer, Parameter
from liuli.errors import ArgumentError

CALLS = 3 * RECORDED
NAMES = ["0", "1", "2", "0.weight", "0.bias", "2.weight", "2.bias"]


def network() -> Any:
    liuli.manual_seed(3)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))


def batches() -> list[tuple[Any, Any]]:
    liuli.manual_seed(4)
    return [(liuli.randn(6, 5) + 100, liuli.randint(0, 3, (6,))) for _ in range(CALLS)]


def plain_step(model: Any, cleared_after: bool = False) -> Any:
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step(x: Any, y: Any) -> Any:
        if not cleared_after:
            optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        if cleared_after:
            optimizer.zero_grad()
        return loss

    return step


def by_hand(model: Any, step: Any, x: Any, y: Any) -> dict[str, Any]:
    """What an eager call of `step` must be measured as, by NumPy in float64."""
    found: dict[str, Any] = {}
    output = x
    for name, layer in model.named_children():
        output = layer(output)
        out = output.detach().numpy().astype(np.float64)
        found[name] = Layer(out.mean(), out.std(), (out == 0).mean())
    before = {name: p.detach().numpy().astype(np.float64) for name, p in model.named_parameters()}
    norms: dict[str, float] = {}
    handles = [
        p.register_hook(lambda g, n=name: norms.update({n: float(np.linalg.norm(g.numpy()))}))
        for name, p in model.named_parameters()
    ]
    step(x, y)
    for handle in handles:
        handle.remove()
    for name, p in model.named_parameters():
        change = np.linalg.norm(p.detach().numpy() - before[name])
        found[name] = Parameter(norms[name], float(change / np.linalg.norm(before[name])))
    return found


def same(a: Any, b: Any) -> bool:
    pairs = zip(vars(a).values(), vars(b).values(), strict=True)
    return type(a) is type(b) and all(math.isclose(x, y, rel_tol=2e-3, abs_tol=1e-6)
                                      for x, y in pairs)  # fmt: skip


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("cleared_after", [False, True])
def test_every_call_gives_the_numbers_of_numpy(backend: str, cleared_after: bool) -> None:
    """Eager calls and those of the program; the inputs are far from 0: no E[x^2] - E[x]^2."""
    mine, twin = network(), network()
    step = liuli.compile(plain_step(mine, cleared_after), watch=mine, every=1, backend=backend)
    check = plain_step(twin, cleared_after)
    for number, (x, y) in enumerate(batches(), 1):
        wanted = by_hand(twin, check, x, y)
        step(x, y)
        assert step.watched.call == number
        assert list(step.watched) == NAMES
        for name in NAMES:
            assert same(step.watched[name], wanted[name]), (number, name)
    assert step.probing.programs and step.probing.programs[0].runs >= CALLS - RECORDED


def test_a_deviation_beside_a_large_mean_is_exact() -> None:
    layer = nn.Linear(2, 2)
    step = liuli.compile(lambda x: layer(x), watch=layer, every=1)
    with liuli.no_grad():
        layer.weight.copy_(liuli.eye(2))
        layer.bias.copy_(liuli.tensor([4096.0, 4096.0]))
    x = liuli.tensor([[0.25, -0.25], [-0.25, 0.25]])
    for _ in range(6):
        step(x)
    row = step.watched["Linear"]
    assert (row.mean, row.deviation) == (4096.0, 0.25)
    assert math.isnan(step.watched["weight"].gradient) and step.watched["weight"].ratio == 0


def test_only_every_nth_call_is_measured() -> None:
    model = network()
    step = liuli.compile(plain_step(model), watch=model, every=5)
    seen = []
    for x, y in batches():
        step(x, y)
        seen.append(step.watched.call)
    assert seen == [1, 2, 3, 4, 5, 5, 5, 5, 5, 10, 10, 10]
    assert step.programs and step.programs[0].runs and step.fallen is None


def test_watching_trains_the_same_network() -> None:
    mine, twin = network(), network()
    watched = liuli.compile(plain_step(mine), watch=mine, every=3)
    bare = liuli.compile(plain_step(twin))
    for x, y in batches():
        a, b = watched(x, y), bare(x, y)
        assert math.isclose(a.item(), b.item(), rel_tol=1e-5)
    for p, q in zip(mine.parameters(), twin.parameters(), strict=True):
        assert np.allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_that_are_added_up_count_as_a_whole() -> None:
    w = liuli.nn.Linear(1, 1, bias=False)
    optimizer = liuli.optim.SGD(w.parameters(), lr=0.0)

    @liuli.compile(watch=w, every=1)
    def step(x: Any) -> None:
        optimizer.zero_grad()
        w(x).sum().backward()
        w(3 * x).sum().backward()
        optimizer.step()

    for _ in range(6):
        step(liuli.ones(1, 1))
        assert step.watched["weight"].gradient == 4.0


@pytest.mark.parametrize(
    ("choose", "names"),
    [
        (lambda m: True, NAMES),
        (lambda m: [m[2]], ["2", "2.weight", "2.bias"]),
        (lambda m: ["1", "0.weight"], ["1", "0.weight"]),
        (lambda m: lambda path, layer: isinstance(layer, nn.ReLU), ["1"]),
        (lambda m: lambda path, layer: path == "0", ["0", "0.weight", "0.bias"]),
        (lambda m: m[0], ["Linear", "weight", "bias"]),
    ],
)  # fmt: skip
def test_what_is_watched_can_be_chosen(choose: Any, names: list[str]) -> None:
    model = network()
    step = liuli.compile(plain_step(model), watch=choose(model), every=1)
    for x, y in batches()[:5]:
        step(x, y)
        assert list(step.watched) == names


def test_modules_of_two_networks_have_the_names_of_the_variables() -> None:
    first, second = nn.Linear(2, 2), nn.Sequential(nn.ReLU())
    step = liuli.compile(lambda x: second(first(x)), watch=True, every=1)
    step(liuli.ones(1, 2))
    assert sorted(step.watched) == ["first", "first.bias", "first.weight", "second.0"]


@pytest.mark.parametrize("watch", [3, "fc1", ["fc9"], [4]])
def test_what_cannot_be_watched_is_an_error(watch: Any) -> None:
    model = network()
    with pytest.raises(ArgumentError) as caught:
        liuli.compile(plain_step(model), watch=watch)(*batches()[0])
    assert caught.value.code == "LL729"


@pytest.mark.parametrize("every", [0, 1.5, True])
def test_every_is_a_number_of_calls(every: Any) -> None:
    with pytest.raises(ArgumentError, match="every"):
        liuli.compile(lambda x: x, watch=True, every=every)


def test_hooks_stay_only_while_a_call_runs() -> None:
    model = network()
    step = liuli.compile(plain_step(model), watch=model)
    for x, y in batches()[:2]:
        step(x, y)
    assert not any(m._module_hooks for m in model.modules())
    with pytest.raises(liuli.errors.LiuliError):
        step(liuli.ones(2, 4), y)
    assert not any(m._module_hooks for m in model.modules())


def test_the_table_has_a_line_a_path() -> None:
    model = network()
    step = liuli.compile(plain_step(model), watch=model)
    step(*batches()[0])
    text = str(step.watched)
    assert [line.split()[0] for line in text.splitlines() if line][1:4] == ["0", "1", "2"]
    assert "share of zeros" in text or "零的比例" in text
    assert list(step.watched.flat())[:3] == ["0/mean", "0/deviation", "0/zeros"]


def test_a_compiled_step_can_be_watched_and_copied() -> None:
    model = network()
    step = liuli.compile(liuli.compile(plain_step(model), keep_grads=True), watch=model, every=2)
    assert isinstance(step, WatchedStep) and step.keep_grads
    twin = copy.copy(step)
    assert isinstance(twin, WatchedStep) and twin is not step and twin.every == 2


def test_an_eager_step_is_measured_too() -> None:
    """A step that no program can repeat still has statistics."""
    model = network()
    plain = plain_step(model)

    def step(x: Any, y: Any) -> float:
        return float(plain(x, y).item())

    watched = liuli.compile(step, watch=model, every=2)
    with pytest.warns(UserWarning, match="LL719"):
        for x, y in batches():
            watched(x, y)
    assert watched.watched.call == CALLS and len(watched.watched) == len(NAMES)


def test_a_watched_step_has_both_programs_after_eight_calls() -> None:
    """As many calls as `liuli explain` makes."""
    model = network()
    step = liuli.compile(plain_step(model), watch=model)
    for x, y in batches()[: 2 * RECORDED]:
        step(x, y)
    assert step.programs and step.probing.programs
    assert "watched" not in str(step.explain())

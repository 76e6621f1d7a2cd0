"""What all optimizers share: groups, state, saving, parameters without gradients, mistakes."""

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
from tests.golden.optimizers import OPTIMIZERS, SHAPES, gradient, start

CONFIGURATIONS = [(name, options) for name, options in OPTIMIZERS if options]


def parameters() -> list[Tensor]:
    return [liuli.tensor(start(shape)).requires_grad_() for shape in SHAPES]


def train(optimizer: optim.Optimizer, steps: range) -> None:
    params = [p for group in optimizer.param_groups for p in group["params"]]
    for step in steps:
        for number, p in enumerate(params):
            p.grad = liuli.tensor(gradient(step, number, p.detach().numpy()), dtype=p.dtype)
            if number == 1 and step % 3:
                p.grad = None
        optimizer.step()


def bits(optimizer: optim.Optimizer) -> list[bytes]:
    params = [p for group in optimizer.param_groups for p in group["params"]]
    state = optimizer.state_dict()["state"]
    arrays = [state[i][name] for i in sorted(state) for name in sorted(state[i])]
    return [t.detach().numpy().tobytes() for t in [*params, *arrays]]


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS)
def test_resumed_training_equals_uninterrupted(name: str, options: dict[str, Any]) -> None:
    kind = getattr(optim, name)
    whole = kind(parameters(), **options)
    train(whole, range(12))
    first = kind(parameters(), **options)
    train(first, range(7))
    saved = copy.deepcopy(first.state_dict())
    values = [p.detach().clone() for p in first.param_groups[0]["params"]]
    second = kind([v.requires_grad_() for v in values])
    second.load_state_dict(saved)
    assert bits(second) == bits(first)
    train(second, range(7, 12))
    assert bits(second) == bits(whole)


def test_state_dict_is_a_copy_in_pytorchs_layout() -> None:
    optimizer = optim.Adam([{"params": parameters()}, {"params": parameters(), "lr": 1}])
    train(optimizer, range(2))
    saved = optimizer.state_dict()
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1, 2], [3, 4, 5]]
    assert [group["lr"] for group in saved["param_groups"]] == [0.001, 1.0]
    assert type(saved["param_groups"][0]["betas"][0]) is float
    assert list(saved["state"]) == [0, 1, 2, 3, 4, 5]
    assert set(saved["state"][0]) == {"exp_avg", "exp_avg_sq", "step"}
    assert [saved["state"][i]["step"].item() for i in range(3)] == [2.0, 1.0, 2.0]
    before = saved["state"][0]["exp_avg"].tolist()
    train(optimizer, range(2, 3))
    assert saved["state"][0]["exp_avg"].tolist() == before
    pickle.loads(pickle.dumps(saved))


@pytest.mark.parametrize("broken", ["shape", "groups", "names", "range"])
def test_nothing_is_loaded_if_something_does_not_fit(broken: str) -> None:
    optimizer = optim.Adam(parameters())
    train(optimizer, range(2))
    before, saved = bits(optimizer), optimizer.state_dict()
    saved["param_groups"][0]["lr"] = 5
    for state in saved["state"].values():
        state["exp_avg"] += 1
    if broken == "shape":
        saved["state"][2]["exp_avg_sq"] = liuli.ones(9)
    elif broken == "groups":
        saved["param_groups"][0]["params"].pop()
    elif broken == "names":
        del saved["state"][2]["exp_avg"]
    else:
        saved["param_groups"][0]["eps"] = -1
    with pytest.raises(LiuliError):
        optimizer.load_state_dict(saved)
    assert bits(optimizer) == before and optimizer.param_groups[0]["lr"] == 0.001


def test_a_state_that_went_through_json() -> None:
    first = optim.Adam(parameters())
    train(first, range(3))
    saved = first.state_dict()
    state = {
        i: {name: t.tolist() for name, t in kept.items()} for i, kept in saved["state"].items()
    }
    second = optim.Adam(parameters())
    second.load_state_dict(json.loads(json.dumps({**saved, "state": state})))
    assert bits(second)[len(SHAPES) :] == bits(first)[len(SHAPES) :]


def test_a_rate_loaded_is_written_into_the_cell() -> None:
    optimizer = optim.SGD(parameters(), lr=0.1)
    cell = dict(optimizer.param_groups[0].stored())["lr"]
    optimizer.load_state_dict(optim.SGD(parameters(), lr=0.7).state_dict())
    assert cell.value == 0.7


def test_momentum_is_an_accumulation() -> None:
    w = liuli.zeros(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.0, momentum=0.9)
    seen = []
    for _ in range(200):
        w.grad = liuli.ones(1)
        optimizer.step()
        seen.append(optimizer.state[w]["momentum_buffer"].item())
    assert seen[:2] == pytest.approx([1.0, 1.9]) and seen[-1] == pytest.approx(10.0)


def test_parameters_without_gradients_stay() -> None:
    a, b = parameters()[:2]
    optimizer = optim.Adam([a, b])
    a.grad = liuli.ones(3, 4)
    optimizer.step()
    assert b.tolist() == parameters()[1].tolist() and b not in optimizer.state
    assert a.tolist() != parameters()[0].tolist()


def test_counters_are_shared_until_somebody_is_left_out() -> None:
    a, b = parameters()[:2]
    optimizer = optim.Adam([a, b])
    a.grad, b.grad = liuli.ones(3, 4), liuli.ones(4)
    optimizer.step()
    assert optimizer.state[a]["step"] is optimizer.state[b]["step"]
    b.grad = None
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [2.0, 1.0]
    optimizer.load_state_dict(optimizer.state_dict())
    b.grad = liuli.ones(4)
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [3.0, 2.0]


def test_momentum_switched_on_during_training_begins_with_the_gradient() -> None:
    w = liuli.zeros(1, requires_grad=True)
    w.grad = liuli.ones(1)
    optimizer = optim.SGD([w], lr=1.0, dampening=0.5)
    optimizer.step()
    optimizer.param_groups[0]["momentum"] = 0.5
    optimizer.step()
    optimizer.step()
    assert w.item() == -3.0 and optimizer.state[w]["momentum_buffer"].item() == 1.0


def test_a_closure_computes_the_loss_with_gradients() -> None:
    w = liuli.ones(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = (w * w).sum()
        value.backward()
        return value

    with liuli.no_grad():
        assert optimizer.step(loss).item() == 1.0
    assert w.item() == 0.0


def test_zero_grad() -> None:
    w = liuli.ones(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    w.grad = gradient = liuli.ones(1)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.item() == 0.0 and gradient.item() == 0.0
    optimizer.zero_grad()
    assert w.grad is None


def test_a_step_is_a_write_that_gradients_notice() -> None:
    w = liuli.ones(1, requires_grad=True)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    optim.SGD([w], lr=0.5).step()
    assert w._version == 1 and w.requires_grad and w.is_leaf
    with pytest.raises(LiuliError):
        loss.backward()


def test_every_form_of_parameters() -> None:
    w = liuli.ones(1, requires_grad=True)
    assert optim.SGD(iter([w])).param_groups[0].params[0] is w
    named = optim.SGD([("fc.weight", w)]).param_groups[0]
    assert named.params[0] is w and named["param_names"] == ["fc.weight"]
    groups = optim.SGD([{"params": w}, {"params": iter(parameters()), "lr": 1}], lr=0.1)
    assert [len(group.params) for group in groups.param_groups] == [1, 3]
    assert [group["lr"] for group in groups.param_groups] == [0.1, 1.0]
    groups.add_param_group({"params": [liuli.ones(2, requires_grad=True)], "momentum": 0.5})
    assert groups.param_groups[2]["momentum"] == 0.5
    assert "momentum: 0.5" in repr(groups) and repr(groups).startswith("SGD (")


def test_memory_that_elements_share_is_not_trained() -> None:
    w = liuli.ones(1).expand(2).detach().requires_grad_()
    w.grad = liuli.ones(2)
    with pytest.raises(LiuliError, match="LL416"):
        optim.SGD([w], lr=0.1).step()


def test_a_first_step_with_dampening_is_not_recorded() -> None:
    w = liuli.ones(1, requires_grad=True)
    w.grad = liuli.ones(1)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9, dampening=0.5)
    with pytest.raises(LiuliError, match="LL694"):
        record(optimizer.step)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9, dampening=0.5)
    optimizer.step()
    assert record(optimizer.step).graph.assigns


def test_loading_is_not_recorded() -> None:
    optimizer = optim.SGD(parameters(), lr=0.1)
    with pytest.raises(LiuliError, match="LL694"):
        record(lambda: optimizer.load_state_dict(optimizer.state_dict()))


@pytest.mark.parametrize("kind", ["Adam", "SGD", "RMSprop"])
@pytest.mark.parametrize("lr", [float("nan"), -1, "fast", None, liuli.ones(2)])
def test_rates_that_make_no_sense(kind: str, lr: Any) -> None:
    with pytest.raises(LiuliError, match="LL681"):
        getattr(optim, kind)(parameters(), lr=lr)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 1), (-0.1, 0.9), ("a", 0.9), None])
def test_betas_that_make_no_sense(betas: Any) -> None:
    with pytest.raises(LiuliError, match="LL681"):
        optim.Adam(parameters(), betas=betas)


@pytest.mark.parametrize("params", [{1}, 5, None, "abc", {"a": 1}, liuli.ones(1), [[1]], [None]])
def test_parameters_that_are_none(params: Any) -> None:
    with pytest.raises(LiuliError, match=r"LL68[24]"):
        optim.SGD(params, lr=0.1)


class Counting(optim.Optimizer):
    """A user's own: what it keeps goes through `self.state[p]`, as in PyTorch's tutorials."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1})

    @liuli.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["step"] = 0
                    state["total"] = liuli.zeros_like(p)
                state["step"] += 1
                state["total"] += p.grad
                p -= group["lr"] * state["total"]


def test_an_optimizer_of_the_users_keeps_its_state() -> None:
    p = liuli.ones(3, requires_grad=True)
    optimizer = Counting([p])
    for _ in range(3):
        optimizer.zero_grad()
        (2 * p).sum().backward()
        optimizer.step()
    assert optimizer.state[p]["step"] == 3
    assert optimizer.state[p]["total"].tolist() == [6, 6, 6]
    assert p.tolist() == pytest.approx([1 - 0.1 * (2 + 4 + 6)] * 3)


def test_a_state_that_is_given_is_kept_itself() -> None:
    p = liuli.ones(3, requires_grad=True)
    optimizer = optim.Adam([p])
    given: dict[str, Any] = {"step": 0}
    optimizer.state[p] = given
    assert optimizer.state[p] is given

"""A compiled step computes what the eager one does, bit for bit, whatever is in it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler.machine import available
from liuli.compiler.step import CompiledStep, compile
from liuli.nn import functional as F

Tensor = liuli.Tensor
CALLS = 10


def tensors_in(x: Any) -> Iterator[Tensor]:
    """The tensors of a nested result."""
    if isinstance(x, Tensor):
        yield x
    elif isinstance(x, (list, tuple)):
        for part in x:
            yield from tensors_in(part)
    elif isinstance(x, dict):
        yield from tensors_in(list(x.values()))


def bits(x: Any) -> list[tuple[Any, ...]]:
    """Shape, dtype and bytes of every tensor."""
    return [(t.shape, str(t.dtype), t.detach().numpy().tobytes()) for t in tensors_in(x)]


def numbers(x: Any) -> list[Any]:
    """The numbers of every tensor."""
    return [t.detach().numpy().copy() for t in tensors_in(x)]


def equal(a: Any, b: Any, exact: bool) -> bool:
    """Two lists of arrays: of one shape and dtype, and equal to the bit or nearly.

    Ten steps let a rounding grow: a gradient of nearly 0 moves a weight by a part of Adam's lr.
    """
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if isinstance(x, (list, tuple)):
            if not equal(x, y, exact):
                return False
            continue
        if x.shape != y.shape or x.dtype != y.dtype:
            return False
        if exact or x.dtype.kind != "f":
            if x.tobytes() != y.tobytes():
                return False
        elif not np.allclose(x, y, rtol=5e-3, atol=5e-3 * np.abs(x).max(initial=1e-3)):
            return False
    return True


def batch(rows: int = 12, seed: int = 0) -> tuple[Tensor, Tensor]:
    source = liuli.Generator().manual_seed(seed)
    x = liuli.randn(rows, 6, generator=source)
    return x, liuli.randint(0, 3, (rows,), generator=source)


def mlp(*layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 8), *(layers or (nn.ReLU(),)), nn.Linear(8, 3))


class Training:
    """A network, its optimizer, and one step; built alike for the eager and the compiled run."""

    def __init__(self, backend: str | None, make: Callable[[], Any], **options: Any) -> None:
        liuli.manual_seed(5)
        self.model, self.step, *self.more = make()
        if backend:
            self.step = compile(self.step, backend=backend, strict=True, **options)

    def state(self) -> list[tuple[Any, ...]]:
        return bits(list(self.model.state_dict().values()))


Prepare = Callable[[int, Training], tuple[Any, ...]]


def usual(call: int, training: Training) -> tuple[Any, ...]:
    return batch(seed=call)


def run(training: Training, prepare: Prepare, calls: int = CALLS) -> list[Any]:
    """What every call returns, and what is left after it."""
    seen = []
    liuli.manual_seed(9)
    for call in range(calls):
        returned = training.step(*prepare(call, training))
        left = list(training.model.state_dict().values())
        seen.append((numbers(returned), numbers(left)))
    return seen


def same(make: Callable[[], Any], prepare: Prepare = usual, calls: int = CALLS,
         programs: int = 1, **options: Any) -> CompiledStep:  # fmt: skip
    """Compiled equals eager in every call, and is compiled in the end.

    To the bit if NumPy runs the program; machine code rounds in other places.
    """
    expected = run(Training(None, make), prepare, calls)
    for backend in ["native"] * available() + ["numpy"]:
        training = Training(backend, make, **options)
        found = run(training, prepare, calls)
        for call, (a, b) in enumerate(zip(expected, found, strict=True)):
            assert equal(a, b, backend == "numpy"), f"{backend}, call {call}"
        step: CompiledStep = training.step
        assert len(step.programs) == programs, str(step.guards())
        assert all(program.runs for program in step.programs)
    return step


def trained(model: nn.Module, optimizer: Any) -> Callable[..., Tensor]:
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


OPTIMIZERS = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "SGD dampening": {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    **{name: {"lr": 0.01} for name in ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "ASGD",
                                       "NAdam", "RAdam", "RMSprop", "Rprop")},
    "Adam amsgrad": {"lr": 0.01, "amsgrad": True},
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(name: str) -> None:
    def make() -> Any:
        model = mlp()
        kind = getattr(optim, name.split()[0])
        return model, trained(model, kind(model.parameters(), **OPTIMIZERS[name]))

    same(make)


def with_layers(*layers: Callable[[], nn.Module]) -> Callable[[], Any]:
    def make() -> Any:
        model = mlp(*(layer() for layer in layers))
        return model, trained(model, optim.SGD(model.parameters(), lr=0.1, momentum=0.9))

    return make


def test_dropout_goes_on_with_eagers_random_numbers() -> None:
    same(with_layers(nn.ReLU, lambda: nn.Dropout(0.5)))


def test_batch_norm_moves_its_statistics() -> None:
    same(with_layers(lambda: nn.BatchNorm1d(8), nn.ReLU))


def test_clipping_by_norm() -> None:
    def make() -> Any:
        model = mlp()
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            return loss, norm

        return model, step

    same(make)


class Tied(nn.Module):
    """A network that uses one weight twice."""

    def __init__(self) -> None:
        super().__init__()
        self.there = nn.Linear(6, 6)
        self.back = nn.Linear(6, 6)
        self.back.weight = self.there.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.back(self.there(x).tanh())


def test_tied_weights() -> None:
    def make() -> Any:
        model = Tied()
        return model, trained(model, optim.Adam(model.parameters()))

    step = same(make)
    assert sum(leaf.name.endswith("weight") for leaf in step.programs[0].trace.graph.states) == 1


def test_gradients_accumulate_over_calls() -> None:
    def make() -> Any:
        model = mlp()
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor, update: bool) -> Tensor:
            loss = F.cross_entropy(model(x), y) / 4
            loss.backward()
            if update:
                optimizer.step()
                optimizer.zero_grad()
            return loss

        return model, step

    same(make, lambda call, t: (*batch(seed=call), call % 4 == 3), calls=24, programs=3)


def test_gradients_accumulate_where_the_step_is_outside() -> None:
    def make() -> Any:
        model = mlp()
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        return model, step, optimizer

    def prepare(call: int, training: Training) -> Any:
        optimizer = training.more[0]
        if call % 3 == 0:
            optimizer.step()
            optimizer.zero_grad(set_to_none=call % 2 == 0)
        return batch(seed=call)

    same(make, prepare, calls=24, programs=2)


def test_keep_grads() -> None:
    seen: dict[bool, list[Any]] = {}
    for compiled in (False, True):
        options = {"keep_grads": True} if compiled else {}
        training = Training("numpy" if compiled else None, with_layers(nn.ReLU), **options)
        parameters = list(training.model.parameters())
        seen[compiled] = []
        for call in range(CALLS):
            training.step(*batch(seed=call))
            seen[compiled].append(bits([p.grad for p in parameters]))
    assert seen[True] == seen[False]


def test_a_gradient_that_was_not_kept_says_so() -> None:
    training = Training("numpy", with_layers(nn.ReLU))
    for call in range(5):
        training.step(*batch(seed=call))
    weight = training.model[0].weight
    with pytest.raises(RuntimeError, match=r"LL720.*\n.*keep_grads=True"):
        _ = weight.grad
    loss = F.cross_entropy(training.model(batch()[0]), batch()[1])
    with pytest.raises(RuntimeError, match="LL720"):
        loss.backward()
    weight.grad = None
    assert weight.grad is None
    training.model.double()  # and nothing else minds it


def scheduled(inside: bool) -> Callable[[], Any]:
    def make() -> Any:
        model = mlp()
        optimizer = optim.Adam(model.parameters(), lr=0.1)
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
        plain = trained(model, optimizer)

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = plain(x, y)
            schedule.step()
            return loss

        return model, step if inside else plain, schedule, optimizer

    return make


def test_a_schedule_inside() -> None:
    step = same(scheduled(inside=True))
    assert [host.name for host in step.programs[0].trace.hosts] == ["LRScheduler.step"]


def test_a_schedule_outside_recompiles_nothing() -> None:
    def prepare(call: int, training: Training) -> Any:
        if call:
            training.more[0].step()
        return batch(seed=call)

    assert same(scheduled(inside=False), prepare).guards() == []


def test_lr_changed_by_hand_recompiles_nothing() -> None:
    def prepare(call: int, training: Training) -> Any:
        training.more[1].param_groups[0]["lr"] = 0.1 / (1 + call)
        return batch(seed=call)

    assert same(scheduled(inside=False), prepare).guards() == []


def test_two_optimizers() -> None:
    def make() -> Any:
        model = mlp()
        first = optim.SGD(model[0].parameters(), lr=0.1, momentum=0.9)
        second = optim.Adam(model[2].parameters())

        def step(x: Tensor, y: Tensor) -> Tensor:
            first.zero_grad()
            second.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            first.step()
            second.step()
            return loss

        return model, step

    same(make)


def test_a_gradient_penalty() -> None:
    def make() -> Any:
        model = mlp(nn.Tanh())
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor) -> Any:
            optimizer.zero_grad()
            x.requires_grad_()
            loss = F.cross_entropy(model(x), y)
            (slope,) = liuli.autograd.grad(loss, x, create_graph=True)
            total = loss + (slope * slope).sum()
            total.backward()
            optimizer.step()
            return loss, total

        return model, step

    same(make)


def test_writes_through_views() -> None:
    def make() -> Any:
        model = nn.Linear(6, 6)
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor) -> Any:
            optimizer.zero_grad()
            h = liuli.zeros(len(x), 6)
            out = liuli.zeros(len(x), 3, 6)
            for t in range(3):
                h = model(x + h).tanh()
                out[:, t] = h
            loss = (out * out).mean()
            loss.backward()
            optimizer.step()
            return loss, out

        return model, step

    same(make)


def test_training_and_evaluation_alternate() -> None:
    def make() -> Any:
        model = mlp(nn.BatchNorm1d(8), nn.Dropout(0.3))

        def step(x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(model(x), y)

        return model, step

    def prepare(call: int, training: Training) -> Any:
        training.model.train(call // 2 % 2 == 0)
        return batch(seed=call)

    step = same(make, prepare, calls=24, programs=2)
    assert len(step.guards()) < 24


def test_a_large_batch() -> None:
    """Sums along so many rows are added up in pieces, also in updates that go with them."""

    def make() -> Any:
        model = nn.Sequential(nn.Linear(200, 128), nn.ReLU(), nn.Linear(128, 10))
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def step(x: Tensor, y: Tensor) -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return model, step

    def prepare(call: int, training: Training) -> Any:
        draw = np.random.default_rng(call)
        x = draw.standard_normal((1100, 200), dtype=np.float32)
        return liuli.tensor(x), liuli.tensor(draw.integers(0, 10, 1100))

    same(make, prepare)


def test_a_ragged_last_batch_has_its_own_program() -> None:
    def prepare(call: int, training: Training) -> Any:
        return batch(5 if call % 4 == 3 else 12, seed=call)

    step = same(with_layers(nn.ReLU), prepare, calls=20, programs=2)
    assert any("shape (12, 6), now (5, 6)" in line for line in step.guards())


def test_train_and_eval_inside_one_step() -> None:
    def make() -> Any:
        model = mlp(nn.Dropout(0.5))

        def step(x: Tensor, y: Tensor) -> Any:
            model.eval()
            judged = model(x)
            model.train()
            return judged, model(x)

        return model, step

    same(make)


def test_inputs_that_are_written_and_wanted_gradients() -> None:
    def make() -> Any:
        model = nn.Linear(6, 3)

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = model(x).sum()
            loss.backward()
            with liuli.no_grad():
                x.mul_(2)
            return loss

        return model, step

    outcomes = []
    for compiled in (False, True):
        training = Training("numpy" if compiled else None, make)
        outcomes.append([])
        for call in range(6):
            training.model.zero_grad()
            x, y = batch(seed=call)
            x.requires_grad_()
            training.step(x, y)
            outcomes[-1].append((bits([x, x.grad]), x._version))
    assert outcomes[0] == outcomes[1]


def test_nested_arguments_and_results() -> None:
    weight = liuli.ones(3)

    def function(pair: Any, *, more: Any, flag: bool = True) -> Any:
        a, b = pair
        total = (a + b * weight, {"product": a * b, "none": None}, [more["c"], 3, "text"])
        return total if flag else a

    step = compile(function, strict=True)
    for call in range(5):
        a, b, c = (liuli.full((3,), float(call + k)) for k in range(3))
        given, expected = step((a, b), more={"c": c}), function((a, b), more={"c": c})
        assert bits(given) == bits(expected)
        assert given[1]["none"] is None and given[2][1:] == [3, "text"]
    assert step.programs[0].runs == 2
    assert [leaf.name for leaf in step.programs[0].trace.graph.inputs] == [
        "pair[0]", "pair[1]", "more['c']",
    ]  # fmt: skip


def test_numpy_arrays_as_arguments() -> None:
    def function(x: Any) -> Tensor:
        y = liuli.tensor(x) + liuli.tensor(liuli.from_numpy(x).sum(), dtype=liuli.float64)
        return liuli.from_numpy(x) * 2 + liuli.ones(3) * x + y

    step = compile(function, strict=True)
    for call in range(6):
        x = np.full(3, call, np.float32)
        assert bits(step(x)) == bits(function(x))
    assert step.programs


def test_no_results_and_no_tensors() -> None:
    total = liuli.zeros(2)
    nothing = compile(lambda: None, strict=True)

    @compile
    def count() -> None:
        total.add_(1)

    for _ in range(6):
        assert count() is None and nothing() is None
    assert total.tolist() == [6.0, 6.0] and total._version == 6
    assert count.programs[0].runs == 3


def test_results_are_new_and_have_no_history() -> None:
    w = liuli.ones(2, requires_grad=True)
    step = compile(lambda x: (w, w * x))
    for _ in range(5):
        same_w, product = step(liuli.ones(2))
        assert not product.requires_grad and same_w is not w
        with pytest.raises(RuntimeError, match="LL721"):
            product.backward(liuli.ones(2))
        same_w.mul_(5)
    assert w.tolist() == [1.0, 1.0]


def test_inside_another_step_it_runs_inline() -> None:
    w = liuli.ones(2, requires_grad=True)
    inner = compile(lambda x: (w * x).sum())

    @compile(strict=True)
    def outer(x: Tensor) -> Tensor:
        w.grad = None
        loss = inner(x)
        loss.backward()
        return loss

    for _ in range(6):
        outer(liuli.ones(2))
    assert outer.programs[0].runs == 3 and not inner.programs
    assert w.grad is not None and w.grad.tolist() == [1.0, 1.0]


def test_an_error_inside_leaves_the_step_usable() -> None:
    def function(x: Tensor) -> Tensor:
        return x @ liuli.ones(3)

    step = compile(function, strict=True)
    for call in range(8):
        with pytest.raises(RuntimeError, match="LL1"):
            step(liuli.ones(2 + call % 2 * 2))
        assert step(liuli.ones(3)).item() == 3.0
    assert step.programs[0].runs == 5


def test_labels_out_of_range_are_told_and_nothing_is_written() -> None:
    training = Training("numpy", with_layers(nn.ReLU))
    for call in range(5):
        training.step(*batch(seed=call))
    before = training.state()
    x, y = batch()
    with pytest.raises(IndexError):
        training.step(x, y + 7)
    assert training.state() == before
    training.step(x, y)
    assert training.state() != before


def test_a_method_and_a_module() -> None:
    class Learner:
        def __init__(self) -> None:
            self.w = liuli.ones(2)

        @compile
        def step(self, x: Tensor) -> Tensor:
            self.w.add_(x)
            return self.w * 2

    learner, other = Learner(), Learner()
    for call in range(6):
        assert learner.step(liuli.ones(2)).tolist() == [2.0 * (call + 2)] * 2
    assert other.step(liuli.ones(2)).tolist() == [4.0, 4.0]
    assert other.w.tolist() == [2.0, 2.0] and Learner.step.programs[0].runs == 3
    model = nn.Linear(6, 3)
    forward = compile(lambda x: model(x), strict=True)
    for _ in range(5):
        np.testing.assert_allclose(forward(batch()[0]).numpy(), model(batch()[0]).detach().numpy(),
                                   rtol=1e-6, atol=1e-6)  # fmt: skip


def test_one_recording_is_enough_where_the_caller_knows_the_step() -> None:
    step = CompiledStep(lambda x: x * 2, recordings=1)
    assert [step(liuli.ones(1)).item() for _ in range(3)] == [2.0] * 3
    assert step.programs[0].runs == 1


def test_explain_tells_names_and_state() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(6, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc1(x)

    net = Net()
    step = compile(trained(net, optim.SGD(net.parameters(), lr=0.1, momentum=0.9)))
    for call in range(5):
        step(*batch(seed=call))
    text = " ".join(str(step.explain(graph=True)).split())
    for line in ("step: 1 program (", "program 1, run 2 times", "input x float32[12,6]",
                 "state fc1.weight float32[3,6] read and written",
                 "fc1.weight.momentum_buffer", "optimizer.lr float64[] read",
                 "2 gradients are used up", "graph step"):  # fmt: skip
        assert line in text, line


def test_nothing_is_said_of_a_good_step() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(with_layers(nn.ReLU))

"""What runs eagerly can be written down, printed, parsed, checked and run again, bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import liuli
from liuli.compiler.check import check
from liuli.compiler.graph import parse
from liuli.compiler.interpret import run
from liuli.compiler.trace import Recording, record
from liuli.errors import GraphError, RecordError
from liuli.functions import functional as F

Tensor = liuli.Tensor


def same(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> bool:
    left, right = (x.numpy(force=True) if isinstance(x, Tensor) else x for x in (a, b))
    return (
        left.dtype == right.dtype
        and left.tobytes() == right.tobytes()
        and left.shape == right.shape
    )


def parameters(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    source = liuli.Generator().manual_seed(seed)
    return [(liuli.randn(s, generator=source) * 0.3).requires_grad_() for s in shapes]


def sgd_step(weights: list[Tensor], lr: float = 0.1, keep: bool = False) -> Callable[..., Tensor]:
    """One step of stochastic gradient descent on a network of two layers, by hand."""
    w1, b1, w2, b2 = weights

    def step(x: Tensor, target: Tensor) -> Tensor:
        loss = F.cross_entropy(F.linear(F.relu(F.linear(x, w1, b1)), w2, b2), target)
        loss.backward()
        with liuli.no_grad():
            for p in weights:
                p -= lr * p.grad
                if not keep:
                    p.grad = None
        return loss

    return step


SHAPES = ((16, 8), (16,), (4, 16), (4,))


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    source = liuli.Generator().manual_seed(7)
    return [
        (liuli.randn(32, 8, generator=source), liuli.randint(0, 4, (32,), generator=source))
        for _ in range(count)
    ]


def test_a_hundred_steps_replayed_equal_a_hundred_eager_ones() -> None:
    eager, recorded = parameters(1, *SHAPES), parameters(1, *SHAPES)
    step, (first, *rest) = sgd_step(eager), batches(101)
    recording = record(sgd_step(recorded), first)
    assert same(step(*first), recording.returned)
    for x, target in rest:
        assert same(step(x, target), recording.run([x.numpy(), target.numpy()])[0])
        assert all(same(a, b) for a, b in zip(eager, recorded, strict=True))
    assert step(*first).item() < recording.returned.item()  # and it learns


def test_the_text_of_a_graph_reads_back_and_runs_the_same() -> None:
    weights = parameters(1, *SHAPES)
    (x, target), *_ = batches(1)
    recording = record(sgd_step(weights), [x, target])
    again = parse(str(check(recording.graph)))
    assert str(check(again)) == str(recording.graph)
    states = [np.array(s) for s in recording.states]
    inputs = [x.numpy(), target.numpy()]
    ours = run(again, inputs, states)
    theirs = recording.run(inputs)
    assert all(same(a, b) for a, b in zip(ours, theirs, strict=True))
    assert all(same(a, b) for a, b in zip(states, recording.states, strict=True))


def test_nodes_know_the_line_and_the_composition_they_come_from() -> None:
    recording = record(lambda x: F.softmax(x, 1), [liuli.ones(2, 3)])
    assert {node.origin.split(":")[0] for node in recording.graph.nodes} == {
        "softmax test_record.py"
    }


def test_casts_and_expands_are_explicit() -> None:
    graph = record(lambda x, i: x * i + 1, [liuli.ones(2, 3), liuli.tensor([1, 2, 3])]).graph
    assert [node.op for node in graph.nodes] == ["cast", "expand", "mul", "const", "expand", "add"]


def writes_through_views(x: Tensor) -> Tensor:
    out = liuli.zeros(4, 3)
    for t in range(4):
        out[t] = x[t] * t
    out[:, 1] += 1
    out.t()[2].mul_(3)
    out[liuli.tensor([0, 2]), liuli.tensor([1, 1])] = 9
    return out


def test_writes_through_views_become_updates() -> None:
    x = liuli.randn(4, 3, requires_grad=True)
    expected = writes_through_views(x.detach())
    recording = record(writes_through_views, [x])
    assert same(recording.run([x.detach().numpy()])[0], expected)
    assert not recording.graph.assigns  # memory made inside is nobody's state
    assert "update" in {node.op for node in recording.graph.nodes}


def test_state_found_on_the_way_is_read_and_written_where_it_lives() -> None:
    total = liuli.zeros(3)

    def accumulate(x: Tensor) -> Tensor:
        total[1:].add_(x)
        return total.sum()

    recording = record(accumulate, [liuli.ones(2)])
    assert [s is total._storage.value for s in recording.states] == [True]
    recording.run([np.array([2.0, 3.0], np.float32)])
    assert total.tolist() == [0.0, 3.0, 4.0]


def test_tied_memory_is_one_state() -> None:
    weight = liuli.ones(3)
    tied = weight.view(1, 3)
    graph = record(lambda x: x * weight + tied[0], [liuli.ones(3)]).graph
    assert len(graph.states) == 1


def test_gradients_that_stay_are_filled_by_every_run() -> None:
    w = liuli.ones(2, requires_grad=True)

    def loss_of(x: Tensor) -> Tensor:
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        return loss

    recording = record(loss_of, [liuli.tensor([1.0, 2.0])])
    recording.run([np.array([5.0, 6.0], np.float32)])
    assert w.grad is not None and w.grad.tolist() == [5.0, 6.0]


def test_gradients_add_up_over_runs_where_they_do_when_eager() -> None:
    w = liuli.ones(2, requires_grad=True)
    w.grad = liuli.zeros(2)
    recording = record(lambda x: (w * x).sum().backward(), [liuli.tensor([1.0, 2.0])])
    recording.run([np.array([5.0, 6.0], np.float32)])
    assert w.grad.tolist() == [6.0, 8.0]


def noisy(x: Tensor) -> Tensor:
    return F.dropout(x, 0.5) + liuli.randn(3) + liuli.randint(0, 9, (3,)) + liuli.rand(3)


def test_random_numbers_are_state_and_go_on() -> None:
    x = liuli.ones(3)
    liuli.manual_seed(3)
    eager = [noisy(x) for _ in range(4)]
    liuli.manual_seed(3)
    recording = record(noisy, [x])
    assert same(recording.returned, eager[0])
    for expected in eager[1:]:
        assert same(recording.run([x.numpy()])[0], expected)
    assert same(liuli.rand(2), _after_four_draws())


def _after_four_draws() -> Tensor:
    liuli.manual_seed(3)
    for _ in range(4):
        noisy(liuli.ones(3))
    return liuli.rand(2)


def test_in_place_operations_that_keep_what_they_overwrite() -> None:
    def cube(x: Tensor, b: Tensor) -> Tensor:
        h = x * 1
        h.mul_(b)
        h.pow_(3)
        loss = h.sum()
        loss.backward()
        return loss

    x, b = (liuli.randn(3, requires_grad=True) for _ in range(2))
    recording = record(cube, [x, b])
    gradient = [t.grad.clone() for t in (x, b)]
    x.grad = b.grad = None
    recording.run([x.detach().numpy(), b.detach().numpy()])
    assert all(same(t.grad, g) for t, g in zip((x, b), gradient, strict=True))


def test_higher_derivatives_record() -> None:
    def penalty(x: Tensor) -> Tensor:
        (g,) = liuli.autograd.grad((x**3).sum(), x, create_graph=True)
        (g * g).sum().backward()
        return g

    x = liuli.tensor([1.0, 2.0], requires_grad=True)
    recording = record(penalty, [x])
    assert x.grad.tolist() == [36.0, 288.0]
    x.grad = None
    recording.run([np.array([1.0, 2.0], np.float32)])
    assert x.grad.tolist() == [36.0, 288.0]


ASKED = {
    ".item()": lambda x: x.sum().item(),
    ".numpy()": lambda x: x.numpy(),
    ".tolist()": lambda x: x.tolist(),
    "if": lambda x: 1 if x.sum() > 0 else 2,
}


@pytest.mark.parametrize("name", ASKED)
def test_a_number_asked_inside_is_refused_with_the_line(name: str) -> None:
    with pytest.raises(RecordError, match=r"(?s)LL702.*where +test_record\.py:\d+") as caught:
        record(ASKED[name], [liuli.ones(3)])
    assert caught.value.code == "LL702"


@pytest.mark.parametrize("function", [lambda x: x[x > 0], lambda x: x.nonzero()])
def test_shapes_that_depend_on_numbers_are_refused(function: Callable[..., Tensor]) -> None:
    with pytest.raises(RecordError, match="LL703"):
        record(function, [liuli.ones(3)])


def test_nothing_is_recorded_after_a_failure() -> None:
    with pytest.raises(RecordError):
        record(lambda x: x.item(), [liuli.ones(1)])
    assert liuli.ones(1).item() == 1


def test_gradients_accumulate_over_runs_unless_the_program_empties_them() -> None:
    w = liuli.ones(1, requires_grad=True)
    adding = record(lambda x: (w * x).sum().backward(), [liuli.ones(1)])
    adding.run([np.array([2.0], np.float32)])
    assert w.grad.tolist() == [3.0]

    def emptying(x: Tensor) -> None:
        (w * x).sum().backward()
        w.grad = None

    recording = record(emptying, [liuli.ones(1)])
    w.grad = liuli.ones(1)
    recording.run([np.array([2.0], np.float32)])
    assert w.grad is None


def test_inputs_in_the_same_memory_are_two_inputs() -> None:
    t = liuli.ones(2)
    both = record(lambda a, b: a - b, [t, t])
    assert both.run([np.full(2, 5, np.float32), np.ones(2, np.float32)])[0].tolist() == [4.0, 4.0]
    found = record(lambda a: a + t, [t])
    assert found.run([np.full(2, 5, np.float32)])[0].tolist() == [6.0, 6.0]


def test_what_is_done_to_an_input_is_done_to_the_callers() -> None:
    x = liuli.ones(2)
    record(lambda a: a.mul_(3), [x])
    assert x.tolist() == [3.0, 3.0] and x._version == 1


@pytest.mark.parametrize("what", [lambda x: liuli.manual_seed(1), lambda x: str(x)])
def test_what_a_program_cannot_repeat_is_refused(what: Callable[..., object]) -> None:
    with pytest.raises(RecordError):
        record(what, [liuli.ones(1)])


GRAPH = """graph small
  input  %0 float32[2,3]  x
  state  %1 float32[2,3]  w
  %2 float32[2,3] = mul(%0, %1)
  assign %1 <- %2
  return %2
"""

BROKEN = {
    "LL711": ("mul(%0, %1)", "mul %0 %1"),
    "LL712": ("mul(%0, %1)", "mul(%0, %7)"),
    "LL713": ("mul(%0, %1)", "multiply(%0, %1)"),
    "LL714": ("%2 float32[2,3]", "%2 float32[3,2]"),
    "LL715": ("%1 float32[2,3]", "%1 float64[2,3]"),
    "LL716": ("assign %1", "assign %2"),
}


@pytest.mark.parametrize("code", BROKEN)
def test_the_checker_names_what_is_wrong(code: str) -> None:
    assert str(check(parse(GRAPH))) == GRAPH
    with pytest.raises(GraphError) as caught:
        check(parse(GRAPH.replace(*BROKEN[code])))
    assert caught.value.code == code


def test_a_window_outside_its_memory_is_refused() -> None:
    text = """graph outside
  input  %0 float32[4]  x
  %1 float32[6,2] = windows(%0, axes=(0,), dilation=(-1,), size=(2,), step=(1,))
  return %1
"""
    with pytest.raises(GraphError, match="LL715"):
        check(parse(text))


@pytest.mark.parametrize("line", ["%1 what[3] = exp(%0)", "%1 float32[3] = exp(%0, a=b)", "%1 ="])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(GraphError, match="LL711"):
        parse(GRAPH + line)


def test_inputs_of_another_shape_are_refused() -> None:
    recording: Recording = record(lambda x: x * 2, [liuli.ones(3)])
    with pytest.raises(RuntimeError, match="LL717"):
        recording.run([np.ones(4, np.float32)])

"""Whatever is done between two calls, or goes wrong in one, the next computes what eager does."""

from __future__ import annotations

import copy
import os
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler.step import CompiledStep, compile
from liuli.nn import functional as F
from tests.compiler.test_step import (
    Training,
    batch,
    bits,
    equal,
    mlp,
    numbers,
    run,
    same,
    trained,
)
from tests.compiler.test_step_guards import edited, small

Tensor = liuli.Tensor


# --- edits ----------------------------------------------------------------------------------------
def load_weights(t: Training) -> None:
    liuli.manual_seed(77)
    t.model.load_state_dict(mlp().state_dict())


def zero_momenta(t: Training) -> None:
    for state in t.more[0].state.values():
        for x in state.values():
            x.zero_()


def empty_the_state(t: Training) -> None:
    t.more[0].state.clear()


def replace_parameter(t: Training) -> None:
    liuli.manual_seed(78)
    t.model[0].weight = nn.Parameter(liuli.randn(8, 6) * 0.1)


def replace_parameter_everywhere(t: Training) -> None:
    replace_parameter(t)
    t.more[0].param_groups[0]["params"][0] = t.model[0].weight


def write_through_numpy(t: Training) -> None:
    t.model[2].weight.detach().numpy()[:, ::2] = 0.25


def write_data(t: Training) -> None:
    t.model[0].bias.data.fill_(0.5)


def write_without_gradients(t: Training) -> None:
    with liuli.no_grad():
        t.model[0].bias += 1


def forget_gradients(t: Training) -> None:
    for p in t.model.parameters():
        p.grad = None


def delete_a_gradient(t: Training) -> None:
    del t.model[0].weight.grad


def a_gradient_by_hand(t: Training) -> None:
    t.model[0].weight.grad = liuli.ones(8, 6)


def append_a_layer(t: Training) -> None:
    liuli.manual_seed(79)
    t.model.append(nn.Linear(3, 3))


def remove_a_layer(t: Training) -> None:
    del t.model[1]


def other_groups(t: Training) -> None:
    t.model.requires_grad_(False)
    t.model[0].requires_grad_()
    t.more[0].param_groups[0]["params"] = t.more[0].param_groups[0]["params"][:2]


def average_of_itself(t: Training) -> None:
    """A copy that is trained on its own meets nobody."""
    twin = copy.deepcopy(t.model)
    with liuli.no_grad():
        for p in twin.parameters():
            p.zero_()


def no_momentum(t: Training) -> None:
    t.more[0].param_groups[0]["momentum"] = 0


def lr_of_nothing(t: Training) -> None:
    t.more[0].param_groups[0]["lr"] = 0.0


def other_forward(t: Training) -> None:
    t.model.forward = lambda x: nn.Sequential.forward(t.model, x) * 2


def other_activation(t: Training) -> None:
    t.model[1].change = F.tanh


def other_settings(t: Training) -> None:
    t.model[1].scales = [1.0, 3.0]


def other_state(t: Training) -> None:
    t.more[0].state = defaultdict(dict)


SILENT = [load_weights, zero_momenta, write_through_numpy, write_data, write_without_gradients,
          average_of_itself, forget_gradients, delete_a_gradient]  # fmt: skip
LOUD = [replace_parameter, replace_parameter_everywhere, append_a_layer, remove_a_layer,
        empty_the_state, other_groups, no_momentum, lr_of_nothing, other_forward,
        other_state]  # fmt: skip


@pytest.mark.parametrize("edit", SILENT)
def test_an_edit_of_numbers_alone_recompiles_nothing(edit: Callable[[Training], None]) -> None:
    assert same(small, edited(5, edit)).guards() == []


@pytest.mark.parametrize("edit", LOUD)
def test_an_edit_of_the_program_makes_a_new_one(edit: Callable[[Training], None]) -> None:
    same(small, edited(5, edit), calls=14, programs=2)


class Configured(nn.Module):
    """A layer with a function and a list among its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.change, self.scales = F.relu, [1.0, 2.0]

    def forward(self, x: Tensor) -> Tensor:
        return self.change(x) * self.scales[1]


@pytest.mark.parametrize("edit", [other_activation, other_settings])
def test_what_else_lies_in_a_layer(edit: Callable[[Training], None]) -> None:
    def make() -> Any:
        model = mlp(Configured())
        return model, trained(model, optim.SGD(model.parameters(), lr=0.1))

    same(make, edited(5, edit), calls=14, programs=2)


def test_a_gradient_given_by_hand_is_replaced() -> None:
    same(small, edited(5, a_gradient_by_hand))


def test_a_gradient_given_by_hand_is_added_to() -> None:
    def make() -> Any:
        model = mlp()
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            return loss

        return model, step, optimizer

    same(make, edited(5, a_gradient_by_hand), calls=9)


@pytest.mark.parametrize("kind", [liuli.float64, liuli.float16])
def test_the_dtype_of_a_model_changes_and_changes_back(kind: Any) -> None:
    def prepare(call: int, training: Training) -> Any:
        if call in (5, 12):
            training.model.to(kind if call == 5 else liuli.float32)
            training.more[0].state.clear()
        x, y = batch(seed=call)
        return x.to(training.model[0].weight.dtype), y

    expected = run(Training(None, small), prepare, 18)
    training = Training("numpy", small)
    found = run(training, prepare, 18)
    assert all(equal(a, b, True) for a, b in zip(expected, found, strict=True))
    assert len(training.step.programs) == 3


def test_the_default_dtype_is_a_guard() -> None:
    step = compile(lambda x: x + liuli.ones(2) / 3, strict=True)
    for call in range(12):
        kind = liuli.float64 if call // 3 % 2 else liuli.float32
        liuli.set_default_dtype(kind)
        assert step(liuli.zeros(2, dtype=liuli.float32)).dtype is kind
    assert len(step.programs) == 2


@pytest.mark.parametrize("own", [False, True])
def test_seeds_between_calls_give_eagers_random_numbers(own: bool) -> None:
    generator = liuli.Generator() if own else None

    def draws(x: Tensor) -> Any:
        return liuli.randn(4, generator=generator) + x, liuli.randperm(5, generator=generator)

    def course(function: Any) -> Any:
        seen = []
        for call in range(14):
            if call in (0, 2, 6, 9, 10):
                (generator or liuli).manual_seed(call)
            seen.append(bits(function(liuli.zeros(4))))
            if call % 5 == 4:
                seen.append(bits(liuli.rand(3, generator=generator)))  # eager draws in between
        return seen

    assert course(draws) == course(compile(draws, strict=True))


# --- mishaps --------------------------------------------------------------------------------------
class Unlucky:
    """A training step that fails where it is told to."""

    def __init__(self, compiled: bool) -> None:
        liuli.manual_seed(5)
        self.model = mlp(nn.BatchNorm1d(8))
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.fails = ""
        self.error: type[BaseException] = ValueError
        self.run: Any = compile(self.step, backend="numpy", strict=True) if compiled else self.step

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        self.optimizer.zero_grad()
        if self.fails == "before":
            raise self.error("told to")
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        if self.fails == "between":
            raise self.error("told to")
        self.optimizer.step()
        if self.fails == "after":
            raise self.error("told to")
        return loss

    def state(self) -> Any:
        return bits([*self.model.state_dict().values(), *(
            p.grad for p in self.model.parameters() if p.grad is not None)])  # fmt: skip


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "error", [ValueError, *(pytest.param(x, marks=SLOW) for x in (KeyboardInterrupt, SystemExit))]
)
@pytest.mark.parametrize("where", ["before", "between", "after"])
@pytest.mark.parametrize("at", [0, 1, 2, 3, pytest.param(5, marks=SLOW)])
def test_an_error_in_a_call_leaves_what_eager_leaves(
    at: int, where: str, error: type[BaseException]
) -> None:
    plain, mine = Unlucky(False), Unlucky(True)
    for call in range(10):
        for each in (plain, mine):
            each.fails, each.error = where if call == at else "", error
            if call == at:
                with pytest.raises(error, match="told to"):
                    each.run(*batch(seed=call))
            else:
                each.run(*batch(seed=call))
        if call == at:
            assert plain.state() == mine.state()
        assert bits(list(plain.model.state_dict().values())) == bits(
            list(mine.model.state_dict().values())
        )
    assert mine.run.programs and mine.run.programs[0].runs >= 3


def test_ctrl_c_while_it_is_recorded() -> None:
    plain, mine = Unlucky(False), Unlucky(True)
    for call in range(8):
        for each in (plain, mine):
            hook = each.model[2].register_forward_hook(
                lambda *_: signal.raise_signal(signal.SIGINT)
            )
            if call == 1:
                with pytest.raises(KeyboardInterrupt):
                    each.run(*batch(seed=call))
            hook.remove()
            if call != 1:
                each.run(*batch(seed=call))
    left = [bits(list(each.model.state_dict().values())) for each in (plain, mine)]
    assert left[0] == left[1] and mine.run.programs


def test_labels_out_of_range_in_a_program_change_nothing_and_later_calls_go_on() -> None:
    step = same(small)
    training = Training("numpy", small)
    for call in range(9):
        x, y = batch(seed=call)
        before = training.state()
        if call in (2, 6):
            with pytest.raises(IndexError, match="LL330"):
                training.step(x, y + 5)
            assert call == 2 or training.state() == before
        training.step(x, y)
    assert step.programs and training.step.programs


def test_a_step_that_calls_itself_is_one_program() -> None:
    def function(x: Tensor, depth: int = 3) -> Tensor:
        return x if depth == 0 else step(x * 2, depth - 1)

    step: Any = compile(function, strict=True)
    assert [step(liuli.ones(1)).item() for _ in range(6)] == [8.0] * 6
    assert step.programs[0].runs == 3


def test_a_step_that_never_ends_says_what_python_says() -> None:
    step: Any = compile(lambda x: step(x))
    with pytest.raises(RecursionError):
        step(liuli.ones(1))
    other = compile(lambda x: x + 1, strict=True)
    assert [other(liuli.ones(1)).item() for _ in range(5)] == [2.0] * 5


def test_threads_that_call_different_steps_at_once() -> None:
    """Each thread trains its own network, as alone."""

    def train(seed: int) -> Any:
        source = liuli.Generator().manual_seed(seed)
        weights = [(liuli.randn(n, m, generator=source) * 0.2).requires_grad_()
                   for n, m in ((16, 6), (3, 16))]  # fmt: skip
        optimizer = optim.SGD(weights, lr=0.1, momentum=0.9)

        @compile(strict=True)
        def step(x: Tensor, y: Tensor) -> None:
            optimizer.zero_grad()
            F.cross_entropy((x @ weights[0].t()).relu() @ weights[1].t(), y).backward()
            optimizer.step()

        for call in range(30):
            step(*batch(40, seed=call + seed))
        assert step.programs[0].runs == 27
        return bits(weights)

    expected = [train(seed) for seed in range(4)]
    found: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: train(seed)}))
        for seed in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[seed] for seed in range(4)] == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_process_goes_on_with_its_parents_program() -> None:
    program = """
        import os, sys
        import liuli
        liuli.set_num_threads(2)
        w = liuli.rand(800, 64)
        step = liuli.compile(lambda x: (x @ w.t()).exp().sum(), strict=True)
        x = liuli.rand(64, 64)
        for _ in range(3):
            step(x)
        values = {step(x).item() for _ in range(3)}
        child = os.fork()
        values.add(step(x).item())
        if child == 0:
            os._exit(0 if len(values) == 1 else 3)
        assert os.waitpid(child, 0)[1] == 0 and len(values) == 1, values
        print(step.programs[0].runs)
    """
    made = subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c",
                           textwrap.dedent(program)], capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip
    assert made.stdout == "4\n", made.stderr


# --- copies ---------------------------------------------------------------------------------------
@compile
def doubled(x: Tensor) -> Tensor:
    return x * 2


def rectified(x: Tensor) -> Tensor:
    return F.relu(x)


class Learner(nn.Module):
    """A model that carries its own compiled step."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 3)
        self.compute = compile(self.forward, strict=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


@pytest.mark.parametrize("way", [copy.deepcopy, copy.copy])
def test_a_copy_of_a_step_is_a_step_of_its_own(way: Any) -> None:
    step = compile(lambda x: x * 2, strict=True, keep_grads=True)
    for _ in range(5):
        step(liuli.ones(1))
    twin = way(step)
    assert twin.strict and twin.keep_grads and twin.backend == step.backend
    assert [twin(liuli.ones(1)).item() for _ in range(5)] == [2.0] * 5
    assert twin.programs[0].runs == 2 == step.programs[0].runs


def test_a_copy_of_a_model_computes_with_its_own_weights() -> None:
    model = Learner()
    for call in range(5):
        model.compute(batch(seed=call)[0])
    twin = copy.deepcopy(model)
    with liuli.no_grad():
        twin.layer.weight.zero_()
        twin.layer.bias.fill_(3.0)
    for call in range(5):
        assert set(twin.compute(batch(seed=call)[0]).flatten().tolist()) == {3.0}
        assert liuli.allclose(model.compute(batch(seed=call)[0]), model(batch(seed=call)[0]))


def test_a_step_that_a_name_finds_travels_to_other_processes() -> None:
    assert copy.deepcopy(doubled) is doubled
    assert pickle.loads(pickle.dumps(doubled)) is doubled
    inner = pickle.loads(pickle.dumps(compile(rectified, strict=True)))
    assert isinstance(inner, CompiledStep) and inner.strict
    assert [inner(liuli.tensor([-1.0, 2.0])).tolist() for _ in range(5)] == [[0.0, 2.0]] * 5


# --- Python's own business ------------------------------------------------------------------------
def test_a_number_that_outlives_the_call_is_a_number() -> None:
    kept: list[Any] = [0.0]

    def function(x: Tensor, t: float) -> Tensor:
        kept[0] = t
        return x * t

    step = compile(function)
    with pytest.warns(UserWarning, match=r"(?s)LL719.*LL724"):
        values = [step(liuli.ones(1), 0.5 * call).item() for call in range(8)]
    assert values == [0.5 * call for call in range(8)]
    assert type(kept[0]) is float and kept[0] == 3.5


ASKED: dict[str, Callable[[Tensor], Any]] = {
    "print": lambda x: print(x * 2),
    "item": lambda x: (x * 2).sum().item(),
    "float": lambda x: float((x * 2).sum()),
    "if": lambda x: bool((x * 2).sum() > 1),
    "numpy": lambda x: (x * 2).numpy(),
    "tolist": lambda x: (x * 2).tolist(),
    "array": lambda x: np.asarray(x * 2),
    "format": lambda x: f"{(x * 2).sum():.2f}",
    "str": lambda x: str(x * 2),
    "nonzero": lambda x: (x * 2).nonzero(),
    "unique": lambda x: (x * 2).unique(),
    "mask": lambda x: (x * 2)[x > 1],
    "range": lambda x: range((x * 2).sum().int()),
    "index": lambda x: [1, 2, 3][(x * 0).sum().long()],
    "in": lambda x: 2.0 in (x * 2),
    "equal": lambda x: liuli.equal(x * 2, x),
    "allclose": lambda x: liuli.allclose(x * 2, x),
    "for": lambda x: sum(float(v) for v in x * 2),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_inside_runs_eagerly_and_names_its_line(name: str) -> None:
    def function(x: Tensor) -> Tensor:
        ASKED[name](x)
        return x * 2

    step = compile(function)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for call in range(5):
            assert step(liuli.ones(2) * call).tolist() == [2.0 * call] * 2
    said = [str(w.message) for w in seen if "LL719" in str(w.message)]
    assert len(said) == 1 and "LL70" in said[0] and "test_between.py:" in said[0]
    assert step.fallen is not None


def test_a_clock_that_is_read_inside_is_noticed() -> None:
    begun = time.perf_counter()
    step = compile(lambda x: x * (time.perf_counter() - begun))
    with pytest.warns(UserWarning, match=r"(?s)LL719.*the number .* in the other.*LL722"):
        values = {step(liuli.ones(1)).item() for _ in range(6)}
    assert len(values) == 6


def test_numpys_random_numbers_inside_are_noticed() -> None:
    np.random.seed(0)
    step = compile(lambda x: x + liuli.tensor(np.random.rand(3)))
    with pytest.warns(UserWarning, match=r"(?s)LL719.*numpy.random.*LL735"):
        found = [step(liuli.zeros(3)).tolist() for _ in range(6)]
    np.random.seed(0)
    assert np.allclose(found, [np.random.rand(3) for _ in range(6)])


def test_pythons_random_choices_inside_are_noticed() -> None:
    random.seed(3)
    step = compile(lambda x: x * 2 if random.random() < 0.5 else x * 3)
    expected = [2.0 if random.random() < 0.5 else 3.0 for _ in range(12)]
    random.seed(3)
    with pytest.warns(UserWarning, match="LL719"):
        assert [step(liuli.ones(1)).item() for _ in range(12)] == expected


def test_shapes_may_be_asked() -> None:
    def function(x: Tensor) -> Tensor:
        if x.shape[0] > 2 and x.dim() == 1 and x.dtype is liuli.float32:
            return x.sum() / len(x)
        return x * x.numel()

    step = compile(function, strict=True)
    for rows in (1, 1, 1, 1, 3, 3, 3, 3):
        assert bits(step(liuli.ones(rows))) == bits(function(liuli.ones(rows)))
    assert len(step.programs) == 2


def test_what_nothing_remembers_is_freed() -> None:
    """A step that returns a lot keeps none of it alive."""
    import gc
    import weakref

    step = compile(lambda x: [x * k for k in range(5)], strict=True)
    for _ in range(6):
        made = step(liuli.ones(100))
        last = [weakref.ref(t) for t in made]
    del made
    gc.collect()
    assert all(ref() is None for ref in last)


def test_results_of_earlier_calls_are_never_written_again() -> None:
    step = compile(lambda x: (x * 2, x.sum(), x), strict=True)
    kept = [step(liuli.full((3,), float(call))) for call in range(8)]
    for call, returned in enumerate(kept):
        assert [n.tolist() for n in numbers(returned)] == [[2.0 * call] * 3, 3.0 * call, [call] * 3]


def test_a_trained_model_stays_in_training_under_no_grad() -> None:
    """Where eager refuses, so does the step, and it is usable afterwards."""
    model = mlp()
    step = compile(trained(model, optim.SGD(model.parameters(), lr=0.1)), strict=True)
    for call in range(12):
        if call in (0, 2, 6):
            with liuli.no_grad(), pytest.raises(RuntimeError, match="LL40"):
                step(*batch(seed=call))
        step(*batch(seed=call))
    assert step.programs and step.programs[0].runs

"""When something changes between calls the step notices, and computes what eager would."""

from __future__ import annotations

import math
import random
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler.step import CompiledStep, compile, host_call
from liuli.errors import ArgumentError, RecordError
from liuli.nn import functional as F
from tests.compiler.test_step import Training, batch, bits, mlp, same, trained, usual

Tensor = liuli.Tensor
SCALE = 2.0


def small() -> Any:
    model = mlp()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, trained(model, optimizer), optimizer


def edited(at: int, edit: Callable[[Training], Any]) -> Callable[[int, Training], Any]:
    """Batches; before call number `at` something is edited."""

    def prepare(call: int, training: Training) -> Any:
        if call == at:
            edit(training)
        return batch(seed=call)

    return prepare


def freeze(training: Training) -> None:
    training.model[0].weight.requires_grad_(False)


def add_hook(training: Training) -> None:
    training.model[2].weight.register_hook(lambda g: g * 0.5)


def add_module_hook(training: Training) -> None:
    training.model[0].register_forward_hook(lambda module, args, y: y * 2)


def replace_layer(training: Training) -> None:
    liuli.manual_seed(3)
    training.model[1] = nn.Tanh()


def other_data(training: Training) -> None:
    training.model[2].bias.data = liuli.ones(3)


def add_group(training: Training) -> None:
    extra = training.model[1].slope = nn.Parameter(liuli.ones(1))
    training.more[0].add_param_group({"params": [extra], "lr": 0.01})


def set_flag(training: Training) -> None:
    training.more[0].param_groups[0]["nesterov"] = True


def decay(training: Training) -> None:
    training.more[0].param_groups[0]["weight_decay"] = 0.1


def reload(training: Training) -> None:
    training.more[0].load_state_dict(training.more[0].state_dict())


EDITS = [freeze, add_hook, add_module_hook, replace_layer, other_data, add_group, set_flag, decay,
         reload]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_noticed(edit: Callable[[Training], None]) -> None:
    step = same(small, edited(5, edit), calls=12, programs=2)
    assert [line for line in step.guards() if line.startswith("call 6: ") and "edited" in line]


def test_an_edit_that_was_undone_finds_its_program_again() -> None:
    def prepare(call: int, training: Training) -> Any:
        training.model[1].training = call != 5
        return batch(seed=call)

    step = same(small, prepare, calls=8)
    assert len(step.guards()) == 1


def test_an_edit_elsewhere_costs_nothing() -> None:
    step = same(small, edited(5, lambda t: nn.Linear(2, 2).eval()))
    assert step.guards() == []


# --- numbers ------------------------------------------------------------------------------------
def scaled() -> Any:
    model = mlp()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scale, label = 1.0, "one"

    def change(value: Any, name: str = "other") -> None:
        nonlocal scale, label
        scale, label = value, name

    def step(x: Tensor, y: Tensor, *, power: int = 1) -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y) * scale * SCALE * power
        loss.backward()
        optimizer.step()
        return loss if label == "one" else loss * 3

    return model, step, change, step


def test_a_number_of_the_closure() -> None:
    step = same(scaled, edited(5, lambda t: t.more[0](0.5)), calls=12, programs=2)
    assert "call 6: label: 'one', now 'other'" in step.guards()


def test_a_number_of_the_globals(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(call: int, training: Training) -> Any:
        monkeypatch.setitem(globals(), "SCALE", 2.0 if call < 5 else 2)
        return batch(seed=call)

    step = same(scaled, prepare, calls=12, programs=2)
    assert "call 6: SCALE: 2.0, now 2" in step.guards()


def test_a_default() -> None:
    def change(training: Training) -> None:
        training.more[1].__kwdefaults__["power"] = 3

    assert (
        "call 6: power: 1, now 3" in same(scaled, edited(5, change), calls=12, programs=2).guards()
    )


def test_a_default_that_is_positional() -> None:
    def function(x: Tensor, scale: float = 2.0) -> Tensor:
        return x * scale

    step = compile(function, strict=True)
    for call in range(10):
        function.__defaults__ = (2.0 if call < 5 else 3.0,)
        assert step(liuli.ones(1)).item() == (2.0 if call < 5 else 3.0)
    assert len(step.programs) == 2


class Config:
    """Settings, as many people keep them."""

    scale = 2.0

    def __init__(self) -> None:
        self.shift = 1.0
        self.parts = [1.0, 2.0]


def helper(x: Tensor, config: Config) -> Tensor:
    return x * config.scale + config.shift + config.parts[1]


def test_numbers_of_objects_that_the_function_and_its_helpers_ask_for() -> None:
    config = Config()
    step = compile(lambda x: helper(x, config), strict=True)
    for call in range(20):
        config.shift = 1.0 + call // 5
        config.parts[1] = 2.0 if call < 16 else 7.0
        x = liuli.ones(1)
        assert bits(step(x)) == bits(helper(x, config))
    assert step.programs[0].runs and any("config.shift" in line for line in step.guards())


def test_two_values_that_alternate_are_two_programs() -> None:
    step = compile(lambda x, scale: x * scale, strict=True)
    for call in range(12):
        assert step(liuli.ones(1), 1.5 + call % 2).item() == 1.5 + call % 2
    assert len(step.programs) == 2 and sum(p.runs for p in step.programs) == 7


def test_a_number_that_always_changes_becomes_an_input() -> None:
    w = liuli.ones(3, requires_grad=True)

    def function(x: Tensor, t: float, n: int) -> Any:
        rate = 0.1 / (1 + 0.5 * t) - t * n
        y = w * x * rate + n
        w.grad = None
        y.sum().backward()
        return y, (y * 2 - t).sum(), x.int() * n

    step = compile(function, strict=True, keep_grads=True)
    for call in range(12):
        x = liuli.ones(3) / 3
        t, n = 0.3 * call, call * 7 + 3
        found = bits(step(x, t, n)), bits(w.grad)
        assert found == (bits(function(x, t, n)), bits(w.grad)), call
    assert len(step.programs) == 1 and step.programs[0].runs == 7
    assert step.programs[0].symbols == ["t", "n"]


def test_a_number_of_the_closure_that_always_changes_becomes_an_input() -> None:
    _, step, change, _ = scaled()
    compiled = compile(step, strict=True)
    for call in range(12):
        change(1 / (1 + call), "one")
        compiled(*batch(seed=call))
    assert [p.symbols for p in compiled.programs] == [["scale"]]
    assert compiled.programs[0].runs == 7


def test_a_number_that_always_changes_and_decides_falls_back() -> None:
    step = compile(lambda x, epoch: x * 2 if epoch % 5 == 4 else x)
    with pytest.warns(UserWarning, match=r"(?s)LL719.*LL725.*test_step_guards\.py") as seen:
        values = [step(liuli.ones(1), epoch).item() for epoch in range(30)]
    assert values == [2.0 if epoch % 5 == 4 else 1.0 for epoch in range(30)]
    assert len(seen) == 1 and step.fallen is not None


def test_numbers_that_lengthen_the_program_fall_back() -> None:
    step = compile(lambda x, n: sum((x for _ in range(n)), x))
    with pytest.warns(UserWarning, match="LL719"):
        values = [step(liuli.ones(1), n).item() for n in range(30)]
    assert values == [n + 1.0 for n in range(30)]


# --- what falls back ------------------------------------------------------------------------------
KEPT: list[Any] = []
CLOCK = random.Random()


def asks(x: Tensor) -> Tensor:
    loss = (x * x).sum()
    if loss > 1:
        loss = loss * 2
    return loss + x.max().item()


def keeps(x: Tensor) -> Tensor:
    y = x * 2
    KEPT.append(y[0])
    return y


def draws(x: Tensor) -> Tensor:
    return x + liuli.tensor(CLOCK.random())


def counts(x: Tensor) -> Tensor:
    KEPT.append(len(KEPT))
    return x * 2


def selects(x: Tensor) -> Tensor:
    return x[x > 1]


def bad_return(x: Tensor) -> Any:
    return x, np.zeros(2)


def computed(x: Tensor) -> Tensor:
    return x * 2


FALLS = {
    "LL702": asks,
    "LL703": selects,
    "LL723": keeps,
    "LL722": draws,
    "LL724": counts,
    "LL730": bad_return,
}


@pytest.mark.parametrize("code", FALLS)
def test_what_is_no_program_runs_eagerly_and_says_so_once(code: str) -> None:
    CLOCK.seed(0)
    expected = [bits(FALLS[code](liuli.ones(3) * call)) for call in range(6)]
    CLOCK.seed(0)
    step = compile(FALLS[code])
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = [bits(step(liuli.ones(3) * call)) for call in range(6)]
    assert found == expected
    said = [str(warning.message) for warning in seen if "LL719" in str(warning.message)]
    assert len(said) == 1 and code in said[0]
    assert "test_step_guards.py:" in said[0] or code in ("LL724", "LL730")
    page = " ".join(str(step.explain()).split())
    assert step.fallen is not None and f"runs eagerly: {step.fallen.reason}" in page


@pytest.mark.parametrize("code", FALLS)
def test_strict_raises_instead(code: str) -> None:
    step = compile(FALLS[code], strict=True)
    with pytest.raises(RecordError, match=code):
        for call in range(6):
            step(liuli.ones(3) * call)


def test_a_count_inside_the_function_is_noticed() -> None:
    count = 0

    def function(x: Tensor) -> Tensor:
        nonlocal count
        count += 1
        return x * 2

    step = compile(function)
    with pytest.warns(UserWarning, match=r"count: 1, now 2 \[LL724\]"):
        for _ in range(6):
            step(liuli.ones(1))
    assert count == 6


def test_arguments_with_a_history_run_eagerly() -> None:
    w = liuli.ones(2, requires_grad=True)
    step = compile(lambda x: x.sum().backward())
    with pytest.warns(UserWarning, match="LL728"):
        for _ in range(4):
            step(w * 3)
    assert w.grad is not None and w.grad.tolist() == [12.0, 12.0]


def test_batch_norm_without_momentum_runs_eagerly() -> None:
    norm = nn.BatchNorm1d(6, momentum=None)
    step = compile(lambda x: norm(x))
    with pytest.warns(UserWarning, match="LL719"):
        for call in range(5):
            step(batch(seed=call)[0])
    assert norm.num_batches_tracked.item() == 5


def test_new_objects_at_every_call_end_in_eager_runs() -> None:
    box = [liuli.ones(1)]
    step = compile(lambda x: x + box[0])
    with pytest.warns(UserWarning, match=r"box.*LL727"):
        for call in range(40):
            box[0] = liuli.full((1,), float(call))
            assert step(liuli.zeros(1)).item() == call


def test_host_calls_come_in_order_with_their_numbers() -> None:
    seen: list[Any] = []
    note = host_call(lambda name, x: seen.append((name, x.item())))

    @compile(strict=True)
    def step(x: Tensor) -> Tensor:
        y = x.clone()
        note("before", y)
        y += 1
        note("after", x=y)
        return y

    for call in range(6):
        step(liuli.tensor(float(call)))
    assert seen == [pair for c in range(6) for pair in (("before", c), ("after", c + 1.0))]
    assert step.programs[0].runs == 3


def test_a_schedule_before_what_it_changes_falls_back() -> None:
    def make() -> Any:
        w = liuli.ones(2, requires_grad=True)
        optimizer = optim.SGD([w], lr=0.5)
        schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

        def step() -> None:
            optimizer.zero_grad()
            w.sum().backward()
            schedule.step()
            optimizer.step()

        optimizer.step()
        return w, step

    w, step = make()
    for _ in range(6):
        step()
    mine, function = make()
    with pytest.warns(UserWarning, match="LL726"):
        step = compile(function)
        for _ in range(6):
            step()
    assert bits(mine) == bits(w)


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "plateau": lambda o: optim.lr_scheduler.ReduceLROnPlateau(o, patience=0),
    "restarts": lambda o: optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    "chained": lambda o: optim.lr_scheduler.ChainedScheduler(
        [optim.lr_scheduler.ExponentialLR(o, 0.9), optim.lr_scheduler.StepLR(o, 2)]
    ),
    "one cycle": lambda o: optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=30),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_inside(name: str) -> None:
    def make() -> Any:
        model, plain, optimizer = small()
        schedule = SCHEDULES[name](optimizer)

        def step(x: Tensor, y: Tensor) -> Tensor:
            loss = plain(x, y)
            schedule.step(*([loss] if name == "plateau" else []))
            return loss

        return model, step

    same(make)


def test_versions_count_as_when_eager() -> None:
    counts = []
    for compiled in (False, True):
        training = Training("numpy" if compiled else None, small)
        for call in range(8):
            training.step(*batch(seed=call))
        counts.append([p._version for p in training.model.parameters()])
    assert counts[0] == counts[1]


def test_switches_are_guards() -> None:
    w = liuli.ones(2, requires_grad=True)
    step = compile(lambda x: w.requires_grad and (w * x).requires_grad, strict=True)
    for _ in range(8):
        assert step(liuli.ones(2)) is True
        with liuli.no_grad():
            assert step(liuli.ones(2)) is False
    assert len(step.programs) == 2


def test_at_most_eight_programs() -> None:
    step = compile(lambda x: x * 2, strict=True)
    for rows in range(1, 13):
        for _ in range(3):
            assert step(liuli.ones(rows)).shape == (rows,)
    assert len(step.programs) == 8


def test_two_threads_take_turns() -> None:
    total = liuli.zeros(1, dtype=liuli.float64)

    @compile
    def step(x: Tensor) -> None:
        total.add_(x)

    def work() -> None:
        for _ in range(50):
            step(liuli.ones(1, dtype=liuli.float64))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total.item() == 200.0 and step.fallen is None


@pytest.mark.parametrize(
    "wrong", [3, liuli.ones(1), (lambda: (yield)), pytest.param("fast", id="backend")]
)
def test_wrong_arguments_of_compile(wrong: Any) -> None:
    with pytest.raises(ArgumentError, match="LL729"):
        compile(math.sin, backend=wrong) if isinstance(wrong, str) else compile(wrong)


def test_compiling_twice_is_compiling_once() -> None:
    step = compile(computed)
    assert compile(step) is step and isinstance(step, CompiledStep)


def test_a_program_that_was_kept_is_used_again() -> None:
    step = same(small, usual)
    runs = step.programs[0].runs
    training_batch = batch(5)
    step(*training_batch)
    step(*batch())
    assert step.programs[0].runs == runs + 1


LAYERS: list[Callable[[], nn.Module]] = [
    nn.ReLU, nn.GELU, lambda: nn.Dropout(0.3), lambda: nn.LayerNorm(8), lambda: nn.BatchNorm1d(8),
]  # fmt: skip
RULES = [optim.SGD, optim.Adam, optim.RMSprop, optim.Adagrad]
EMPTIED = ["inside", "zeros", "module", "outside"]


def at_random(seed: int, compiled: bool) -> tuple[list[Any], Any]:
    """A network, a way to empty gradients, and edits between calls, all drawn from `seed`."""
    draw = random.Random(seed)
    liuli.manual_seed(seed)
    model = mlp(*(draw.choice(LAYERS)() for _ in range(draw.randint(1, 3))))
    optimizer = draw.choice(RULES)(model.parameters(), lr=0.01)
    emptied, clipped = draw.choice(EMPTIED), draw.random() < 0.3

    def step(x: Tensor, y: Tensor) -> Tensor:
        if emptied == "module":
            model.zero_grad()
        elif emptied != "outside":
            optimizer.zero_grad(set_to_none=emptied == "inside")
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        if clipped:
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        return loss

    function: Any = compile(step, strict=True, backend="numpy") if compiled else step
    seen = []
    for _ in range(20):
        edit = draw.random()
        if edit < 0.08:
            model.train(not model.training)
        elif edit < 0.14:
            model[0].bias.requires_grad_(not model[0].bias.requires_grad)
        elif edit < 0.2:
            optimizer.param_groups[0]["lr"] *= 0.5
        elif edit < 0.25:
            optimizer.param_groups[0]["weight_decay"] = draw.choice([0, 0.1])
        rows = draw.choice([4, 4, 4, 4, 7])
        if emptied == "outside":
            optimizer.zero_grad()
        x, y = liuli.randn(rows, 6), liuli.randint(0, 3, (rows,))
        seen.append((bits(function(x, y)), bits(list(model.state_dict().values()))))
    return seen, function


@pytest.mark.parametrize("seed", range(16))
def test_anything_between_calls(seed: int) -> None:
    expected, _ = at_random(seed, compiled=False)
    found, step = at_random(seed, compiled=True)
    assert found == expected, step.guards()
    assert step.programs

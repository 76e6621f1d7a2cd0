"""The loops that people write: each shows the same captured and eager, and is captured."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.data import DataLoader, TensorDataset
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, same

Loop = Callable[[], Any]
LOOPS: dict[str, tuple[Loop, int]] = {}  # and how many rounds at least are a program's


def captured(least: int) -> Callable[[Loop], Loop]:
    """A loop of which at least so many rounds are a program's."""

    def note(loop: Loop) -> Loop:
        LOOPS[loop.__name__] = loop, least
        return loop

    return note


# --- networks -------------------------------------------------------------------------------------
@captured(10)
def batch_norm() -> Any:
    model = nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
                          nn.Linear(8, 3))  # fmt: skip
    return trained(model, liuli.optim.SGD(model.parameters(), lr=0.1))


@captured(10)
def batch_norm_and_dropout_with_evaluation() -> Any:
    model = nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
                          nn.Dropout(0.3), nn.Linear(8, 3))  # fmt: skip
    optimizer, seen = liuli.optim.SGD(model.parameters(), lr=0.1), []
    for _ in range(3):
        seen.append(trained(model, optimizer, 8))
        model.eval()
        with liuli.no_grad():
            seen += [F.cross_entropy(model(x), y).item() for x, y in batches(2)]
        model.train()
    return seen


def pictures(count: int) -> Any:
    """Batches of small pictures with their labels."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        x = rng.normal(size=(3, 1, 8, 8)).astype(np.float32)
        yield liuli.tensor(x), liuli.tensor(rng.integers(0, 2, 3))


@captured(6)
def convolutions() -> Any:
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 2),
    )  # fmt: skip
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return trained(model, optimizer, data=pictures(12))


class Counter(nn.Module):
    """A recurrent cell, unrolled over the letters."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.outer = nn.Linear(5, 6), nn.Linear(6, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Any) -> Any:
        h = liuli.zeros(x.shape[0], 6)
        for t in range(x.shape[1]):
            h = liuli.tanh(self.inner(x[:, t]) + self.outer(h))
        return self.head(h)


@captured(6)
def unrolled() -> Any:
    model = Counter()
    optimizer, losses = liuli.optim.Adam(model.parameters(), lr=0.01), []
    rng = np.random.default_rng(0)
    for _ in range(12):
        x = liuli.tensor(rng.normal(size=(4, 6, 5)).astype(np.float32))
        loss = F.cross_entropy(model(x), liuli.tensor(rng.integers(0, 3, 4)))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses, model


@captured(8)
def tied_weights() -> Any:
    embed, out = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
    out.weight = embed.weight
    optimizer, losses = liuli.optim.SGD(embed.parameters(), lr=0.1), []
    rng = np.random.default_rng(0)
    for _ in range(14):
        words = liuli.tensor(rng.integers(0, 7, 6))
        loss = F.cross_entropy(out(embed(words).tanh()), words.roll(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses, embed


# --- optimizers, schedules, gradients -------------------------------------------------------------
def trained(model: Any, optimizer: Any, count: int = 16, data: Any = None,
            after: Any = None) -> Any:  # fmt: skip
    """The usual rounds; the losses and the model."""
    losses = []
    for i, (x, y) in enumerate(data or batches(count)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if after is not None:
            after(i, loss)
    return losses, model


SCHEDULES: dict[str, Any] = {
    "steps": lambda o: liuli.optim.lr_scheduler.StepLR(o, 3, 0.5),
    "cosine": lambda o: liuli.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "one cycle": lambda o: liuli.optim.lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=40),
    "warm": lambda o: liuli.optim.lr_scheduler.LambdaLR(o, lambda i: min(1.0, (i + 1) / 8)),
    "plateau": lambda o: liuli.optim.lr_scheduler.ReduceLROnPlateau(o, patience=1),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("cosine", "plateau") else pytest.mark.slow)
        for name in SCHEDULES
    ],
)
def test_schedules(name: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = SCHEDULES[name](optimizer)
        rates = []

        def after(i: int, loss: Any) -> None:
            schedule.step(*([loss.item()] if name == "plateau" else []))
            rates.append(optimizer.param_groups[0]["lr"])

        return trained(model, optimizer, 18, after=after), rates

    assert same(loop) >= 10


@captured(10)
def rate_by_hand() -> Any:
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.Adam(model.parameters(), lr=0.01)

    def after(i: int, loss: Any) -> None:
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * 0.5 * (1 + math.cos(i / 5))

    return trained(model, optimizer, after=after)


@pytest.mark.parametrize("clip", ["norm", "value", "infinite norm", "norm and item"])
def test_clipping(clip: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.5)
        norms: list[Any] = []
        for x, y in batches(30):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            if clip == "value":
                nn.utils.clip_grad_value_(model.parameters(), 0.02)
            else:
                kind = float("inf") if clip == "infinite norm" else 2.0
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.1, kind))
            if clip == "norm and item":
                norms[-1] = norms[-1].item()
            optimizer.step()
        return norms, model, [p.grad for p in model.parameters()]

    assert same(loop) >= 8


@pytest.mark.parametrize("batches_a_step", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_accumulation(batches_a_step: int) -> None:
    def loop() -> Any:
        model, total = mlp(5, 8, 3), 0.0
        optimizer = liuli.optim.AdamW(model.parameters(), lr=0.01)
        optimizer.zero_grad()
        for i, (x, y) in enumerate(batches(12 * batches_a_step)):
            loss = F.cross_entropy(model(x), y) / batches_a_step
            loss.backward()
            if (i + 1) % batches_a_step == 0:
                optimizer.step()
                optimizer.zero_grad()
                total += loss.item()
        return total, model

    assert same(loop) >= 7


@captured(6)
def gradient_norms_are_logged() -> Any:
    model = mlp(5, 8, 3)
    optimizer, seen = liuli.optim.SGD(model.parameters(), lr=0.1), []
    for x, y in batches(30):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        seen += [p.grad.norm().item() for p in model.parameters()]
        optimizer.step()
    return seen, model


@captured(8)
def weights_are_printed_now_and_then() -> Any:
    model, texts = mlp(5, 8, 3), []
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.0)
    for i, (x, y) in enumerate(batches(24)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        if i % 5 == 4:
            texts += [repr(model[0].weight), str(model[0].bias.data), f"{loss.item():.3f}"]
        loss.backward()
        if i % 7 == 6:
            texts.append(f"{model[0].weight.grad.abs().max():.4f}")
        optimizer.step()
    return texts, model


@captured(8)
def a_penalty_by_hand() -> Any:
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    for x, y in batches(14):
        optimizer.zero_grad()
        penalty = sum(p.pow(2).sum() for p in model.parameters())
        (F.cross_entropy(model(x), y) + 1e-3 * penalty).backward()
        optimizer.step()
    return model


# --- numbers on the way ---------------------------------------------------------------------------
@captured(8)
def the_loss_is_read_before_the_step() -> Any:
    model, total = mlp(5, 8, 3), 0.0
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    for x, y in batches(30):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        total += loss.item() * len(x)
        optimizer.step()
    return total, model


@pytest.mark.parametrize("place", ["before backward", "before step", "after step"])
def test_accuracy(place: str) -> None:
    def loop() -> Any:
        model, right, seen = mlp(5, 8, 3), 0, 0
        optimizer = liuli.optim.Adam(model.parameters(), lr=0.02)

        def count(out: Any, y: Any) -> int:
            _, guess = liuli.max(out.data, 1)
            return int((guess == y).sum().item())

        for x, y in batches(30):
            optimizer.zero_grad()
            out = model(x)
            loss = F.cross_entropy(out, y)
            right += count(out, y) if place == "before backward" else 0
            loss.backward()
            right += count(out, y) if place == "before step" else 0
            optimizer.step()
            right += count(out, y) if place == "after step" else 0
            seen += y.size(0)
        return right, seen, model

    assert same(loop) >= (0 if place == "before backward" else 8)


@captured(8)
def totals_are_kept_as_tensors() -> Any:
    model = mlp(5, 8, 3)
    optimizer, total, right = liuli.optim.SGD(model.parameters(), lr=0.1), 0.0, liuli.tensor(0)
    for x, y in batches(24):
        optimizer.zero_grad()
        out = model(x)
        loss = F.cross_entropy(out, y)
        loss.backward()
        optimizer.step()
        total += loss.detach()
        right += (out.detach().argmax(dim=1) == y).sum()
    return total / 24, right, model


@captured(8)
def the_mean_by_hand_of_weights() -> Any:
    model = mlp(5, 8, 3)
    slow = copy.deepcopy(model)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    for x, y in batches(24):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        with liuli.no_grad():
            for a, b in zip(slow.parameters(), model.parameters(), strict=True):
                a.data = 0.9 * a.data + 0.1 * b.data
    return slow, model


# --- data -----------------------------------------------------------------------------------------
@captured(10)
def a_loader_with_a_short_last_batch() -> Any:
    x, y = (liuli.cat([batch[k] for batch in batches(5)]) for k in (0, 1))
    loader = DataLoader(TensorDataset(x, y), batch_size=7, shuffle=True)
    model, seen = mlp(5, 8, 3), []
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    best, waited = float("inf"), 0
    for _ in range(8):
        model.train()
        seen.append(trained(model, optimizer, data=loader)[0])
        model.eval()
        with liuli.no_grad():
            judged = sum(F.cross_entropy(model(a), b).item() for a, b in loader)
        best, waited = (judged, 0) if judged < best else (best, waited + 1)
        if waited > 3:
            break
    return seen, best, model


@captured(10)
def the_whole_data_in_every_round() -> Any:
    rng = np.random.default_rng(0)
    x = liuli.from_numpy(rng.normal(size=(20, 4)).astype(np.float32))
    y = (x @ liuli.tensor([1.0, -2.0, 0.5, 0.0])).unsqueeze(1)
    model = nn.Linear(4, 1)
    loss_of, optimizer = nn.MSELoss(), liuli.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(20):
        guess = model(x)
        loss = loss_of(guess, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (epoch + 1) % 5 == 0:
            text = f"{loss.item():.4f}"
    return text[:4], model


@captured(10)
def yes_and_no() -> Any:
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1), nn.Sigmoid())
    loss_of, optimizer = nn.BCELoss(), liuli.optim.RMSprop(model.parameters(), lr=0.01)
    losses = []
    for _ in range(18):
        x = liuli.tensor(rng.normal(size=(6, 4)).astype(np.float32))
        y = (x.sum(1, keepdim=True) > 0).float()
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


@captured(8)
def functions_in_functions() -> Any:
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.AdamW(model.parameters(), lr=0.01)

    def forward(x: Any) -> Any:
        return F.log_softmax(model((x - x.mean()) / (x.std() + 1e-5)), dim=-1)

    def one_round(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.nll_loss(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return [one_round(x, y) for x, y in batches(14)], model


@captured(6)
def noise_and_its_maker() -> Any:
    """Two optimizers; the maker's picture goes detached to the judge, and then with its history."""
    maker, judge = mlp(2, 8, 5), mlp(5, 8, 1)
    one = liuli.optim.Adam(maker.parameters(), lr=0.01)
    two = liuli.optim.Adam(judge.parameters(), lr=0.01)
    seen = []
    for x, _ in batches(24):
        two.zero_grad()
        with liuli.no_grad():
            fake = maker(liuli.randn(6, 2))
        judged = F.binary_cross_entropy_with_logits(judge(x), liuli.ones(6, 1))
        judged = judged + F.binary_cross_entropy_with_logits(judge(fake), liuli.zeros(6, 1))
        judged.backward()
        two.step()
        one.zero_grad()
        made = F.binary_cross_entropy_with_logits(judge(maker(liuli.randn(6, 2))), liuli.ones(6, 1))
        made.backward()
        one.step()
        seen += [judged.item(), made.item()]
    return seen, maker, judge


def test_noise_with_one_history() -> None:
    def loop() -> Any:
        maker, judge = mlp(2, 8, 5), mlp(5, 8, 1)
        one = liuli.optim.Adam(maker.parameters(), lr=0.01)
        two = liuli.optim.Adam(judge.parameters(), lr=0.01)
        seen = []
        for x, _ in batches(24):
            fake = maker(liuli.randn(6, 2))
            two.zero_grad()
            judged = judge(x).mean() - judge(fake.detach()).mean()
            judged.backward()
            two.step()
            one.zero_grad()
            made = judge(fake).mean()
            made.backward()
            one.step()
            seen += [judged.item(), made.item()]
        return seen, maker, judge

    same(loop)


SLOW = ("noise_and_its_maker", "a_penalty_by_hand", "rate_by_hand", "functions_in_functions",
        "weights_are_printed_now_and_then", "gradient_norms_are_logged")  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else []) for name in LOOPS]
)
def test_loop(name: str) -> None:
    loop, least = LOOPS[name]
    assert same(loop) >= least

"""Random loops with random departures: captured and eager they show the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli import nn
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, same


class Gate(nn.Module):
    """Used twice with the same weights, with a mean of what it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(6, 6)
        self.register_buffer("seen", liuli.zeros(6))

    def forward(self, x: Any) -> Any:
        if self.training:
            with liuli.no_grad():
                self.seen.mul_(0.9).add_(x.mean(0), alpha=0.1)
        return self.inner(x).sigmoid() * self.inner(x - self.seen)


LAYERS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "dropout": lambda: nn.Dropout(0.3),
    "norm": lambda: nn.LayerNorm(6),
    "batch norm": lambda: nn.BatchNorm1d(6),
    "linear": lambda: nn.Linear(6, 6),
    "picture": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 2, 3)),
        nn.Conv2d(1, 2, 2, padding=1),
        nn.BatchNorm2d(2),
        nn.GELU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4, 6),
    ),
    "gate": Gate,
}
OPTIMIZERS = {
    "sgd": lambda p: liuli.optim.SGD(p, lr=0.05),
    "momentum": lambda p: liuli.optim.SGD(p, lr=0.02, momentum=0.9),
    "adamw": lambda p: liuli.optim.AdamW(p, lr=0.01, eps=1e-3),
    "rmsprop": lambda p: liuli.optim.RMSprop(p, lr=0.01, eps=1e-2),
    "adam": lambda p: liuli.optim.Adam(p, lr=0.01, eps=1e-3),  # noise is no direction
}
# What happens in a round, and in which rounds: (what, when), by the number of the round.
DEPARTURES = ("item", "read out", "read gradient", "skip step", "other loss", "eval", "scale",
              "freeze", "rate", "clear late", "short", "draw", "keep", "hold gradient",
              "stop in the middle", "clip", "in place", "backward twice", "buffer", "late buffer",
              "bad label", "slice", "log norms", "clip value", "average", "total", "count right",
              "count right early", "old view", "schedule", "pile up", "judge", "print", "penalty",
              "zeros", "data")  # fmt: skip
EVERY = st.sampled_from([1, 2, 3, 5, 7])


class Run:
    """One loop of a drawn kind."""

    def __init__(self, layers: list[str], optimizer: str, departures: dict[str, int]) -> None:
        self.layers, self.optimizer, self.departures = layers, optimizer, departures

    def __repr__(self) -> str:
        return f"Run({self.layers}, {self.optimizer!r}, {self.departures})"

    def is_now(self, what: str, i: int) -> bool:
        every = self.departures.get(what, 0)
        return bool(every) and i % every == every - 1

    def __call__(self) -> Any:
        made = [LAYERS[name]() for name in self.layers]
        self.model = nn.Sequential(nn.Linear(5, 6), *made, nn.Linear(6, 3))
        self.trained = OPTIMIZERS[self.optimizer](self.model.parameters())
        self.seen: list[Any] = []
        self.slow = copy.deepcopy(self.model)
        self.total = liuli.zeros(())
        self.buffer = np.zeros((6, 5))
        self.view = self.model[0].weight.detach().numpy()
        self.schedule = liuli.optim.lr_scheduler.StepLR(self.trained, 3, 0.9)
        for i, (x, y) in enumerate(batches(22)):
            self.round(i, x.double(), y)
            self.after(i, x.double(), y)
        left = [p.grad for p in self.model.parameters()]
        return self.seen, self.model, self.slow, self.total, left, liuli.rand(2)

    def given(self, i: int, x: Any, y: Any) -> Any:
        """The batch, in the memory that this loop uses."""
        if self.is_now("short", i):
            x, y = x[:4], y[:4]
        if self.is_now("buffer", i) and len(x) == 6:
            self.buffer[:] = x.numpy()
            x = liuli.from_numpy(self.buffer)
        if self.is_now("slice", i):
            x = liuli.cat([x, x])[1 : 1 + len(x)]
        if self.is_now("bad label", i):
            y[1] = 5
        return x, y

    def after(self, i: int, x: Any, y: Any) -> None:
        """What some loops do behind a round."""
        model, seen, now = self.model, self.seen, self.is_now
        if now("average", i):
            with liuli.no_grad():
                pairs = zip(self.slow.parameters(), model.parameters(), strict=True)
                for a, b in pairs:
                    a.mul_(0.9).add_(0.1 * b)
        if now("schedule", i):
            self.schedule.step()
        if now("judge", i):
            model.eval()
            with liuli.no_grad():
                seen.append((model(x).argmax(1) == y).float().mean().item())
        if now("data", i):
            model[0].bias.data = model[0].bias.data * 0.5

    def round(self, i: int, x: Any, y: Any) -> None:
        model, seen, now = self.model, self.seen, self.is_now
        x, y = self.given(i, x, y)
        if now("freeze", i):
            model[0].bias.requires_grad_(not model[0].bias.requires_grad)
        model.train(not now("eval", i))
        if not now("clear late", i):
            self.trained.zero_grad()
        out = model(x)
        if now("draw", i):
            seen.append(liuli.rand(1))
        if now("read out", i):
            seen.append(out.detach().numpy().copy())
        if now("in place", i):
            out = out.mul_(0.5)
        if now("count right early", i):
            seen.append((out.argmax(1) == y).sum().item())
        try:
            loss = F.mse_loss(out, x[:, :3]) if now("other loss", i) else F.cross_entropy(out, y)
        except LiuliError as error:
            seen.append(str(error))
            return
        if now("penalty", i):
            loss = loss + 1e-3 * sum(p.pow(2).sum() for p in model.parameters())
        if now("late buffer", i):
            self.buffer[:] = 1.0
        if now("old view", i):
            self.view *= 0.5
        if now("scale", i):
            loss = loss * (1 + i)
        if now("stop in the middle", i):
            seen.append(loss)
            return
        if now("clear late", i):
            self.trained.zero_grad()
        loss.backward(retain_graph=now("backward twice", i))
        if now("backward twice", i):
            loss.backward()
        if now("pile up", i):
            F.cross_entropy(model(x), y.clamp(max=2)).backward()
        if now("log norms", i):
            seen += [p.grad.norm().item() for p in model.parameters() if p.grad is not None]
        if now("clip value", i):
            nn.utils.clip_grad_value_(model.parameters(), 0.05)
        if now("clip", i):
            seen.append(nn.utils.clip_grad_norm_(model.parameters(), 0.5))
        if now("read gradient", i):
            seen.append(model[0].weight.grad.sum())
        held = model[0].weight.grad if now("hold gradient", i) else None
        if now("rate", i):
            self.trained.param_groups[0]["lr"] *= 0.8
        if not now("skip step", i):
            self.trained.step()
        if held is not None:
            seen += [held, held is model[0].weight.grad]
        if now("total", i):
            self.total += loss.detach()
        if now("count right", i):
            seen.append((out.detach().argmax(1) == y).sum())
        if now("print", i):
            seen += [out.shape, model[0].weight.shape, f"{model[0].weight.sum().item():.1f}"[:0]]
        if now("zeros", i):
            self.trained.zero_grad(set_to_none=False)
        if now("item", i):
            seen += [loss.item(), repr(loss.requires_grad), str(loss.grad_fn)]
        if now("keep", i):
            seen += [loss, out]


RUNS = st.builds(
    Run,
    st.lists(st.sampled_from(sorted(LAYERS)), min_size=0, max_size=3),
    st.sampled_from(sorted(OPTIMIZERS)),
    st.dictionaries(st.sampled_from(DEPARTURES), EVERY, max_size=4),
)


def check(run: Run) -> None:
    with liuli.settings.using(default_dtype="float64"):  # where rounding cannot grow so far
        same(run, rtol=1e-6, atol=1e-8)


@settings(max_examples=12)
@given(RUNS)
def test_loops(run: Run) -> None:
    check(run)


@pytest.mark.slow
@settings(max_examples=200)
@given(RUNS)
def test_many_loops(run: Run) -> None:
    check(run)

"""Random loops with random departures: captured and eager they show the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import liuli
from liuli import nn
from liuli.nn import functional as F
from tests.capture.loops import batches, same

LAYERS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "dropout": lambda: nn.Dropout(0.3),
    "norm": lambda: nn.LayerNorm(6),
    "batch norm": lambda: nn.BatchNorm1d(6),
    "linear": lambda: nn.Linear(6, 6),
}
OPTIMIZERS = {
    "sgd": lambda p: liuli.optim.SGD(p, lr=0.05),
    "momentum": lambda p: liuli.optim.SGD(p, lr=0.02, momentum=0.9),
    "adam": lambda p: liuli.optim.Adam(p, lr=0.01, eps=1e-3),  # noise is no direction
}
# What happens in a round, and in which rounds: (what, when), by the number of the round.
DEPARTURES = ("item", "read out", "read gradient", "skip step", "other loss", "eval", "scale",
              "freeze", "rate", "clear late", "short", "draw", "keep", "hold gradient",
              "stop in the middle", "clip", "in place", "backward twice")  # fmt: skip
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
        for i, (x, y) in enumerate(batches(22)):
            self.round(i, x, y)
        return self.seen, self.model, [p.grad for p in self.model.parameters()], liuli.rand(2)

    def round(self, i: int, x: Any, y: Any) -> None:
        model, seen, now = self.model, self.seen, self.is_now
        if now("short", i):
            x, y = x[:4], y[:4]
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
        loss = F.mse_loss(out, x[:, :3]) if now("other loss", i) else F.cross_entropy(out, y)
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
    same(run, rtol=2e-3, atol=2e-4)


@settings(max_examples=12)
@given(RUNS)
def test_loops(run: Run) -> None:
    check(run)


@pytest.mark.slow
@settings(max_examples=400)
@given(RUNS)
def test_many_loops(run: Run) -> None:
    check(run)

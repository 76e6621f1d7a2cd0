"""First values: their moments, bounds, and distance from the distribution that they are to have."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import errors, nn

ROWS, COLUMNS = 400, 250  # 1e5 draws
DRAWS = ROWS * COLUMNS
# Kolmogorov: with probability 1e-4 a sample of the right distribution is farther away than this.
FAR = math.sqrt(math.log(2 / 1e-4) / 2 / DRAWS)

Cdf = Callable[[np.ndarray], np.ndarray]


def distance(draws: np.ndarray, cdf: Cdf) -> float:
    """The largest gap between the cdf and the share of draws below, seen from both sides."""
    expected = cdf(np.sort(draws))
    steps = np.arange(len(draws) + 1) / len(draws)
    return float(max((steps[1:] - expected).max(), (expected - steps[:-1]).max()))


def uniform(bound: float) -> Cdf:
    return lambda x: np.clip((x + bound) / (2 * bound), 0, 1)


def normal(std: float, mean: float = 0.0) -> Cdf:
    return lambda x: 0.5 * (1 + erf((x - mean) / std / math.sqrt(2)))


def erf(x: np.ndarray) -> np.ndarray:
    return np.asarray(liuli.tensor(x).erf().numpy())


def truncated(std: float, a: float, b: float, mean: float = 0.0) -> Cdf:
    whole = normal(std, mean)
    low, high = whole(np.array([a, b], np.float64))
    return lambda x: np.clip((whole(x) - low) / (high - low), 0, 1)


def drawn(fill: Callable[[Any], Any], *shape: int) -> np.ndarray:
    liuli.manual_seed(1)
    x = liuli.zeros(*(shape or (ROWS, COLUMNS)))
    assert fill(x) is x
    return np.asarray(x.numpy(), np.float64).ravel()


INIT = nn.init
UNIFORM = {
    "uniform": (lambda x: INIT.uniform_(x, -0.3, 0.3), 0.3),
    "xavier": (INIT.xavier_uniform_, math.sqrt(6 / 650)),
    "xavier, gain": (lambda x: INIT.xavier_uniform_(x, gain=5 / 3), 5 / 3 * math.sqrt(6 / 650)),
    "kaiming": (INIT.kaiming_uniform_, math.sqrt(6 / 250)),
    "kaiming, slope": (lambda x: INIT.kaiming_uniform_(x, a=math.sqrt(5)), 1 / math.sqrt(250)),
    "kaiming, out": (lambda x: INIT.kaiming_uniform_(x, mode="fan_out", nonlinearity="tanh"),
                     5 / 3 * math.sqrt(3 / 400)),
}  # fmt: skip
NORMAL = {
    "normal": (lambda x: INIT.normal_(x, std=0.7), 0.7),
    "xavier": (INIT.xavier_normal_, math.sqrt(2 / 650)),
    "kaiming": (INIT.kaiming_normal_, math.sqrt(2 / 250)),
    "kaiming, relu": (lambda x: INIT.kaiming_normal_(x, nonlinearity="relu"), math.sqrt(2 / 250)),
    "kaiming, selu": (lambda x: INIT.kaiming_normal_(x, mode="fan_out", nonlinearity="selu"),
                      0.75 / math.sqrt(400)),
}  # fmt: skip


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform(name: str) -> None:
    fill, bound = UNIFORM[name]
    x = drawn(fill)
    assert np.abs(x).max() <= bound * (1 + 1e-6) and np.abs(x).max() > 0.999 * bound
    assert abs(x.mean()) < 5 * bound / math.sqrt(3 * DRAWS)
    assert abs(x.std() / bound * math.sqrt(3) - 1) < 0.01
    assert distance(x, uniform(bound)) < FAR


@pytest.mark.parametrize("name", NORMAL)
def test_normal(name: str) -> None:
    fill, std = NORMAL[name]
    x = drawn(fill)
    assert abs(x.mean()) < 5 * std / math.sqrt(DRAWS)
    assert abs(x.std() / std - 1) < 0.01
    assert abs(((x / std) ** 4).mean() - 3) < 0.1
    assert distance(x, normal(std)) < FAR


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"), [(0, 1, -2, 2), (0, 0.02, -2, 2), (1, 2, 0, 1.5), (0, 1, 1, 9)]
)
def test_trunc_normal(mean: float, std: float, a: float, b: float) -> None:
    x = drawn(lambda t: INIT.trunc_normal_(t, mean, std, a, b))
    assert a <= x.min() and x.max() <= b
    assert distance(x, truncated(std, a, b, mean)) < FAR


def test_distance_finds_what_is_wrong() -> None:
    x = drawn(lambda t: INIT.uniform_(t, -0.3, 0.3))
    assert distance(x, uniform(0.306)) > FAR
    assert distance(x, normal(0.3 / math.sqrt(3))) > FAR
    assert abs(float(normal(1.0)(np.array([1.5]))[0]) - NormalDist().cdf(1.5)) < 1e-7


@pytest.mark.parametrize("shape", [(40, 60), (60, 40), (50, 50), (20, 3, 5)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = drawn(lambda x: INIT.orthogonal_(x, gain=1.5), *shape).reshape(shape[0], -1)
    small = w @ w.T if len(w) <= w.shape[1] else w.T @ w
    assert np.allclose(small, 2.25 * np.eye(len(small)), atol=1e-5)


def test_orthogonal_is_even() -> None:
    """Every rotation is equally likely: so a first entry is symmetric, and of variance 1/n."""
    liuli.manual_seed(0)
    n = 4
    firsts = [INIT.orthogonal_(liuli.empty(n, n))[0, 0].item() for _ in range(3000)]
    assert abs(np.mean(firsts)) < 5 / math.sqrt(n * 3000)
    assert abs(np.var(firsts) * n - 1) < 0.1


def test_sparse() -> None:
    w = drawn(lambda x: INIT.sparse_(x, 0.3, std=0.5)).reshape(ROWS, COLUMNS)
    assert ((w == 0).sum(0) == 120).all()
    assert distance(w[w != 0], normal(0.5)) < 2 * FAR


def test_layers_begin_as_pytorchs() -> None:
    liuli.manual_seed(2)
    linear = nn.Linear(COLUMNS, ROWS)
    assert distance(linear.weight.detach().numpy().ravel(), uniform(1 / math.sqrt(250))) < FAR
    biases = np.concatenate([nn.Linear(9, 500).bias.detach().numpy() for _ in range(20)])
    assert np.abs(biases).max() <= 1 / 3 and distance(biases, uniform(1 / 3)) < 4 * FAR
    table = nn.Embedding(ROWS, COLUMNS, padding_idx=3).weight.detach().numpy()
    assert (table[3] == 0).all()
    assert distance(np.delete(table, 3, 0).ravel(), normal(1.0)) < FAR
    bilinear = nn.Bilinear(25, 40, 100)
    assert distance(bilinear.weight.detach().numpy().ravel(), uniform(0.2)) < FAR
    assert bilinear.bias.abs().max() <= 0.2
    norm = nn.BatchNorm1d(3)
    assert norm.weight.tolist() == [1.0] * 3 and norm.bias.tolist() == [0.0] * 3
    assert norm.running_var.tolist() == [1.0] * 3 and norm.num_batches_tracked.item() == 0


def test_seeds_and_generators() -> None:
    def twice(generator: Any) -> list[Any]:
        return [INIT.kaiming_normal_(liuli.empty(3, 3), generator=generator) for _ in range(2)]

    one, two = (twice(liuli.Generator().manual_seed(5)) for _ in range(2))
    assert all(liuli.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not liuli.equal(*one)
    liuli.manual_seed(7)
    first = nn.Linear(3, 3)
    liuli.manual_seed(7)
    assert liuli.equal(first.weight, nn.Linear(3, 3).weight)


def test_parameters_stay_leaves() -> None:
    p = nn.Parameter(liuli.zeros(3, 3, dtype=liuli.float64))
    for fill in (INIT.xavier_normal_, INIT.orthogonal_, INIT.eye_, INIT.trunc_normal_, INIT.ones_):
        assert fill(p) is p and p.is_leaf and p.requires_grad and p.dtype is liuli.float64


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: INIT.xavier_normal_(liuli.zeros(3)), "LL672"),
        (lambda: INIT.kaiming_normal_(liuli.zeros(3)), "LL672"),
        (lambda: INIT.orthogonal_(liuli.zeros(3)), "LL672"),
        (lambda: INIT.eye_(liuli.zeros(3)), "LL672"),
        (lambda: INIT.dirac_(liuli.zeros(3, 3)), "LL672"),
        (lambda: INIT.dirac_(liuli.zeros(3, 3, 3), groups=2), "LL602"),
        (lambda: INIT.sparse_(liuli.zeros(3), 0.5), "LL672"),
        (lambda: INIT.kaiming_normal_(liuli.zeros(3, 3), mode="in"), "LL602"),
        (lambda: INIT.calculate_gain("swish"), "LL602"),
    ],
)
def test_refusals(wrong: Callable[[], Any], code: str) -> None:
    with pytest.raises(errors.LiuliError, match=code):
        wrong()

"""What `python -m bench sweep` makes of its figures."""

from __future__ import annotations

import pytest

from bench import sweep
from bench.peers import Peer
from bench.problem import Problem


def peer(name: str, *steps: float, loss: float = 0.5) -> Peer:
    """A peer with these us a step."""
    return Peer(name, "", rounds=[{"step": step} for step in steps], facts={"loss": loss})


def point(name: str, problem: Problem, ours: Peer, *others: Peer) -> sweep.Point:
    """A point at a limit of 200 GFLOP/s."""
    limit = Peer("limit", "", rounds=[{"gflops": 200.0}])
    return sweep.Point(name, problem, {one.name: one for one in (ours, *others, limit)})


def usual(name: str, torch: float, jax: float, problem: Problem | None = None) -> sweep.Point:
    """A point where we take 100 us."""
    problem = problem or Problem(batch=8)
    we = peer("liuli compiled", 100, 100, 100)
    return point(name, problem, we, peer("torch", *[torch] * 3), peer("jax", *[jax] * 3))


def failed(*points: sweep.Point) -> list[str]:
    return [check.says for check in sweep.checks(list(points)) if not check.held]


def test_the_points_of_the_issue() -> None:
    names = dict(sweep.problems(False))
    assert len(names) == 10 + 13 + 1
    assert names["width 45"].sizes == (784, 45, 45, 10) and names["width 45"].batch == 64
    assert names["batch 4096"].sizes == (784, 128, 64, 10) and names["batch 4096"].batch == 4096
    assert names["4-32-16-4"].sizes == (4, 32, 16, 4)
    assert set(dict(sweep.problems(True))) < set(names)


def test_the_better_peer_is_found_in_each_round() -> None:
    found = point("x", Problem(), peer("liuli compiled", 10, 20),
                  peer("torch", 30, 90), peer("jax", 40, 60))  # fmt: skip
    assert found.against("torch") == [3.0, 4.5]
    assert found.against("torch", "jax") == [3.0, 3.0]


def test_a_peer_that_could_not_be_measured_is_not_the_better() -> None:
    found = point(
        "x", Problem(), peer("liuli compiled", 10, 20), peer("torch", 30, 90), peer("jax")
    )
    assert found.against("torch", "jax") == [3.0, 4.5]
    assert found.against("jax") == []


def test_worst_point_and_mean() -> None:
    assert not failed(usual("a", 500, 300), usual("b", 200, 150))  # 3, 1.5: mean 2.12
    [mean] = failed(usual("a", 500, 300), usual("b", 200, 120))
    assert mean == "geometric mean 1.90 (limit 2.0)"
    [worst] = failed(usual("a", 900, 900), usual("b", 200, 94))
    assert worst.startswith("the worst point is b: 0.94 times")


def test_small_net_and_large_batch() -> None:
    small = Problem((4, 32, 16, 4))
    assert not failed(usual("small", 1500, 900, small))
    [says] = failed(usual("small", 1499, 900, small))
    assert says.startswith("small: 15.0 times")
    large = Problem(batch=4096)
    full = large.flop / 200e3  # us at the limit
    for steps, held in ((full / 0.76, True), (full / 0.74, False)):
        found = point("large", large, peer("liuli compiled", *[steps] * 3))
        assert (not failed(found)) == held


def test_losses_are_compared_relatively_where_large() -> None:
    ours = peer("liuli compiled", 100, loss=8.0)
    found = point("x", Problem(), ours, peer("torch", 900, loss=8.004))
    assert sweep.losses_apart(found) == pytest.approx(5e-4)
    for wrong in (8.1, float("nan")):
        assert failed(point("x", Problem(), ours, peer("torch", 900, loss=wrong)))


def test_a_point_without_us_fails() -> None:
    ours = Peer("liuli compiled", "", why_not="broken")
    lost = point("x", Problem(), ours, peer("torch", 900))
    assert failed(lost, usual("a", 900, 900)) == ["could not be measured: x"]
    assert "broken" in sweep.row(lost)


def test_row() -> None:
    assert sweep.row(usual("batch 8", 500, 300)) == (
        "| batch 8 | 100.0 (100.0) | 500 (500) | 300 (300) | 5.00 (5.00) | 3.00 (3.00) "
        "| 3.00 (3.00) | 18 (18) | 0.0e+00 |"
    )


def test_products() -> None:
    def found(ours: float, blas: float) -> dict[int, dict[str, Peer]]:
        both = peer("liuli compiled", ours, ours), peer("numpy", blas, blas)
        return {1024: {one.name: one for one in both}}

    [check] = sweep.product_checks(found(10_000, 9_500))
    assert check.held
    [check] = sweep.product_checks(found(10_000, 9_400))
    assert not check.held and "0.94 times" in check.says
    cells = sweep.product_row(1024, found(10_737.4, 9_500)[1024])
    assert cells[2] == "200 (200)"
    [check] = sweep.product_checks({1024: {n: Peer(n, "") for n in ("liuli compiled", "numpy")}})
    assert not check.held

"""What `python -m bench mlp` makes of its figures: shares, ratios, and what must hold."""

from __future__ import annotations

import pytest

from bench import mlp
from bench.peers import Peer
from bench.problem import Problem

PROBLEM = Problem()


def peer(name: str, *steps: float, loss: float = 0.5, slowest: float = 0.2) -> Peer:
    """A peer with these us a step."""
    facts = {"loss": loss, "slowest": slowest, "first": 0.3, "import": 0.1}
    return Peer(name, "", rounds=[{"step": s, "peak": 90.0} for s in steps], facts=facts)


def measured(*others: Peer, ours: tuple[float, ...] = (200, 180, 160)) -> dict[str, Peer]:
    """We, the machine's limit, and others: at 200 GFLOP/s the arithmetic takes 145 us."""
    limit = Peer("limit", "", rounds=[{"gflops": 190.0}, {"gflops": 200.0}])
    everyone = peer("liuli compiled", *ours), peer("liuli", 1000, 900, 800), limit, *others
    return {one.name: one for one in everyone}


def verdicts(found: dict[str, Peer], **how: bool) -> dict[str, bool]:
    """Each check's first words, and whether it holds."""
    return {
        check.says: check.held for check in mlp.checks(found, PROBLEM, **{"strict": True, **how})
    }


def failed(found: dict[str, Peer], **how: bool) -> list[str]:
    return [says for says, held in verdicts(found, **how).items() if not held]


def test_share_of_the_limit() -> None:
    assert mlp.share(PROBLEM, 142.0, 226.7) == pytest.approx(90.3, abs=0.1)
    assert mlp.peak_rate(measured()) == 200.0


def test_all_holds() -> None:
    found = measured(peer("torch", 1000, 1000, 1000), peer("jax", 800, 700, 700))
    assert len(list(mlp.checks(found, PROBLEM, strict=True))) == 6
    assert not failed(found)


def test_the_median_of_ratios_decides() -> None:
    found = measured(peer("torch", 1000, 719, 600), peer("jax", 100, 630, 700))
    # 5, 3.99, 3.75 times; and 0.5, 3.5, 4.4 times
    [torch, eager] = failed(found)
    assert "3.99 times as fast as torch (3.75 to 5.00; best rounds 160 and 600 us" in torch
    assert "liuli is 0.80 times as fast as torch" in eager


def test_the_best_round_is_held_against_the_floor() -> None:
    [says] = failed(measured(ours=(200, 190, 182)))
    assert "1.25 times the arithmetic's time" in says
    assert not failed(measured(ours=(900, 900, 181)))


def test_losses_of_everyone_are_compared() -> None:
    [says] = failed(measured(peer("keras", 900, 900, 900, loss=0.502)))
    assert "2.0e-03 apart from ours (keras" in says
    assert not failed(measured(peer("keras", 900, 900, 900, loss=0.5009)))
    assert failed(measured(peer("keras", 900, 900, 900, loss=float("nan"))))


def test_compiling_must_be_quick() -> None:
    found = measured()
    found["liuli compiled"].facts["slowest"] = 0.41
    [says] = failed(found)
    assert "0.41 s" in says


def test_on_one_thread_only_losses_must_hold() -> None:
    found = measured(peer("torch", 10, 10, 10), ours=(900, 900, 900))
    assert not failed(found, strict=False)
    assert len(failed(found)) == 3


def test_a_peer_that_is_not_there_is_left_out() -> None:
    absent = Peer("jax", "", why_not="No module named 'jax'")
    assert not failed(measured(absent))
    assert "jax: not measured: No module named 'jax'" in mlp.table(measured(absent), PROBLEM, {})


def test_without_ourselves_nothing_holds() -> None:
    found = measured()
    found["liuli compiled"] = Peer("liuli compiled", "", why_not="broken")
    assert failed(found) == ["liuli compiled could not be measured: broken"]
    assert "broken" in mlp.table(found, PROBLEM, {})


def test_table() -> None:
    lines = mlp.table(measured(peer("torch fused", 800, 900, 800)), PROBLEM, {"torch": 936.4})
    row = next(line for line in lines.splitlines() if line.startswith("| torch fused"))
    assert row == ("| torch fused | 800 (800) | 5.00 (4.00) | 18 (18) | 0.30 | 0.10 | 90 | 936 "
                   "| 0.5000000 |")  # fmt: skip
    assert "limit: 200.0 GFLOP/s" in lines and "29.08 MFLOP take 145 us" in lines


def test_peers_in_all_their_ways() -> None:
    peers = {"torch": "a", "jax": "b"}
    ways = ["torch", "torch fused", "torch compile", "jax", "jax async"]
    assert list(mlp.chosen(peers, False)) == ways
    assert mlp.chosen(peers, False)["torch fused"] == "a"
    assert mlp.chosen(peers, True) == {"torch": "a"}

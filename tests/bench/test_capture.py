"""The captured loop beside the others: what its table and its checks say."""

from __future__ import annotations

from bench.capture import checks, table
from bench.peers import Peer


def peer(name: str, step: float, loss: float = 2.0) -> Peer:
    return Peer(name, "python", rounds=[{"step": step}, {"step": step}], facts={"loss": loss})


def test_the_table_and_what_must_hold() -> None:
    everyone = [peer("liuli captured", 400), peer("liuli", 800), peer("torch", 1000)]
    assert "| torch | 1000 (1000) | 2.50 (2.50) | 2.0000000 |" in table(everyone)
    assert all(check.held for check in checks(everyone, strict=True))


def test_what_does_not_hold() -> None:
    slow = [peer("liuli captured", 600), peer("torch", 1000, loss=2.1)]
    held = [check.held for check in checks(slow, strict=True)]
    assert held == [True, False, False]
    assert [check.held for check in checks([], strict=True)] == [False]

"""What `python -m bench start` makes of its figures."""

from __future__ import annotations

from bench import start


def process(imports: float, slowest: float) -> start.Figures:
    return {"import": [imports] * 3, "slowest": [slowest, slowest, 9.0]}


def test_medians_are_held_to_the_limits() -> None:
    first, second = process(0.05, 0.3), process(0.05, 0.04)
    assert all(check.held for check in start.checks(first, second))


def test_what_does_not_hold_is_said() -> None:
    first, second = process(0.07, 0.5), process(0.07, 0.08)
    says = [check.says for check in start.checks(first, second) if not check.held]
    assert [text.split(" s (best")[0].split()[-1] for text in says] == ["0.070", "0.500", "0.080"]

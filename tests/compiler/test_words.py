"""Columns, numbers and times of the pages."""

from __future__ import annotations

from liuli.compiler.words import cut, left, right, say, short, spent


def test_columns() -> None:
    assert [left("内a", 5), right("内a", 5)] == ["内a  ", "  内a"]
    assert cut("a long line", 8) == "a lon..." and cut("内核内核", 7) == "内核..."
    assert [short(x) for x in (999, 999_950, 1e9, 2.5e13)] == ["999 ", "1.0 M", "1.0 G", "25.0 T"]
    assert [spent(x) for x in (0, 1e-3, 59.0)] == ["0.0 us", "1.00 ms", "59.00 s"]
    assert say("then", name="f")

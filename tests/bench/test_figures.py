"""Arithmetic of rounds."""

from __future__ import annotations

import pytest

from bench.figures import Check, best_of, column, markdown, median_best, report, times_as_fast
from bench.peers import Peer


def test_ratios_are_taken_round_by_round() -> None:
    assert times_as_fast([2.0, 4.0], [8.0, 8.0]) == [4.0, 2.0]
    with pytest.raises(ValueError, match="shorter"):
        times_as_fast([2.0, 4.0], [8.0])


def test_the_best_of_peers_is_chosen_in_each_round() -> None:
    assert best_of([[3.0, 1.0], [2.0, 5.0]]) == [2.0, 1.0]


def test_median_and_best() -> None:
    assert median_best([3.0, 1.0, 2.0]) == "2 (1)"
    assert median_best([3.0, 1.0, 2.0], 1, "max") == "2.0 (3.0)"
    assert median_best([]) == "-"


def test_a_column_leaves_out_rounds_without_the_figure() -> None:
    assert column(Peer("a", "", rounds=[{"x": 1.0}, {"y": 2.0}, {"x": 3.0}]), "x") == [1.0, 3.0]


def test_markdown() -> None:
    assert markdown(("", "a"), [("b", "1")]) == "|  | a |\n| --- | --- |\n| b | 1 |"


def test_one_check_that_fails_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([Check("fine", True)])
    assert not report([Check("slow", False), Check("fine", True)])
    assert capsys.readouterr().out == "- yes fine\n- NO  slow\n- yes fine\n"

"""A neuron of a convolution: the page says where it looks, and counts rows and columns there."""

from __future__ import annotations

import numpy as np

from liuli.report.facts import NeuronFacts, ReportFacts
from liuli.report.neuron import neuron
from liuli.report.terms import terms_of


def one(corner: tuple[int, int] | None) -> NeuronFacts:
    weights = np.array([[0.5, 0.0, -1.0], [2.0, 1.0, 0.0]])
    return NeuronFacts("conv1", 3, np.ones((2, 3)), weights, 0.25, "relu", corner=corner)


def test_pixels_are_counted_in_the_whole_picture() -> None:
    first = terms_of(one((10, 20)))[0]
    assert first.value == 2.0
    assert "row 11, column 20" in str(first.place)
    assert "row 1, column 0" in str(terms_of(one(None))[0].place)


def test_the_part_is_told() -> None:
    facts = ReportFacts("run", "liuli train", "digits", neuron=one((10, 20)))
    page = str(neuron(facts))
    assert "at rows 10 to 11 and columns 20 to 22" in page
    assert "第 10 到 11 行，第 20 到 22 列" in page
    without = ReportFacts("run", "liuli train", "digits", neuron=one(None))
    assert "at rows" not in str(neuron(without))

"""Who runs a graph: the protocol, and the ways there are, by name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from ..errors import SettingError
from . import interpret
from .graph import Graph
from .machine import available
from .native import Native, one_by_one, possible
from .passes import switched_off
from .simplify import simplify

Array = np.ndarray[Any, Any]


class Runner(Protocol):
    """A graph made ready to run."""

    def run(self, inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        """New arrays of the outputs; states, and inputs that the graph assigns, change in place.

        A state is nearly always the same array as in the run before, but need not be. An error,
        such as an index out of range, comes before anything is written.
        """

    def run_many(self, inputs: Sequence[Array], states: Sequence[Array], count: int) -> list[Array]:
        """As `count` runs: run i takes row i of every input, and makes row i of every output.

        Before a run that would be an error they end, if it is not the first.
        """


class Interpreted:
    """The graph, node by node in NumPy."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def run(self, inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        """As the protocol says."""
        return interpret.run(self.graph, inputs, states)

    def run_many(self, inputs: Sequence[Array], states: Sequence[Array], count: int) -> list[Array]:
        """As the protocol says."""
        return one_by_one(self.run, inputs, states, count)


def native(graph: Graph) -> Runner:
    """The graph as machine code; what has no numbers, or 16-bit ones, is left to NumPy."""
    # Parts without elements, such as the rest that is rolled over by 0, mostly fall away.
    left = possible(graph) and possible(simplify(graph))
    return Interpreted(graph) if left else Native(graph)


BACKENDS: dict[str, Callable[[Graph], Runner]] = {"native": native, "numpy": Interpreted}


def default_backend() -> str:
    """`LIULI_BACKEND`, else the fastest that is here.

    Errors: LL804 for a name that is none, LL740 if `LIULI_PASSES` makes no sense.
    """
    switched_off()
    asked = os.environ.get("LIULI_BACKEND", "").strip()
    if asked and asked not in BACKENDS:
        raise SettingError("LL804", value=asked, names=", ".join(BACKENDS))
    return asked or ("native" if available() else "numpy")

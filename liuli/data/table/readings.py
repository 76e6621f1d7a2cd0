"""The cells of a column together with the numbers in them, which are read only once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .cells import LARGEST, is_missing, number


class Reading:
    """Cells, and what they say as numbers: `values` holds nan where a cell says none.

    Example:
        >>> reading = Reading(["1", "?", "two", "50%"])
        >>> reading.values.tolist(), reading.present
        ([1.0, nan, nan, 0.5], ['1', 'two', '50%'])
    """

    def __init__(self, cells: Sequence[str], values: npt.NDArray[np.float64] | None = None) -> None:
        self.cells = list(cells)
        self.values = numbers_in(self.cells) if values is None else values

    @cached_property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Where a cell is empty, or says so."""
        missing = np.isnan(self.values)
        places = np.flatnonzero(missing)
        missing[places] = [is_missing(self.cells[place]) for place in places]
        return missing

    @cached_property
    def present(self) -> list[str]:
        """The cells that are not empty."""
        if not self.missing.any():
            return self.cells
        return [self.cells[place] for place in np.flatnonzero(~self.missing)]

    @cached_property
    def known(self) -> npt.NDArray[np.float64]:
        """The numbers of the cells that say one."""
        return self.values[~np.isnan(self.values)]


def numbers_in(cells: Sequence[str]) -> npt.NDArray[np.float64]:
    """The number of each cell as `number` reads it; nan for those that hold none.

    Python reads all at once where they are plain numbers; else each text is looked at, once.
    """
    try:
        if "_" in "".join(cells):  # to float, 1_000 is a number
            raise ValueError
        plain = map(float, [cell or "nan" for cell in cells])
        values = np.fromiter(plain, np.float64, len(cells))
    except ValueError:
        found = {cell: number(cell) for cell in set(cells)}
        values = np.array([found[cell] for cell in cells], np.float64)  # None becomes nan
    values[~(np.abs(values) <= LARGEST)] = np.nan
    return values

"""Small pictures in letters that every console has, two for each point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

ABOVE, BELOW = " .+#", " ,-="  # from nothing to full strength
SIDE = 12  # points: a larger picture is shrunk


def as_letters(values: npt.ArrayLike, largest: float = 0.0) -> list[str]:
    """Numbers (H, W) as lines: + and # are above 0, - and = below.

    `largest` is the number of full strength; by default it is the largest one there.

    Example:
        >>> as_letters([[1, -1], [0, 0.4]])
        ['##==', '  ..']
    """
    numbers = shrunk(np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0))
    largest = largest or float(np.abs(numbers).max(initial=0)) or 1.0
    levels = (np.abs(numbers) / largest * len(ABOVE)).astype(int).clip(0, len(ABOVE) - 1)
    return ["".join(2 * (ABOVE if value >= 0 else BELOW)[level]
                    for value, level in zip(*both, strict=True))
            for both in zip(numbers, levels, strict=True)]  # fmt: skip


def shrunk(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Means over equal parts, so that no side has more than `SIDE` points."""
    for axis in (0, 1):
        length = values.shape[axis]
        if length > SIDE:
            edges = np.linspace(0, length, SIDE + 1).astype(int)[:-1]
            sizes = np.diff([*edges, length])
            sums = np.add.reduceat(values, edges, axis=axis)
            values = sums / (sizes[:, None] if axis == 0 else sizes)
    return values


def beside(pictures: list[list[str]], columns: int = 78, *, between: str = "  ") -> list[str]:
    """Pictures of one size next to each other, as many as fit into a line, rows apart by one.

    Example:
        >>> beside([["ab"], ["cd"], ["ef"]], columns=7)
        ['ab  cd', '', 'ef']
    """
    if not pictures:
        return []
    fits = max(1, (columns + len(between)) // (len(pictures[0][0]) + len(between)))
    lines: list[str] = []
    for start in range(0, len(pictures), fits):
        row = pictures[start : start + fits]
        lines += [""] * bool(lines)
        lines += [between.join(parts).rstrip() for parts in zip(*row, strict=True)]
    return lines

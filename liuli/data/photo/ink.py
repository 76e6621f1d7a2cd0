"""Where on a picture somebody drew, whatever the paper and the light."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..remarks import remark

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LEAST_CONTRAST = 20.0  # of 255: fainter things are no drawing
_COARSE = 64  # pixels: the background is found on a small copy
_REACH = 8  # of those: a line narrower than 2 * 8 + 1 is no background
_GRAINY = 150  # pixels: from this size on neighbours are averaged
_POINTS = 1500  # of the frame, through which the surface is laid
_JOINED = 100  # pixels: things closer than one of these belong together


def ink_of(grey: Grey, steps: list[str]) -> Grey:
    """How much darker or brighter than its background each pixel is, at least 0."""
    if max(grey.shape) > _GRAINY:
        grey = _mean(_mean(grey, 1, 0), 1, 1)  # the paper's grain
    frame = _frame(grey)
    surface = _surface(grey, frame)
    above = np.maximum(grey - surface, 0)
    below = np.maximum(surface - grey, 0)
    # The background is the frame's. Ink is what differs most from it; light that the surface does
    # not follow differs over a larger area, but less.
    bright = float((above**4).sum()) > float((below**4).sum())
    steps.append(remark("bright" if bright else "dark"))
    dark_on_light = 255 - grey if bright else grey
    background = _paper(dark_on_light)
    if float(background.max() - background.min()) > LEAST_CONTRAST:
        steps.append(remark("lighting"))
    ink: Grey = np.maximum(background - dark_on_light, 0)
    return ink


def threshold(ink: Grey) -> float:
    """The level that parts the values best into two groups.

    Maximised is ``n0 * n1 * (m0 - m1)**2``, with numbers n and means m of the two groups.

    Source: N. Otsu, "A threshold selection method from gray-level histograms", 1979.
    """
    counts, edges = np.histogram(ink, 256)
    middles = (edges[:-1] + edges[1:]) / 2
    n0 = counts.cumsum()
    n1 = n0[-1] - n0
    sums = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num(n0 * n1 * (sums / n0 - (sums[-1] - sums) / n1) ** 2)
    # Where no pixel lies between the groups, every level there is as good: take the middle one.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)


def pieces(mask: Mask) -> tuple[npt.NDArray[np.int64], int]:
    """Number the separate things of a mask 1, 2, ...; and how many there are.

    It is looked at through a grid of at most 100 x 100, so that a line with small gaps is whole.
    """
    step = max(1, -(-max(mask.shape) // _JOINED))
    rows, columns = (-(-side // step) for side in mask.shape)
    padded = np.zeros((rows * step, columns * step), bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    coarse = padded.reshape(rows, step, columns, step).any(axis=(1, 3))
    labels = np.zeros((rows + 2, columns + 2), np.int64)
    open_places = {(y + 1, x + 1) for y, x in np.argwhere(coarse).tolist()}
    count = 0
    while open_places:
        count += 1
        pending = [min(open_places)]
        open_places.discard(pending[0])
        while pending:
            y, x = pending.pop()
            labels[y, x] = count
            near = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & open_places
            open_places -= near
            pending += near
    fine = labels[1:-1, 1:-1].repeat(step, 0).repeat(step, 1)
    return np.where(mask, fine[: mask.shape[0], : mask.shape[1]], 0), count


def main_piece(ink: Grey, mask: Mask) -> tuple[Mask, int]:
    """The largest thing and its near parts, as the bar of a 5; and how many things there are.

    Things that touch the picture's edge (a table, a shadow) come last.
    """
    labels, count = pieces(mask)
    weight = np.bincount(labels.ravel(), ink.ravel(), count + 1)[1:]
    edge = set(labels[_frame(ink, 0.0)].tolist()) - {0}
    heavy = [i for i in range(1, count + 1) if weight[i - 1] > weight.max() / 10]
    inner = [i for i in heavy if i not in edge] or heavy
    largest = max(inner, key=lambda i: weight[i - 1])
    box = box_of(labels == largest)
    room = max(box[1] - box[0], box[3] - box[2]) // 10
    chosen = {largest}
    for i in inner:
        other = box_of(labels == i)
        apart = max(other[0] - box[1], box[0] - other[1], other[2] - box[3], box[2] - other[3])
        if apart < room:
            chosen.add(i)
    visible = sum(w > weight.max() / 50 for w in weight) - len(chosen) + 1
    return np.isin(labels, list(chosen)), int(visible)


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """First row, row after the last, first column, column after the last, of what is True."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def resized(grey: Grey, width: int, height: int, filter: str = "BILINEAR") -> Grey:
    """The picture in another size, by one of Pillow's filters."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(grey, np.float32))
    made = image.resize((width, height), Image.Resampling[filter])
    return np.asarray(made, np.float32)


def _frame(grey: Grey, share: float = 0.05) -> Mask:
    """True on the picture's edge: a share of its shorter side, at least one pixel."""
    width = max(1, round(min(grey.shape) * share))
    frame = np.ones(grey.shape, bool)
    frame[width:-width, width:-width] = False
    return frame


def _surface(grey: Grey, frame: Mask) -> Grey:
    """The surface of brightness through the frame, ink that reaches it left out.

    ``a + b x + c y + d x y + e x^2 + f y^2`` by least squares, fitted again and again to the half
    of the pixels that it meets best.
    """
    y, x = np.mgrid[-1 : 1 : grey.shape[0] * 1j, -1 : 1 : grey.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    step = int(frame.sum()) // _POINTS + 1
    points, values = terms[frame][::step], grey[frame][::step].astype(np.float64)
    factors = np.array([np.median(values), 0.0, 0.0, 0.0, 0.0, 0.0])
    for _ in range(5):
        far = np.abs(values - points @ factors)
        near = far <= np.median(far)
        factors = np.linalg.lstsq(points[near], values[near], rcond=None)[0]
    surface: Grey = (terms @ factors).astype(np.float32)
    return surface


def _paper(grey: Grey) -> Grey:
    """The brightness of light paper under dark lines.

    On a small copy each pixel takes the brightest of its neighbourhood and then the darkest of
    those (a closing): lines vanish, shades stay. Then it is smoothed and made large again.
    """
    height, width = grey.shape
    scale = _COARSE / max(height, width, _COARSE)
    small = resized(grey, max(1, round(width * scale)), max(1, round(height * scale)))
    reach = _REACH
    closed = _extreme(_extreme(small, reach, np.maximum), reach, np.minimum)
    smooth = closed
    for axis in (0, 1):
        smooth = _mean(smooth, reach // 2, axis)
    return resized(smooth, width, height)


def _extreme(grey: Grey, reach: int, which: np.ufunc) -> Grey:
    """The largest or smallest value within `reach` pixels, in a square."""
    for axis in (0, 1):
        padded = np.pad(grey, [(reach, reach) if i == axis else (0, 0) for i in (0, 1)], "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis)
        grey = which.reduce(windows, axis=-1)
    return grey


def _mean(grey: Grey, reach: int, axis: int) -> Grey:
    """The mean within `reach` pixels along an axis."""
    padded = np.pad(grey, [(reach, reach) if i == axis else (0, 0) for i in (0, 1)], "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis)
    mean: Grey = windows.mean(axis=-1, dtype=np.float32)
    return mean

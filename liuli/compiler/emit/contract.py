"""ContractKernel -> the text of one LLVM module: sums of products, tile by tile.

The form is chosen by where stride 1 lies. `plain` has put the vectors along the columns, an axis of
b. With few rows vectors of b are read where they lie if it has stride 1 there (*outer*); if a and
b both have stride 1 along k, vectors lie along k instead (*inner*, see inner.py). Otherwise a piece
of b is copied into a panel on the stack first (*packed*): dense, aligned, square at the edges, and
short enough for the cache.

Every element sums in an order that shapes and strides alone decide, and is written once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from ..kernels import ContractKernel
from ..targets import Target
from . import inner
from .epilogue import Epilogue
from .panel import longest, pack, packed
from .plain import Plain, plain
from .text import Index, Value, Writer
from .tiles import ROOM, Step, Tile, choose, multiply, rest, tails

DIRECT = 512  # steps along k that tiles may take through b where it lies: then lines get lost
INNER = 12, 48  # rows, at most, for the inner form: for short sums and for long ones
MANY = 64  # chunks: with more, what is left over is not worked out
OUTER = 40, 12  # the same for the outer form: with more rows, copying pays


def module(kernel: ContractKernel, target: Target) -> str:
    """The text of a module whose one function computes `kernel`."""
    w = Writer(kernel.name, target)
    emitter = Contraction(w, plain(kernel, target), kernel)
    with w.when(w.compare("slt", w.first, w.last)):
        emitter.write()
    return w.module()


class Columns(NamedTuple):
    """A range of columns done by tiles of one width."""

    begin: Index
    end: Index
    tile: Tile
    valid: int  # columns of a tile that are inside the array
    form: str  # "outer", "packed" or "inner"


class Here(NamedTuple):
    """Inside the outer loops: the counters, and where a and b begin there."""

    counters: tuple[Index, ...]
    a: Value
    b: Value


class Contraction:
    """One contraction being written."""

    def __init__(self, w: Writer, shape: Plain, kernel: ContractKernel) -> None:
        self.w, self.plain = w, shape
        self.kernel = kernel
        self.sums = [Step(axis.extent, axis.a, axis.b) for axis in shape.sums]
        self.lanes = w.target.lanes(shape.size)
        rows, cols = shape.rows.extent, shape.cols.extent
        if shape.chunks > 1 and shape.parallel == shape.col:
            cols = max(1, min(end - begin for begin, end in pairwise(shape.bounds)))
        if shape.chunks > 1 and shape.parallel == shape.row:
            rows = -(-rows // 2)  # two threads are the common case
        self.form = self._form(rows)
        self.rooms: dict[str, Value] = {}
        if self.form == "inner":
            self.vectors = 1
            self.height, self.lanes = inner.choose(w.target, rows, self.lanes)
        else:
            columns = -(-cols // self.lanes)
            self.height, self.vectors = choose(w.target, rows, columns, shape.length)

    def _form(self, rows: int) -> str:
        """Which of the three forms pays, as measured; see docs/design/contract.md."""
        shape = self.plain
        dense = len(shape.sums) == 1 and (shape.sums[0].a, shape.sums[0].b) == (1, 1)
        few = min(max(shape.length // 16, INNER[0]), INNER[1])
        if dense and rows <= few and shape.length >= self.lanes and shape.cols.b != 1:
            return "inner"
        few = OUTER[0] if shape.length <= DIRECT else OUTER[1]
        return "outer" if shape.cols.b == 1 and rows <= few else "packed"

    # --- the loops around the tiles -----------------------------------------------------------
    def write(self) -> None:
        w, shape = self.w, self.plain
        pointers = w.pointers(len(self.kernel.buffers))
        a, b = (1, 0) if shape.swapped else (0, 1)
        here = Here(
            (0,) * len(shape.axes),
            w.element(pointers[a], shape.scalar, 0, shape.offsets[0]),
            w.element(pointers[b], shape.scalar, 0, shape.offsets[1]),
        )
        self.epilogue = Epilogue(w, shape, self.kernel.buffers, pointers)
        outer = [i for i in range(len(shape.axes)) if i not in (shape.row, shape.col)]
        if shape.parallel in outer:
            outer.remove(shape.parallel)
            outer.insert(0, shape.parallel)
        if shape.parallel == shape.col and shape.chunks > 1:
            # Chunk by chunk: where the edges lie must not depend on how many chunks are run.
            with w.loop(w.first, w.last, known=True) as chunk:
                ends = chunk.counter, w.add(chunk.counter, 1)
                self._outer(outer, here, self._chunks(*ends))
            return
        self._outer(outer, here, self._chunks(w.first, w.last))

    def _chunks(self, first: Index, last: Index) -> tuple[Index, Index]:
        """Where the parallel axis begins and ends for these chunks."""
        shape = self.plain
        extent = shape.axes[shape.parallel].extent
        if shape.chunks == 1:
            return 0, extent
        return self._bound(first), self._bound(last)

    def _bound(self, chunk: Index) -> Index:
        """Where a chunk begins: `piece` of kernels.py, in text."""
        w, shape = self.w, self.plain
        extent, unit = shape.axes[shape.parallel].extent, shape.unit
        if extent // unit % shape.chunks == 0:
            return w.mul(chunk, extent // shape.chunks)
        whole = w.index(w.mul(chunk, extent // unit))
        return w.mul(w.binary("udiv", whole, w.index(shape.chunks)), unit)

    def _outer(self, axes: list[int], here: Here, ends: tuple[Index, Index]) -> None:
        """Loops over the axes that are neither rows nor columns, then the tiles."""
        w, shape = self.w, self.plain
        if not axes:
            self._tiles(here, ends)
            return
        number = axes[0]
        axis = shape.axes[number]
        begin, end = ends if number == shape.parallel else (0, axis.extent)
        with w.loop(begin, end) as loop:
            inside = Here(
                _with(here.counters, number, loop.counter),
                w.element(here.a, shape.scalar, w.mul(loop.counter, axis.a)),
                w.element(here.b, shape.scalar, w.mul(loop.counter, axis.b)),
            )
            self._outer(axes[1:], inside, ends)

    def _tiles(self, here: Here, ends: tuple[Index, Index]) -> None:
        shape = self.plain
        rows = ends if shape.parallel == shape.row else (0, shape.rows.extent)
        if self.form == "inner":
            self._passing(here, ends, rows)
            return
        for columns in self._columns(ends):
            if columns.begin == columns.end:
                continue
            with self.w.loop(columns.begin, columns.end, columns.tile.width) as loop:
                place = Here(
                    _with(here.counters, shape.col, loop.counter),
                    here.a,
                    self.w.element(here.b, shape.scalar, self.w.mul(loop.counter, shape.cols.b)),
                )
                self._block(columns, place, rows)

    def _columns(self, ends: tuple[Index, Index]) -> Iterator[Columns]:
        """The columns, by tiles of falling width."""
        shape = self.plain
        begin, end = ends if shape.parallel == shape.col else (0, shape.cols.extent)
        tile = Tile(self.height, self.vectors, self.lanes)
        if self.form != "inner" and isinstance(begin, int) and isinstance(end, int):
            full = end // tile.width * tile.width
            if full:
                yield Columns(0, full, tile, tile.width, self.form)
            if full < end:
                rest = tile._replace(vectors=-(-(end - full) // self.lanes))
                form = self.form if rest.width == end - full else "packed"
                yield Columns(full, end, rest, end - full, form)
            return
        for narrow in self._narrower(tile):
            stop = self._whole(begin, end, narrow.width)
            form = self.form if self.form == "inner" or narrow.lanes else "outer"
            yield Columns(begin, stop, narrow, narrow.width, form)
            begin = stop

    def _narrower(self, tile: Tile) -> list[Tile]:
        """Tiles of falling width that together cover any number of columns."""
        if self.form == "inner":
            widths = [1 << bit for bit in reversed(range(tile.width.bit_length()))]
            return [tile._replace(lanes=width if width > 1 else 0) for width in widths]
        found = [tile._replace(vectors=width) for width in sorted({self.vectors, 1}, reverse=True)]
        ragged = any(bound % self.lanes for bound in self.plain.bounds)
        return [*found, Tile(self.height, 1, 0)] if ragged else found

    def _whole(self, begin: Index, end: Index, step: int) -> Index:
        """The last of begin, begin + step, ... that is not above `end`."""
        w = self.w
        if isinstance(begin, int) and isinstance(end, int):
            return begin + (end - begin) // step * step
        count = w.binary("sub nsw", w.index(end), w.index(begin))
        rest = w.binary("urem", count, w.index(step))
        return w.binary("sub nsw", w.index(end), rest)

    # --- rows ---------------------------------------------------------------------------------
    def _rows(
        self,
        columns: Columns,
        here: Here,
        steps: list[Step],
        apart: int,
        rows: tuple[Index, Index],
        room: Value | None = None,
    ) -> None:
        """All tiles of a block of columns; sums are added to `room` or finished by the body."""
        w, shape = self.w, self.plain
        for height, begin, end in self._heights(columns.tile.rows, rows):
            tile = columns.tile._replace(rows=height)
            with w.loop(begin, end, height) as loop:
                counters = _with(here.counters, shape.row, loop.counter)
                start = w.element(here.a, shape.scalar, w.mul(loop.counter, shape.rows.a))
                ask = None if room else self.epilogue.ahead(tile, counters)
                sides = (start, shape.rows.a), (here.b, apart)
                sums = multiply(w, tile, *sides, steps, shape.scalar, ask)
                if room is None:
                    self.epilogue.finish(tile, columns.valid, counters, sums)
                else:
                    offset = w.binary("sub nsw", w.index(loop.counter), w.index(rows[0]))
                    self._add(tile, sums, w.element(room, shape.scalar, w.mul(offset, tile.width)))

    def _passing(self, here: Here, ends: tuple[Index, Index], rows: tuple[Index, Index]) -> None:
        """The inner form: a tile's rows stay in the nearest cache while all columns pass by."""
        w, shape = self.w, self.plain
        lanes = w.target.lanes(shape.size)
        for height, begin, end in self._heights(self.height, rows):
            with w.loop(begin, end, height) as loop:
                counters = _with(here.counters, shape.row, loop.counter)
                a = w.element(here.a, shape.scalar, w.mul(loop.counter, shape.rows.a))
                for columns in self._columns(ends):
                    if columns.begin == columns.end:
                        continue
                    tile = columns.tile._replace(rows=height)
                    with w.loop(columns.begin, columns.end, tile.width) as inside:
                        b = w.element(here.b, shape.scalar, w.mul(inside.counter, shape.cols.b))
                        sides = (a, shape.rows.a), (b, shape.cols.b)
                        sums = inner.dots(w, tile, *sides, shape.length, shape.scalar, lanes)
                        place = _with(counters, shape.col, inside.counter)
                        self.epilogue.finish(tile, columns.valid, place, sums)

    def _heights(
        self, height: int, rows: tuple[Index, Index]
    ) -> Iterator[tuple[int, Index, Index]]:
        """The rows, by tiles of falling height: the height, and from where to where."""
        begin, end = rows
        for each in [height, *self._tails(height)]:
            whole = each == height
            stop = self._but_rest(begin, end, each) if whole else self._whole(begin, end, each)
            if not (isinstance(stop, int) and stop == begin):
                yield each, begin, stop
            begin = stop

    def _but_rest(self, begin: Index, end: Index, height: int) -> Index:
        """Where the tiles of full height end: see `rest`."""
        w = self.w
        if isinstance(begin, int) and isinstance(end, int):
            return end - rest(height, end - begin)
        stop = self._whole(begin, end, height)
        if height % 3 or height // 3 * 2 not in self._tails(height):
            return stop
        left = w.binary("sub nsw", w.index(end), w.index(stop))
        count = w.binary("sub nsw", w.index(stop), w.index(begin))
        third = w.compare("eq", left, w.index(height // 3))
        more = w.binary("and", third, w.compare("sgt", count, w.index(0)))
        back = w.binary("sub nsw", w.index(stop), w.index(height))
        return w.select(more, back, w.index(stop))

    def _tails(self, height: int) -> list[int]:
        """Heights of the tiles for rows that are left over."""
        shape = self.plain
        bounds = shape.bounds if shape.parallel == shape.row else [0, shape.rows.extent]
        if len(bounds) > MANY:
            return tails(height, range(3 * height))
        counts = {end - begin for begin in bounds for end in bounds if begin <= end}
        return tails(height, counts | {count % self._held(height) for count in counts})

    def _held(self, height: int) -> int:
        """How many rows of sums a room holds: whole tiles."""
        width = self.vectors * max(1, self.lanes)
        return longest(width, self.plain.size) // height * height

    def _add(self, tile: Tile, sums: list[Value], room: Value) -> None:
        """A tile added to what earlier pieces left in the room."""
        w = self.w
        for number, value in enumerate(sums):
            place = w.element(room, self.plain.scalar, number * max(1, tile.lanes))
            before = w.load(place, self.plain.scalar, tile.lanes)
            w.store(w.binary("fadd", before, value), place)

    # --- pieces along k -----------------------------------------------------------------------
    def _block(self, columns: Columns, here: Here, rows: tuple[Index, Index]) -> None:
        """A block of columns; if sums are long, in pieces that are added up in a room."""
        w, shape, tile = self.w, self.plain, columns.tile
        limit = DIRECT if columns.form == "outer" else longest(tile.width, shape.size)
        if shape.length <= limit:
            self._rows(columns, *self._side(columns, here, self.sums), rows)
            return
        held = self._held(tile.rows)
        room = self._room("sums", ROOM // shape.size)
        with w.loop(*rows, held) as loop:
            part = loop.counter, self._least(w.add(loop.counter, held), rows[1])
            count = w.binary("sub nsw", w.index(part[1]), w.index(part[0]))
            self._clear(tile, room, count)
            self._pieces(columns, here, part, self.sums, limit)
            counters = _with(here.counters, shape.row, part[0])
            self.epilogue.finish_rows(tile, columns.valid, counters, room, count)

    def _pieces(
        self,
        columns: Columns,
        here: Here,
        rows: tuple[Index, Index],
        sums: list[Step],
        limit: int,
    ) -> None:
        """Loops over the outer k axes, until at most `limit` steps are left for the tiles."""
        w, shape, step = self.w, self.plain, sums[0]
        inner = math.prod(axis.extent for axis in shape.sums[len(shape.sums) - len(sums) + 1 :])
        extent = shape.sums[len(shape.sums) - len(sums)].extent
        length = 1
        if inner <= limit:
            number = -(-extent // (limit // inner))  # of pieces, of nearly the same length
            length = -(-extent // number)
            length = min(-(-length // self.lanes) * self.lanes, limit // inner)
        with w.loop(0, extent, length) as loop:
            place = here._replace(
                a=w.element(here.a, shape.scalar, w.mul(loop.counter, step.a)),
                b=w.element(here.b, shape.scalar, w.mul(loop.counter, step.b)),
            )
            if inner > limit:
                self._pieces(columns, place, rows, sums[1:], limit)
                return
            left = w.binary("sub nsw", w.index(extent), w.index(loop.counter))
            turns = length if extent % length == 0 else self._least(left, length)
            steps = [step._replace(turns=turns), *sums[1:]]
            room = self._room("sums", ROOM // shape.size)
            self._rows(columns, *self._side(columns, place, steps), rows, room)

    def _side(
        self, columns: Columns, here: Here, steps: list[Step]
    ) -> tuple[Here, list[Step], int]:
        """b as the tiles read it, where it lies or in a panel, and its stride along the columns."""
        shape, tile = self.plain, columns.tile
        if columns.form != "packed":
            return here, steps, shape.cols.b
        widest = self.vectors * self.lanes * shape.length
        panel = self._room("panel", min(ROOM // shape.size, widest))
        pack(self.w, tile, columns.valid, (here.b, shape.cols.b), steps, shape.scalar, panel)
        return here._replace(b=panel), packed(steps, tile.width), 1

    def _room(self, name: str, count: int) -> Value:
        """Room on the stack, the same for all tiles."""
        if name not in self.rooms:
            self.rooms[name] = self.w.room(self.plain.scalar, count)
        return self.rooms[name]

    def _clear(self, tile: Tile, room: Value, rows: Index) -> None:
        w = self.w
        zero = w.constant(0.0, self.plain.scalar, tile.lanes)
        with w.loop(0, rows, known=True) as loop:
            start = w.element(room, self.plain.scalar, w.mul(loop.counter, tile.width))
            for column in range(0, tile.width, max(1, tile.lanes)):
                w.store(zero, w.element(start, self.plain.scalar, column))

    def _least(self, a: Index, b: Index) -> Index:
        w = self.w
        if isinstance(a, int) and isinstance(b, int):
            return min(a, b)
        a, b = w.index(a), w.index(b)
        return w.select(w.compare("slt", a, b), a, b)


def _with(counters: tuple[Index, ...], number: int, value: Index) -> tuple[Index, ...]:
    return (*counters[:number], value, *counters[number + 1 :])

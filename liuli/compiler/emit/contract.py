"""ContractKernel -> the text of one LLVM module: sums of products, tile by tile.

The form is chosen by where stride 1 lies. `plain` has put the vectors along the columns, an axis of
b. With few rows vectors of b are read where they lie if it has stride 1 there (*outer*); if a and
b both have stride 1 along k, vectors lie along k instead (*inner*, see inner.py). Otherwise a piece
of b is copied into panels on the stack first (*packed*): dense, aligned, square at the edges, and
short enough for the cache. Of large matrices a is copied too (*blocked*).

Every element sums in an order that shapes and strides alone decide, and is written once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ..kernels import ContractKernel, Store
from ..targets import Target
from . import inner
from .epilogue import Counters, Epilogue, Place
from .panel import Packing, Strip, as_it_lies, in_order, inside, least, longest
from .plain import Plain, plain
from .text import Index, Value, Writer
from .tiles import ROOM, WIDEST, Step, Tile, choose, multiply, rest, tails

DIRECT = 512  # steps along k that tiles may take through b where it lies: then lines get lost
INNER = 12, 48  # rows, at most, for the inner form: for short sums and for long ones
MANY = 64  # chunks: with more, what is left over is not worked out
OUTER = 40, 12  # the same for the outer form: with more rows, copying pays
COPIED = "packed", "blocked"  # the forms that copy b
LARGE = 1 << 22  # products, half of which a thread has: from here on a is copied,
ROWS, COLUMNS = 4, 256  # for at least so many rows, and so many columns if a is dense along k
BLOCK = 256 * 1024  # bytes of a that are worked on together, or of a and the sums
WHOLE = 320 * 1024  # bytes of a strip of b that serves many rows; a longer one is cut
NEAR, SHORT = 20 * 1024, 32  # bytes of a and b for a piece that stays near; steps at least
FEW_ROWS = 4096  # of all axes, for which copying b takes a share of the time that is worth saving
MANY_ROWS = 128  # side by side in a: from here on they are copied, once for all columns
GROUP = 128 * 1024  # bytes of b that are copied together, if a is copied too
Range: TypeAlias = "tuple[Index, Index]"


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
    form: str  # "outer", "packed", "blocked" or "inner"


class Here(NamedTuple):
    """Inside the outer loops: the counters, and where a and b begin there."""

    counters: Counters
    a: Value
    b: Value


class Block(NamedTuple):
    """Rows and columns that are worked on together, and how sums are kept in between."""

    columns: Columns
    rows: Range
    cols: Range
    place: Store | None  # where the results will be, if it has room for sums
    old: Value | None = None  # whether there are sums of earlier pieces; None: all is one piece


class Strips(NamedTuple):
    """Strips of columns to be multiplied: the loops along k, and how far b's columns are apart."""

    block: Block
    steps: list[Step]
    few: Range
    apart: int


class Contraction:
    """One contraction being written."""

    def __init__(self, w: Writer, shape: Plain, kernel: ContractKernel) -> None:
        self.w, self.plain = w, shape
        self.kernel = kernel
        self.sums = [Step(axis.extent, axis.a, axis.b) for axis in shape.sums]
        self.lanes = w.target.lanes(shape.size)
        self.outer = [i for i in range(len(shape.axes)) if i not in (shape.row, shape.col)]
        # What is copied of b serves all of the axes along which b does not step.
        self.within = [i for i in self.outer if not shape.axes[i].b]
        rows, cols = shape.rows.extent, shape.cols.extent
        if shape.chunks > 1 and shape.parallel == shape.col:
            cols = max(1, min(end - begin for begin, end in pairwise(shape.bounds)))
        if shape.chunks > 1 and shape.parallel == shape.row:
            rows = -(-rows // 2)  # two threads are the common case
        self.form = self._form(rows, cols)
        if self.form != "packed":
            self.within = []
        self.rooms: dict[str, Value] = {}
        if self.form == "inner":
            self.vectors = 1
            self.height, self.lanes = inner.choose(w.target, rows, self.lanes)
        else:
            columns = -(-cols // self.lanes)
            widest = WIDEST
            if self.within and not self._of_weights:  # as many as can be held from end to end of k
                widest = WHOLE // (shape.length * shape.size * self.lanes) or WIDEST
            self.height, self.vectors = choose(w.target, rows, columns, shape.length, widest)
        self.width = self.vectors * max(1, self.lanes)
        self.share = rows, cols  # of a thread
        self.limit = longest(self.width, shape.size)
        if self.form not in COPIED:
            self.limit = DIRECT if self.form == "outer" else shape.length
        if self.within and self._of_weights:
            step = (shape.rows.extent + self.width) * shape.size
            self.limit = max(SHORT, min(self.limit, NEAR // step))
        elif self.within and shape.length * self.width * shape.size <= WHOLE:
            self.limit = shape.length
        self.panel = max(1, min(shape.length, self.limit))
        self.tall = self.wide = 0  # rows and columns of a block; 0: all

    @property
    def _of_weights(self) -> bool:
        """Whether rows lie side by side in a and columns in b: products of pixels, over places."""
        return self.plain.rows.a == self.plain.cols.b == 1

    @property
    def _ragged(self) -> int:
        """How many columns are left beside whole vectors."""
        return self.plain.cols.extent % self.lanes

    def _form(self, rows: int, cols: int) -> str:
        """Which of the four forms pays, as measured; see docs/design/contract.md."""
        shape = self.plain
        if self.within:
            many = self._of_weights and shape.rows.extent >= MANY_ROWS
            return "blocked" if many and shape.length > DIRECT else "packed"
        dense = len(shape.sums) == 1 and (shape.sums[0].a, shape.sums[0].b) == (1, 1)
        few = min(max(shape.length // 16, INNER[0]), INNER[1])
        if dense and rows <= few and shape.length >= self.lanes and shape.cols.b != 1:
            return "inner"
        large = rows >= ROWS and rows * cols * shape.length >= LARGE
        if len(shape.sums) == 1 and large and (shape.sums[0].a != 1 or cols >= COLUMNS):
            return "blocked"
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
        self.place = self.epilogue.place()
        bare = len(shape.body) == 2  # the sums are the results
        if shape.length > self.limit and not (self.place and (bare or not self._ragged)):
            self.within = []  # there is room for the sums of one block only
        self._measure()
        around = [i for i in self.outer if i not in self.within]
        if shape.parallel in around:
            around.remove(shape.parallel)
            around.insert(0, shape.parallel)
        if shape.parallel == shape.col and shape.chunks > 1:
            # Chunk by chunk: where the edges lie must not depend on how many chunks are run.
            with w.loop(w.first, w.last, known=True) as chunk:
                self.ends = self._chunks(chunk.counter, w.add(chunk.counter, 1))
                self._outer(around, here, self._tiles)
            return
        self.ends = self._chunks(w.first, w.last)
        self._outer(around, here, self._tiles)

    def _chunks(self, first: Index, last: Index) -> Range:
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

    def _outer(self, axes: list[int], here: Here, inside: Callable[[Here], None]) -> None:
        """Loops over axes that are neither rows nor columns, and what is inside of them."""
        w, shape = self.w, self.plain
        if not axes:
            inside(here)
            return
        number = axes[0]
        axis = shape.axes[number]
        begin, end = self.ends if number == shape.parallel else (0, axis.extent)
        with w.loop(begin, end) as loop:
            further = Here(
                _with(here.counters, number, loop.counter),
                w.element(here.a, shape.scalar, w.mul(loop.counter, axis.a)),
                w.element(here.b, shape.scalar, w.mul(loop.counter, axis.b)),
            )
            self._outer(axes[1:], further, inside)

    def _tiles(self, here: Here) -> None:
        shape = self.plain
        rows = self.ends if shape.parallel == shape.row else (0, shape.rows.extent)
        for columns in self._columns(self.ends):
            if columns.begin != columns.end:
                self._blocks(columns, here, rows)

    def _columns(self, ends: Range) -> Iterator[Columns]:
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
        return self._minus(end, w.binary("urem", self._minus(end, begin), w.index(step)))

    # --- rows ---------------------------------------------------------------------------------
    def _rows(self, block: Block, here: Here, steps: list[Step], few: Range, apart: int) -> None:
        """All tiles of a few strips of columns; sums are kept, or finished by the body.

        Strips that were copied lie one behind the other, each as if it were `panel` steps long.
        """
        strips = Strips(block, steps, few, apart)
        if self._of_weights:  # rows that lie side by side in a stay near while all the rest passes
            self._down(strips, here, self.within)
        else:
            self._outer(self.within, here, lambda at: self._down(strips, at, []))

    def _down(self, strips: Strips, here: Here, within: list[int]) -> None:
        """From the first row to the last, tiles of falling height."""
        w, tile = self.w, strips.block.columns.tile
        across = 0 if strips.block.columns.form == "outer" else tile.width
        for height, begin, end in self._heights(tile.rows, strips.block.rows):
            some = tile._replace(rows=height)
            with w.loop(begin, end, height) as rows:

                def each(at: Here, tile: Tile = some, row: Value = rows.counter) -> None:
                    with self._parts(strips.few, across) as (column, _):
                        self._tile(strips, at, tile, (row, column))

                self._outer(within, here, each)

    def _tile(self, strips: Strips, here: Here, tile: Tile, at: tuple[Index, Index]) -> None:
        """One tile, from where a row and a column meet."""
        w, shape, scalar = self.w, self.plain, self.plain.scalar
        block, steps, few, apart = strips
        valid, form = block.columns.valid, block.columns.form
        counters, along = self._at(here, *at), shape.rows.a
        down, right = w.mul(at[0], along), w.mul(at[1], shape.cols.b)
        if form in COPIED:
            right = w.mul(self._minus(at[1], few[0]), self.panel)
        if form == "blocked":
            turns = functools.reduce(w.mul, (step.turns for step in steps))
            steps, along = [Step(turns, tile.rows, steps[-1].b)], 1
            down = w.mul(self._minus(at[0], block.rows[0]), self.panel)
        a = w.element(here.a, scalar, down), along
        b = w.element(here.b, scalar, right), apart
        if form == "inner":
            lanes = w.target.lanes(shape.size)
            sums = inner.dots(w, tile, a, b, shape.length, scalar, lanes)
        else:
            ask = self.epilogue.ahead(tile, counters, block.place, block.old)
            sums = multiply(w, tile, a, b, steps, scalar, ask)
        if block.old is None:
            self.epilogue.finish(tile, valid, counters, sums)
        else:
            kept = self._kept(block, counters)
            self._add(tile, valid if block.place else tile.width, sums, *kept, block.old)

    def _heights(self, height: int, rows: Range) -> Iterator[tuple[int, Index, Index]]:
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
        third = w.compare("eq", self._minus(end, stop), w.index(height // 3))
        more = w.binary("and", third, w.compare("sgt", self._minus(stop, begin), w.index(0)))
        return w.select(more, self._minus(stop, height), w.index(stop))

    def _tails(self, height: int) -> list[int]:
        """Heights of the tiles for rows that are left over."""
        shape = self.plain
        bounds = shape.bounds if shape.parallel == shape.row else [0, shape.rows.extent]
        if len(bounds) > MANY:
            return tails(height, range(3 * height))
        counts = {end - begin for begin in bounds for end in bounds if begin <= end}
        return tails(height, counts | {count % self.tall for count in counts if self.tall})

    def _add(
        self, tile: Tile, valid: int, sums: list[Value], kept: Value, apart: int, old: Value
    ) -> None:
        """A tile added to what earlier pieces left, if there are any."""
        w, scalar, across = self.w, self.plain.scalar, max(1, tile.lanes)
        for number, value in enumerate(sums):
            row, column = divmod(number, tile.vectors)
            for start, some in inside(w, value, valid - column * across):
                place = w.element(kept, scalar, row * apart + column * across + start)
                zero = w.constant(0.0, scalar, some.lanes)
                before = w.select(old, w.load(place, scalar, some.lanes), zero)
                w.store(w.binary("fadd", before, some), place)

    # --- blocks -------------------------------------------------------------------------------
    def _measure(self) -> None:
        """Rows and columns of a block: so that what is used again stays in the second cache."""
        size, long = self.plain.size, self.plain.length > self.limit
        if not long and self.form != "blocked":
            return
        waits = not self.place or (self._ragged and len(self.plain.body) != 2)
        room = BLOCK // 2 if long and waits else BLOCK
        rows, cols = self.share
        even = -(-rows // -(-rows // max(1, room // (self.panel * size))))
        self.tall = -(-even // self.height) * self.height
        if long and not self.place:
            most = max(1, room // (self.tall * self.width * size))
            self.wide = min(most, -(-cols // self.width)) * self.width

    def _blocks(self, columns: Columns, here: Here, rows: Range) -> None:
        """Blocks of rows by blocks of columns; if sums are long, in pieces that are added up."""
        tile, across = columns.tile, (columns.begin, columns.end)
        place, wide = self.place, self.wide
        if columns.valid < tile.width and not self.within:
            place, wide = None, 0
        with self._parts(rows, self.tall) as part, self._parts(across, wide) as ends:
            block = Block(columns, part, ends, place)
            if self.plain.length <= self.limit:
                self._block(block._replace(place=None), here, self.sums)
                return
            self._pieces(block, here, self.sums, Value("false", "i1"))
            if place and len(self.plain.body) == 2:
                return  # the sums are the results
            self._outer(self.within, here, lambda at: self._finish(block, at))

    def _finish(self, block: Block, here: Here) -> None:
        """The body for a block of sums that were kept."""
        tile, count = block.columns.tile, self._minus(block.rows[1], block.rows[0])
        with self.w.loop(*block.cols, tile.width) as loop:
            at = self._at(here, block.rows[0], loop.counter)
            kept = self._kept(block, at)
            self.epilogue.finish_rows(tile, block.columns.valid, at, kept, count)

    def _kept(self, block: Block, counters: Counters) -> tuple[Value, int]:
        """Where the sums of a tile are kept, and how far apart its rows are there."""
        w, shape, width = self.w, self.plain, block.columns.tile.width
        if block.place:
            apart = block.place.strides[shape.row]
            return self.epilogue.address(block.place, Place(counters)), apart
        column = w.mul(self._minus(counters[shape.col], block.cols[0]), self.tall)
        row = w.mul(self._minus(counters[shape.row], block.rows[0]), width)
        room = self._room("sums", self.tall * max(self.wide, self.width))
        return w.element(room, shape.scalar, w.add(column, row)), width

    def _pieces(self, block: Block, here: Here, sums: list[Step], old: Value) -> None:
        """Loops over the outer k axes, until at most `limit` steps are left for the tiles."""
        w, shape, step, limit = self.w, self.plain, sums[0], self.limit
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
            old = w.binary("or", old, w.compare("sgt", loop.counter, w.index(0)))
            if inner > limit:
                self._pieces(block, place, sums[1:], old)
                return
            left = self._minus(extent, loop.counter)
            turns = length if extent % length == 0 else least(w, left, length)
            self._block(block._replace(old=old), place, [step._replace(turns=turns), *sums[1:]])

    def _block(self, block: Block, here: Here, steps: list[Step]) -> None:
        """A block, or a piece of one: what must be copied of a and b is copied, then multiplied."""
        w, shape, (*_, tile, valid, form) = self.w, self.plain, block.columns
        group = 0 if form == "inner" else tile.width
        if form == "blocked":
            a = self._room("strips", self.tall * self.panel)
            parts = self._heights(tile.rows, block.rows)
            rows = [(Strip(many, many, self.lanes), begin, end) for many, begin, end in parts]
            along = [step._replace(b=step.a) for step in steps]
            Packing(w, shape.scalar, a, self.panel).copy(rows, (here.a, shape.rows.a), along)
            here = here._replace(a=a)
        if form in COPIED:
            most = GROUP if form == "blocked" else ROOM
            group = max(1, most // (self.width * self.panel * shape.size)) * self.width
            group = min(group, -(-self.share[1] // self.width) * self.width)
        with self._parts(block.cols, group) as few:
            if form not in COPIED:
                self._rows(block, here, steps, few, shape.cols.b)
                return
            b = self._room("panels", group * self.panel)
            cols = [(Strip(tile.width, valid, tile.lanes), *few)]
            order = (as_it_lies if self._copying_counts() else in_order)(steps, tile.width)
            first = w.element(here.b, shape.scalar, 0, order.begin), shape.cols.b
            Packing(w, shape.scalar, b, self.panel).copy(cols, first, order.copied)
            b = w.element(b, shape.scalar, 0, order.start)
            self._rows(block, here._replace(b=b), order.read, few, 1)

    def _copying_counts(self) -> bool:
        """Whether so few rows use a copy of b that its loops should suit the copying."""
        shape = self.plain
        rows = math.prod(shape.axes[i].extent for i in (shape.row, *self.within))
        whole = shape.length <= self.limit
        return bool(self.within) and whole and shape.cols.b != 1 and rows < FEW_ROWS

    def _room(self, name: str, count: int) -> Value:
        """Room on the stack, the same for all tiles."""
        if name not in self.rooms:
            self.rooms[name] = self.w.room(self.plain.scalar, count)
        return self.rooms[name]

    @contextmanager
    def _parts(self, ends: Range, step: int) -> Iterator[Range]:
        """A range in parts of `step`; 0: as it is."""
        if not step:
            yield ends
            return
        with self.w.loop(*ends, step) as loop:
            yield loop.counter, least(self.w, self.w.add(loop.counter, step), ends[1])

    def _at(self, here: Here, row: Index, column: Index) -> Counters:
        """The counters at a row and a column."""
        return _with(_with(here.counters, self.plain.row, row), self.plain.col, column)

    def _minus(self, a: Index, b: Index) -> Value:
        return self.w.binary("sub nsw", self.w.index(a), self.w.index(b))


def _with(counters: Counters, number: int, value: Index) -> Counters:
    return (*counters[:number], value, *counters[number + 1 :])

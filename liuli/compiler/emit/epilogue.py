"""What happens to a finished tile: the kernel's body, for whole vectors in registers.

A value of the body is computed as seldom as it varies: once a tile if neither row nor column
changes it (a learning rate), once a row, or once a column (a bias). What does not vary along the
columns is a scalar until it meets a vector. The stores of a vector come after all of its loads.

A short body is written out for every vector of a tile; a long one would cost compile time, so the
tile goes through a small room on the stack and a loop over its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ..kernels import Accumulator, Apply, Buffer, Const, Counter, Instruction, Load, Store
from .panel import inside
from .plain import Access, Plain, accesses
from .pointwise import SCALARS, apply, cast
from .text import SIZES, Index, Value, Writer
from .tiles import Tile

LONG = 160  # instructions: a longer epilogue is a loop over the rows of the tile
LIGHT = {"add", "sub", "mul", "div", "neg", "cast", "where", "sqrt", "maximum", "minimum"}
LARGE = 192 * 1024  # bytes: what an epilogue reads of more than this is asked for early
LINE = 64
Counters: TypeAlias = "tuple[Index, ...]"


class Place(NamedTuple):
    """Where results lie: the counters of the result's axes, then row, column and lanes beyond."""

    counters: Counters
    row: int = 0
    column: int = 0
    lanes: int = 0


class Epilogue:
    """The body of a contraction, written where tiles are finished."""

    def __init__(
        self, w: Writer, plain: Plain, buffers: Sequence[Buffer], pointers: list[Value]
    ) -> None:
        self.w, self.plain, self.buffers, self.pointers = w, plain, buffers, pointers
        self.by_row = self._varying(plain.row)
        self.by_col = self._varying(plain.col)
        self.dtypes = self._dtypes()
        self._known: dict[tuple[int, int, int, int], Value] = {}
        self._room: Value | None = None

    def _dtypes(self) -> list[str]:
        """For every instruction, the dtype of its value."""
        dtypes: list[str] = []
        for step in self.plain.body:
            match step:
                case Load(buffer=buffer):
                    dtypes.append(self.buffers[buffer].dtype)
                case Const(dtype=dtype) | Apply(dtype=dtype):
                    dtypes.append(dtype)
                case Counter():
                    dtypes.append("int64")
                case _:
                    dtypes.append("float32" if self.plain.scalar == "float" else "float64")
        return dtypes

    def _varying(self, axis: int) -> list[bool]:
        """For every instruction, whether its value changes along an axis."""
        varies: list[bool] = []
        for step in self.plain.body:
            match step:
                case Load(strides=strides, index=index):
                    varies.append(strides[axis] != 0 or (index is not None and varies[index]))
                case Counter(axis=number):
                    varies.append(number == axis)
                case Apply(operands=operands):
                    varies.append(any(varies[operand] for operand in operands))
                case _:
                    varies.append(not isinstance(step, Const))
        return varies

    def place(self) -> Store | None:
        """A store whose memory can hold sums until they are finished, if there is one.

        Another buffer may be the same memory, if the plan writes where it reads: so there is none
        where the body reads something that is as large as its results.
        """
        body, shape = self.plain.body, self.plain
        used = [step.buffer for step in accesses(body)]
        both = [axis for axis in (shape.row, shape.col) if shape.axes[axis].extent > 1]
        reads = [step.strides for step in body if isinstance(step, Load)]
        if any(all(strides[axis] for axis in both) for strides in reads):
            return None
        for step in body:
            if isinstance(step, Store) and step.index is None and used.count(step.buffer) == 1:
                dense = step.buffer > 1 and step.strides[shape.col] == 1
                if dense and self._memory(step.buffer) == shape.scalar:
                    return step
        return None

    # --- whole tiles --------------------------------------------------------------------------
    def finish(self, tile: Tile, valid: int, counters: Counters, sums: list[Value]) -> None:
        """The body for a tile of sums, of whose columns `valid` are inside the array."""
        if tile.rows > 1 and len(sums) * self.weight > LONG:
            if self._room is None:  # tiles come in falling sizes
                self._room = self.w.room(self.plain.scalar, tile.rows * tile.width)
            room = self._room
            for number, value in enumerate(sums):
                here = self.w.element(room, self.plain.scalar, number * max(1, tile.lanes))
                self.w.store(value, here)
            self.finish_rows(tile, valid, counters, (room, tile.width), tile.rows)
            return
        self._known.clear()
        for number, value in enumerate(sums):
            row, column = divmod(number, tile.vectors)
            start = column * max(1, tile.lanes)
            for place, piece in self._inside(tile, valid, Place(counters, row, start), value):
                self._element(place, piece)

    def finish_rows(
        self, tile: Tile, valid: int, counters: Counters, sums: tuple[Value, int], rows: Index
    ) -> None:
        """The body for `rows` rows of sums that lie in memory: where, and how far apart."""
        w, scalar = self.w, self.plain.scalar
        with w.loop(0, rows) as loop:
            self._known.clear()
            here = list(counters)
            here[self.plain.row] = w.add(here[self.plain.row], loop.counter)
            start = w.element(sums[0], scalar, w.mul(loop.counter, sums[1]))
            for column in range(0, tile.width, max(1, tile.lanes)):
                value = w.load(w.element(start, scalar, column), scalar, tile.lanes)
                place = Place(tuple(here), 0, column)
                for inner, piece in self._inside(tile, valid, place, value):
                    self._element(inner, piece)
        self._known.clear()

    def _inside(
        self, tile: Tile, valid: int, place: Place, value: Value
    ) -> list[tuple[Place, Value]]:
        """The vector, or at the edge the pieces of it that are inside."""
        if place.column + max(1, tile.lanes) <= valid:
            return [(place._replace(lanes=tile.lanes), value)]
        return [
            (place._replace(column=place.column + start, lanes=some.lanes), some)
            for start, some in inside(self.w, value, valid - place.column)
        ]

    @property
    def weight(self) -> int:
        """About how many instructions the body is."""
        return sum(
            1 if not isinstance(step, Apply) or step.op in LIGHT else 12 for step in self.plain.body
        )

    # --- one vector ---------------------------------------------------------------------------
    def _element(self, place: Place, total: Value) -> None:
        values: list[Value | None] = []
        stores: list[tuple[Store, Value]] = []
        for number, step in enumerate(self.plain.body):
            if isinstance(step, Store):
                stores.append((step, self._value(step.operand, place, values)))
                values.append(None)
                continue
            lanes = place.lanes if self.by_col[number] else 0
            row = place.row if self.by_row[number] else -1
            key = (number, row, place.column if self.by_col[number] else -1, lanes)
            known = self._known.get(key)
            if known is None or isinstance(step, Accumulator):
                known = self._compute(step, place._replace(lanes=lanes), total, values)
                self._known[key] = known
            values.append(known)
        for step, value in stores:
            self._store(step, place, value, values)

    def _value(self, number: int, place: Place, values: list[Value | None]) -> Value:
        """A value of the body, splat to the place's lanes."""
        value = values[number]
        assert value is not None
        return self.w.splat(value, place.lanes) if not value.lanes else value

    def _compute(
        self, step: Instruction, place: Place, total: Value, values: list[Value | None]
    ) -> Value:
        w = self.w
        match step:
            case Accumulator():
                return total
            case Const():
                return w.constant(step.value, SCALARS[step.dtype])
            case Counter(axis=axis):
                return self._counter(axis, place)
            case Load():
                return self._load(step, place, values)
            case Apply():
                operands = [self._value(number, place, values) for number in step.operands]
                source = self.dtypes[step.operands[-1]]
                return apply(w, step.op, operands, source, step.dtype)
        raise ValueError(f"no instruction of a contraction: {step!r}")

    def _counter(self, axis: int, place: Place) -> Value:
        w = self.w
        extra = place.row if axis == self.plain.row else 0
        if axis == self.plain.col:
            extra = place.column
        number = w.index(w.add(place.counters[axis], extra))
        if not place.lanes:
            return number
        return w.binary("add", w.splat(number, place.lanes), w.vector(range(place.lanes), "i64"))

    # --- memory -------------------------------------------------------------------------------
    def address(self, access: Access, place: Place) -> Value:
        """Where the first lane of `access` lies, gathered indices apart."""
        w = self.w
        index: Index = 0
        for counter, stride in zip(place.counters, access.strides, strict=True):
            index = w.add(index, w.mul(counter, stride))
        offset = access.offset + place.row * access.strides[self.plain.row]
        offset += place.column * access.strides[self.plain.col]
        scalar = self._memory(access.buffer)
        return w.element(self.pointers[access.buffer], scalar, index, offset)

    def _memory(self, buffer: int) -> str:
        """How LLVM spells an element of a buffer."""
        dtype = self.buffers[buffer].dtype
        return SCALARS["uint8" if dtype == "bool" else dtype]

    def _load(self, step: Load, place: Place, values: list[Value | None]) -> Value:
        w, scalar = self.w, self._memory(step.buffer)
        start, index = self._start(step, place, values)
        if index is None and (step.strides[self.plain.col] == 1 or not place.lanes):
            result = w.load(start, scalar, place.lanes)
        else:
            result = Value("poison", scalar, place.lanes)
            for lane in range(place.lanes):
                item = w.load(self._lane(step, start, index, lane), scalar)
                result = w.insert(result, item, lane)
        is_bool = self.buffers[step.buffer].dtype == "bool"  # a byte in memory
        return cast(w, result, "uint8", "bool") if is_bool else result

    def _store(self, step: Store, place: Place, value: Value, values: list[Value | None]) -> None:
        w = self.w
        if self.buffers[step.buffer].dtype == "bool":
            value = cast(w, value, "bool", "uint8")
        start, index = self._start(step, place, values)
        if index is None and (step.strides[self.plain.col] == 1 or not place.lanes):
            w.store(value, start)
            return
        for lane in range(place.lanes):
            w.store(w.extract(value, lane), self._lane(step, start, index, lane))

    def _start(
        self, access: Access, place: Place, values: list[Value | None]
    ) -> tuple[Value, Value | None]:
        """The address of the first lane, and the vector of indices that is not yet in it."""
        start = self.address(access, place)
        index = None if access.index is None else values[access.index]
        if index is None or index.lanes:
            return start, index
        apart = self.w.mul(index, access.index_stride)
        return self.w.element(start, self._memory(access.buffer), apart), None

    def _lane(self, access: Access, start: Value, index: Value | None, lane: int) -> Value:
        w = self.w
        apart: Index = 0
        if index is not None:
            apart = w.mul(w.extract(index, lane), access.index_stride)
        scalar, stride = self._memory(access.buffer), access.strides[self.plain.col]
        return w.element(start, scalar, apart, lane * stride)

    # --- what will be read soon ---------------------------------------------------------------
    def ahead(
        self, tile: Tile, counters: Counters, sums: Store | None, old: Value | None
    ) -> Callable[[Index], None] | None:
        """Asks for a row of a tile: of kept sums, or of what the body reads if it is much."""
        large: list[Access] = [step for step in accesses(self.plain.body) if self._is_large(step)]
        if old is not None:
            large = [sums] if sums else []
        if not large:
            return None

        def ask(row: Index) -> None:
            here = list(counters)
            here[self.plain.row] = self.w.add(here[self.plain.row], row)
            for step in large:
                size = SIZES[self._memory(step.buffer)]
                for column in range(0, tile.width, LINE // size):
                    place = self.address(step, Place(tuple(here), 0, column))
                    self.w.prefetch(place, write=self.buffers[step.buffer].written)

        return ask

    def _is_large(self, step: Access) -> bool:
        if not isinstance(step, Load) or step.index is not None or not step.strides[self.plain.row]:
            return False
        count = 1
        for axis, stride in zip(self.plain.axes, step.strides, strict=True):
            count *= axis.extent if stride else 1
        return (
            step.strides[self.plain.col] == 1 and count * SIZES[self._memory(step.buffer)] > LARGE
        )

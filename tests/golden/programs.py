"""Random programs of views, writes and reads: how to draw a line, run a program and look at it.

A program is text: base tensors, then one statement a line, run with ``T`` as PyTorch or Liuli.
Everything here sees a tensor only by the names both libraries have. `make_programs.py` draws the
programs and records what PyTorch does; the tests run the same text with Liuli.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

LEAF, SAVED, VIEW = "leaf in-place", "saved value modified", "view of non-viewable"
EXPANDED, SHAPE, OTHER = "expanded write", "shape", "other"
FAILURES = (LEAF, SAVED, VIEW, EXPANDED, SHAPE, OTHER)

F = TypeVar("F", bound=Callable[..., Any])
Shape = tuple[int, ...]
Names = dict[str, Any]


class UnfitError(Exception):
    """No tensor at hand fits the kind of statement asked for."""


# ---------------------------------------------------------------------------- drawing statements


@dataclass
class Line:
    """A statement; for a write also the place written to and what is written, as expressions."""

    kinds: list[str]
    text: str
    target: str = ""
    operand: str = ""


@dataclass
class Scene:
    """The variables a statement may use, and the dice."""

    rng: random.Random
    shapes: dict[str, Shape] = field(default_factory=dict)

    def pick(self, least: int = 0, most: int = 9, full: bool = False) -> str:
        """Draw a variable with `least` to `most` axes; `full`: it has elements. Late ones more."""
        fit = [
            name
            for name, shape in self.shapes.items()
            if least <= len(shape) <= most and not (full and 0 in shape)
        ]
        if not fit:
            raise UnfitError
        return self.rng.choices(fit, weights=range(1, len(fit) + 1))[0]

    def axis(self, shape: Shape, least: int = 0) -> int:
        """Draw an axis at least so long."""
        fit = [axis for axis, size in enumerate(shape) if size >= least]
        if not fit:
            raise UnfitError
        return self.rng.choice(fit)

    def sign(self, axis: int, ndim: int) -> int:
        """Name the same axis, now and then from the end."""
        return axis - ndim if self.rng.random() < 0.3 else axis

    def factors(self, size: int) -> Shape:
        """Draw a shape with `size` elements, one axis now and then written -1."""
        if size == 1 and self.rng.random() < 0.3:
            return ()
        shape: list[int] = []
        rest = size
        while rest > 1 and len(shape) < 2 and self.rng.random() < 0.6:
            cut = self.rng.choice([n for n in range(1, rest + 1) if rest % n == 0])
            shape.append(cut)
            rest //= cut
        shape.append(rest)
        self.rng.shuffle(shape)
        if size > 0 and self.rng.random() < 0.3:
            shape[self.rng.randrange(len(shape))] = -1
        return tuple(shape)

    def number(self) -> float:
        """Draw a multiple of 1/8, never 0: exact in text and in float32."""
        return self.rng.choice([n for n in range(-12, 13) if n]) / 8

    def constant(self, shape: Shape) -> str:
        """Write out a tensor of such numbers."""
        if 0 in shape:
            return f"T.zeros({shape}, dtype=T.float64)"
        values = np.array([self.number() for _ in range(int(np.prod(shape)))]).reshape(shape)
        return f"T.tensor({values.tolist()}, dtype=T.float64)"

    def operand(self, shape: Shape, scalar: bool = True) -> str:
        """Draw something that broadcasts to `shape`."""
        fit = [name for name, other in self.shapes.items() if _broadcasts(other, shape)]
        dice = self.rng.random()
        if fit and dice < 0.55:
            return self.rng.choices(fit, weights=range(1, len(fit) + 1))[0]
        if scalar and dice < 0.75:
            return str(self.number())
        text = self.constant(shape[self.rng.randint(0, len(shape)) :])
        return f"({text} * {self.pick()}.sum())" if dice > 0.9 else text

    def index(self, shape: Shape, ints: float, slices: float, extras: float) -> str:
        """Write a basic index; the numbers say how often each kind of part comes."""
        parts = []
        for size in shape[: self.rng.randint(min(1, len(shape)), len(shape))]:
            dice = self.rng.random()
            if size and dice < ints:
                parts.append(str(self.rng.randrange(-size, size)))
            elif size and dice < ints + slices:
                parts.append(self._slice(size))
            else:
                parts.append(":")
        if self.rng.random() < extras:
            parts.insert(self.rng.randint(0, len(parts)), "None")
        if not parts or self.rng.random() < extras:
            parts.append("...")
        return ", ".join(parts)

    def _slice(self, size: int) -> str:
        start = self.rng.randrange(size)
        stop = self.rng.choice(["", str(self.rng.randint(start, size)), "-1"])
        step = self.rng.choice(["", "", ":2", ":3"])
        return f"{start or ''}:{stop}{step}"

    def indices(self, size: int, repeated: bool) -> str:
        """Write an index tensor for an axis of this size."""
        count = self.rng.randint(1, max(1, min(3, size)))
        if repeated:
            return f"T.tensor({[self.rng.randrange(size) for _ in range(count)]})"
        return f"T.tensor({self.rng.sample(range(size), count)})"

    def mask(self, shape: Shape) -> str:
        """Write a mask with at least one place set."""
        flags = np.array([self.rng.random() < 0.5 for _ in range(int(np.prod(shape)))])
        flags[self.rng.randrange(flags.size)] = True
        return f"T.tensor({flags.reshape(shape).tolist()})"


def _broadcasts(shape: Shape, to: Shape) -> bool:
    if len(shape) > len(to):
        return False
    return all(a in (1, b) for a, b in zip(shape[::-1], to[::-1], strict=False))


def indexed(shape: Shape, index: str) -> Shape:
    """Give the shape of x[index]: NumPy has the same rule for basic indices."""
    return tuple(eval(f"x[{index}]", {"x": np.empty(shape)}).shape)


# A kind of expression gives its text; a kind of write gets the text and shape of its target, and
# gives the statement, the place it writes and what it writes.
Maker = Callable[[Scene], str]
Writer = Callable[[Scene, str, Shape], tuple[str, str, str]]
VIEWS: dict[str, Maker] = {}
COPIES: dict[str, Maker] = {}
MATHS: dict[str, Maker] = {}
READS: dict[str, Maker] = {}
WRITES: dict[str, Writer] = {}


def _kind(table: dict[str, F]) -> Callable[[F], F]:
    def add(function: F) -> F:
        table[function.__name__] = function
        return function

    return add


@_kind(VIEWS)
def reshape(s: Scene) -> str:
    x = s.pick()
    return f"{x}.reshape({s.factors(int(np.prod(s.shapes[x])))})"


@_kind(VIEWS)
def view(s: Scene) -> str:
    x = s.pick()
    return f"{x}.view({s.factors(int(np.prod(s.shapes[x])))})"


@_kind(VIEWS)
def view_as(s: Scene) -> str:
    x = s.pick()
    size = np.prod(s.shapes[x])
    fit = [y for y, shape in s.shapes.items() if np.prod(shape) == size and shape != s.shapes[x]]
    if not fit:
        raise UnfitError
    return f"{x}.view_as({s.rng.choice(fit)})"


@_kind(VIEWS)
def permute(s: Scene) -> str:
    x = s.pick(2)
    ndim = len(s.shapes[x])
    axes = s.rng.sample(range(ndim), ndim)
    return f"{x}.permute({', '.join(str(s.sign(axis, ndim)) for axis in axes)})"


@_kind(VIEWS)
def transpose(s: Scene) -> str:
    x = s.pick(2)
    ndim = len(s.shapes[x])
    first, second = s.rng.sample(range(ndim), 2)
    return f"{x}.transpose({s.sign(first, ndim)}, {s.sign(second, ndim)})"


@_kind(VIEWS)
def t(s: Scene) -> str:
    return f"{s.pick(0, 2)}.t()"


@_kind(VIEWS)
def attribute_T(s: Scene) -> str:
    return f"{s.pick(2, 2)}.T"


@_kind(VIEWS)
def attribute_mT(s: Scene) -> str:
    return f"{s.pick(2)}.mT"


@_kind(VIEWS)
def unsqueeze(s: Scene) -> str:
    x = s.pick(0, 3)
    ndim = len(s.shapes[x])
    return f"{x}.unsqueeze({s.rng.randint(-ndim - 1, ndim)})"


@_kind(VIEWS)
def squeeze(s: Scene) -> str:
    x = s.pick()
    shape = s.shapes[x]
    if 1 not in shape and s.rng.random() < 0.8:
        raise UnfitError
    ones = [str(axis) for axis, size in enumerate(shape) if size == 1]
    return f"{x}.squeeze({s.rng.choice([*ones, ''])})"


@_kind(VIEWS)
def expand(s: Scene) -> str:
    x = s.pick(0, 3)
    sizes = [s.rng.choice([2, 3]) if size == 1 else size for size in s.shapes[x]]
    sizes = [-1 if s.rng.random() < 0.2 else size for size in sizes]
    if not sizes or s.rng.random() < 0.5:
        sizes.insert(0, s.rng.choice([1, 2, 3]))
    return f"{x}.expand({', '.join(map(str, sizes))})"


@_kind(VIEWS)
def narrow(s: Scene) -> str:
    x = s.pick(1)
    shape = s.shapes[x]
    axis = s.axis(shape, 1)
    start = s.rng.randrange(shape[axis])
    length = s.rng.randint(0 if s.rng.random() < 0.1 else 1, shape[axis] - start)
    return f"{x}.narrow({s.sign(axis, len(shape))}, {start}, {length})"


@_kind(VIEWS)
def select(s: Scene) -> str:
    x = s.pick(1)
    shape = s.shapes[x]
    axis = s.axis(shape, 1)
    at = s.rng.randrange(-shape[axis], shape[axis])
    return f"{x}.select({s.sign(axis, len(shape))}, {at})"


@_kind(VIEWS)
def index_slice(s: Scene) -> str:
    x = s.pick(1, full=True)
    return f"{x}[{s.index(s.shapes[x], 0, 0.8, 0)}]"


@_kind(VIEWS)
def index_int(s: Scene) -> str:
    x = s.pick(1, full=True)
    return f"{x}[{s.index(s.shapes[x], 0.6, 0.2, 0)}]"


@_kind(VIEWS)
def index_none(s: Scene) -> str:
    x = s.pick(0, 3)
    return f"{x}[{s.index(s.shapes[x], 0.2, 0.3, 0.8)}]"


@_kind(VIEWS)
def diagonal(s: Scene) -> str:
    x = s.pick(2)
    ndim = len(s.shapes[x])
    first, second = s.rng.sample(range(ndim), 2)
    offset = s.rng.choice([0, 0, 1, -1])
    plain = ndim == 2 and offset == 0 and s.rng.random() < 0.5
    return f"{x}.diagonal()" if plain else f"{x}.diagonal({offset}, {first}, {second})"


@_kind(VIEWS)
def unfold(s: Scene) -> str:
    x = s.pick(1, 3)
    shape = s.shapes[x]
    axis = s.axis(shape, 2)
    size = s.rng.randint(1, shape[axis])
    return f"{x}.unfold({s.sign(axis, len(shape))}, {size}, {s.rng.choice([1, 1, 2, size])})"


@_kind(VIEWS)
def flatten(s: Scene) -> str:
    x = s.pick()
    ndim = len(s.shapes[x])
    if ndim < 2 or s.rng.random() < 0.4:
        return f"{x}.flatten()"
    first, last = sorted(s.rng.sample(range(ndim), 2))
    return f"{x}.flatten({first}, {s.sign(last, ndim)})"


@_kind(VIEWS)
def unbind(s: Scene) -> str:
    x = s.pick(1)
    shape = s.shapes[x]
    axis = s.axis(shape, 1)
    return f"{x}.unbind({axis})[{s.rng.randrange(shape[axis])}]"


@_kind(VIEWS)
def split(s: Scene) -> str:
    x = s.pick(1)
    shape = s.shapes[x]
    axis = s.axis(shape, 2)
    if s.rng.random() < 0.5:
        head = s.rng.randint(1, shape[axis] - 1)
        return f"{x}.split([{head}, {shape[axis] - head}], {axis})[{s.rng.randrange(2)}]"
    return f"{x}.split({s.rng.randint(1, shape[axis])}, {axis})[{s.rng.choice([0, -1])}]"


@_kind(VIEWS)
def chunk(s: Scene) -> str:
    x = s.pick(1)
    shape = s.shapes[x]
    axis = s.axis(shape, 2)
    return f"{x}.chunk({s.rng.randint(1, 3)}, {axis})[{s.rng.choice([0, -1])}]"


@_kind(VIEWS)
def detach(s: Scene) -> str:
    return f"{s.pick()}.detach()"


@_kind(VIEWS)
def data(s: Scene) -> str:
    return f"{s.pick()}.data"


@_kind(COPIES)
def flip(s: Scene) -> str:
    x = s.pick(1)
    ndim = len(s.shapes[x])
    return f"{x}.flip({s.rng.sample(range(ndim), s.rng.randint(1, ndim))})"


@_kind(COPIES)
def index_tensor(s: Scene) -> str:
    x = s.pick(1, full=True)
    shape = s.shapes[x]
    if len(shape) > 1 and s.rng.random() < 0.4:
        return f"{x}[{s.rng.choice([':', '0', '...'])}, {s.indices(min(shape), True)}]"
    return f"{x}[{s.indices(shape[0], True)}]"


@_kind(COPIES)
def index_mask(s: Scene) -> str:
    x = s.pick(1, 3, full=True)
    shape = s.shapes[x]
    return f"{x}[{s.mask(shape[: s.rng.randint(1, len(shape))])}]"


@_kind(COPIES)
def repeat(s: Scene) -> str:
    x = s.pick(0, 2)
    times = [s.rng.choice([1, 2]) for _ in s.shapes[x]]
    return f"{x}.repeat({', '.join(map(str, [s.rng.choice([1, 2]), *times]))})"


@_kind(COPIES)
def roll(s: Scene) -> str:
    x = s.pick(1)
    axis = s.axis(s.shapes[x])
    return f"{x}.roll({s.rng.choice([1, -1, 2])}, {axis})"


@_kind(COPIES)
def clone(s: Scene) -> str:
    return f"{s.pick()}.clone()"


@_kind(COPIES)
def contiguous(s: Scene) -> str:
    x = s.pick()
    turned = f"{x}.mT" if len(s.shapes[x]) > 1 and s.rng.random() < 0.5 else x
    return f"{turned}.contiguous()"


@_kind(COPIES)
def reshape_copy(s: Scene) -> str:
    x = s.pick(2)
    return f"{x}.transpose(0, 1).reshape({s.factors(int(np.prod(s.shapes[x])))})"


def _pair(s: Scene) -> tuple[str, str]:
    x = s.pick()
    return x, s.operand(s.shapes[x])


@_kind(MATHS)
def add(s: Scene) -> str:
    return "{} + {}".format(*_pair(s))


@_kind(MATHS)
def sub(s: Scene) -> str:
    return "{} - {}".format(*_pair(s)[:: s.rng.choice([1, -1])])


@_kind(MATHS)
def mul(s: Scene) -> str:
    return "{} * {}".format(*_pair(s))


@_kind(MATHS)
def div(s: Scene) -> str:
    x, y = _pair(s)
    return f"{x} / ({y} * {y} + 1.0)"


@_kind(MATHS)
def exp(s: Scene) -> str:
    x = s.pick()
    return s.rng.choice([f"{x}.exp()", f"T.exp({x})"])


@_kind(MATHS)
def tanh(s: Scene) -> str:
    x = s.pick()
    return s.rng.choice([f"{x}.tanh()", f"T.tanh({x})"])


@_kind(MATHS)
def square(s: Scene) -> str:
    x = s.pick()
    return f"{x} * {x}"


@_kind(READS)
def sum_all(s: Scene) -> str:
    return f"{s.pick()}.sum()"


@_kind(READS)
def sum_dim(s: Scene) -> str:
    x = s.pick(1)
    return f"{x}.sum({s.axis(s.shapes[x])}{s.rng.choice(['', ', keepdim=True'])})"


@_kind(READS)
def element(s: Scene) -> str:
    x = s.pick(1, full=True)
    return f"{x}[{', '.join(str(s.rng.randrange(size)) for size in s.shapes[x])}]"


def _method(name: str, scalar: bool = True, more: str = "") -> Writer:
    def write(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
        value = s.operand(shape, scalar)
        return f"{x}.{name}({value}{more})", x, value

    return write


WRITES |= {name: _method(name) for name in ("add_", "mul_")}
WRITES |= {"sub_alpha": _method("sub_", more=", alpha=0.5"), "copy_": _method("copy_", False)}


@_kind(WRITES)
def fill_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    value = s.operand(())
    return f"{x}.fill_({value})", x, value


@_kind(WRITES)
def zero_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    return f"{x}.zero_()", x, ""


@_kind(WRITES)
def clamp_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    # Bounds that no sum of eighths can meet: at a bound the gradient would hang on rounding.
    return f"{x}.clamp_({s.rng.choice(['-0.7, 0.9', 'min=-0.3', 'max=0.6'])})", x, ""


@_kind(WRITES)
def masked_fill_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    value = s.operand(())
    constant = 0 not in shape and s.rng.random() < 0.5
    return f"{x}.masked_fill_({s.mask(shape) if constant else f'{x} > 0.3'}, {value})", x, value


@_kind(WRITES)
def index_add_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    axis = s.axis(shape, 1)
    count = s.rng.randint(1, 3)
    where = [s.rng.randrange(shape[axis]) for _ in range(count)]
    value = s.constant((*shape[:axis], count, *shape[axis + 1 :]))
    if s.rng.random() < 0.5:
        value = f"{value} * {s.pick()}.sum()"
    return f"{x}.index_add_({axis}, T.tensor({where}), {value})", x, ""


@_kind(WRITES)
def scatter_(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    if not 1 <= len(shape) <= 2 or 0 in shape:
        raise UnfitError
    axis = s.axis(shape, 1)
    sizes = [s.rng.randint(1, size) for size in shape]
    # No place twice along the axis: which of two writes wins is not defined.
    lanes = [s.rng.sample(range(shape[axis]), sizes[axis]) for _ in range(sizes[axis - 1])]
    where = lanes[0] if len(shape) == 1 else np.array(lanes)
    where = np.array(where).T if axis == 0 else np.array(where)
    value = str(s.number())
    if s.rng.random() < 0.6:
        value = f"{s.constant(where.shape)} * {s.pick()}.sum()"
    return f"{x}.scatter_({axis}, T.tensor({where.tolist()}), {value})", x, ""


@_kind(WRITES)
def set_index(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    at = s.index(shape, 0.4, 0.4, 0.2)
    value = s.operand(indexed(shape, at))
    return f"{x}[{at}] = {value}", f"{x}[{at}]", value


@_kind(WRITES)
def set_tensor(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    if not shape or 0 in shape:
        raise UnfitError
    value = s.operand(shape[1:])
    return f"{x}[{s.indices(shape[0], False)}] = {value}", x, value


@_kind(WRITES)
def set_mask(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    if not shape or 0 in shape:
        raise UnfitError
    value = s.operand(())
    return f"{x}[{s.mask(shape)}] = {value}", x, value


@_kind(WRITES)
def change_index(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    at = s.index(shape, 0.4, 0.4, 0.2)
    value = s.operand(indexed(shape, at))
    return f"{x}[{at}] {s.rng.choice(['+=', '*=', '-='])} {value}", f"{x}[{at}]", value


@_kind(WRITES)
def change_tensor(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    if not shape or 0 in shape:
        raise UnfitError
    value = s.operand(shape[1:])
    return f"{x}[{s.indices(shape[0], False)}] += {value}", x, value


@_kind(WRITES)
def change_name(s: Scene, x: str, shape: Shape) -> tuple[str, str, str]:
    if not x.isidentifier():
        raise UnfitError
    value = s.operand(shape)
    return f"{x} {s.rng.choice(['+=', '*=', '-='])} {value}", x, value


def draw_write(s: Scene, kind: str) -> Line:
    """Draw a write to a variable, to its .data or to a view that has no name."""
    x = s.pick()
    shape, kinds, dice = s.shapes[x], [kind], s.rng.random()
    if dice < 0.12:
        x, kinds = f"{x}.data", [kind, "write through .data"]
    elif dice < 0.25:
        x, shape = s.rng.choice(list(_views_in_passing(s, x, shape)))
        kinds.append("write through a view")
    text, target, operand = WRITES[kind](s, x, shape)
    if s.rng.random() < 0.15:
        text, kinds = f"with T.no_grad(): {text}", [*kinds, "write under no_grad"]
    return Line(kinds, text, target, operand)


def _views_in_passing(s: Scene, x: str, shape: Shape) -> Iterator[tuple[str, Shape]]:
    yield f"{x}.detach()", shape
    yield f"{x}.view(-1)", (int(np.prod(shape)),)
    at = s.index(shape, 0.4, 0.4, 0.2)
    yield f"{x}[{at}]", indexed(shape, at)
    if len(shape) > 1:
        yield f"{x}.mT", (*shape[:-2], shape[-1], shape[-2])


def draw(s: Scene, kind: str) -> Line:
    """Draw a statement of a kind; a new variable is named by how many there are."""
    if kind in WRITES:
        return draw_write(s, kind)
    maker = (VIEWS | COPIES | MATHS | READS)[kind]
    text = f"v{len(s.shapes)} = {maker(s)}"
    if kind in VIEWS and s.rng.random() < 0.05:
        return Line([kind, "view under no_grad"], f"with T.no_grad(): {text}")
    return Line([kind], text)


# ---------------------------------------------------------------------------- running and looking


@dataclass
class Program:
    """A program's text, and what PyTorch did with it."""

    bases: list[tuple[str, str]]
    lines: list[str]
    kinds: list[str] = field(default_factory=list)
    loss: list[str] = field(default_factory=list)  # the variables summed up for backward
    failure: str = ""  # of the last line if there is no loss, else of backward
    stale: bool = False  # a write through .data changed a saved value, so the gradient is odd
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def sound(self) -> list[str]:
        """The lines that run: all but the last one if that is what fails."""
        return self.lines if self.loss or not self.failure else self.lines[:-1]

    def __str__(self) -> str:
        """Give the text a person can paste."""
        text = [f"{name} = {made}" for name, made in self.bases] + self.lines
        if self.loss:
            text.append(f"# then backward of a weighted sum of {', '.join(self.loss)}")
        return "\n".join(text + [f"# PyTorch raises: {self.failure}"] * bool(self.failure))


def start(library: Any, program: Program) -> Names:
    """Make the bases."""
    names: Names = {"T": library}
    for name, made in program.bases:
        names[name] = eval(made, names)
    return names


def run(names: Names, lines: list[str]) -> Names:
    """Run statements in place."""
    for line in lines:
        exec(line, names)
    return names


def variables(names: Names) -> Names:
    """Keep the tensors, in the order they were made."""
    return {name: x for name, x in names.items() if re.fullmatch(r"[av]\d+", name)}


def values(names: Names) -> dict[str, np.ndarray]:
    """Copy every variable's numbers."""
    return {name: np.array(x.detach().numpy()) for name, x in variables(names).items()}


def versions(names: Names) -> dict[str, int]:
    """How often each variable's memory was written, as far as backward counts it."""
    return {name: int(x._version) for name, x in variables(names).items()}


def weighted_sum(names: Names, chosen: list[str]) -> Any:
    """Sum the chosen variables up with weights that tell their elements apart."""
    library, total = names["T"], 0.0
    for salt, name in enumerate(chosen):
        x = names[name]
        weights = (7 * np.arange(np.prod(x.shape)) + 3 * salt) % 11 / 4 - 1.125
        made = library.tensor(weights.tolist(), dtype=library.float64)
        total = total + (x * made.reshape(tuple(x.shape))).sum()
    return total


def grads(names: Names, program: Program) -> dict[str, Any]:
    """Give the leaves' gradients after backward, None where there is none."""
    weighted_sum(names, program.loss).backward()
    leaves = [name for name, made in program.bases if "requires_grad=True" in made]
    found = {name: names[name].grad for name in leaves}
    return {name: None if g is None else np.array(g.detach().numpy()) for name, g in found.items()}


def shared(names: Names) -> dict[str, dict[str, list[int]]]:
    """Write one element of each variable: which elements of which variables change?"""
    found: dict[str, dict[str, list[int]]] = {}
    for at, (name, x) in enumerate(variables(names).items()):
        before = values(names)
        if not before[name].size:
            continue
        place = np.unravel_index(before[name].size // 2, before[name].shape)
        x.detach()[tuple(map(int, place))] = 1e6 + at
        after = values(names)
        moved = {other: np.flatnonzero(after[other] != before[other]).tolist() for other in after}
        found[name] = {other: places for other, places in moved.items() if places}
    return found


def observe(library: Any, program: Program) -> dict[str, Any]:
    """Run a program up to what fails, and note all there is to compare."""
    names = run(start(library, program), program.sound)
    found: dict[str, Any] = {
        "values": values(names),
        "versions": versions(names),
        "graded": [name for name, x in variables(names).items() if x.requires_grad],
    }
    if program.loss and not program.failure:
        found["grads"] = grads(names, program)
    return found | {"shared": shared(names)}


def fail(library: Any, program: Program) -> None:
    """Run what raised in PyTorch, in a copy of its own."""
    names = run(start(library, program), program.lines)
    if program.loss:
        grads(names, program)

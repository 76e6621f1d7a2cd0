"""summary: which layers a network has, the shapes they give, and how many parameters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import dtypes as dt
from .. import rng
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, fresh
from ..errors import ArgumentError
from ..messages.words import Word
from .module import Module
from .parameter import UninitializedParameter

Shape = tuple[Any, ...]


@dataclass(frozen=True)
class SummaryRow:
    """One layer: where it is, its class, what it gives, and its own parameters."""

    name: str
    kind: str
    depth: int
    output: Any  # a shape, whose batch axis is None; several in a tuple; None if never called
    parameters: int
    shared: bool = False  # its parameters were counted above


@dataclass(frozen=True)
class Summary:
    """What `summary` found; it prints as a table."""

    title: str
    rows: tuple[SummaryRow, ...]
    total: int
    trainable: int

    @property
    def frozen(self) -> int:
        """Parameters that do not learn."""
        return self.total - self.trainable

    def __str__(self) -> str:
        cells = [("Layer (class)", "Output shape", "Parameters")]
        for row in self.rows:
            count = f"{row.parameters:,}" + (" (shared)" if row.shared else "")
            shape = "" if row.output is None else _spelled(row.output)
            cells.append(("  " * row.depth + f"{row.name} ({row.kind})", shape, count))
        widths = [max(_columns(line[i]) for line in cells) for i in range(3)]
        lines = ["  ".join(map(_padded, line, widths)).rstrip() for line in cells]
        rule = "-" * (sum(widths) + 4)
        ends = [
            f"Parameters: {self.total:,}",
            f"  that learn: {self.trainable:,}",
            f"  that do not: {self.frozen:,}",
        ]
        return "\n".join([self.title, rule, lines[0], rule, *lines[1:], rule, *ends])

    __repr__ = __str__


def summary(model: Module, input_size: Any, *, dtype: Any = None) -> Summary:
    """The layers of a network, with output shapes and numbers of parameters.

    `input_size` is the shape of one example without the batch: `(784,)`, 784, or a list of
    shapes for several inputs. `dtype` is that of the input (int64 for word numbers).

    The network is called once with a single example of zeros, which is one number in memory,
    in evaluation mode; buffers, modes and random numbers are afterwards as before.
    Errors: LL677 if input_size is no shape, LL664 if `model` is no module.

    Example:
        >>> from liuli import nn
        >>> model = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 2))
        >>> nn.summary(model, (3,))
        Sequential
        ---------------------------------------
        Layer (class)  Output shape  Parameters
        ---------------------------------------
        0 (Linear)     (None, 3)     12
        1 (Sigmoid)    (None, 3)     0
        2 (Linear)     (None, 2)     8
        ---------------------------------------
        Parameters: 20
          that learn: 20
          that do not: 0
    """
    if not isinstance(model, Module):
        raise ArgumentError("LL664", argument="model", type=type(model).__name__,
                            expected=Word("a module"))  # fmt: skip
    kind = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)
    inputs = [_zeros((1, *shape), kind) for shape in _sizes(input_size)]
    outputs: dict[int, Any] = {}

    def note(module: Module, args: Any, kwargs: Any, output: Any) -> None:
        outputs.setdefault(id(module), _shape_of(output))

    handles = [m.register_forward_hook(note, with_kwargs=True) for m in model.modules()]
    try:
        with _undisturbed(model), no_grad():
            model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return _counted(model, outputs)


def _sizes(size: Any) -> list[Shape]:
    """The shapes that `input_size` means. Errors: LL677."""
    several = isinstance(size, list) and all(isinstance(s, Sequence) for s in size) and size
    shapes = size if several else [(size,) if isinstance(size, int) else size]
    for shape in shapes:
        good = isinstance(shape, Sequence) and not isinstance(shape, str)
        if not good or not all(type(n) is int and n > 0 for n in shape):
            raise ArgumentError("LL677", size=repr(size))
    return [tuple(shape) for shape in shapes]


def _zeros(shape: Shape, dtype: dt.DType) -> Tensor:
    """Zeros that share one number in memory."""
    return fresh(np.broadcast_to(np.zeros((), dtype.numpy), shape))


@contextmanager
def _undisturbed(model: Module) -> Iterator[None]:
    """Inside, the network evaluates; afterwards modes, buffers and random state are as before."""
    modes = {module: module.training for module in model.modules()}
    buffers = [(b, b._array.copy()) for b in model.buffers()]
    state = rng.default_generator.get_state()
    lazy = [p for p in model.parameters() if isinstance(p, UninitializedParameter)]
    try:
        model.eval()
        yield
    finally:
        for module, training in modes.items():
            module.training = training
        for buffer, before in buffers:
            if not np.array_equal(buffer._array, before, equal_nan=True):
                buffer._array[...] = before
        if not lazy:  # their first values were drawn, and stay
            rng.default_generator.set_state(state)


def _shape_of(output: Any) -> Any:
    """The shape of a tensor, or the shapes in a tuple, list or dict."""
    if isinstance(output, Tensor):
        shape = tuple(output.shape)
        return (None, *shape[1:]) if shape[:1] == (1,) else shape
    if isinstance(output, dict):
        output = list(output.values())
    return [_shape_of(x) for x in output] if isinstance(output, (list, tuple)) else []


def _counted(model: Module, outputs: dict[int, Any]) -> Summary:
    """The table, each parameter counted where it stands first."""
    seen: set[int] = set()
    rows: list[SummaryRow] = []
    total = learning = 0
    for path, module in model.named_modules(remove_duplicate=False):
        own = [p for p in module._parameters.values() if p is not None]
        fresh_ones = [p for p in {id(p): p for p in own}.values() if id(p) not in seen]
        seen.update(map(id, fresh_ones))
        total += sum(p.numel() for p in fresh_ones)
        learning += sum(p.numel() for p in fresh_ones if p.requires_grad)
        if path or not module._modules:  # the network itself is the title
            name = path.rpartition(".")[2] or type(module).__name__.lower()
            rows.append(SummaryRow(name, type(module).__name__, path.count("."),
                                   outputs.get(id(module)), sum(p.numel() for p in own),
                                   bool(own) and not fresh_ones))  # fmt: skip
    return Summary(type(model).__name__, tuple(rows), total, learning)


def _spelled(shape: Any) -> str:
    return ", ".join(map(_spelled, shape)) if isinstance(shape, list) else str(shape)


def _columns(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))

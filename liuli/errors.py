"""The error classes and the one message format.

An error is raised by code, with the facts that its text needs::

    raise ShapeError("LL101", rows=[Row("a", (64, 10)), Row("b", (64,))], op="add", ...)

and reads, first line for the expert and table for the learner::

    ShapeError [LL101]: add: shapes (64, 10) and (64,) do not broadcast: ...
      a    (64, 10)  from relu, model.py:21
      b    (64,)
      try  b.unsqueeze(-1)

The texts live in `liuli.messages`, in English and Chinese. The English first line always
stands, so that it can be searched for; the explanation follows in the reader's language.
`explain("LL101")` tells how an error comes about and what to do.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple

from .messages import fill, label, lookup

COLUMNS = 92  # of a line of explanation
# A word or one Chinese character, with the punctuation that must not begin or end a line.
_WORD = re.compile(r" *[（「《“]*(?:[!-~]+|[^ ])[，。；：、！？）」》”]*")


class Row(NamedTuple):
    """One line of the table under a message: a name, its value, and a remark."""

    name: str
    value: object
    remark: str = ""


class LiuliError(Exception):
    """The base of all errors that Liuli raises on purpose; `code` is searchable.

    Example:
        >>> import liuli
        >>> try:
        ...     liuli.zeros(2, 3) + liuli.zeros(4)
        ... except liuli.errors.LiuliError as error:
        ...     print(error.code)
        LL101
    """

    def __init__(
        self, code: str, *, rows: Iterable[Row] = (), layer: str = "", **facts: object
    ) -> None:
        self.code = code
        self.facts = facts
        self.rows = tuple(rows)
        self.layer = layer
        super().__init__(self.render())

    def at_layer(self, layer: str, **facts: object) -> None:
        """Be told in which layer it happened, such as "fc1 (Linear)", and what that layer knows.

        The innermost layer speaks first, and its word stands.
        """
        if not self.layer:
            self.layer = layer
            self.facts |= facts
            self.args = (self.render(),)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by code and facts: it may cross to another process and be read there."""
        rebuild = functools.partial(type(self), self.code, rows=self.rows, layer=self.layer)
        return functools.partial(rebuild, **self.facts), ()

    def render(self, language: str | None = None) -> str:
        """The whole message, in `language` ("en" or "zh"; by default the reader's)."""
        text = lookup(self.code, language)
        says = self._located(fill(text.english.says, self.facts), ": ")
        lines = [f"{type(self).__name__} [{self.code}]: {says}"]
        if text.local is not text.english:
            lines.append("  " + self._located(fill(text.local.says, self.facts), "："))
        rows = tuple(row._replace(name=label(row.name, language)) for row in self.rows)
        lines += _table(rows, fill(text.local.tries, self.facts), text.local.why)
        return "\n".join(lines)

    def _located(self, says: str, colon: str) -> str:
        """`says` behind the layer's name, which stands for that of the layer's own function."""
        if not self.layer:
            return says
        function, _, rest = says.partition(colon)
        kind = self.layer.rpartition("(")[2].rstrip(")").lower()
        own = bool(rest) and kind.startswith(function.replace("_", "").lower())
        return self.layer + colon + (rest if own else says)


def explain(code: str | int, language: str | None = None) -> str:
    """What the error `code` means, how it comes about and what to do, in the reader's language.

    Example:
        >>> import liuli
        >>> print(liuli.errors.explain("LL620", "en"))
        LL620: the truth value of <count> elements is ambiguous: `if` needs exactly one
          `if`, `while`, `and` and `or` ask for one yes or no, ...
          try  x.any() or x.all()
    """
    code = f"LL{code}" if isinstance(code, int) else code.upper()
    text = lookup(code, language)
    lines = [f"{code}: {_spelled(text.english.says)}"]
    lines += [] if text.local is text.english else ["  " + _spelled(text.local.says)]
    lines += ["  " + line for line in _wrapped(text.local.why, COLUMNS - 2)]
    fixed = not text.local.tries.startswith("{")  # else it depends on the case
    return "\n".join(lines + _table((), _spelled(text.local.tries) if fixed else ""))


def _spelled(template: str) -> str:
    """A template to read: {name!r} as <name>."""
    return re.sub(r"\{(\w+)[^}]*\}", r"<\1>", template)


def _table(rows: tuple[Row, ...], tries: str, why: str = "") -> list[str]:
    """The lines under a message; where there is nothing to try, the explanation is the last."""
    cells = [(row.name, str(row.value), str(row.remark)) for row in rows]
    if tries:
        cells.append(("try", tries, ""))
    left = max((_width(name) for name, _, _ in cells), default=0)
    if why and not tries:
        left = max(left, len("why"))
        lines = _wrapped(why, max(COLUMNS - left - 4, 60))
        cells += [("" if i else "why", line, "") for i, line in enumerate(lines)]
    middle = max((len(value) for _, value, remark in cells if remark), default=0)
    return [
        f"  {name}{' ' * (left - _width(name))}  {value:<{middle}}  {remark}".rstrip()
        for name, value, remark in cells
    ]


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns`, a Chinese character counting two."""
    lines: list[str] = []
    left = 0
    for word in _WORD.findall(text):
        size = _width(word)
        if not lines or size > left:
            lines.append("")
            size, left, word = size - (len(word) - len(word.lstrip())), columns, word.lstrip()
        lines[-1] += word
        left -= size
    return lines


class ShapeError(LiuliError, RuntimeError):
    """Shapes that do not fit together."""


class DTypeError(LiuliError, RuntimeError, TypeError):
    """A dtype that an operation cannot take."""


class AxisError(LiuliError, IndexError):
    """An axis that a tensor does not have."""


class OutOfRangeError(LiuliError, IndexError):
    """An index or a label outside what it points into."""


class ArgumentError(LiuliError, ValueError, TypeError, RuntimeError):
    """An argument whose value or kind makes no sense."""


class GradientError(LiuliError, RuntimeError):
    """Something the differentiation engine cannot do, and why."""


class DeviceError(LiuliError, RuntimeError):
    """A device that is not here, or tensors on different ones."""


class RecordError(LiuliError, RuntimeError):
    """Something that a recorded program cannot contain."""


class GraphError(LiuliError, RuntimeError):
    """A graph that is not well formed."""


class SettingError(LiuliError, ValueError):
    """A setting or environment variable that cannot be read."""


class LayerError(LiuliError, AttributeError, NotImplementedError):
    """A layer that is not built up, lacks a name, or cannot be called."""


class MissingNameError(LiuliError, AttributeError):
    """A name that Liuli does not have, or not under this spelling."""


class MissingImportError(LiuliError, ImportError):
    """The same, where it was to be imported."""


class FileError(LiuliError, OSError):
    """A file that cannot be read or written, and why."""


class DataError(LiuliError, ValueError):
    """Data that cannot be learned from as they are."""


class TrainingError(LiuliError, RuntimeError):
    """A training that cannot go on."""


class CommandError(LiuliError, ValueError):
    """A command line that makes no sense."""

"""Reading a command line: words into options and places, and texts into numbers.

The standard library's argparse prints its own errors and ends the program; what is wrong with a
command line is told here as everything else is, by code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import CommandError, Row
from ..messages.hints import nearest
from .options import Command, Option
from .words import say

DEVICES = ("--gpu", "--gpus", "--cuda", "--device", "--cpu", "--accelerator")


class Arguments(NamedTuple):
    """What stood on a command line: options by key (switches as ""), and the words without one."""

    options: dict[str, str]
    places: list[str]
    words: tuple[str, ...] = ()  # all of it
    language: str = "en"  # that was asked for, also where the console cannot show it

    def get(self, key: str) -> str | None:
        """The text of an option, or None if it was not given."""
        return self.options.get(key)


def parse(command: Command, words: Sequence[str], language: str = "en") -> Arguments:
    """The words behind a command's name. After "--" nothing is an option.

    Errors: LL980 for an unknown option, LL981 for one without its value.
    """
    left, found = list(words), Arguments({}, [], tuple(words), language)
    while left:
        word = left.pop(0)
        if word == "--":
            found.places.extend(left)
            break
        if not word.startswith("-") or word == "-":
            found.places.append(word)
            continue
        name, equals, value = word.partition("=")
        option = _known(command, "--help" if name == "-h" else name)
        if option.value and not equals:
            if not left or command.option(left[0].partition("=")[0]) is not None:
                raise CommandError("LL981", option=name, example=f"{name} {option.example}")
            value = left.pop(0)
        if bool(option.value) != bool(value):
            example = f"{name} {option.example}" if option.value else name
            raise CommandError("LL981" if option.value else "LL983", option=name, example=example,
                               command=command.name, word=word, near=name)  # fmt: skip
        found.options[option.key] = value
    return found


def _known(command: Command, name: str) -> Option:
    option = command.option(name)
    if option is not None:
        return option
    names = [each.name for each in command.options]
    # --learning-rate is far from --lr by letters, and near by sense
    near = {"--learning-rate": "--lr", "--epoch": "--epochs", "--bs": "--batch-size",
            "--batch": "--batch-size", "--output": "--out", "--dataset": "--data",
            "--language": "--lang"}.get(name) or nearest(name, names)  # fmt: skip
    rows = [Row("note", say("cpu_only"))] if name in DEVICES else []
    raise CommandError("LL980", command=command.name, option=name, names=", ".join(names),
                       near=near if near in names and not rows else "", rows=rows)  # fmt: skip


def whole(option: str, text: str, *, least: int, most: int, near: str = "") -> int:
    """A whole number from `least` to `most`; `near` is an example. Errors: LL982."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    number = int(digits) if digits.isdecimal() and len(digits) < 30 else most + 1
    number = -number if sign == "-" else number
    if not least <= number <= most:
        allowed = f"{least}, {least + 1}, ..., {most}"
        raise CommandError("LL982", option=option, value=shown(text), allowed=allowed, near=near)
    return number


def positive(option: str, text: str) -> float:
    """A finite number above 0. Errors: LL982."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise CommandError("LL982", option=option, value=shown(text), near=f"{option} 0.001",
                           allowed=f"0 < {option.lstrip('-')} < inf")  # fmt: skip
    return number


def one_of(option: str, text: str, names: Sequence[str]) -> str:
    """One of `names`, in any case. Errors: LL982."""
    lower = text.lower()
    if lower not in names:
        near = nearest(lower, names)
        raise CommandError("LL982", option=option, value=shown(text), allowed=", ".join(names),
                           near=f"{option} {near}" if near else "")  # fmt: skip
    return lower


def shown(text: str, length: int = 40) -> str:
    """A text that the user gave, for a message: in quotes, and not longer than a line."""
    return repr(text if len(text) <= length else text[: length - 3] + "...")

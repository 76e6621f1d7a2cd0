"""The commands and their options: one table, which the parser and the help pages read."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """One option: its name, what stands for its value in the help, and a value as an example."""

    name: str
    value: str = ""  # empty: a switch, which takes none
    example: str = ""

    @property
    def key(self) -> str:
        """Its name in Python: batch_size for --batch-size."""
        return self.name.lstrip("-").replace("-", "_")


class Command(NamedTuple):
    """One command: its name, how it is called, its options."""

    name: str
    usage: str
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """The option of that name, which is written out in full."""
        return next((each for each in self.options if each.name == name), None)


LANGUAGE = Option("--lang", "en|zh", "zh")
HELP = Option("--help")

TRAIN = Command("train", "liuli train [OPTIONS]", (
    Option("--data", "NAME|FILE.csv", "mnist"),
    Option("--target", "COLUMN", "price"),
    Option("--task", "classify|regress", "regress"),
    Option("--model", "NAME|FILE.py:NAME", "linear"),
    Option("--epochs", "N", "20"),
    Option("--batch-size", "N", "64"),
    Option("--lr", "X", "0.001"),
    Option("--optimizer", "NAME", "adam"),
    Option("--seed", "N", "1"),
    Option("--out", "FOLDER", "runs/first"),
    Option("--resume", "RUN", "runs/001"),
    Option("--eager"),
    Option("--quiet"),
    LANGUAGE,
    HELP,
))  # fmt: skip

PREDICT = Command("predict", "liuli predict RUN IMAGE...|FILE.csv [OPTIONS]", (
    Option("--out", "FILE", "predictions.csv"),
    LANGUAGE,
    HELP,
))  # fmt: skip

EXPLAIN = Command("explain", "liuli explain RUN|FILE.py:NAME [OPTIONS]", (
    Option("--llvm", "KERNEL", "k0_contract"),
    Option("--asm", "KERNEL", "k0_contract"),
    Option("--graph"),
    LANGUAGE,
    HELP,
))  # fmt: skip

SHOW = Command("show", "liuli show RUN [IMAGE] [OPTIONS]", (
    Option("--text"),
    Option("--open"),
    Option("--out", "FILE", "pictures.html"),
    LANGUAGE,
    HELP,
))  # fmt: skip

ENV = Command("env", "liuli env [OPTIONS]", (Option("--json"), LANGUAGE, HELP))

COMMANDS = {command.name: command for command in (TRAIN, PREDICT, SHOW, EXPLAIN, ENV)}

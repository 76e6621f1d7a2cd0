"""The command line: `liuli train | predict | show | explain | env`.

It is a face of `liuli.train`, `liuli.data` and `liuli.report`, and has no training of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..errors import CommandError
from ..messages.hints import nearest
from ..threads import get_num_threads
from . import env, explain, predict, show, train
from .arguments import one_of, parse
from .console import speaking
from .guard import DONE, guarded
from .machine import version
from .options import COMMANDS
from .pages import overview, page

__all__ = ["main", "run"]

WORK = {"train": train.command, "predict": predict.command, "show": show.command,
        "explain": explain.command, "env": env.command}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; it never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    with speaking(_language(words)) as wanted:
        return guarded(lambda: run(words, language=wanted))


def run(words: Sequence[str], *, language: str = "en") -> int:
    """Run a command line; what is wrong with it, or on the way, is raised.

    `language` is that of the report. Errors: LL979 for an unknown command.
    """
    if not words or words[0] in ("--help", "-h", "help"):
        print(overview())
        return DONE
    if words[0] in ("--version", "-V"):
        print(f"liuli {version()}")
        return DONE
    name, *rest = words
    if name.partition("=")[0] == "--lang":
        return run(rest if "=" in name else rest[1:], language=language)
    if name not in COMMANDS:
        near = nearest(name, list(COMMANDS))
        raise CommandError("LL979", command=repr(name), names=", ".join(COMMANDS),
                           near=f"liuli {near}" if near else "liuli train")  # fmt: skip
    arguments = parse(COMMANDS[name], rest, language)
    if arguments.get("lang") is not None:
        one_of("--lang", arguments.options["lang"], ("en", "zh"))
    if arguments.get("help") is not None:
        print(page(COMMANDS[name]))
        return DONE
    get_num_threads()  # a variable that makes no sense is told before anything is begun
    return WORK[name](arguments)


def _language(words: Sequence[str]) -> str | None:
    """What --lang says, wherever it stands: also errors before it are told in that language."""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        if name == "--lang":
            said = (value if equals else following).lower()
            return said if said in ("en", "zh") else None
    return None

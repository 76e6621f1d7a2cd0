"""The help: pages made from the table of options."""

from __future__ import annotations

import re
import textwrap

from ..train.optimizers import NAMED as OPTIMIZERS
from ..zoo import FOR_NUMBERS, FOR_PICTURES
from .console import padded, width
from .machine import version
from .options import COMMANDS, Command
from .settings import TABLE, USUAL
from .words import say

WIDTH = 76  # of a list of names
EXAMPLES = {
    "train": ("liuli train", "liuli train --data mnist --epochs 20", "liuli train --model linear",
              "liuli train --data houses.csv --target price",
              "liuli train --model net.py:make", "liuli train --resume runs/001"),
    "predict": ("liuli predict runs/001 photo.png", "liuli predict runs/002 new.csv"),
    "show": ("liuli show runs/001", "liuli show runs/001 --text", "liuli show runs/001 photo.png",
             "liuli show runs/001 --open"),
    "explain": ("liuli explain runs/001", "liuli explain runs/001 --asm k0_contract",
                "liuli explain step.py:step", "liuli explain step.py:make --graph"),
    "env": ("liuli env", "liuli env --json"),
}  # fmt: skip


def spoken(text: str) -> str:
    """A usage with the words that stand for values in the reader's language."""
    return re.sub(r"\b(OPTIONS|NAME|COLUMN|FOLDER|FILE|IMAGE|RUN|KERNEL)\b",
                  lambda found: say(f"value_{found[0]}"), text)  # fmt: skip


def _usual() -> dict[str, str]:
    """What each option is without being given: "sample 30; mnist, fashion-mnist 15"."""
    kinds, told = {**USUAL, say("usual_tables"): TABLE}, {}
    for key in ("epochs", "batch_size", "lr"):
        groups: dict[float, list[str]] = {}
        for name, usual in kinds.items():
            groups.setdefault(getattr(usual, key), []).append(name)
        told[key] = "; ".join(f"{', '.join(names)} {value:g}" for value, names in groups.items())
    return told


def overview() -> str:
    """`liuli --help`: the commands."""
    names = max(map(len, COMMANDS))
    lines = [say("title", version=version()), "", say("commands")]
    lines += [f"  liuli {name:<{names}}  {say('about_' + name)}" for name in COMMANDS]
    return "\n".join([*lines, "", say("begin"), say("more")])


def page(command: Command) -> str:
    """`liuli train --help`: what it does, its options, and examples."""
    lines = [say("usage", usage=spoken(command.usage)), "", f"  {say('about_' + command.name)}", ""]
    heads = [f"{option.name} {spoken(option.value)}".rstrip() for option in command.options]
    left = max(map(width, heads))
    lines.append(say("options"))
    facts = {"optimizers": ", ".join(OPTIMIZERS), **_usual()}
    for option, head in zip(command.options, heads, strict=True):
        common = option.key in ("lang", "help")
        name = f"help_{option.key}" if common else f"help_{command.name}_{option.key}"
        lines.append(f"  {padded(head, left)}  {say(name, **facts)}")
    if command.name == "train":
        pictures = textwrap.wrap(", ".join(FOR_PICTURES), WIDTH)
        kinds = {"numbers": ", ".join(FOR_NUMBERS), "pictures": "\n  ".join(pictures)}
        lines += ["", say("train_names", **kinds)]
    if command.name == "explain":
        lines += ["", say("explain_name")]
    return "\n".join(
        [*lines, "", say("examples"), *(f"  {each}" for each in EXAMPLES[command.name])]
    )

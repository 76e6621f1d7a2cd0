"""Write down which of PyTorch's names are there: api_names.json and docs/api-status.md.

    python -m tests.golden.make_api_status

A name is "there" if Liuli has it and at least one golden case tests it; "later" if it belongs to a
part that is still to come; else "missing". Names in api_names.json stay; the names of new cases
are added.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from tests.golden.cases import all_cases

ROOT = Path(__file__).parents[2]
NAMES = Path(__file__).parent / "api_names.json"
PAGE = ROOT / "docs" / "api-status.md"

# The parts that are still to come, and how the page calls each kind.
LATER = frozenset(
    {
        "module",
        "layer",
        "init",
        "module method",
        "optimizer",
        "data",
        "system",
        "torchvision",
        "keras",
    }
)
# Kinds that are not compared call by call but by tests of their own, which hold files of PyTorch's
# numbers, or its rules, for whole runs.
OWN_TESTS = {
    "module": "tests/nn",
    "init": "tests/nn/test_init.py",
    "module method": "tests/nn/test_module.py",
    "optimizer": "tests/optim",
    "data": "tests/data",
    "system": "tests/nn/test_saving.py",
}
TITLES = {
    "operator": "Operators and what Python asks of an object",
    "method": "Methods of Tensor",
    "attribute": "Attributes of Tensor",
    "function": "Functions",
    "class": "Classes",
    "dtype": "Number types",
    "module": "Modules",
    "functional": "nn.functional",
    "layer": "Layers",
    "init": "Initialisation",
    "module method": "Methods of Module",
    "optimizer": "Optimizers",
    "data": "Data",
    "system": "Devices, files, compilation, distribution",
    "torchvision": "torchvision",
    "keras": "Keras",
}
HEAD = """# Which names are there

This page is written by `python -m tests.golden.make_api_status`, and a test compares it with what
is really there. A name is **there** if Liuli has it and at least one case compares it with PyTorch
(values, gradients, dtype and shape, in float32 and float64), or the tests named in its line hold
whole runs against PyTorch's; **later** if its part of Liuli is
still to come; else **missing**.
"""

Row = dict[str, Any]


@cache
def counts() -> Counter[str]:
    """Give the number of golden cases of each name."""
    return Counter(case.name for case in all_cases())


@cache
def later_names() -> frozenset[str]:
    """Give the names whose cases belong to a part that is still to come."""
    return frozenset(case.name for case in all_cases() if case.later)


def exists(where: str) -> bool:
    """Say whether a dotted path leads to something."""
    if where.startswith("liuli.nn.functional.") and not _follow("liuli.nn.functional"):
        where = where.replace("nn.functional", "functions.functional")
    return _follow(where)


def _follow(where: str) -> bool:
    first, *rest = where.split(".")
    item: Any = importlib.import_module(first)
    path = first
    for name in rest:
        path = f"{path}.{name}"
        if not hasattr(item, name):
            if name in getattr(item, "__annotations__", ()):
                return True  # an attribute of every object
            try:
                importlib.import_module(path)
            except ModuleNotFoundError:
                return False
        item = getattr(item, name)
    return True


def kind_of(name: str) -> str:
    """Give the kind of a name that came with a new case."""
    starts = {"nn.functional.": "functional", "Tensor.": "method", "operator.": "operator"}
    starts |= {"nn.init.": "init", "nn.": "layer"}
    return next((kind for start, kind in starts.items() if name.startswith(start)), "function")


def place_of(name: str) -> str:
    """Give the path in Liuli of a name that came with a new case."""
    return name if name.startswith("liuli.") else f"liuli.{name}"


def twins(name: str) -> list[str]:
    """Give the spellings of a name: function, method and functional share one meaning."""
    last = name.rsplit(".", maxsplit=1)[-1]
    spellings = [name]
    if not name.startswith(("operator.", "keras.", "torchvision.")):
        spellings += [f"liuli.{last}", f"Tensor.{last}", f"nn.functional.{last}"]
    return [spelling for spelling in dict.fromkeys(spellings) if counts()[spelling]]


def status_of(row: Row) -> str:
    """Recompute the status of a name."""
    tested = counts()[row["name"]] or OWN_TESTS.get(row["kind"])
    if tested and exists(row["where"]):
        return "there"
    later = row["kind"] in LATER or row["name"] in later_names()
    return "later" if later else "missing"


def load() -> list[Row]:
    """Read the names as they are written."""
    rows: list[Row] = json.loads(NAMES.read_text(encoding="utf-8"))
    return rows


def renewed(rows: list[Row]) -> list[Row]:
    """Give the rows as they should be: every name, its cases, its status."""
    known = {row["name"] for row in rows}
    added = [
        {"name": name, "kind": kind_of(name), "where": place_of(name)}
        for name in counts()
        if name not in known
    ]
    order = list(TITLES)
    fresh = [
        {
            "name": row["name"],
            "kind": row["kind"],
            "where": row["where"],
            "golden": twins(row["name"]),
            "status": status_of(row),
        }
        for row in [*rows, *added]
    ]
    return sorted(fresh, key=lambda row: (order.index(row["kind"]), row["name"]))


def json_text(rows: list[Row]) -> str:
    """Write one name a line."""
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def page_text(rows: list[Row]) -> str:
    """Write the page for people."""
    parts = [HEAD, summary(rows)]
    for kind, title in TITLES.items():
        lines = [line(row) for row in rows if row["kind"] == kind]
        if lines:
            table = ["| name | status | cases |", "|---|---|---:|", *lines]
            parts.append(f"## {title}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


def line(row: Row) -> str:
    """Write one name's line."""
    name = row["name"].replace("|", "\\|")
    there = row["status"] == "there"
    tests = counts()[row["name"]] or (OWN_TESTS.get(row["kind"], "") if there else "")
    return f"| `{name}` | {row['status']} | {tests} |"


def summary(rows: list[Row]) -> str:
    """Count the names by status."""
    number = Counter(row["status"] for row in rows)
    words = ", ".join(f"{number[word]} {word}" for word in ("there", "missing", "later"))
    return f"{len(rows)} names: {words}; {sum(counts().values())} cases.\n"


def main() -> None:
    """Write both files."""
    rows = renewed(load())
    NAMES.write_text(json_text(rows), encoding="utf-8")
    PAGE.write_text(page_text(rows), encoding="utf-8")
    print(summary(rows), end="")


if __name__ == "__main__":
    main()

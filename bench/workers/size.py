"""What a package and all it needs take on disk, in MB: `size.py PACKAGE`, run by its Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path


def needed(package: str) -> tuple[list[str], int]:
    """What a package asks for, and its own bytes."""
    try:
        found = distribution(package)
    except PackageNotFoundError:  # a checkout that is not installed
        return from_checkout(package)
    return list(found.requires or ()), size_of(found)


def size_of(found: Distribution) -> int:
    """The bytes of a package's files, as its installer listed them."""
    paths = (Path(str(found.locate_file(file))) for file in found.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())


def from_checkout(package: str) -> tuple[list[str], int]:
    """The same of a folder of sources with a pyproject.toml beside it."""
    import tomllib

    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise PackageNotFoundError(package)
    folder = Path(spec.origin).parent
    told = tomllib.loads((folder.parent / "pyproject.toml").read_text(encoding="utf-8"))
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return told["project"]["dependencies"], sum(path.stat().st_size for path in files)


def wanted(requirements: Iterable[str]) -> list[str]:
    """The names of the packages that are asked for on this machine, without extras."""
    from pip._vendor.packaging.requirements import Requirement

    parsed = [Requirement(text) for text in requirements]
    return [r.name for r in parsed if r.marker is None or r.marker.evaluate({"extra": ""})]


def total(package: str) -> int:
    """The bytes of a package and of everything that it needs, each counted once."""
    seen: set[str] = set()
    todo, size = [package], 0
    while todo:
        name = todo.pop()
        key = name.lower().replace("_", "-").replace(".", "-")
        if key in seen:
            continue
        seen.add(key)
        try:
            requirements, own = needed(name)
        except (ImportError, OSError):  # asked for, but not there
            continue
        todo += wanted(requirements)
        size += own
    return size


if __name__ == "__main__":
    print(json.dumps(sum(map(total, sys.argv[1:])) / 1e6))

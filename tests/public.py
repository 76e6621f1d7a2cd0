"""What a user can reach from `import liuli`: the names that need documentation and care."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any


def public_names(module: ModuleType) -> list[str]:
    """`__all__` where a module has one, else its names without a leading underscore."""
    declared = getattr(module, "__all__", None)
    names = dir(module) if declared is None else declared
    return sorted(name for name in names if not name.startswith("_"))


def public_callables(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """(dotted name, object) of each function or class reachable from `module`, each once."""
    package = module.__name__.partition(".")[0]
    seen: set[int] = set()
    pending = [module]
    while pending:
        current = pending.pop()
        for name in public_names(current):
            item = getattr(current, name)
            if id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, ModuleType):
                if ours(item.__name__, package):
                    pending.append(item)
            elif callable(item) and ours(getattr(item, "__module__", None), package):
                yield f"{current.__name__}.{name}", item


def ours(name: str | None, package: str) -> bool:
    """Whether a module belongs to the package."""
    return name is not None and (name == package or name.startswith(package + "."))

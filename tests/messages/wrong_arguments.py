"""Call every public function and method with wrong arguments: only our errors may come out.

`python -m tests.messages.wrong_arguments` prints what leaks. It runs in a process of its own,
with a limit on memory where the system knows one.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import liuli
from liuli.functions import functional

# They change the process, or hand errors of the user's own functions on.
LEFT_OUT = {"seed", "set_grad_enabled", "set_default_dtype", "set_num_threads", "set_printoptions"}
LEFT_OUT |= {
    "set_rng_state",
    "random_",
    "requires_grad_",
    "register_hook",
    "register_post_accumulate_grad_hook",
}
# Sizes that are large, and right.
MAKERS = {"arange", "eye", "linspace", "logspace", "randperm", "repeat", "tile", "diag", "histc"}
MAKERS |= {"repeat_interleave", "diag_embed", "bincount", "matrix_power", "expand", "broadcast_to"}
MAKERS |= {"tensor_split", "tensordot", "unfold"}
GIGABYTES = 8


def wrong() -> dict[str, Any]:
    """Arguments to try, by name."""
    ones = liuli.ones(2, 3)
    return {
        "tensor": ones, "vector": liuli.ones(4), "number": liuli.tensor(1.0),
        "empty": liuli.ones(0), "whole": liuli.arange(6).reshape(2, 3), "truths": ones > 0,
        "-1": -1, "0": 0, "5": 5, "1.5": 1.5, "large": 10**6, "huge": 10**18,
        "nan": float("nan"), "inf": float("inf"), "complex": 1j, "float64": np.float64(2.0),
        "list": [1, 2], "tuple": (1, 2), "ragged": [[1], [1, 2]], "array": np.ones((2, 3)),
        "text": "abc", "None": None, "dict": {}, "object": object(), "cuda": "cuda",
        "dtype": liuli.float32,
    }  # fmt: skip


TENSORS = ("tensor", "vector", "number", "empty", "whole", "truths")


def functions() -> Iterator[tuple[str, Any, bool]]:
    """(name, function, whether it is a method) of everything public."""
    for name in liuli.__all__:
        item = getattr(liuli, name)
        if callable(item) and not isinstance(item, type) and name not in LEFT_OUT:
            yield name, item, False
    for name in sorted(set(functional.__all__) - set(liuli.__all__)):
        yield name, getattr(functional, name), False
    for name in dir(liuli.Tensor):
        item = getattr(liuli.Tensor, name)
        if callable(item) and not name.startswith("_") and name not in LEFT_OUT:
            yield name, item, True


def counts(function: Any) -> range:
    """With how many positional arguments to call a function."""
    parameters = inspect.signature(function).parameters.values()
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    least = sum(p.default is p.empty for p in places)
    more = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return range(least + more, min(len(places) + more, least + 2) + 1)


def calls(name: str, function: Any, method: bool) -> Iterator[list[str]]:
    """The names of the arguments of each call to try."""
    for count in counts(function):
        for place in range(count):
            for kind in wrong():
                arguments = ["tensor", *["0"] * (count - 1)][:count]
                arguments[place] = kind
                proper = name in MAKERS and kind in ("huge", "large")
                if not proper and not (method and arguments[0] not in TENSORS):
                    yield arguments


def leaks() -> Iterator[str]:
    """Every call that raises an error that is not ours."""
    for name, function, method in functions():
        for arguments in calls(name, function, method):
            given = wrong()
            try:
                function(*(given[kind] for kind in arguments))
            except (liuli.errors.LiuliError, MemoryError):
                continue
            except Exception as error:
                yield f"{name}({', '.join(arguments)}): {type(error).__name__}: {error}"


def main() -> int:
    """Print the leaks; 0 if there are none."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES * 2**30, GIGABYTES * 2**30))
    except (ImportError, ValueError, OSError):  # Windows, or a lower limit is set already
        pass
    found = list(leaks())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a user gives an optimizer to train, as groups; and what may be wrong with it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from ..autodiff.describe import row
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, GradientError, Row


def as_groups(params: Any, owner: str) -> list[dict[str, Any]]:
    """`params` as a list of dicts with "params" and whatever else each group says.

    Errors: LL680 if there is nothing to train, LL682 for what is no iterable of tensors or
    groups, LL683 for a generator that is used up.
    """
    listed = as_list(params, owner)
    if not listed:
        raise ArgumentError("LL680", owner=owner)
    if isinstance(listed[0], Mapping):
        for i, group in enumerate(listed):
            if not isinstance(group, Mapping) or "params" not in group:
                given = ", ".join(map(str, group)) if isinstance(group, Mapping) else repr(group)
                raise ArgumentError("LL687", owner=owner, index=i, given=given)
        return [dict(group) for group in listed]
    return [{"params": listed}]


def as_list(params: Any, owner: str) -> list[Any]:
    """What `params` iterates over. Errors: LL682, LL683."""
    fix = ""
    if isinstance(params, Tensor):
        fix = f"liuli.optim.{owner}([w])"
    elif callable(getattr(params, "parameters", None)):
        fix = f"liuli.optim.{owner}(model.parameters())"
    elif inspect.ismethod(params):
        fix = f"liuli.optim.{owner}(model.{params.__name__}())"
    elif isinstance(params, Mapping):
        fix = "[{'params': ...}]" if "params" in params else "model.parameters()"
    elif isinstance(params, (set, frozenset)):
        fix = "[w1, w2]"  # the order of a set changes from run to run, and state goes by order
    elif not hasattr(params, "__iter__") or isinstance(params, (str, bytes)):
        fix = "model.parameters()"
    if fix:
        raise ArgumentError("LL682", owner=owner, type=type(params).__name__, fix=fix)
    ended = inspect.isgenerator(params) and params.gi_frame is None
    if ended:
        raise ArgumentError("LL683", owner=owner)
    return list(params)


def separated(given: Any, owner: str) -> tuple[list[Tensor], list[str]]:
    """The tensors of one group, and their names if they came as (name, tensor).

    Errors: LL684 for what is no tensor, LL685 for one that was computed, LL686 for one twice.
    """
    listed = [given] if isinstance(given, Tensor) else as_list(given, owner)
    pairs: list[tuple[str, Any]] = [
        x if isinstance(x, tuple) and len(x) == 2 else ("", x) for x in listed
    ]
    for i, (_, p) in enumerate(pairs):
        if not isinstance(p, Tensor):
            raise ArgumentError("LL684", owner=owner, index=i, type=type(p).__name__)
        if not p.is_leaf:
            raise GradientError("LL685", rows=[row(f"[{i}]", p)], owner=owner, index=i)
    tensors = [p for _, p in pairs]
    check_distinct(tensors, (), owner)
    return tensors, [name for name, _ in pairs if name]


def check_distinct(new: list[Tensor], known: Sequence[Tensor], owner: str) -> None:
    """Errors: LL686 if a parameter would be trained twice in each step."""
    seen = {id(p) for p in known}
    for i, p in enumerate(new):
        if id(p) in seen:
            rows = [Row(f"[{i}]", tuple(p.shape))]
            raise ArgumentError("LL686", rows=rows, owner=owner, index=i)
        seen.add(id(p))

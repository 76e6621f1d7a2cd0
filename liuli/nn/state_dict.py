"""State dicts: all parameters and persistent buffers of a module by name, and their way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, Row
from ..functions.assignment import copy_
from ..messages.words import Word
from .parameter import Parameter, UninitializedParameter

SHOWN = 12  # rows of each kind in a message


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` did not find, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


def entries(module: Any) -> dict[str, Tensor]:
    """The tensors themselves that a state dict names, in order; shared ones under each name."""
    found: dict[str, Tensor] = {}
    for path, part in module.named_modules(remove_duplicate=False):
        prefix = f"{path}." if path else ""
        for name, tensor in (*part._parameters.items(), *part._buffers.items()):
            if tensor is not None and name not in part._unsaved:
                found[prefix + name] = tensor
    return found


def load(module: Any, state: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Write the values of `state` into the module. Errors: LL665 lists what does not fit."""
    if hasattr(type(state), "named_modules"):
        raise ArgumentError("LL171", kind=type(state).__name__)
    if not isinstance(state, Mapping):
        raise ArgumentError("LL664", argument="state_dict", type=type(state).__name__,
                            expected=Word("a dict of tensors by name"))  # fmt: skip
    own = entries(module)
    keys = IncompatibleKeys(
        [name for name in own if name not in state and not _is_count(name, own, state)],
        [name for name in state if name not in own],
    )
    common = [name for name in own if name in state]
    misfits = [name for name in common if not _fits(own[name], state[name])]
    if misfits or (strict and (keys.missing_keys or keys.unexpected_keys)):
        shown = keys if strict else IncompatibleKeys([], [])
        raise _refused(module, own, state, shown, misfits)
    with no_grad():
        for name in common:
            (_assign if assign else _write)(module, name, own[name], state[name])
    return keys


def _is_count(name: str, own: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
    """Whether it is the count of batches of a batch norm that was saved without one.

    PyTorch before 0.4.1 did not count them; such files load, and the count stays.
    """
    prefix, dot, last = name.rpartition(".")
    mean = f"{prefix}{dot}running_mean"
    return last == "num_batches_tracked" and mean in own and mean in state


def _fits(own: Tensor, given: Any) -> bool:
    if not isinstance(given, Tensor):
        return False
    # PyTorch once saved single numbers with one axis.
    shapes = {own._array.shape, (1,)} if own.ndim == 0 else {own._array.shape}
    return isinstance(own, UninitializedParameter) or given._array.shape in shapes


def _write(module: Any, name: str, own: Tensor, given: Tensor) -> None:
    if isinstance(own, UninitializedParameter) and not isinstance(given, UninitializedParameter):
        own.materialize(given.shape)
    copy_(own, given.reshape(own.shape))


def _assign(module: Any, name: str, own: Tensor, given: Tensor) -> None:
    path, _, last = name.rpartition(".")
    if isinstance(own, Parameter):
        given = given if isinstance(given, Parameter) else Parameter(given, own.requires_grad)
    setattr(module.get_submodule(path), last, given)


def _refused(
    module: Any, own: Mapping[str, Tensor], state: Mapping[str, Any], keys: IncompatibleKeys,
    misfits: list[str],
) -> ArgumentError:  # fmt: skip
    """The error that lists every name which does not fit, with both shapes."""
    rows = [
        Row("missing", name, Word("{shape} here", shape=_looks(own[name])))
        for name in keys.missing_keys[:SHOWN]
    ]
    rows += [
        Row("unexpected", name, Word("{shape} in the state_dict", shape=_looks(state[name])))
        for name in keys.unexpected_keys[:SHOWN]
    ]
    rows += [Row("shape", name, _both(own[name], state[name])) for name in misfits[:SHOWN]]
    left = sum(len(names) - SHOWN for names in (*keys, misfits) if len(names) > SHOWN)
    rows += [Row("...", f"{left} more")] if left else []
    return ArgumentError(
        "LL665", rows=rows, layer=type(module).__name__, missing=len(keys.missing_keys),
        unexpected=len(keys.unexpected_keys), misfits=len(misfits),
        fix=_prefix_fix(own, state),
    )  # fmt: skip


def _both(own: Any, given: Any) -> Word:
    there = "{shape} here, {other} in the state_dict"
    return Word(there, shape=_looks(own), other=_looks(given))


def _looks(x: Any) -> str:
    return str(tuple(x.shape)) if hasattr(x, "shape") else type(x).__name__


def _prefix_fix(own: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """What to write if all names only lack, or only have, one and the same beginning."""
    theirs, ours = ({n.partition(".")[2] for n in names if "." in n} for names in (state, own))
    first, other = (next(iter(names), "").partition(".")[0] + "." for names in (state, own))
    if theirs == set(own) and all(name.startswith(first) for name in state):
        return f'{{name.removeprefix("{first}"): x for name, x in state_dict.items()}}'
    if ours == set(state) and all(name.startswith(other) for name in own):
        return f'{{"{other}" + name: x for name, x in state_dict.items()}}'
    return ""

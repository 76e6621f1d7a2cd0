"""Optimizer: groups of parameters, their state, and the walk over them; a rule does the rest.

A rule is written for one parameter, as a text over values:

    advance(F, c, h)        once a step: counters `c`, and scalars that follow from them, into `h`
    update(F, p, g, s, h)   parameter `p`, gradient `g`, state `s`, hyperparameters `h`

`p -= h.lr * g` writes into the parameter's memory. See `readers.py` for who reads the text.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ..autodiff.describe import warn
from ..autodiff.modes import enable_grad, no_grad
from ..autodiff.state import CAPTURES, EDITS, STATE
from ..autodiff.tensor import Dropped, Tensor, fresh
from ..errors import ArgumentError
from .group import Group, number, plain
from .keeping import Kept, Named, State, begin, by_counters, restored, shared
from .parameters import as_groups, check_distinct, separated
from .ranges import BOOL, NEVER, check, check_all
from .readers import Arrays, Hyperparameters, Tensors, Update
from .remarks import Watch

__mirrors__ = "torch"


class Optimizer:
    """The base of all optimizers.

    `params` is an iterable of tensors, of (name, tensor), or of dicts: {"params": ..., "lr": ...}.
    `defaults` are the hyperparameters of groups that do not say otherwise.

    A subclass writes `update` for one parameter, and, where it keeps state, `arrays_of`,
    `counters_of` and `advance`.

    Errors: LL680 and LL682 to LL687 for parameters that cannot be trained, LL681 for a
    hyperparameter out of its range.

    Example:
        >>> class SignDescent(liuli.optim.Optimizer):
        ...     def __init__(self, params, lr=0.1):
        ...         super().__init__(params, {"lr": lr})
        ...     @staticmethod
        ...     def update(F, p, g, s, h):
        ...         p -= h.lr * F.sign(g)
        >>> w = liuli.tensor([1.0, -2.0], requires_grad=True)
        >>> (w * w).sum().backward()
        >>> SignDescent([w]).step()
        >>> w
        tensor([ 0.9000, -1.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {}  # name -> Range, or a tuple of them

    def __init__(self, params: Any, defaults: Mapping[str, Any]) -> None:
        self.defaults: dict[str, Any] = {key: number(value) for key, value in defaults.items()}
        self.state: defaultdict[Tensor, State] = Kept(Named)
        self.param_groups: list[Group] = []
        self.steps_taken = 0  # schedulers warn if they are stepped first
        self._watch = Watch()
        for group in as_groups(params, type(self).__name__):
            self.add_param_group(group)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "state":
            EDITS.number += 1
        object.__setattr__(self, name, value)

    # --- the rule -----------------------------------------------------------------------------
    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        raise NotImplementedError

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count a step, and derive scalars for `update`."""
        c.step += 1

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """The arrays that are kept for a parameter: names, and what they are filled with."""
        return {}

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The scalars that are kept: names, and first values."""
        return {}

    def rule_of(self, first: bool, h: Hyperparameters) -> Update:
        """The text to read for a parameter, if this is its `first` step or if it is not."""
        return self.update

    # --- the step -----------------------------------------------------------------------------
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient, and return what `closure` returns.

        `closure`, if given, computes the loss and its gradients first. Warns, LL441 and LL442,
        once of a loop without backward or without zero_grad.
        """
        if closure is None and STATE.recorder is None and CAPTURES.step(self):
            return None
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._step()
        return loss

    def _step(self) -> None:
        self.steps_taken += 1
        if STATE.recorder is None:
            self.look()
        with no_grad():
            for group in self.param_groups:
                self._step_group(group)

    def look(self) -> None:
        """Warn, once, of a loop that forgets something: see `step`."""
        self._watch.look(type(self).__name__, self.param_groups)

    def _step_group(self, group: Group) -> None:
        params = group.params
        if STATE.recorder is not None:
            for p in params:
                STATE.recorder.consume_grad(p)
        active = [p for p in params if p._grad is not None]
        start = Arrays.numbers(group)
        arrays, counters = self.arrays_of(start), self.counters_of(start)
        new = [p for p in active if p not in self.state or not self.state[p].keys() >= {*arrays}]
        begun = begin(new, arrays, counters) if new else {}
        for p, made in begun.items():  # one that began before gets what a new option needs
            self.state[p] = Named(made | self.state[p])
        reader: type[Arrays] | type[Tensors] = Arrays
        h = start
        if STATE.recorder is not None:
            reader, h = Tensors, Tensors.numbers(group)
        rule = self.rule_of(False, h)
        for count, members in by_counters(active, params, self.state, list(counters)):
            if count:
                reader.count(self.advance, count, h)
            for p in members:
                text = self.rule_of(True, h) if p in begun else rule
                reader.update(text, p, p._grad, self.state[p], h)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients: None, or with `set_to_none=False` zeros in the same memory."""
        self._watch.cleared = True
        if set_to_none and STATE.recorder is None:
            if STATE.capture is not None:
                STATE.capture.empties_all()
            for group in self.param_groups:
                for p in group.params:
                    p._grad = None
            return
        for group in self.param_groups:
            for p in group.params:
                if set_to_none or isinstance(p._grad, Dropped):
                    p.grad = None
                elif p.grad is not None:
                    with no_grad():
                        p.grad = p.grad.detach()
                        p.grad.zero_()

    # --- groups -------------------------------------------------------------------------------
    def add_param_group(self, param_group: Any) -> None:
        """Train further parameters, with hyperparameters of their own where the dict has them.

        Errors: as for the constructor; warns, LL689, about a name that looks misspelled.
        """
        owner = type(self).__name__
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise ArgumentError("LL687", owner=owner, index=len(self.param_groups),
                                given=_names(param_group))  # fmt: skip
        params, names = separated(param_group["params"], owner)
        check_distinct(params, [p for group in self.param_groups for p in group.params], owner)
        for key in param_group:
            close = difflib.get_close_matches(str(key), self.defaults, 1, 0.75)
            if key not in self.defaults and close:
                warn("LL689", owner=owner, name=key, close=close[0])
        own = {key: value for key, value in param_group.items() if key != "params"}
        values = self.defaults | own
        self.check(values)
        group = Group({"params": params, **({"param_names": names} if names else {}), **values})
        self.param_groups.append(group)
        EDITS.number += 1

    def check(self, values: Mapping[str, Any]) -> None:
        """Errors: LL681 for a hyperparameter out of its range."""
        owner = type(self).__name__
        check_all(owner, values, self.limits)
        if "maximize" in values:
            check(owner, "maximize", values["maximize"], BOOL)
        if "differentiable" in values:
            check(owner, "differentiable", values["differentiable"], NEVER)

    # --- saving -------------------------------------------------------------------------------
    def state_dict(self) -> dict[str, Any]:
        """A copy of all state, and the groups with plain numbers; parameters by number."""
        numbers = {p: i for i, p in enumerate(self._all())}
        state = {
            numbers[p]: {name: fresh(t._array.copy()) for name, t in kept.items()}
            for p, kept in self.state.items()
            if kept
        }
        groups = [
            {key: plain(value) for key, value in group.stored() if key != "params"}
            | {"params": [numbers[p] for p in group.params]}
            for group in self.param_groups
        ]
        return {"state": dict(sorted(state.items())), "param_groups": groups}

    def load_state_dict(self, state_dict: Any) -> None:
        """Go on from what `state_dict` returned; nothing changes if it does not fit.

        Errors: LL690 for other groups or parameters, LL691 for an array of another shape, LL692
        for the state of another optimizer, LL693 for something else.
        """
        owner = type(self).__name__
        if STATE.recorder is not None:
            STATE.recorder.refuse("LL694", what="load_state_dict")
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= {*state_dict}:
            raise ArgumentError("LL693", owner=owner, given=_names(state_dict))
        groups = state_dict["param_groups"]
        saved = {int(index): kept for index, kept in state_dict["state"].items()}  # JSON has text
        ours, theirs = ([len(g["params"]) for g in gs] for gs in (self.param_groups, groups))
        if ours != theirs:
            raise ArgumentError("LL690", owner=owner, ours=ours, theirs=theirs)
        state = Kept(Named)
        for group, given in zip(self.param_groups, groups, strict=True):
            values = {key: value for key, value in given.items() if key != "params"}
            self.check(group.copy() | values)
            h = Hyperparameters(**(group.copy() | {k: number(x) for k, x in values.items()}))
            arrays, counters = list(self.arrays_of(h)), list(self.counters_of(h))
            for p, index in zip(group.params, given["params"], strict=True):
                if index in saved:
                    state[p] = restored(owner, index, p, saved[index], arrays, counters)
            shared(group.params, state, counters)
        for group, given in zip(self.param_groups, groups, strict=True):
            group.update({key: value for key, value in given.items() if key != "params"})
        self.state = state
        EDITS.number += 1

    def _all(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group.params]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            values = {key: plain(value) for key, value in group.stored()}
            lines += [f"    {key}: {values[key]}" for key in sorted(values) if key != "params"]
        return "\n".join([*lines, ")"])


def _names(given: Any) -> str:
    """What a dict has, or what kind of thing it is instead."""
    if isinstance(given, Mapping):
        return "{" + ", ".join(map(repr, given)) + "}"
    return type(given).__name__


def decayed(g: Any, p: Any, h: Any) -> Any:
    """The gradient with that of the penalty wd/2 |p|^2 added: g + wd p."""
    return g + h.weight_decay * p if h.uses("weight_decay") else g

"""Module: a layer, or a network of layers, with its parameters and buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from .. import dtypes as dt
from ..autodiff.describe import LEAKS, arguments, cause, explained
from ..autodiff.hooks import RemovableHandle
from ..autodiff.modes import no_grad
from ..autodiff.state import EDITS, STATE
from ..autodiff.tensor import Dropped, Tensor
from ..devices import require
from ..errors import ArgumentError, LayerError, LiuliError
from ..functions.convert import to as convert
from ..messages.words import Word
from . import advice, hooks
from .parameter import Parameter, UninitializedParameter
from .state_dict import IncompatibleKeys, entries, load

__mirrors__ = "torch"

Self = TypeVar("Self", bound="Module")
_PLAIN = (type(None), bool, int, float, str, dt.DType)


class _NotPlainError(Exception):
    """An argument that cannot be written down."""


def _plain(x: Any) -> Any:
    """A copy of an argument made of plain values and modules. Raises _NotPlainError for others."""
    if isinstance(x, Module) or type(x) in _PLAIN:
        return x
    if isinstance(x, (list, tuple)) and type(x).__init__ in (list.__init__, tuple.__init__):
        return type(x)([_plain(part) for part in x])
    if isinstance(x, dict) and all(type(key) in _PLAIN for key in x):
        return {key: _plain(part) for key, part in x.items()}
    raise _NotPlainError


def _forward_missing(self: Module, *args: Any, **kwargs: Any) -> Any:
    """Every module has its own. Errors: LL663 for one that has none."""
    raise LayerError("LL663", kind=type(self).__name__, fix=advice.forward_fix(type(self)))


class Module:
    """The base of all layers and networks.

    A subclass makes its layers in `__init__`, after `super().__init__()`, and computes in
    `forward`. Modules, parameters and buffers that are assigned to attributes are found again:
    by `parameters()`, `state_dict()`, `to()` and everything else that concerns a whole network.

    Example:
        >>> from liuli import nn
        >>> class Net(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.fc1 = nn.Linear(3, 4)
        ...         self.fc2 = nn.Linear(4, 2)
        ...
        ...     def forward(self, x):
        ...         return self.fc2(self.fc1(x).relu())
        >>> net = Net()
        >>> net
        Net(
          (fc1): Linear(in_features=3, out_features=4, bias=True)
          (fc2): Linear(in_features=4, out_features=2, bias=True)
        )
        >>> net(liuli.ones(5, 3)).shape
        liuli.Size([5, 2])
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _unsaved: set[str]  # names of the buffers that are not saved
    _module_hooks: dict[int, Any]
    _scope: tuple[str, ...]  # its name in its first parent; empty for a root

    def __new__(cls, *args: Any, **kwargs: Any) -> Module:
        self = object.__new__(cls)
        try:
            self.__dict__["_made_from"] = (_plain(args), _plain(kwargs))
        except _NotPlainError:
            self.__dict__["_made_from"] = None
        return self

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        advice.warn_of_misspelled_init(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args or kwargs:
            raise advice.unexpected_arguments(type(self), args, kwargs)
        self.__dict__.update(
            training=True, _parameters={}, _buffers={}, _modules={}, _unsaved=set(),
            _module_hooks={}, _scope=(), _advised=False,
        )  # fmt: skip

    @property
    def _made_with(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments it was made with, if they are plain values or modules; else None."""
        made: tuple[tuple[Any, ...], dict[str, Any]] | None = self._made_from
        return made

    # --- calling --------------------------------------------------------------------------------
    forward: Callable[..., Any] = _forward_missing

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """forward, in the scope of this module's name; errors are told where they arose."""
        state = STATE
        before = state.scope
        try:
            state.scope = before + self._scope
            if self._module_hooks:
                return hooks.call(self, args, kwargs)
            result = self.forward(*args, **kwargs)
            if result is None:
                advice.warn_of_nothing(type(self))
            return result
        except Exception as error:
            self._say_where(error)
            raise
        finally:
            state.scope = before

    def _say_where(self, error: Exception) -> None:
        """Tell an error of ours the layer; turn what leaked out of our own layer into ours."""
        kind, path = type(self).__name__, ".".join(STATE.scope)
        layer = f"{path} ({kind})" if self._scope else kind
        if isinstance(error, LayerError):
            return  # which names its class itself
        if isinstance(error, LiuliError):
            error.at_layer(layer, **({} if error.layer else self._advise(error)))
        elif isinstance(error, LEAKS) and type(self).__module__.startswith(f"{__package__}."):
            given = arguments(error)
            if given and given.pop("self", None) is self:
                ours = explained(kind, given, error)
                if ours is not None:
                    ours.at_layer(layer)
                    raise ours from cause(ours, error)

    def _advise(self, error: LiuliError) -> dict[str, object]:
        """What this layer knows about an error that arose in it, as facts of its message."""
        return {}

    # --- attributes -----------------------------------------------------------------------------
    # Parameters, buffers and modules lie in their own dicts, which give order and kind, and in
    # `__dict__` too, where Python finds them fast.
    def __setattr__(self, name: str, value: Any) -> None:
        if self.__dict__.get(name, self) is not value:
            EDITS.number += 1
        if isinstance(value, (Parameter, Module)):
            self._built()
            self._put(self._parameters if isinstance(value, Parameter) else self._modules,
                      name, value)  # fmt: skip
        elif (home := self._home(name)) is not None:
            kinds = {"_parameters": Parameter, "_modules": Module, "_buffers": Tensor}
            expected = kinds[home]
            if value is not None and not isinstance(value, expected):
                raise advice.wrong_kind(self, name, value, expected)
            self._put(self.__dict__[home], name, value)
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """Only called for what `__dict__` lacks. Errors: LL661, LL662 with a near name."""
        if name.startswith("__"):
            raise AttributeError(name)
        home = self._home(name)
        if home is not None:
            return self.__dict__[home][name]
        if name in Module.__annotations__:
            self._built()
        raise advice.no_such_name(self, name)

    def __delattr__(self, name: str) -> None:
        EDITS.number += 1
        home = self._home(name)
        if home is not None:
            del self.__dict__[home][name]
            self._unsaved.discard(name)
            self.__dict__.pop(name, None)
        elif name in self.__dict__:
            object.__delattr__(self, name)
        else:
            raise advice.no_such_name(self, name)

    def _home(self, name: str) -> str | None:
        """In which of the three dicts a name is registered."""
        own = self.__dict__
        for home in ("_parameters", "_buffers", "_modules"):
            if home in own and name in own[home]:
                return home
        return None

    def _put(self, home: dict[str, Any], name: str, value: Any) -> None:
        """Register, and forget what had this name before."""
        EDITS.number += 1
        for other in (self._parameters, self._buffers, self._modules):
            if other is not home:
                other.pop(name, None)
        if home is not self._buffers:
            self._unsaved.discard(name)
        home[name] = self.__dict__[name] = value
        if isinstance(value, Module) and not value.__dict__.get("_scope"):
            value._be_called((*self._path_of_children(), name))

    def _be_called(self, scope: tuple[str, ...]) -> None:
        """Take the name that a parent gives; the first one stays."""
        self.__dict__["_scope"] = scope

    def _path_of_children(self) -> tuple[str, ...]:
        """What stands before the names of modules in here; a call adds one's own name."""
        return ()

    def _built(self) -> None:
        """Errors: LL661 if `super().__init__()` has not run."""
        if "_parameters" not in self.__dict__:
            raise LayerError("LL661", kind=type(self).__name__)

    # --- registering ----------------------------------------------------------------------------
    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under `name`, or with None note that there is none."""
        self._register(self._parameters, name, param, Parameter)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a module under `name`."""
        self._register(self._modules, name, module, Module)

    add_module = register_module

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not learned, such as a running mean.

        Unless it is persistent, it is left out of `state_dict()`.
        """
        self._register(self._buffers, name, tensor, Tensor)
        (self._unsaved.discard if persistent else self._unsaved.add)(name)

    def _register(self, home: dict[str, Any], name: Any, value: Any, expected: Any) -> None:
        """Errors: LL669 for a name that cannot be one, LL664 for another kind of value."""
        self._built()
        said = isinstance(name, str)
        taken = said and name not in home and (name in self.__dict__ or hasattr(type(self), name))
        if not said or not name or "." in name or taken:
            raise advice.bad_name(self, name, taken)
        if value is not None and not isinstance(value, expected):
            raise advice.wrong_kind(self, name, value, expected)
        self._put(home, name, value)

    # --- looking around -------------------------------------------------------------------------
    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """(path, module) of this module and all below, in order; a shared one once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from child.named_modules(memo, path, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) of the modules directly below, each once."""
        seen: set[Module] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly below."""
        return (child for _, child in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(path, parameter) in the order of assignment; a shared parameter once.

        Warns (LL668) once of parameters that hide in plain lists and dicts.
        """
        advice.warn_of_hidden(self)
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters: what an optimizer changes."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(path, buffer) in the order of registration."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(self, home: str, prefix: str, recurse: bool, unique: bool) -> Iterator[Any]:
        """(path, tensor) of one kind, in this module and below."""
        seen: set[int] = set()
        everywhere = self.named_modules(prefix=prefix, remove_duplicate=unique)
        for path, module in everywhere if recurse else [(prefix, self)]:
            for name, tensor in getattr(module, home).items():
                if tensor is None or (unique and id(tensor) in seen):
                    continue
                seen.add(id(tensor))
                yield (f"{path}.{name}" if path else name), tensor

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as "encoder.0"; the empty path is the module itself."""
        found: Any = self
        for name in target.split(".") if target else ():
            if name not in found._modules or found._modules[name] is None:
                raise advice.no_such_name(found, name)
            found = found._modules[name]
        module: Module = found
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as "encoder.0.weight"."""
        found = self._at(target, "_parameters")
        assert isinstance(found, Parameter)
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path."""
        return self._at(target, "_buffers")

    def _at(self, target: str, home: str) -> Tensor:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        found: Tensor | None = owner.__dict__[home].get(name)
        if found is None:
            raise advice.no_such_name(owner, name)
        return found

    # --- state ----------------------------------------------------------------------------------
    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Tensor]:  # fmt: skip
        """All parameters and persistent buffers by path, sharing memory with the module."""
        found = {} if destination is None else destination
        for name, tensor in entries(self).items():
            shared = keep_vars or isinstance(tensor, UninitializedParameter)
            found[prefix + name] = tensor if shared else tensor.detach()
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the values of a state dict into this module, or with `assign` take its tensors.

        Nothing is written unless everything fits; with `strict=False` names may be missing or
        left over, and are returned. Errors: LL665 lists what does not fit.
        """
        return load(self, state_dict, strict, assign)

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module below, then with this one."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Training mode for this module and all below: dropout drops, batch norm learns."""
        if not isinstance(mode, bool):
            raise ArgumentError("LL664", argument="mode", type=type(mode).__name__,
                                expected=Word("True or False"))  # fmt: skip
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: Self) -> Self:
        """Evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Let all parameters learn, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Empty all gradients; without `set_to_none` they become zeros."""
        for parameter in self.parameters():
            if set_to_none or isinstance(parameter._grad, Dropped):
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = parameter.grad.detach().zero_()

    # --- dtypes and devices ---------------------------------------------------------------------
    def to(self: Self, *args: Any, dtype: Any = None, device: Any = None,
           non_blocking: bool = False) -> Self:  # fmt: skip
        """Parameters and buffers of floating point in another dtype, or on another device.

        Errors: LL502 for a device that cannot be used.
        """
        wanted = None if dtype is None else dt.as_dtype(dtype)
        for arg in args:
            if isinstance(arg, Tensor):
                wanted = arg.dtype
            elif isinstance(arg, (dt.DType, np.dtype, type)):
                wanted = dt.as_dtype(arg)
            elif not isinstance(arg, bool):
                device = arg
        require(device)
        return self if wanted is None else self._cast(wanted)

    def _cast(self: Self, dtype: dt.DType) -> Self:
        """Everything of floating point as `dtype`; parameters stay the same objects.

        Errors: LL664 if `dtype` is not of floating point itself.
        """
        if not dtype.is_floating_point:
            raise ArgumentError("LL664", argument="dtype", type=dtype,
                                expected=Word("a dtype of floating point"))  # fmt: skip
        with no_grad():
            for _, parameter in self._named("_parameters", "", True, True):
                if parameter.dtype.is_floating_point and parameter.dtype is not dtype:
                    grad = parameter._grad
                    parameter.data = convert(parameter.detach(), dtype)
                    parameter._grad = (
                        convert(grad.detach(), dtype) if isinstance(grad, Tensor) else grad
                    )
            for module in self.modules():
                for name, buffer in module._buffers.items():
                    if buffer is not None and buffer.dtype.is_floating_point:
                        module._put(module._buffers, name, convert(buffer, dtype))
        return self

    def float(self: Self) -> Self:
        """Everything of floating point as float32."""
        return self._cast(dt.float32)

    def double(self: Self) -> Self:
        """Everything of floating point as float64."""
        return self._cast(dt.float64)

    def half(self: Self) -> Self:
        """Everything of floating point as float16."""
        return self._cast(dt.float16)

    def bfloat16(self: Self) -> Self:
        """Everything of floating point as bfloat16."""
        return self._cast(dt.bfloat16)

    def type(self: Self, dst_type: Any) -> Self:
        """Everything of floating point as `dst_type`."""
        return self._cast(dt.as_dtype(dst_type))

    def cpu(self: Self) -> Self:
        """Parameters and buffers in the computer's memory: where they are."""
        return self

    def cuda(self: Self, device: Any = None) -> Self:
        """Parameters and buffers on a GPU. Errors: LL502 if there is none to use."""
        require(f"cuda:{device}" if isinstance(device, int) else device or "cuda")
        return self

    # --- hooks ----------------------------------------------------------------------------------
    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the arguments."""
        return hooks.add(self._module_hooks, hooks.Hook(hooks.BEFORE, hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:  # fmt: skip
        """Call `hook(module, args, output)` after forward; what it returns is the output."""
        made = hooks.Hook(hooks.AFTER, hook, with_kwargs, always_call)
        return hooks.add(self._module_hooks, made, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when both are known, each a tuple.

        What it returns replaces grad_input.
        """
        return hooks.add(self._module_hooks, hooks.Hook(hooks.BACKWARD, hook), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` before it; what it returns replaces grad_output."""
        return hooks.add(self._module_hooks, hooks.Hook(hooks.BACKWARD_BEFORE, hook), prepend)

    # --- text -----------------------------------------------------------------------------------
    def extra_repr(self) -> str:
        """What stands in the brackets of `repr`, besides the modules below."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        said = self.extra_repr()
        lines = said.split("\n") if said else []
        below = [f"({name}): {indented(repr(child))}" for name, child in self._modules.items()]
        if len(lines) <= 1 and not below:
            return f"{self._get_name()}({said})"
        inside = "".join(f"\n  {line}" for line in lines + below)
        return f"{self._get_name()}({inside}\n)"


def indented(text: str) -> str:
    """All lines but the first two columns further right."""
    return text.replace("\n", "\n  ")

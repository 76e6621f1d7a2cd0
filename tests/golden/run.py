"""Evaluate a case with a library that has PyTorch's names: the one runner for both sides."""

from __future__ import annotations

import ast
import importlib
import math
import re
import zlib
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.golden.cases.case import Array, Case

# NumPy writes these with float32's help; every value of theirs is a float32 too.
NARROW = ("float16", "bfloat16")
# `repr` and `type()` write the library's name, or PyTorch's.
LIBRARY_NAMES = re.compile(r"\b(?:torch|liuli)\.")
# Differences are measured against the largest number of a tensor, but at least this one.
SMALLEST = 1e-8


@dataclass
class Value:
    """A tensor that came out of a case."""

    dtype: str
    shape: tuple[int, ...]
    array: Array
    requires_grad: bool


@dataclass
class Outcome:
    """What a case gave: tensors and plain values in order, gradients by input."""

    leaves: list[Any] = field(default_factory=list)
    grads: dict[str, Value | None] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)


def dtype_name(dtype: object) -> str:
    """Give `float32` for torch.float32, liuli.float32 and NumPy's."""
    return str(dtype).rsplit(".", maxsplit=1)[-1]


def read(tensor: Any) -> Value:
    """Take a tensor of either library apart."""
    name = dtype_name(tensor.dtype)
    plain = tensor.detach()
    if name in NARROW:
        plain = plain.float()
    array = np.array(plain.numpy())
    return Value(name, tuple(tensor.shape), array, bool(tensor.requires_grad))


def run_block(text: str, names: dict[str, Any]) -> Any:
    """Run statements; the value is that of the last one, an expression."""
    block = ast.parse(text)
    last = block.body.pop()
    if not isinstance(last, ast.Expr):
        raise ValueError(f"the last statement must be an expression: {text}")
    # One namespace, so that comprehensions and lambdas in the text see the inputs.
    exec(compile(block, "<case>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<case>", "eval"), names)


def flatten(result: Any, library: Any) -> list[Any]:
    """Give the tensors and plain values of nested tuples and lists in order."""
    if isinstance(result, library.Tensor):
        return [result]
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flatten(part, library)]
    if isinstance(result, np.ndarray):
        return [f"numpy {result.dtype} {result.shape}", *result.ravel().tolist()]
    if isinstance(result, str):
        return [LIBRARY_NAMES.sub("", result)]
    if isinstance(result, (bool, int, float)) or result is None:
        return [result]
    return [dtype_name(result)]


def functional_of(library: Any) -> Any:
    """Give what a case calls F: nn.functional, or the module it will be made from."""
    for path in ("nn.functional", "functions.functional"):
        try:
            return importlib.import_module(f"{library.__name__}.{path}")
        except ModuleNotFoundError:
            continue
    return SimpleNamespace()  # the cases that need it fail one by one


def fill(module: Any) -> Any:
    """Give every parameter fixed numbers, which depend on its name and shape."""
    state = dict(module.state_dict())
    for name, parameter in module.named_parameters(remove_duplicate=False):
        shape = tuple(parameter.shape)
        rng = np.random.default_rng(zlib.crc32(f"{name} {shape}".encode()))
        numbers = np.asarray(rng.normal(size=shape)).astype(np.float32)
        state[name] = parameter.detach().new_tensor(numbers)
    module.load_state_dict(state)
    return module


def probe(library: Any, module: Any, *inputs: Any) -> list[Any]:
    """Call a module, in the dtype of its inputs: its repr and names, the result, the gradients of
    its parameters, its buffers."""
    dtypes = [x.dtype for x in inputs if x.is_floating_point()]
    module = module.to(dtypes[0]) if dtypes else module
    y = module(*inputs)
    weights = np.cos(np.arange(1, y.numel() + 1)).astype(np.float32).reshape(tuple(y.shape))
    learning = [p for p in module.parameters() if p.requires_grad]
    total = (y * library.tensor(weights).to(y.dtype)).sum()
    grads = library.autograd.grad(total, learning, retain_graph=True) if learning else ()
    names = [name for name, _ in module.named_parameters()]
    buffers = [buffer.detach().clone() for buffer in module.buffers()]
    return [repr(module), *names, *module.state_dict(), module.training, y, *grads, *buffers]


def evaluate(
    case: Case, library: Any, functional: Any, dtype: str, *, nudge: float = 0.0
) -> Outcome:
    """Run one case in one precision: results, gradients, and inputs that were written to.

    With a nudge, the float inputs are first moved by that part of themselves, up or down.
    """
    names: dict[str, Any] = {"T": library, "F": functional, "np": np, "math": math}
    names |= {"fill": fill, "probe": partial(probe, library)}
    before: dict[str, Array] = {}
    tensors: dict[str, Any] = {}
    wanted: list[str] = []
    for name, array, with_grad in case.arrays(dtype, nudge):
        before[name] = array
        tensors[name] = library.tensor(array.copy())
        if with_grad:
            tensors[name].requires_grad_()
            wanted.append(name)
    leaves = flatten(run_block(case.text, {**names, **tensors}), library)
    outcome = Outcome()
    loss = None
    for number, leaf in enumerate(leaves):
        if not isinstance(leaf, library.Tensor):
            outcome.leaves.append(leaf)
            continue
        outcome.leaves.append(read(leaf))
        if leaf.requires_grad and wanted:
            weights = library.tensor(case.weights(number, tuple(leaf.shape))).to(leaf.dtype)
            term = (leaf * weights).sum().to(getattr(library, dtype))
            loss = term if loss is None else loss + term
    if loss is not None:
        for name in wanted:
            # A case about backward() has left gradients of its own.
            tensors[name].grad = None
        loss.backward()
        for name in wanted:
            grad = tensors[name].grad
            outcome.grads[name] = None if grad is None else read(grad)
    for name, array in before.items():
        now = tensors[name].detach().numpy()
        if now.dtype != array.dtype or not np.array_equal(now, array, equal_nan=True):
            outcome.changed.append(name)
    return outcome

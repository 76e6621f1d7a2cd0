"""Liuli (琉璃): a deep-learning framework that can be seen through.

The names are PyTorch's: `liuli.tensor`, `liuli.zeros`, `x.sum()`, `loss.backward()`.
"""
# ruff: noqa: E402, F401, I001, N813, RUF022
# fmt: off

from __future__ import annotations

import importlib as _importlib
import sys as _sys
import warnings as _warnings
from typing import TYPE_CHECKING as _TYPE_CHECKING, Any as _Any

# `python -m liuli` puts the working folder first, where a user may have a file numpy.py.
if _sys.argv[:1] == ["-m"] and _sys.orig_argv[1:3] == ["-m", "liuli"] and _sys.path[0]:
    _sys.path.append(_sys.path.pop(0))

# Floating-point anomalies follow IEEE silently, as in PyTorch: inf and nan say it themselves.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"liuli\.")

from . import accelerator, autograd, backends, cuda, errors, linalg, settings, special
from .backends import (
    are_deterministic_algorithms_enabled, get_float32_matmul_precision,
    set_float32_matmul_precision, use_deterministic_algorithms,
)
from .autodiff.describe import guard_all as _guard_all
from .autodiff.modes import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
    set_grad_enabled,
)
from .autodiff.state import CAPTURES as _CAPTURES
from .autodiff.tensor import Size, Tensor
from .compiler.pages import PAGES as _PAGES
from .functions.activations import (
    celu, celu_, hardshrink, prelu, relu, relu_, rrelu, rrelu_, selu, selu_, threshold,
    threshold_,
)
from .functions.arithmetic import (
    abs, acos, acosh, add, addcdiv, addcmul, asin, asinh, atan, atan2, atanh, bitwise_and,
    bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, can_cast,
    ceil, clamp, clamp_max, clamp_min, copysign, cos, cosh, deg2rad, digamma, div, eq, erf,
    erfc, erfinv, exp, exp2, expm1, float_power, floor, floor_divide, fmax, fmin, fmod, frac,
    gcd, ge, gt, heaviside, hypot, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal,
    lcm, le, lerp, lgamma, log, log1p, log2, log10, logaddexp, logaddexp2, logical_and,
    logical_not, logical_or, logical_xor, logit, lt, maximum, minimum, mul, nan_to_num, ne, neg,
    nextafter, polygamma, positive, pow, promote_types, rad2deg, reciprocal, remainder,
    result_type, round, rsqrt, rsub, sigmoid, sign, signbit, sin, sinc, sinh, sqrt, square, sub,
    tan, tanh, trunc, where, xlogy, abs as absolute, acos as arccos, acosh as arccosh,
    asin as arcsin, asinh as arcsinh, atan as arctan, atanh as arctanh, atan2 as arctan2,
    clamp as clip, div as divide, div as true_divide, ge as greater_equal, gt as greater,
    le as less_equal, lt as less, mul as multiply, ne as not_equal, neg as negative,
    sign as sgn, sub as subtract, trunc as fix,
)
from .functions.convert import (
    allclose, bincount, bucketize, clone, equal, histc, is_complex, is_floating_point,
    is_nonzero, is_same_size, is_signed, is_tensor, mode, numel, searchsorted, unique,
    unique_consecutive,
)
from .functions.creation import (
    arange, as_tensor, asarray, bernoulli, empty, empty_like, eye, from_dlpack, from_numpy,
    full, full_like, get_rng_state, initial_seed, linspace, logspace, manual_seed, multinomial,
    normal, ones, ones_like, rand, rand_like, randint, randint_like, randn, randn_like,
    randperm, seed, set_rng_state, tensor, zeros, zeros_like,
)
from .functions.format import set_printoptions
from .functions.indexing import (
    gather, index_put, index_select, masked_select, nonzero, take, take_along_dim,
)
from .functions.joining import (
    atleast_1d, atleast_2d, atleast_3d, block_diag, cartesian_prod, column_stack, combinations,
    dsplit, dstack, hsplit, vsplit,
)
from .functions.legacy import (
    BFloat16Tensor, BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor,
    IntTensor, LongTensor, ShortTensor,
)
from .functions import functional as _functional
from .functions.functional import (
    adaptive_avg_pool1d, avg_pool1d, bilinear, channel_shuffle, conv1d, conv2d,
    conv3d, conv_tbc, conv_transpose1d, conv_transpose2d, conv_transpose3d, cosine_similarity,
    dropout, max_pool1d_with_indices, native_channel_shuffle,
    pairwise_distance, pdist, pixel_shuffle, pixel_unshuffle, rms_norm,
)
from .functions.linear_algebra import (
    cdist, chain_matmul, cholesky, cholesky_inverse, cholesky_solve, cross, det, inverse,
    logdet, matrix_power, pinverse, slogdet,
)
from .functions.looks import detach, into as _into
from .functions.methods import Methods as _Methods
from .functions.outermost import (
    adaptive_max_pool1d, batch_norm, constant_pad_nd, convolution, group_norm, instance_norm,
    layer_norm, max_pool1d, max_pool2d, max_pool3d,
)
from .functions.patterns import (
    adjoint, argwhere, broadcast_shapes, diagflat, isin, range, ravel, scalar_tensor,
    tril_indices, triu_indices, unravel_index, vander,
)
from .functions.placing import (
    diagonal_scatter, index_reduce, scatter_reduce, select_scatter, slice_scatter,
)
from .functions.products import (
    addbmm, addmm, addmv, addr, baddbmm, bmm, dot, einsum, ger, inner, kron, matmul, mm, mv,
    outer, tensordot, trace, vdot,
)
from .functions.reductions import (
    all, amax, amin, aminmax, any, argmax, argmin, argsort, count_nonzero, cummax, cummin,
    cumprod, cumsum, kthvalue, log_softmax, logcumsumexp, logsumexp, max, mean, min, nanmean,
    nansum, norm, prod, softmax, sort, std, std_mean, sum, topk, var, var_mean,
)
from .functions.scattering import (
    index_add, index_copy, index_fill, masked_fill, masked_scatter, scatter, scatter_add,
)
from .functions.shapes import (
    broadcast_tensors, broadcast_to, cat, chunk, concat, concatenate, diag, diag_embed,
    diagonal, flatten, flip, fliplr, flipud, hstack, meshgrid, moveaxis, movedim, narrow,
    permute, repeat_interleave, reshape, roll, rot90, row_stack, select, split, squeeze, stack,
    swapaxes, swapdims, t, tensor_split, tile, transpose, tril, triu, unbind, unflatten,
    unsqueeze, vstack,
)
from .functions.statistics import (
    cumulative_trapezoid, diff, dist, median, msort, nanmedian, nanquantile, quantile,
    trapezoid, trapezoid as trapz,
)
from math import e, inf, nan, pi

from .devices import (
    Device as device, Layout as layout, MemoryFormat as memory_format, channels_last,
    channels_last_3d, contiguous_format, preserve_format, strided,
)
from .dtypes import (
    DType as dtype, as_dtype as _as_dtype, bfloat16, float16, float32, float64, int8, int16,
    int32, int64, uint8, uint32, bool_ as bool, default_dtype as get_default_dtype,
    float16 as half, float32 as float, float64 as double, int16 as short, int32 as int,
    int64 as long,
)
from .limits import finfo, iinfo
from .ops import REGISTRY as _REGISTRY
from .rng import Generator, default_generator
from .threads import get_num_threads, set_num_threads

if _TYPE_CHECKING:
    from . import data, nn, optim, train
    from .compiler.step import compile
    from .nn.saving import load, save

__version__ = "0.1.0"

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
    "Generator", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "abs",
    "absolute", "accelerator", "acos", "acosh", "adaptive_avg_pool1d", "adaptive_max_pool1d", "add",
    "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint", "all", "allclose", "amax",
    "amin", "aminmax", "any", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctan2", "arctanh", "are_deterministic_algorithms_enabled", "argmax", "argmin", "argsort",
    "argwhere", "as_tensor", "asarray", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d",
    "atleast_2d", "atleast_3d", "autograd", "avg_pool1d", "backends", "baddbmm", "batch_norm",
    "bernoulli", "bfloat16", "bilinear", "bincount", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "block_diag", "bmm", "bool",
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "bucketize", "can_cast",
    "cartesian_prod", "cat", "cdist", "ceil", "celu", "celu_", "chain_matmul", "channel_shuffle",
    "channels_last", "channels_last_3d", "cholesky", "cholesky_inverse", "cholesky_solve", "chunk",
    "clamp", "clamp_max", "clamp_min", "clip", "clone", "column_stack", "combinations", "concat",
    "concatenate", "constant_pad_nd", "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_tbc",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution", "copysign", "cos",
    "cosh", "cosine_similarity", "count_nonzero", "cross", "cuda", "cummax", "cummin", "cumprod",
    "cumsum", "cumulative_trapezoid", "default_generator", "deg2rad", "det", "detach", "device",
    "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff", "digamma", "dist",
    "div", "divide", "dot", "double", "dropout", "dsplit", "dstack", "dtype", "e", "einsum",
    "empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erfc", "erfinv", "errors", "exp",
    "exp2", "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud", "float",
    "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod",
    "frac", "from_dlpack", "from_numpy", "full", "full_like", "gather", "gcd", "ge", "ger",
    "get_default_dtype", "get_float32_matmul_precision", "get_num_threads", "get_rng_state",
    "greater", "greater_equal", "group_norm", "gt", "half", "hardshrink", "heaviside", "histc",
    "hsplit", "hstack", "hypot", "iinfo", "index_add", "index_copy", "index_fill", "index_put",
    "index_reduce", "index_select", "inf", "inference_mode", "initial_seed", "inner",
    "instance_norm", "int", "int16", "int32", "int64", "int8", "inverse", "is_complex",
    "is_floating_point", "is_grad_enabled", "is_inference_mode_enabled", "is_nonzero",
    "is_same_size", "is_signed", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan",
    "isneginf", "isposinf", "isreal", "kron", "kthvalue", "layer_norm", "layout", "lcm", "le",
    "lerp", "less", "less_equal", "lgamma", "linalg", "linspace", "log", "log10", "log1p", "log2",
    "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long", "lt",
    "manual_seed", "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_power",
    "max", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d", "maximum", "mean",
    "median", "memory_format", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim",
    "msort", "mul", "multinomial", "multiply", "mv", "nan", "nan_to_num", "nanmean", "nanmedian",
    "nanquantile", "nansum", "narrow", "native_channel_shuffle", "ne", "neg", "negative",
    "nextafter", "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "ones", "ones_like",
    "outer", "pairwise_distance", "pdist", "permute", "pi", "pinverse", "pixel_shuffle",
    "pixel_unshuffle", "polygamma", "positive", "pow", "prelu", "preserve_format", "prod",
    "promote_types", "quantile", "rad2deg", "rand", "rand_like", "randint", "randint_like", "randn",
    "randn_like", "randperm", "range", "ravel", "reciprocal", "relu", "relu_", "remainder",
    "repeat_interleave", "reshape", "result_type", "rms_norm", "roll", "rot90", "round",
    "row_stack", "rrelu", "rrelu_", "rsqrt", "rsub", "scalar_tensor", "scatter", "scatter_add",
    "scatter_reduce", "searchsorted", "seed", "select", "select_scatter", "selu", "selu_",
    "set_default_dtype", "set_float32_matmul_precision", "set_grad_enabled", "set_num_threads",
    "set_printoptions", "set_rng_state", "settings", "sgn", "short", "sigmoid", "sign", "signbit",
    "sin", "sinc", "sinh", "slice_scatter", "slogdet", "softmax", "sort", "special", "split",
    "sqrt", "square", "squeeze", "stack", "std", "std_mean", "strided", "sub", "subtract", "sum",
    "swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split",
    "tensordot", "threshold", "threshold_", "tile", "topk", "trace", "transpose", "trapezoid",
    "trapz", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "uint32",
    "uint8", "unbind", "unflatten", "unique", "unique_consecutive", "unravel_index", "unsqueeze",
    "use_deterministic_algorithms", "vander", "var", "var_mean", "vdot", "vsplit", "vstack",
    "where", "xlogy", "zeros", "zeros_like",
]

# fmt: on


def set_default_dtype(d: _Any) -> None:
    """Make `d` the dtype of Python floats and of new tensors. Errors: LL253 unless floating.

    Example:
        >>> liuli.set_default_dtype(liuli.float64)
        >>> liuli.tensor(1.5).dtype
        liuli.float64
        >>> liuli.set_default_dtype(liuli.float32)
    """
    found = _as_dtype(d)
    if not found.is_floating_point:
        raise errors.DTypeError("LL253", dtype=found)
    settings.change(default_dtype=found.name)


_guard_all(globals(), _into)

# Loaded when they are first asked for: folders, and names that live in them.
_FOLDERS = ("capture", "data", "explaining", "nn", "optim", "train", "zoo")
_NAMES = {"load": ".nn.saving", "save": ".nn.saving", "compile": ".compiler.step"}
# What PyTorch has under `torch` and Liuli has elsewhere, or not yet.
_ELSEWHERE = dict.fromkeys(("amp", "fft", "func", "jit", "vmap"), "not yet there")
_ELSEWHERE |= {"utils": "DataLoader and data sets are in liuli.data"}


def __getattr__(name: str) -> _Any:
    """Folders by name; and an elementwise primitive without a line above is a function too."""
    if name in _FOLDERS:
        return _importlib.import_module(f".{name}", __name__)
    if name in _NAMES:
        if name == "load":  # a file may hold a network of the zoo
            _importlib.import_module(".zoo", __name__)
        return getattr(_importlib.import_module(_NAMES[name], __name__), name)
    op = _REGISTRY.get(name)
    if op is not None and op.family == "elementwise":
        return getattr(Tensor, name)
    where = _ELSEWHERE.get(name, "")
    if name in _functional.__all__:
        where = f"it is liuli.nn.functional.{name}"
    if where:  # obj=None, or Python guesses: did you mean 'nan'?
        raise AttributeError(f"liuli has no {name!r}: {where}", name=name, obj=None)
    raise AttributeError(f"module 'liuli' has no attribute {name!r}")


def _captured_step(optimizer: _Any) -> _Any:
    """Hand an optimizer's step to the plain loop around it, if the user wants that."""
    if not settings.current.capture:
        return False
    return __getattr__("capture").loop.captured_step(optimizer)  # loading it replaces this one


def _page_of_step(*facts: _Any) -> _Any:
    """The page that `step.explain()` returns."""
    return __getattr__("explaining").Explanation(*facts)


_CAPTURES.step = _captured_step
_PAGES.make = _page_of_step

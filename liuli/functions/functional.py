"""Functions of networks, PyTorch's `torch.nn.functional`: layers without parameters of their own.

Activations, normalisations and losses live in modules beside this one and are reached from here.
"""

from __future__ import annotations

from itertools import pairwise

from .. import ops
from ..autodiff.describe import guard_all, row, rows
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, apply
from ..errors import ArgumentError, DTypeError, ShapeError
from . import arithmetic as A
from . import creation as N
from . import reductions as R
from .activations import (
    celu,
    celu_,
    elu,
    elu_,
    gelu,
    glu,
    gumbel_softmax,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    relu_,
    rrelu,
    rrelu_,
    selu,
    selu_,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
    threshold_,
)
from .adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from .assignment import copy_
from .compose import composition, in_place_of
from .convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_tbc,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from .fractional import fractional_max_pool2d, fractional_max_pool3d
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    nll_loss,
    pairwise_distance,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from .normalisation import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    normalize,
    rms_norm,
)
from .padding import pad
from .pairs import (
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d_with_indices,
    max_pool1d_with_indices,
    max_pool2d_with_indices,
    max_pool3d_with_indices,
)
from .pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from .products import contract, matmul
from .resizing import (
    channel_shuffle,
    interpolate,
    native_channel_shuffle,
    pixel_shuffle,
    pixel_unshuffle,
    upsample,
    upsample_bilinear,
    upsample_nearest,
)
from .shapes import cat, narrow, repeat_interleave, reshape, transpose
from .shapes import expand as expand_to
from .unfolding import fold, unfold
from .unpooling import (
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)

__mirrors__ = "torch"
K, V, G = ops.composites, ops.views, ops.index.gather
_LEAD = "abcdefghij"  # letters for the axes before the last


# --- linear maps ------------------------------------------------------------------------------
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x weight^T + bias.

    Numbers of another dtype (float64 data, bytes) are cast to that of the weights.

    Shape: x (..., in), weight (out, in) or (in), bias (out) or () -> (..., out) or (...).
    Errors: LL130 if x has another number of features than the weight expects.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> weight = liuli.tensor([[1.0, 0.0], [1.0, 1.0]])
        >>> F.linear(liuli.tensor([1.0, 2.0]), weight, liuli.ones(2))
        tensor([2., 4.])
    """
    shape, table = input._array.shape, weight._array
    if not shape or table.ndim not in (1, 2) or shape[-1] != table.shape[-1]:
        _refuse_features(input, weight)
    if input._array.dtype is not table.dtype:
        input = A.cast(input, weight.dtype)
    if bias is None:
        return _linear(input, weight)
    if bias._array.shape != table.shape[:-1]:
        raise ShapeError("LL142", rows=rows(weight=weight, bias=bias), bias=tuple(bias.shape),
                         expected=table.shape[:-1])  # fmt: skip
    if bias._array.dtype is not table.dtype:
        bias = A.cast(bias, weight.dtype)
    return (
        apply(K.linear, input, weight, bias)
        if table.ndim == 2
        else A.add(_linear(input, weight), bias)
    )


def _linear(input: Tensor, weight: Tensor) -> Tensor:
    lead = _LEAD[: input.ndim - 1]
    out = "n" if weight.ndim == 2 else ""
    return contract(input, weight, f"{lead}k,{out}k->{lead}{out}")


def _refuse_features(input: Tensor, weight: Tensor) -> None:
    table = [
        row("x", input, "..., in_features"),
        row("weight", weight, "out_features, in_features"),
    ]
    have = input._array.shape[-1] if input.ndim else 0
    expected = weight._array.shape[-1] if weight.ndim else 0
    turned = weight.ndim == 2 and have == weight._array.shape[0]
    fix = "weight.T" if turned else f"a weight of shape (out_features, {have})"
    raise ShapeError("LL130", rows=table, features=have, expected=expected, fix=fix)


@composition
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x1^T weight[o] x2 + bias[o] for every output o.

    Shape: x1 (..., in1), x2 (..., in2), weight (out, in1, in2), bias (out) -> (..., out).
    Errors: LL143 if they do not fit.
    """
    _, in1, in2 = weight._array.shape
    lead = input1._array.shape[:-1]
    if input1._array.shape != (*lead, in1) or input2._array.shape != (*lead, in2):
        raise ShapeError("LL143", rows=rows(input1=input1, input2=input2, weight=weight))
    letters = _LEAD[: len(lead)]
    half = contract(input1, weight, f"{letters}x,nxy->{letters}ny")
    made = contract(half, input2, f"{letters}ny,{letters}y->{letters}n")
    return made if bias is None else A.add(made, bias)


# --- tables -----------------------------------------------------------------------------------
def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None,
              max_norm: float | None = None, norm_type: float = 2.0,
              scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor:  # fmt: skip
    """The rows of `weight` that the whole numbers in `input` name.

    The row `padding_idx` gets no gradient; rows longer than `max_norm` are first shortened to
    it, in place; `scale_grad_by_freq` divides a row's gradient by how often it is named.
    (`sparse` changes nothing: gradients are dense.)

    Shape: input (...), weight (V, E) -> (..., E). Errors: LL302 for a number outside 0 to V - 1,
    LL207 if they are not whole.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.embedding(liuli.tensor([2, 0]), liuli.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
        tensor([[4., 5.],
                [0., 1.]])
    """
    size = weight._array.shape[0]
    index = _index(input, size)
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    found = apply(G, weight, index, batch=0)
    if scale_grad_by_freq:
        found = _per_use(found, index, size)
    if padding_idx is None:
        return found
    if not -size <= padding_idx < size:
        raise ArgumentError("LL633", padding_idx=padding_idx, size=size)
    learned = A.ne(index, padding_idx % size).unsqueeze(-1)
    made: Tensor = A.where(learned, found, found.detach())
    return made


def _index(input: Tensor, size: int) -> Tensor:
    """`input` in int64. Errors: LL207 if it is not whole, LL302 outside [0, size)."""
    if input._array.dtype.kind not in "iu":
        raise DTypeError("LL207", dtype=input.dtype, rows=rows(index=input))
    whole = A.cast(input, "int64")
    return apply(ops.state.check, whole, low=0, high=size, code="LL302", facts={"size": size})


@no_grad()
def _shorten(weight: Tensor, index: Tensor, longest: float, p: float) -> None:
    """The rows of `weight` that `index` names, shortened to `longest` in place."""
    named = reshape(index, -1)
    found = apply(G, weight, named, batch=0)
    length = R.norm(found, p, 1, True)
    scale = A.where(A.gt(length, longest), A.div(longest, A.add(length, 1e-7)), 1.0)
    copy_(weight, apply(ops.index.scatter_set, weight, named, A.mul(found, scale), batch=0))


def _per_use(found: Tensor, index: Tensor, size: int) -> Tensor:
    """`found`, with gradients divided by how often each row was named."""
    flat = reshape(index, -1)
    ones = N.ones(flat.shape, dtype=found.dtype)
    counts = apply(ops.index.scatter_add, N.zeros(size, dtype=found.dtype), flat, ones, batch=0)
    share = A.div(1.0, apply(G, counts, index, batch=0)).unsqueeze(-1)
    still = found.detach()
    return A.add(still, A.mul(A.sub(found, still), share))


@composition
def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
    norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
    sparse: bool = False, per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean, sum or max of the embeddings in each bag; a bag is a row of `input`.

    A vector `input` is cut into bags that begin at `offsets`. `padding_idx` is left out of them.

    Shape: input (B, L), or (L) and offsets (B); weight (V, E) -> (B, E).
    """
    if mode not in ("mean", "sum", "max"):
        raise ArgumentError(
            "LL602", argument="mode", value=repr(mode), choices="'mean', 'sum', 'max'"
        )
    if input.ndim == 2:
        bags = [(input, per_sample_weights)]
    else:
        bags = _bags(input, offsets, per_sample_weights, include_last_offset)

    def reduced(index: Tensor, weights: Tensor | None) -> Tensor:
        found = embedding(index, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)
        return _bag(found, index, mode, weights, padding_idx)

    return cat([reduced(*bag) for bag in bags], 0)


def _bags(input: Tensor, offsets: Tensor | None, weights: Tensor | None,
          last: bool) -> list[tuple[Tensor, Tensor | None]]:  # fmt: skip
    """The bags of a vector, each as a matrix of one row, with its weights."""
    if offsets is None:
        raise ArgumentError("LL634", rows=rows(input=input))
    ends = [*offsets.tolist(), *([] if last else [input.numel()])]
    cuts = [(int(a), int(b) - int(a)) for a, b in pairwise(ends)]
    return [
        (narrow(input, 0, a, n).unsqueeze(0),
         None if weights is None else narrow(weights, 0, a, n).unsqueeze(0))
        for a, n in cuts
    ]  # fmt: skip


def _bag(found: Tensor, index: Tensor, mode: str, weights: Tensor | None,
         padding_idx: int | None) -> Tensor:  # fmt: skip
    """(B, L, E) -> (B, E), without the places that are padding."""
    if weights is not None:
        found = A.mul(found, weights.unsqueeze(-1))
    counted = A.ne(index, -1 if padding_idx is None else padding_idx).unsqueeze(-1)
    some = R.any(counted, 1)
    if mode == "max" and index._array.shape[1]:
        top = R.amax(A.where(counted, found, -float("inf")), 1)
        chosen: Tensor = A.where(some, top, 0)
        return chosen
    total = R.sum(A.where(counted, found, 0), 1)
    if mode == "mean":
        total = A.div(total, A.clamp_min(R.sum(A.cast(counted, found.dtype), 1), 1))
    return total


@composition
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the place of each label and 0 elsewhere, as a new last axis.

    Shape: (...) -> (..., C); C = largest label + 1 if it is not given.
    Errors: LL330 for a label outside 0 to C - 1, LL207 if they are not whole.
    """
    if tensor._array.dtype.kind not in "iu":
        raise DTypeError("LL207", dtype=tensor.dtype, rows=rows(index=tensor))
    if num_classes < 0:
        if not tensor.numel():
            raise ArgumentError("LL635")
        num_classes = int(R.max(tensor)) + 1
    label = A.cast(tensor, "int64")
    facts = {"classes": num_classes}
    label = apply(ops.state.check, label, low=0, high=num_classes, code="LL330", facts=facts)
    classes = apply(ops.state.iota, size=num_classes)
    return A.cast(A.eq(label.unsqueeze(-1), classes), "int64")


# --- dropout ----------------------------------------------------------------------------------
def _rate(p: float) -> float:
    """Errors: LL632 if `p` is not between 0 and 1."""
    if not 0 <= p <= 1:
        raise ArgumentError("LL632", argument="p", value=p)
    return float(p)


def _kept(x: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    """1 with probability 1 - p, else 0, in the dtype of `x`."""
    return A.cast(A.ge(N.rand(shape, dtype="float32"), p), x.dtype)


def _dropped(input: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    if p == 1:
        return A.mul(input, 0)
    return A.mul(input, A.mul(_kept(input, shape, p), 1 / (1 - p)))


@composition
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Every element 0 with probability p, else divided by 1 - p; untouched unless training.

    Errors: LL632 if p is not between 0 and 1.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.dropout(liuli.ones(3), p=0.5, training=False)
        tensor([1., 1., 1.])
    """
    return _drop(input, tuple(input.shape), p, training, inplace)


def _drop(input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Tensor:
    p = _rate(p)
    if not training or not p:
        return input
    if inplace:
        return in_place_of(input, "dropout", lambda: _dropped(input, shape, p))
    return _dropped(input, shape, p)


def _by_channel(input: Tensor, batched: bool = True) -> tuple[int, ...]:
    """The shape that has one number for every channel of every example."""
    kept = 2 if batched else 1
    return tuple(n if i < kept else 1 for i, n in enumerate(input._array.shape))


@composition
def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """dropout of whole channels. Shape: (N, C, L) or (C, L), kept."""
    return _drop(input, _by_channel(input, input.ndim != 2), p, training, inplace)


@composition
def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """dropout of whole channels. Shape: (N, C, H, W) or (N, C, L), kept."""
    return _drop(input, _by_channel(input), p, training, inplace)


@composition
def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """dropout of whole channels. Shape: (N, C, D, H, W) or (C, D, H, W), kept."""
    return _drop(input, _by_channel(input, input.ndim == 5), p, training, inplace)


@composition
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False,
                  inplace: bool = False) -> Tensor:  # fmt: skip
    """dropout after selu: elements become its lowest value, and mean and variance stay."""
    return _alpha_drop(input, tuple(input.shape), p, training, inplace)


@composition
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False,
                          inplace: bool = False) -> Tensor:  # fmt: skip
    """alpha_dropout of whole channels. Shape: (N, C, ...), kept."""
    return _alpha_drop(input, _by_channel(input), p, training, inplace)


def _alpha_drop(
    input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool
) -> Tensor:
    p = _rate(p)
    if not training or not p:
        return input
    if inplace:
        return in_place_of(
            input, "alpha_dropout", lambda: _alpha_drop(input, shape, p, True, False)
        )
    if p == 1:
        return A.mul(input, 0)
    lowest = -1.7580993408473766  # of selu
    scale = ((1 - p) * (1 + p * lowest**2)) ** -0.5
    kept = _kept(input, shape, p)
    return A.add(A.mul(input, A.mul(kept, scale)), A.mul(A.sub(1 - p, kept), lowest * scale))


# --- likeness ---------------------------------------------------------------------------------
@composition
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.cosine_similarity(liuli.tensor([[1.0, 0.0]]), liuli.tensor([[1.0, 1.0]]))
        tensor([0.7071])
    """
    shape = V.check_broadcast("cosine_similarity", x1._array.shape, x2._array.shape)
    ends = [expand_to(x, shape) for x in (x1, x2)]
    a, b = (A.div(x, A.clamp_min(R.norm(x, 2, dim, True), eps)) for x in ends)
    return R.sum(A.mul(a, b), dim)


@composition
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norm distances of all pairs of rows i < j. Shape: (N, D) -> (N (N - 1) / 2)."""
    n = input._array.shape[0]
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    if not pairs:
        return reshape(narrow(input, 0, 0, 0), -1)
    first, second = (N.tensor([pair[side] for pair in pairs]) for side in (0, 1))
    return R.norm(A.sub(input[first], input[second]), p, -1)


# --- attention --------------------------------------------------------------------------------
@composition
def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(query key^T * scale) value: every query looks at all keys and mixes their values.

    `attn_mask` is added to the scores; a mask of truth values says who may be looked at. With
    `is_causal` query i sees keys 0 to i. `scale` is 1 / sqrt(E) if None. A query that may look
    at nothing gets zeros. `dropout_p` drops weights always; pass 0.0 for evaluation.

    Shape: query (..., L, E), key (..., S, E), value (..., S, Ev), mask (..., L, S) -> (..., L, Ev).
    """
    if is_causal and attn_mask is not None:
        raise ArgumentError("LL637")
    if enable_gqa:
        times = query._array.shape[-3] // key._array.shape[-3]
        key, value = (repeat_interleave(x, times, -3) for x in (key, value))
    factor = query._array.shape[-1] ** -0.5 if scale is None else scale
    scores = matmul(A.mul(query, factor), transpose(key, -2, -1))
    allowed = attn_mask
    if attn_mask is not None and attn_mask.dtype.is_floating_point:
        scores, allowed = A.add(scores, attn_mask), A.ne(attn_mask, -float("inf"))
    if is_causal:
        allowed = _not_later(*scores._array.shape[-2:])
    weights = R.softmax(scores, -1) if allowed is None else _softmax_of(scores, allowed)
    return matmul(dropout(weights, dropout_p) if dropout_p else weights, value)


def _not_later(queries: int, keys: int) -> Tensor:
    """Which key j a query i may see: j <= i."""
    row_numbers = reshape(apply(ops.state.iota, size=queries), (-1, 1))
    return A.le(apply(ops.state.iota, size=keys), row_numbers)


def _softmax_of(scores: Tensor, allowed: Tensor) -> Tensor:
    """softmax along the last axis of what is allowed; rows with nothing allowed are zero."""
    lowest = -3e38 if scores.dtype.itemsize >= 4 else -6e4
    weights = R.softmax(A.where(allowed, scores, lowest), -1)
    made: Tensor = A.where(allowed, weights, 0)
    return made


__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "alpha_dropout", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "batch_norm", "bilinear", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "celu", "celu_", "channel_shuffle", "conv1d", "conv2d",
    "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "dropout", "dropout1d",
    "dropout2d", "dropout3d", "elu", "elu_", "embedding", "embedding_bag", "feature_alpha_dropout",
    "fold", "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices", "gaussian_nll_loss", "gelu", "glu", "group_norm",
    "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_",
    "hinge_embedding_loss", "huber_loss", "instance_norm", "interpolate", "kl_div", "l1_loss",
    "layer_norm", "leaky_relu", "leaky_relu_", "linear", "local_response_norm", "log_softmax",
    "logsigmoid", "lp_pool1d", "lp_pool2d", "lp_pool3d", "margin_ranking_loss", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d",
    "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d", "mish", "mse_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
    "native_channel_shuffle", "nll_loss", "normalize", "one_hot", "pad", "pairwise_distance",
    "pdist", "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss", "prelu", "relu", "relu6",
    "relu_", "rms_norm", "rrelu", "rrelu_", "scaled_dot_product_attention", "selu", "selu_",
    "sigmoid", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softplus",
    "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
    "triplet_margin_loss", "triplet_margin_with_distance_loss", "unfold", "upsample",
    "upsample_bilinear", "upsample_nearest",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

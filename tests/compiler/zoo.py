"""Every layer, function, loss and optimizer of the library, and what to call it with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import liuli
from liuli import nn
from liuli.nn import functional as F

Tensor = liuli.Tensor
ROWS = 67  # pieces for many threads, and a rest


def given(kind: str, dtype: liuli.dtype) -> Tensor:
    """An argument by its name here; the same numbers in float32 and float64."""
    draw = np.random.default_rng(sum(map(ord, kind)))
    normal = draw.standard_normal
    shape = (ROWS, 6)
    made: dict[str, Callable[[], Any]] = {
        "x": lambda: normal(shape),
        "x2": lambda: normal(shape),
        "x3": lambda: normal(shape),
        "wide": lambda: normal((ROWS, 33)) * 2,
        "vector": lambda: normal(ROWS),
        "vector2": lambda: normal(ROWS),
        "images": lambda: normal((5, 3, 4, 7)),
        "rows": lambda: normal((8, 3, 10)),
        "columns": lambda: normal((8, 3, 21)),
        "volumes": lambda: normal((2, 3, 4, 3, 5)),
        "heads": lambda: normal((2, 3, 9, 4)),
        "heads2": lambda: normal((2, 3, 9, 4)),
        "heads3": lambda: normal((2, 3, 9, 4)),
        "positive": lambda: np.abs(normal(shape)) + 0.3,
        "probabilities": lambda: 1 / (1 + np.exp(-normal(shape))),
        "distribution": lambda: (lambda e: e / e.sum(1, keepdims=True))(np.exp(normal(shape))),
        "logarithms": lambda: (lambda x: x - np.log(np.exp(x).sum(1, keepdims=True)))(
            normal(shape)
        ),
        "targets": lambda: draw.random(shape) < 0.4,
        "counts": lambda: draw.poisson(2, shape),
        "signs": lambda: np.where(draw.random(ROWS) < 0.5, -1.0, 1.0),
        "signs2": lambda: np.where(draw.random(shape) < 0.5, -1.0, 1.0),
        "ids": lambda: draw.integers(0, 6, ROWS),
        "many_ids": lambda: draw.integers(0, 6, (ROWS, 4)),
        "several": lambda: np.sort(
            np.where(draw.random(shape) < 0.5, draw.integers(0, 6, shape), -1)
        )[:, ::-1],
        "mask": lambda: draw.random((9, 9)) < 0.7,
    }
    array = np.ascontiguousarray(made[kind]())
    if array.dtype.kind == "i" or kind == "mask":
        return liuli.tensor(array)
    rounded = array.astype(np.float32)  # what float32 holds is what float64 holds
    fixed = ("targets", "counts", "signs", "signs2")
    return liuli.tensor(rounded, dtype=dtype, requires_grad=kind not in fixed)


# --- layers ---------------------------------------------------------------------------------------
PLACES = ("rows", "images", "volumes")  # with one, two and three axes of space


def _lazy(name: str, count: int) -> nn.Module:
    return _settled(getattr(nn, name)(2, 2), (1, 3, *(3 for _ in range(count))))


def _values(name: str, x: Any) -> Any:
    """What a pooling finds, without the places."""
    more = (2,) if name.startswith("fractional") else ()
    return getattr(F, name)(x, 2, *more)[0]


class _ThereAndBack(nn.Module):
    """Max pooling, and every maximum back to its place."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.there = getattr(nn, f"MaxPool{count}d")(2, return_indices=True)
        self.back = getattr(nn, f"MaxUnpool{count}d")(2)

    def forward(self, x: Tensor) -> Any:
        return self.back(*self.there(x), output_size=x.shape)


def _lazy_norm(name: str, count: int) -> nn.Module:
    return _settled(getattr(nn, name)(), (2, 3, *(3 for _ in range(count))))


def _settled(layer: nn.Module, shape: tuple[int, ...]) -> nn.Module:
    layer(liuli.zeros(shape))
    return layer


LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[str, ...]]] = {
    **{name: (getattr(nn, name), ("x",)) for name in
       "CELU ELU GELU Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid Mish "
       "PReLU RReLU ReLU ReLU6 SELU SiLU Sigmoid Softplus Softshrink Softsign Tanh Tanhshrink "
       "Dropout AlphaDropout GLU Flatten".split()},
    "GELU tanh": (lambda: nn.GELU("tanh"), ("x",)),
    "PReLU of channels": (lambda: nn.PReLU(3), ("images",)),
    "Softplus beta": (lambda: nn.Softplus(2.0, 1.0), ("x",)),
    "Threshold": (lambda: nn.Threshold(0.1, -3.0), ("x",)),
    "ReLU inplace": (lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(inplace=True)), ("x",)),
    **{f"{name} {dim}": (partial(getattr(nn, name), dim), ("images",)) for dim in (0, 1, 3)
       for name in ("Softmax", "Softmin", "LogSoftmax")},
    "Softmax wide": (lambda: nn.Softmax(1), ("wide",)),
    **{name: (getattr(nn, name), (kind,)) for name, kind in
       (("Dropout1d", "rows"), ("Dropout2d", "images"), ("FeatureAlphaDropout", "images"))},
    "Dropout3d": (lambda: nn.Sequential(nn.Unflatten(1, (3, 1)), nn.Dropout3d()), ("images",)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), ("x",)),
    "Linear": (lambda: nn.Linear(6, 5), ("x",)),
    "Linear alone": (lambda: nn.Linear(6, 1, bias=False), ("x",)),
    "Linear of many axes": (lambda: nn.Linear(7, 3), ("images",)),
    "LazyLinear": (lambda: _settled(nn.LazyLinear(5), (1, 6)), ("x",)),
    "Bilinear": (lambda: nn.Bilinear(6, 6, 4), ("x", "x2")),
    **{f"{name}{count}d": (partial(getattr(nn, f"{name}{count}d"), 3, 2, 3, padding=1), (kind,))
       for name in ("Conv", "ConvTranspose") for count, kind in enumerate(PLACES, 1)},
    **{f"Lazy{name}{count}d": (partial(_lazy, f"Lazy{name}{count}d", count), (kind,))
       for name in ("Conv", "ConvTranspose") for count, kind in enumerate(PLACES, 1)},
    "Conv2d of stride": (lambda: nn.Conv2d(3, 4, (2, 3), stride=2, bias=False), ("images",)),
    "Conv2d dilated": (lambda: nn.Conv2d(3, 4, 2, dilation=(1, 3), padding=2), ("images",)),
    "Conv2d of the same size": (lambda: nn.Conv2d(3, 5, (4, 2), padding="same"), ("images",)),
    "Conv2d of channels": (lambda: nn.Conv2d(3, 6, 3, groups=3, padding=1), ("images",)),
    "Conv2d of mirrors": (
        lambda: nn.Conv2d(3, 2, 3, padding=2, padding_mode="reflect"), ("images",)),
    "ConvTranspose2d of stride": (
        lambda: nn.ConvTranspose2d(3, 6, 3, 2, 1, 1, groups=3, dilation=2), ("images",)),
    **{f"{name}Pad{count}d": (partial(getattr(nn, f"{name}Pad{count}d"), 2), (kind,))
       for name in ("Zero", "Reflection", "Replication", "Circular")
       for count, kind in enumerate(PLACES, 1)},
    **{f"ConstantPad{count}d": (partial(getattr(nn, f"ConstantPad{count}d"), 1, 0.5), (kind,))
       for count, kind in enumerate(PLACES, 1)},
    "Unfold": (lambda: nn.Unfold((2, 3), padding=1, stride=2), ("images",)),
    "Fold": (lambda: nn.Fold((3, 7), (1, 3), padding=(0, 1)), ("columns",)),
    "Embedding": (lambda: nn.Embedding(6, 5), ("ids",)),
    "Embedding of padding": (lambda: nn.Embedding(6, 5, padding_idx=2), ("many_ids",)),
    "Embedding scaled": (lambda: nn.Embedding(6, 5, scale_grad_by_freq=True), ("many_ids",)),
    **{f"EmbeddingBag {mode}": (partial(nn.EmbeddingBag, 6, 5, mode=mode), ("many_ids",))
       for mode in ("mean", "sum", "max")},
    "BatchNorm1d": (lambda: nn.BatchNorm1d(6), ("x",)),
    "BatchNorm1d of rows": (lambda: nn.BatchNorm1d(3), ("rows",)),
    "BatchNorm1d plain": (lambda: nn.BatchNorm1d(6, affine=False, track_running_stats=False),
                          ("x",)),
    "BatchNorm1d judged": (lambda: nn.BatchNorm1d(6).eval(), ("x",)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), ("images",)),
    "BatchNorm2d judged": (lambda: nn.BatchNorm2d(3).eval(), ("images",)),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(3), ("volumes",)),
    **{f"InstanceNorm{count}d": (partial(getattr(nn, f"InstanceNorm{count}d"), 3), (kind,))
       for count, kind in enumerate(PLACES, 1)},
    "InstanceNorm2d counted": (
        lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), ("images",)),
    **{f"Lazy{name}Norm{count}d": (partial(_lazy_norm, f"Lazy{name}Norm{count}d", count), (kind,))
       for name in ("Batch", "Instance") for count, kind in enumerate(PLACES, 1)},
    "GroupNorm": (lambda: nn.GroupNorm(3, 3), ("images",)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, 0.5), ("images",)),
    "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(3, 0.5), ("images",)),
    "Softmax2d": (nn.Softmax2d, ("images",)),
    **{f"FractionalMaxPool{count}d": (
        partial(getattr(nn, f"FractionalMaxPool{count}d"), 2, 2), (kind,))
       for count, kind in enumerate(PLACES, 1) if count > 1},
    **{f"{name}Pool{count}d": (partial(getattr(nn, f"{name}Pool{count}d"), 2), (kind,))
       for name in ("Max", "Avg", "AdaptiveMax", "AdaptiveAvg")
       for count, kind in enumerate(PLACES, 1)},
    "MaxPool2d overlapping": (lambda: nn.MaxPool2d(3, 2, 1, ceil_mode=True), ("images",)),
    "MaxPool1d dilated": (lambda: nn.MaxPool1d(3, 1, 1, 2), ("rows",)),
    "MaxPool2d wide": (lambda: nn.MaxPool2d((4, 7), padding=(2, 3)), ("images",)),
    "AvgPool2d overlapping": (
        lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), ("images",)),
    "AdaptiveAvgPool2d global": (lambda: nn.AdaptiveAvgPool2d(1), ("images",)),
    "AdaptiveMaxPool2d global": (lambda: nn.AdaptiveMaxPool2d(1), ("images",)),
    **{f"LPPool{count}d": (partial(getattr(nn, f"LPPool{count}d"), 2, 2), (kind,))
       for count, kind in enumerate(PLACES, 1)},
    **{f"MaxUnpool{count}d": (partial(_ThereAndBack, count), (kind,))
       for count, kind in enumerate(PLACES, 1)},
    "Upsample": (lambda: nn.Upsample(scale_factor=2), ("images",)),
    "Upsample linear": (lambda: nn.Upsample(7, mode="linear"), ("rows",)),
    "Upsample bilinear": (lambda: nn.Upsample((6, 5), mode="bilinear"), ("images",)),
    "Upsample bicubic": (lambda: nn.Upsample(5, mode="bicubic", align_corners=True), ("images",)),
    "Upsample trilinear": (lambda: nn.Upsample(4, mode="trilinear"), ("volumes",)),
    "Upsample area": (lambda: nn.Upsample((3, 4), mode="area"), ("images",)),
    "Upsample uneven": (lambda: nn.Upsample((5, 3)), ("images",)),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), ("images",)),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(8), ("images",)),
    "PixelShuffle": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), nn.PixelShuffle(2)), ("images",)),
    "PixelUnshuffle": (lambda: nn.Sequential(nn.ZeroPad2d((0, 1, 0, 0)), nn.PixelUnshuffle(2)),
                       ("images",)),
    "ChannelShuffle": (lambda: nn.Sequential(nn.Conv2d(3, 4, 1), nn.ChannelShuffle(2)),
                       ("images",)),
    "LayerNorm": (lambda: nn.LayerNorm(6), ("x",)),
    "LayerNorm wide": (lambda: nn.LayerNorm(33), ("wide",)),
    "LayerNorm of two axes": (lambda: nn.LayerNorm((4, 7)), ("images",)),
    "LayerNorm plain": (lambda: nn.LayerNorm(6, elementwise_affine=False), ("x",)),
    "RMSNorm": (lambda: nn.RMSNorm(6), ("x",)),
    "RMSNorm of two axes": (lambda: nn.RMSNorm((4, 7), eps=1e-5), ("images",)),
    "CosineSimilarity": (nn.CosineSimilarity, ("x", "x2")),
    "PairwiseDistance": (nn.PairwiseDistance, ("x", "x2")),
    "PairwiseDistance 1": (lambda: nn.PairwiseDistance(1.0, keepdim=True), ("x", "x2")),
}  # fmt: skip
# What holds other layers is tried with them in tests of whole steps.
HOLDERS = {"Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"}


# --- losses ---------------------------------------------------------------------------------------
LOSSES: dict[str, tuple[Callable[..., nn.Module], tuple[str, ...]]] = {
    "BCELoss": (nn.BCELoss, ("probabilities", "targets")),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss, ("x", "targets")),
    "BCEWithLogitsLoss weighed": (
        lambda **k: nn.BCEWithLogitsLoss(pos_weight=liuli.linspace(0.5, 2, 6), **k),
        ("x", "targets"),
    ),
    "CosineEmbeddingLoss": (nn.CosineEmbeddingLoss, ("x", "x2", "signs")),
    "CrossEntropyLoss": (nn.CrossEntropyLoss, ("x", "ids")),
    "CrossEntropyLoss smoothed": (
        lambda **k: nn.CrossEntropyLoss(label_smoothing=0.1, **k), ("x", "ids"),
    ),
    "CrossEntropyLoss weighed": (
        lambda **k: nn.CrossEntropyLoss(liuli.linspace(0.5, 2, 6), ignore_index=2, **k),
        ("x", "ids"),
    ),
    "CrossEntropyLoss of distributions": (nn.CrossEntropyLoss, ("x", "distribution")),
    "GaussianNLLLoss": (nn.GaussianNLLLoss, ("x", "x2", "positive")),
    "GaussianNLLLoss full": (
        lambda **k: nn.GaussianNLLLoss(full=True, **k), ("x", "x2", "positive"),
    ),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss, ("x", "signs2")),
    "HuberLoss": (lambda **k: nn.HuberLoss(delta=0.7, **k), ("x", "x2")),
    "KLDivLoss": (nn.KLDivLoss, ("logarithms", "distribution")),
    "KLDivLoss of logarithms": (lambda **k: nn.KLDivLoss(log_target=True, **k),
                                ("logarithms", "x2")),
    "L1Loss": (nn.L1Loss, ("x", "x2")),
    "MSELoss": (nn.MSELoss, ("x", "x2")),
    "MarginRankingLoss": (nn.MarginRankingLoss, ("vector", "vector2", "signs")),
    "MultiLabelMarginLoss": (nn.MultiLabelMarginLoss, ("x", "several")),
    "MultiLabelSoftMarginLoss": (nn.MultiLabelSoftMarginLoss, ("x", "targets")),
    "MultiMarginLoss": (nn.MultiMarginLoss, ("x", "ids")),
    "MultiMarginLoss 2": (lambda **k: nn.MultiMarginLoss(p=2, margin=0.4, **k), ("x", "ids")),
    "NLLLoss": (nn.NLLLoss, ("logarithms", "ids")),
    "NLLLoss weighed": (lambda **k: nn.NLLLoss(liuli.linspace(0.5, 2, 6), **k),
                        ("logarithms", "ids")),
    "PoissonNLLLoss": (nn.PoissonNLLLoss, ("x", "counts")),
    "PoissonNLLLoss full": (lambda **k: nn.PoissonNLLLoss(False, True, **k),
                            ("positive", "counts")),
    "SmoothL1Loss": (lambda **k: nn.SmoothL1Loss(beta=0.5, **k), ("x", "x2")),
    "SoftMarginLoss": (nn.SoftMarginLoss, ("x", "signs2")),
    "TripletMarginLoss": (nn.TripletMarginLoss, ("x", "x2", "x3")),
    "TripletMarginLoss swapped": (lambda **k: nn.TripletMarginLoss(swap=True, p=3.0, **k),
                                  ("x", "x2", "x3")),
    "TripletMarginWithDistanceLoss": (nn.TripletMarginWithDistanceLoss, ("x", "x2", "x3")),
}  # fmt: skip

# --- functions that no layer above calls ----------------------------------------------------------
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    **{f"{name}_": (lambda x, name=name: getattr(F, name)(x * 1), ("x",)) for name in
       ("celu_", "elu_", "hardtanh_", "leaky_relu_", "relu_", "rrelu_", "selu_")},
    "threshold_": (lambda x: F.threshold_(x * 1, 0.1, -3.0), ("x",)),
    "group_norm": (lambda x: F.group_norm(x, 3), ("images",)),
    "instance_norm": (lambda x: F.instance_norm(x), ("images",)),
    "local_response_norm": (lambda x: F.local_response_norm(x, 2), ("images",)),
    "normalize": (F.normalize, ("x",)),
    "native_channel_shuffle": (lambda x: F.native_channel_shuffle(x, 3), ("images",)),
    "conv_tbc": (lambda x: F.conv_tbc(x, x[:2].transpose(1, 2), x[0, 0, 0].expand(x.shape[1])),
                 ("rows",)),
    **{f"{name}{count}d_with_indices": (partial(_values, f"{name}{count}d_with_indices"), (kind,))
       for name in ("max_pool", "adaptive_max_pool", "fractional_max_pool")
       for count, kind in enumerate(PLACES, 1) if (name, count) != ("fractional_max_pool", 1)},
    # Read in an order that is no affine function of a kernel's counters.
    "broadcast, summed": (lambda x, y: ((x - y[0]) ** 2).sum(), ("x", "x2")),
    "transpose, summed": (lambda x: x.exp().t().sum(), ("x",)),
    "reshape, multiplied": (lambda x: x.t().reshape(ROWS, 6).t() @ x, ("x",)),
    "pdist": (F.pdist, ("x",)),
    "one_hot": (lambda i, x: F.one_hot(i, 6) * x, ("ids", "x")),
    "gumbel_softmax": (F.gumbel_softmax, ("x",)),
    "gumbel_softmax hard": (lambda x: F.gumbel_softmax(x, hard=True), ("x",)),
    "rrelu of training": (lambda x: F.rrelu(x, training=True), ("x",)),
    "attention": (F.scaled_dot_product_attention, ("heads", "heads2", "heads3")),
    "attention causal": (lambda *t: F.scaled_dot_product_attention(*t, is_causal=True),
                         ("heads", "heads2", "heads3")),
    "attention masked": (F.scaled_dot_product_attention, ("heads", "heads2", "heads3", "mask")),
    **{f"pad {mode}": (lambda x, mode=mode: F.pad(x, (1, 2, 0, 1), mode=mode), ("images",))
       for mode in ("constant", "reflect", "replicate", "circular")},
}  # fmt: skip
AS_LAYERS = {  # functions that are called by the layer or the loss of another name
    "logsigmoid": "LogSigmoid", "scaled_dot_product_attention": "attention",
    "binary_cross_entropy": "BCELoss", "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "kl_div": "KLDivLoss", "l1_loss": "L1Loss", "mse_loss": "MSELoss", "nll_loss": "NLLLoss",
    "gaussian_nll_loss": "GaussianNLLLoss", "poisson_nll_loss": "PoissonNLLLoss",
    "multilabel_margin_loss": "MultiLabelMarginLoss", "cross_entropy": "CrossEntropyLoss",
    "multilabel_soft_margin_loss": "MultiLabelSoftMarginLoss", "smooth_l1_loss": "SmoothL1Loss",
    "multi_margin_loss": "MultiMarginLoss", "batch_norm": "BatchNorm1d",
    "interpolate": "Upsample", "upsample_nearest": "UpsamplingNearest2d",
    "upsample_bilinear": "UpsamplingBilinear2d",
    **{f"conv{count}d": f"Conv{count}d" for count in (1, 2, 3)},
    **{f"conv_transpose{count}d": f"ConvTranspose{count}d" for count in (1, 2, 3)},
}  # fmt: skip

# --- optimizers -----------------------------------------------------------------------------------
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "SGD dampening": {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    "SGD maximize": {"lr": 0.1, "maximize": True},
    "Adadelta": {"lr": 1.0, "weight_decay": 0.01},
    "Adagrad": {"lr": 0.05, "lr_decay": 0.1, "initial_accumulator_value": 0.1},
    "Adam": {"lr": 0.01},
    "Adam amsgrad": {"lr": 0.01, "amsgrad": True, "weight_decay": 0.01},
    "AdamW": {"lr": 0.01, "weight_decay": 0.1},
    "AdamW amsgrad": {"lr": 0.01, "amsgrad": True, "maximize": True},
    "Adamax": {"lr": 0.01, "weight_decay": 0.01},
    "ASGD": {"lr": 0.05, "t0": 8},
    "NAdam": {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "RAdam": {"lr": 0.01},
    "RAdam decay": {"lr": 0.01, "weight_decay": 0.1},
    "RMSprop": {"lr": 0.01},
    "RMSprop centered": {"lr": 0.01, "centered": True, "momentum": 0.9, "weight_decay": 0.01},
    "Rprop": {"lr": 0.01},
}

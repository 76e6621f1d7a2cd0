"""Convolution, pooling and resizing of images: nn.functional, and what torch itself has."""

from __future__ import annotations

import math

from tests.golden.cases.case import Table, distinct, frozen, normal, positive, values

TABLE = Table("convolutions")

IMAGE = {"x": normal(2, 2, 5, 6), "w": normal(3, 2, 3, 2)}
TABLE.add("F.conv2d(x, w)", **IMAGE)
for options in (
    "", "stride=2", "padding=1", "padding=(1, 0), stride=(2, 1)", "dilation=2", "padding='same'",
    "padding='valid'",
):  # fmt: skip
    TABLE.add(f"F.conv2d(x, w, b, {options})".replace(", )", ")"), b=normal(3), **IMAGE)
TABLE.add("F.conv2d(x, w, b, groups=2)", x=normal(2, 4, 4, 4), w=normal(6, 2, 2, 2), b=normal(6))
TABLE.add("F.conv2d(x, w, groups=3)", x=normal(1, 3, 4, 4), w=normal(3, 1, 3, 3))
TABLE.add("F.conv2d(x, w)", x=normal(2, 4, 5), w=normal(3, 2, 1, 1))
for options in ("", "stride=2, padding=1", "dilation=2", "padding='same'"):
    text = f"F.conv1d(x, w, b, {options})".replace(", )", ")")
    TABLE.add(text, x=normal(2, 2, 7), w=normal(3, 2, 3), b=normal(3))
TABLE.add("F.conv3d(x, w)", x=normal(1, 2, 3, 3, 3), w=normal(2, 2, 2, 2, 2))
for options in ("", "stride=2", "stride=2, padding=1, output_padding=1", "dilation=2", "groups=1"):
    text = f"F.conv_transpose2d(x, w, b, {options})".replace(", )", ")")
    TABLE.add(text, x=normal(1, 2, 3, 3), w=normal(2, 3, 3, 2), b=normal(3))
TABLE.add("F.conv_transpose1d(x, w, stride=2)", x=normal(1, 2, 4), w=normal(2, 3, 3))

for options in (
    "2", "3, stride=1", "2, 2, padding=1", "(2, 3)", "2, dilation=2, stride=1", "2, ceil_mode=True",
):  # fmt: skip
    TABLE.add(f"F.max_pool2d(x, {options})", x=distinct(1, 2, 5, 5))
TABLE.add("F.max_pool2d(x, 2, return_indices=True)", x=distinct(1, 2, 4, 4))
TABLE.add("F.max_pool1d(x, 2)", x=distinct(1, 2, 6))
for options in (
    "2", "3, stride=1, padding=1", "2, 2, padding=1, count_include_pad=False", "2, ceil_mode=True",
):  # fmt: skip
    TABLE.add(f"F.avg_pool2d(x, {options})", x=normal(1, 2, 5, 5))
TABLE.add("F.avg_pool1d(x, 2)", x=normal(1, 2, 6))
for size in ("1", "(2, 3)", "(None, 2)"):
    TABLE.add(f"F.adaptive_avg_pool2d(x, {size})", x=normal(1, 2, 5, 4))
    TABLE.add(f"F.adaptive_max_pool2d(x, {size})", x=distinct(1, 2, 5, 4))
for options in (
    "scale_factor=2", "size=(5, 7)", "scale_factor=2, mode='bilinear'",
    "size=(5, 3), mode='bilinear', align_corners=True", "scale_factor=0.5, mode='area'",
    "scale_factor=2, mode='bicubic'",
):  # fmt: skip
    TABLE.add(f"F.interpolate(x, {options})", x=normal(1, 2, 4, 4))
TABLE.add("F.pixel_shuffle(x, 2)", x=normal(1, 8, 2, 3))
TABLE.add("F.pixel_unshuffle(x, 2)", x=normal(1, 2, 4, 6))
TABLE.add("F.unfold(x, (2, 2))", x=normal(1, 2, 3, 4))
TABLE.add("F.fold(x, (3, 4), (2, 2))", x=normal(1, 8, 6))

# --- more of convolution ------------------------------------------------------------------------
TABLE.add("F.conv2d(x, w, b, stride=(2, 1), padding=(2, 1), dilation=(1, 2), groups=2)",
          x=normal(2, 4, 5, 6), w=normal(4, 2, 3, 2), b=normal(4))  # fmt: skip
TABLE.add("F.conv2d(x, w, padding='same', dilation=3)", x=normal(1, 1, 5, 4), w=normal(1, 1, 4, 2))
TABLE.add("F.conv2d(x, w, b, padding=3)", x=normal(1, 2, 3, 2), w=normal(2, 2, 2, 3), b=normal(2))
TABLE.add(
    "F.conv2d(x, w, b, (1,), [1], 2, 1)", x=normal(1, 5, 5), w=normal(2, 1, 2, 2), b=normal(2)
)
TABLE.add("F.conv2d(x, w, padding=1, groups=2)", x=normal(1, 2, 4, 4), w=normal(4, 1, 3, 3))
TABLE.add("F.conv1d(x, w, padding='same', groups=2)", x=normal(4, 5), w=normal(2, 2, 4))
TABLE.add("F.conv3d(x, w, b, stride=(1, 2, 1), padding=1, dilation=(1, 1, 2), groups=2)",
          x=normal(1, 2, 3, 4, 4), w=normal(2, 1, 2, 3, 2), b=normal(2))  # fmt: skip
for options in (
    "groups=2, stride=(2, 1), padding=(1, 0)", "stride=3, output_padding=(2, 1), groups=2",
    "dilation=2, padding=2, groups=2", "dilation=3, output_padding=2, groups=2",
):  # fmt: skip
    TABLE.add(f"F.conv_transpose2d(x, w, b, {options})", x=normal(1, 4, 3, 2),
              w=normal(4, 2, 2, 3), b=normal(4))  # fmt: skip
TABLE.add("F.conv_transpose2d(x, w, padding=1)", x=normal(2, 3, 3), w=normal(2, 1, 3, 2))
TABLE.add("F.conv_transpose3d(x, w, b, 2, 1, 1)", x=normal(1, 2, 2, 3, 2),
          w=normal(2, 1, 2, 3, 3), b=normal(1))  # fmt: skip
for options in ("3, dilation=2, padding=2", "(2, 1), stride=(1, 2)", "2, 1, 1, 2"):
    TABLE.add(f"F.unfold(x, {options})", x=normal(1, 2, 4, 5))
TABLE.add("F.unfold(x, 2)", x=normal(2, 3, 3))
TABLE.add("F.fold(x, 4, 2, padding=1, stride=2)", x=normal(2, 8, 9))
TABLE.add("F.fold(x, (5, 4), (2, 3), dilation=(2, 1))", x=normal(6, 6))

# --- more of pooling and resizing ---------------------------------------------------------------
for axes in (1, 2, 3):
    SPACE = (5, 4, 4)[:axes]
    for options in (
        "3, 1, 1", "2, 2, 1, ceil_mode=True", "2, 1, 0, 2", "3, 2, 1, return_indices=True",
        "4, 3, 2, return_indices=True, ceil_mode=True",
    ):  # fmt: skip
        TABLE.add(f"F.max_pool{axes}d(x, {options})", x=distinct(2, 2, *SPACE))
    TABLE.add(f"F.max_pool{axes}d(x, 2)", x=distinct(2, *SPACE))
    for options in ("3, 1, 1", "3, 2, 1, True, False", "2, 2, 1, True"):
        TABLE.add(f"F.avg_pool{axes}d(x, {options})", x=normal(2, 2, *SPACE))
    for count in (1, 2, 3, 7):
        TABLE.add(f"F.adaptive_avg_pool{axes}d(x, {count})", x=normal(2, 2, *SPACE))
        TABLE.add(f"F.adaptive_max_pool{axes}d(x, {count})", x=distinct(2, 2, *SPACE))
    TABLE.add(f"F.adaptive_max_pool{axes}d(x, 2, True)", x=distinct(2, *SPACE))
    TABLE.add(f"F.lp_pool{axes}d(x, 3.0, 2, ceil_mode=True)", x=positive(1, 2, *SPACE))
    pooled = f"y, i = F.max_pool{axes}d(x, 2, return_indices=True)\n"
    TABLE.add(pooled + f"F.max_unpool{axes}d(y, i, 2, output_size=x.shape)",
              x=distinct(1, 2, *SPACE))  # fmt: skip
TABLE.add("F.avg_pool2d(x, 2, divisor_override=3)", x=normal(1, 2, 4, 4))
# Ties go to the first, however windows overlap; and what is -inf everywhere has a first too.
TIES = values(*([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 1.0]],))
for options in ("2", "2, 1", "3, 1, 1", "2, 1, return_indices=True"):
    TABLE.add(f"F.max_pool2d(x, {options})", x=TIES)
LOW = values(*([[-math.inf] * 4] * 3,))
for options in ("2", "3, 1, 1", "3, 1, 1, return_indices=True"):
    TABLE.add(f"F.max_pool2d(x, {options})", x=LOW)
MODES = {1: ("nearest", "nearest-exact", "linear", "area"),
         2: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
         3: ("nearest", "nearest-exact", "trilinear", "area")}  # fmt: skip
for axes, modes in MODES.items():
    SPACE = (4, 3, 2)[:axes]
    for mode in modes:
        for options in (
            "size=5",
            "scale_factor=0.7",
            "scale_factor=1.6, recompute_scale_factor=True",
        ):
            if mode != "area" or "0.7" not in options:
                TABLE.add(f"F.interpolate(x, {options}, mode='{mode}')", x=normal(1, 2, *SPACE))
        if "linear" in mode or "cubic" in mode:
            TABLE.add(f"F.interpolate(x, 5, mode='{mode}', align_corners=True)",
                      x=normal(1, 2, *SPACE))  # fmt: skip
        if mode in ("bilinear", "bicubic"):
            TABLE.add(f"F.interpolate(x, (3, 5), mode='{mode}', antialias=True)",
                      x=normal(1, 2, 7, 4))  # fmt: skip
for old in ("upsample(x, scale_factor=2)", "upsample_nearest(x, 3)", "upsample_bilinear(x, 3)"):
    TABLE.add(f"F.{old}", x=normal(1, 2, 2, 2))
TABLE.add("F.pixel_shuffle(x, 3)", x=normal(9, 2, 1))
TABLE.add("F.pixel_unshuffle(x, 1)", x=normal(2, 2, 3, 2))
TABLE.add("F.channel_shuffle(x, 3)", x=normal(1, 6, 2, 2))

# --- windows at random, given which ---------------------------------------------------------------
for options in ("2, 3", "(2, 3), (4, 2)", "3, output_ratio=(0.6, 0.6)",
                "2, output_ratio=(0.5, 0.7)", "2, 1", "2, 5", "2, 3, None, True"):  # fmt: skip
    TABLE.add(f"F.fractional_max_pool2d(x, {options}, _random_samples=T.sigmoid(u))",
              x=distinct(2, 2, 6, 7), u=frozen(2, 2, 2))  # fmt: skip
TABLE.add("F.fractional_max_pool2d(x, 2, 3, None, True, T.sigmoid(u))",
          x=distinct(3, 6, 5), u=frozen(1, 3, 2))  # fmt: skip
for options in ("2, 3", "(2, 1, 3), (3, 4, 2)", "2, output_ratio=(0.7, 0.6, 0.7)"):
    TABLE.add(f"F.fractional_max_pool3d(x, {options}, _random_samples=T.sigmoid(u))",
              x=distinct(1, 2, 5, 6, 7), u=frozen(1, 2, 3))  # fmt: skip
TABLE.add("F.fractional_max_pool3d(x, 2, 2, None, True, T.sigmoid(u))",
          x=distinct(2, 4, 4, 5), u=frozen(1, 2, 3))  # fmt: skip
for axes in (2, 3):
    LINE = (5, 6, 5)[:axes]
    TABLE.add(
        f"F.fractional_max_pool{axes}d_with_indices(x, 2, 3, _random_samples=T.sigmoid(u))",
        x=distinct(1, 2, *LINE), u=frozen(1, 2, axes),
    )  # fmt: skip
for axes in (1, 2, 3):
    SPACE = (5, 4, 4)[:axes]
    TABLE.add(f"F.max_pool{axes}d_with_indices(x, 2, 1)", x=distinct(1, 2, *SPACE))
    TABLE.add(f"F.adaptive_max_pool{axes}d_with_indices(x, 3)", x=distinct(1, 2, *SPACE))
TABLE.add("F.native_channel_shuffle(x, 2)", x=frozen(1, 4, 2, 2))
TABLE.add("F.conv_tbc(x, w, b, 1)", x=normal(4, 2, 3), w=normal(2, 3, 4), b=normal(4))

# --- what torch has beside torch.nn.functional ----------------------------------------------------
TORCH = """
T.adaptive_avg_pool1d(x, 3)
T.adaptive_max_pool1d(x, 3)
T.avg_pool1d(x, 2)
T.max_pool1d(x, 2, 1)
T.max_pool1d(x, 3, 2, 1, 1, True)
T.max_pool1d_with_indices(x, 2)
T.constant_pad_nd(x, (1, 2), 0.5)
T.conv1d(x, w1, b, 1, 1)
T.conv_transpose1d(x, w1)
T.convolution(x, w1, None, (2,), (1,), (1,), False, (0,), 1)
T.batch_norm(x, s, s, None, None, True, 0.1, 1e-5, False)
T.batch_norm(x, s, s, r, r * r, False, 0.1, 1e-5, False)
T.instance_norm(x, s, s, None, None, True, 0.1, 1e-5, False)
T.group_norm(x, 2, s, s, 1e-3)
T.layer_norm(x, (6,), l, l)
T.rms_norm(x, (6,), l)
T.channel_shuffle(x, 2)
T.native_channel_shuffle(v, 2)
T.max_pool2d(y, 2)
T.conv2d(y, w2, b, padding=1)
T.conv_transpose2d(y, w2, stride=2)
T.convolution(y, w2, b, (2, 1), (1, 1), (1, 1), True, (1, 0), 1)
T.pixel_shuffle(y, 2)
T.pixel_unshuffle(y, 2)
T.max_pool3d(z, 2)
T.conv3d(z, w3)
T.conv_transpose3d(z, w3)
T.conv_tbc(q, w1, k)
T.bilinear(l, l, w4)
T.pdist(x[0])
"""
TABLE.rows(TORCH, x=normal(2, 4, 6), w1=normal(4, 4, 3), b=normal(4),
           s=positive(4), l=normal(6), y=normal(1, 4, 4, 4), w2=normal(4, 4, 2, 3),
           z=normal(1, 2, 3, 3, 3), w3=normal(2, 2, 2, 2, 2), q=normal(5, 2, 4), k=normal(3),
           w4=normal(2, 6, 6), v=frozen(1, 4, 3), r=frozen(4))  # fmt: skip

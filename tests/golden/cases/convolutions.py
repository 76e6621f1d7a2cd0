"""nn.functional: convolution, pooling and resizing of images. They come after the engine."""

from __future__ import annotations

from tests.golden.cases.case import Table, distinct, normal

TABLE = Table("convolutions", later=True)

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

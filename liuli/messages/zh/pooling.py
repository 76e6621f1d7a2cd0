"""Chinese texts: LL180 to LL189, pooling, resizing, and channels turned into places."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL180": Text(
        "interpolate：输入的形状是 {shape}；mode={mode!r} 需要 {expected} 个轴",
        "",
        "线的各轴是 (N, C, L)，模式用 linear；图像是 (N, C, H, W)，模式用 bilinear 或 bicubic；"
        "体积是 (N, C, D, H, W)，模式用 trilinear。nearest 和 area 对各种形状都可用。"
        "单幅图像用 x.unsqueeze(0) 加上批轴。",
    ),
    "LL181": Text(
        "{op}：长度为 {length} 的轴不能平均分成 {count} 份",
        "",
        "pixel_shuffle 把每 r * r 个通道合成一个，pixel_unshuffle 把高和宽按 r 拆开，"
        "channel_shuffle 的各组大小相同。",
    ),
    "LL182": Text(
        "{op}：输入与 indices 的形状不同",
        "",
        "输入的每个元素的位置写在 indices 的同一处，"
        "就像带 return_indices=True 的最大池化给出的那样。",
    ),
    "LL183": Text(
        "{op}：填充为 {padding} 时，大小为 {size} 的窗口会只看到填充",
        "",
        "看不到元素的窗口既没有最大元素，也没有平均值。"
        "填充不超过窗口的一半（有膨胀时按各点的跨度算），窗口就总能看到元素。",
    ),
    "LL184": Text(
        "interpolate：size 是 {size}，scale_factor 是 {scale_factor}；两者应恰好给出一个",
        "",
        "size 说明各轴变成多长，scale_factor 说明各轴乘以多少。",
    ),
    "LL185": Text(
        "{op}：{argument} 是 {value}，应为 {expected!s}",
        "",
        "这个数决定结果有多大，或者结果的和除以多少。",
    ),
    "LL186": Text(
        "interpolate：mode={mode!r} 没有 {option}；有它的模式是：{modes}",
        "",
        "这个选项改变相邻元素的权重，而这种模式不用权重。",
    ),
    "LL187": Text(
        "{op}：output_size 是 {size}，output_ratio 是 {ratio}；两者应恰好给出一个",
        "",
        "output_size 说明沿一个轴有多少个窗口，output_ratio 说明窗口数占这个轴长度的几分之几。",
    ),
}

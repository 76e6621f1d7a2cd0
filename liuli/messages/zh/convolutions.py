"""Chinese texts: LL145 to LL150 and LL173 to LL177, convolutions and what fits them."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL145": Text(
        "{op}：输入有 {channels} 个通道，而权重要求 {expected} 个",
        "{fix}",
        "图像的形状是 (N, C, H, W)：先是批，再是通道，然后是高和宽。"
        "许多图像文件把通道放在最后，灰度图没有通道轴，还有一些带有第四个表示透明度的通道。",
    ),
    "LL146": Text(
        "{op}：{name!s}的形状是 {shape}；应为 {expected!s}",
        "{fix}",
        "除了空间的各轴之外，还有一个通道轴；它前面是批轴，可以省略。",
    ),
    "LL147": Text(
        "{op}：卷积核覆盖 {covers} 个位置，而输入连同填充在那里只有 {length} 个",
        "{fix}",
        "没有填充的卷积和池化都会使图像变小，到这里剩下的已经太少。"
        "请用更大的图像、加上填充，或者去掉一次池化。",
    ),
    "LL148": Text(
        "{op}：{channels} 个 {name} 不能平均分成 {groups} 组",
        "",
        "每组取一份输入通道，产生一份输出通道，所以 groups 必须能整除这两者。",
    ),
    "LL149": Text(
        "{op}：偏置的形状是 {bias}，而权重要求 {expected}",
        "",
        "每个输出通道有一个偏置。",
    ),
    "LL150": Text(
        "{op}：结果有一个轴的长度会是 {length}",
        "",
        "在转置卷积里，padding 从结果的每一端切掉这么多。",
    ),
    "LL173": Text(
        "{op}：{argument} 是 {value}，应为不小于 {least} 的整数，或 {count} 个这样的整数",
        "{fix}",
        "一个数对空间的所有轴都有效；几个数用元组给出，每轴一个。",
    ),
    "LL174": Text(
        "{op}：padding='same' 只用于步长 1，而这里步长是 {stride}",
        "padding={fix}",
        "步长大于 1 时，结果不可能与输入一样大。请用数字给出填充。",
    ),
    "LL175": Text(
        "{op}：output_padding 是 {value}，必须小于步长或膨胀，这里是 {limit}",
        "",
        "有步长时，几种大小的输入会得到同样大小的结果。"
        "output_padding 在其中选出转置卷积要还原的那一种大小。",
    ),
    "LL176": Text(
        "{op}：output_size 不能是 {size}；最小是 {low}，最大是 {high}",
        "",
        "有步长时，几种大小的输入会得到同样大小的结果；output_size 是其中之一。",
    ),
    "LL177": Text(
        "fold：输入的形状是 {shape}；应为 {expected}",
        "",
        "轴 1 的长度是通道数乘以卷积核的位置数；"
        "最后一轴为卷积核在 output_size 里的每个位置留一列。",
    ),
}

"""Chinese texts: LL160 to LL179 shapes of layers, LL661 to LL679 what else goes wrong with them."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL160": Text(
        "{kind}：输入的形状是 {shape}；应为 {expected}",
        "",
        "各轴依次是批、特征（或通道）、位置。单个样本用 x.unsqueeze(0) 加上批轴；"
        "图像先经过 Flatten。",
    ),
    "LL661": Text(
        "{kind}.__init__ 在使用模块之前必须先调用 super().__init__()",
        "super().__init__()",
        "这个调用建立模块存放层与参数的地方。它应是 __init__ 的第一行。",
    ),
    "LL662": Text(
        "{kind} 没有 {name!r}",
        "{fix}",
        "属性要在 __init__ 里用 self.名字 = ... 建立。"
        "没有 self. 的名字在 __init__ 结束后就消失了。",
    ),
    "LL663": Text(
        "{kind} 没有 forward：它计算什么？",
        "{fix}",
        "调用模块就是调用它的 forward 方法。它必须写在类里，缩进与 __init__ 相同，拼写完全一致。",
    ),
    "LL664": Text(
        "{argument} 是 {type}，应为 {expected}",
        "",
        "这个参数的种类不是该函数所能处理的。",
    ),
    "LL665": Text(
        "load_state_dict：缺少 {missing} 个，多出 {unexpected} 个，形状不同 {misfits} 个",
        "{fix}",
        "state_dict 里的名字与形状来自保存它的那个网络。请用同样的层、名字和大小建立网络；"
        "strict=False 只加载名字相符的部分。这次没有加载任何内容。",
    ),
    "LL666": Text(
        "{kind} 不接受参数，却给了 {given}",
        "{fix}",
        "要么这个类没有定义 __init__（两边各两个下划线），"
        "要么它的 __init__ 把参数传给了不接受参数的 super().__init__()。",
    ),
    "LL667": Text(
        "{kind} 定义了 {name}，但没有人调用它：__init__ 两边各有两个下划线",
        "def __init__(self, ...):",
        "建立对象时 Python 调用 __init__。换成别的名字，这个方法永远不会运行，网络里就没有层。",
    ),
    "LL668": Text(
        "{kind}.{name} 是普通的 {type}：parameters() 找不到里面的层，它们不会学习",
        "self.{name} = {container}(self.{name})",
        "模块能找到的层与参数，要么本身是属性，要么放在 ModuleList、ModuleDict、ParameterList "
        "或 ParameterDict 里。放在普通列表、元组或字典里的，"
        "不会进入 parameters()、state_dict() 和 to()。",
    ),
    "LL669": Text(
        "{kind}：不能用 {name!r} 注册：{reason}",
        "",
        "名字会成为属性，也是 state_dict() 中以点连接的路径的一部分。"
        "所以它是一段不含点、模块尚未使用的文字。",
    ),
    "LL670": Text(
        "{kind}：{name!r} 必须是 {expected}，而这是 {type}",
        "{fix}",
        "参数、缓冲区与子模块的名字保持各自的种类，优化器才能一直找到它们。"
        "层要通过调用类来建立：写 nn.ReLU()，而不是 nn.ReLU。",
    ),
    "LL671": Text(
        "{kind}：{argument} 是 {value}，必须是不小于 {least} 的整数",
        "{fix}",
        "层的大小是整数。用 / 相除，即使都是整数也得到小数：请用 //。",
    ),
    "LL672": Text(
        "{function}：张量的形状是 {shape}；需要的轴数：{needed}",
        "",
        "这些初始值取决于一个权重连接多少输入和输出，即它的前两个轴。偏置用 zeros_ 或 uniform_。",
    ),
    "LL673": Text(
        "梯度的范数是 {total}：第 {bad} 个梯度不是有限数",
        "",
        "损失或反向传播中有数变成了 nan 或 inf：常见原因是对 0 取对数或开方，或学习率太大。"
        "缩放无法修复它。",
    ),
    "LL674": Text(
        "{kind}：表的形状是 {shape}；应为 {expected}",
        "",
        "嵌入的表是一个矩阵，每个词一行。",
    ),
    "LL675": Text(
        "{kind} 有 {count} 项；没有第 {index} 项",
        "",
        "从 0 开始计数；-1 是最后一项。",
    ),
    "LL676": Text(
        "vector_to_parameters：形状 {shape} 不是含 {total} 个元素的向量",
        "",
        "向量按顺序切给各个参数，所以元素个数等于它们的总和。parameters_to_vector 可以生成它。",
    ),
    "LL677": Text(
        "summary：{size} 不是一个样本的形状",
        "nn.summary(model, (784,))",
        "请给出不含批的各轴长度：一行 784 个数写 (784,)，图像写 (1, 28, 28)，"
        "多个输入则写由这样的元组组成的列表。",
    ),
}

"""Chinese texts: LL160 to LL179 shapes of layers, LL661 to LL679 what else goes wrong with them."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL160": Text(
        "{kind}：输入的形状是 {shape}；应为 {expected!s}",
        "",
        "各轴依次是批、通道（或特征）、位置：1d 的层有一个位置轴或没有，2d 的有两个（如图像），"
        "3d 的有三个。单个样本用 x.unsqueeze(0) 加上批轴。",
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
        "{argument} 是 {type!s}，应为 {expected!s}",
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
        "{kind}：不能用 {name!r} 注册：{reason!s}",
        "",
        "名字会成为属性，也是 state_dict() 中以点连接的路径的一部分。"
        "所以它是一段不含点、模块尚未使用的文字。",
    ),
    "LL670": Text(
        "{kind}：{name!r} 必须是 {expected!s}，而这是 {type!s}",
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
        "{function}：张量的形状是 {shape}；需要的轴数：{needed!s}",
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
    "LL161": Text(
        "liuli.{module} 里没有 {name!r}",
        "{near}",
        "名称与 PyTorch 一致，大小写也一样。已有的名称列在 docs/api-status.md 里。",
    ),
    "LL162": Text(
        "liuli.{module}.{name} 还不在这个版本里；见 docs/api-status.md",
        "",
        "名称没有写错，只是 Liuli 还没有它。已有的名称列在 docs/api-status.md 里。"
        "在此之前，程序的这一部分需要用 PyTorch。",
    ),
    "LL163": Text(
        "{kind} 没有 {name!r}：这件事由 Trainer 来做",
        "{fix}",
        "网络只负责计算；训练它的是另一个对象，由网络、损失和优化器组成。",
    ),
    "LL164": Text(
        "liuli.{module}.{name} 是一个存放 Python 代码的文件，不能调用",
        "{near}",
        "类名和 PyTorch 一样，要用大写字母。",
    ),
    "LL165": Text(
        "{kind}(...) 只是创建损失：还要用输出和目标去调用它",
        "nn.{kind}()(output, target)",
        "损失先创建一次，第一对括号里写选项；再用网络的输出和目标去调用它：一共两对括号。",
    ),
    "LL166": Text(
        "{op}：两个参数写反了：先写输出，再写标签",
        "{op}(output, labels)",
        "写在前面的是整数，像标签；写在后面的带小数，而且多一个轴，像网络的输出。",
    ),
    "LL167": Text(
        "{function} 没有参数 {given!r}；它的参数有：{names}",
        "{fix}",
        "调用时写的参数名必须与定义完全一致。",
    ),
    "LL168": Text(
        "{function}：缺少参数：{names}",
        "{fix}",
        "这些参数没有默认值，每次调用都必须给出。",
    ),
    "LL169": Text(
        "{function} 收到 {given} 个不写名称的参数，最多接受 {most} 个",
        "{fix}",
        "其余的参数要写出名称，例如 name=value。要求列表的地方，元素外面要加方括号 [ ]。",
    ),
    "LL170": Text(
        "{kind}.forward 没有返回任何值",
        "return x",
        "没有 return 的函数返回 None。forward 的最后一行要给出网络算出的结果。",
    ),
    "LL171": Text(
        "load_state_dict 收到的是整个网络（{kind}），它需要的是 state_dict",
        "model = liuli.load(path)，这种文件里存的就是网络本身",
        "网络和它的状态是两回事：liuli.save(model, path) 保存整个网络，liuli.load(path) "
        "取回来就能用；liuli.save(model.state_dict(), path) 只保存权重，"
        "load_state_dict 接受的是后者。",
    ),
    "LL172": Text(
        "cross_entropy 收到的是 softmax 算出的概率：softmax 用了两次",
        "nn.Sequential(..., nn.Linear(64, 10))",
        "cross_entropy 自己会做 softmax。做两次会把差别抹平，网络学得又慢又差。"
        "去掉网络末尾的 softmax；要看概率时，再对输出做一次 softmax。",
    ),
}

"""LL5xx: devices. LL6xx: arguments. LL8xx: settings."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL501": Text(
        "{device!r} 不是设备名：种类有 {kinds}",
        'liuli.device("cpu")',
        "设备写作种类名，有多个时加编号：cpu、cuda、cuda:1。",
    ),
    "LL502": Text(
        "设备 {device} 无法使用：这个版本的 Liuli 只在 CPU 上计算",
        'device = "cpu"',
        "电脑和驱动都没有问题，可以用 CPU 继续。像 PyTorch 程序那样先询问的程序会自动选择 CPU。",
    ),
    "LL503": Text(
        "没有加速器：这个版本的 Liuli 只在 CPU 上计算",
        "liuli.accelerator.is_available()",
        "请先询问，有加速器时才这样做。",
    ),
    "LL601": Text(
        "{function}：{argument} 的类型是 {type}，应当是张量",
        "{fix}",
        "函数接受张量；运算符还接受 NumPy 数组和数。请先把数据转换成张量，再参与计算。",
    ),
    "LL602": Text(
        "{argument}={value} 不是可选值之一：{choices}",
        "",
        "该参数只接受列出的值，拼写必须完全一致。",
    ),
    "LL603": Text(
        "整数除以零",
        "",
        "小数用 inf 和 nan 表示这种结果，整数没有对应的值。请用 .float() 转换，或找出零的来源。",
    ),
    "LL604": Text(
        "整数不能做负数次幂",
        "x.float() ** -1",
        "结果会是小数，整数存不下。",
    ),
    "LL605": Text(
        "clamp：min 和 max 都是 None",
        "",
        "请至少给出一个界限。",
    ),
    "LL606": Text(
        "topk：k 是 {k}，而轴 {dim} 有 {length} 个元素",
        "",
        "k 的范围是 0 到该轴的长度。",
    ),
    "LL607": Text(
        "view：{value} 不是长度",
        "x.to(dtype)",
        "view 的参数是新的各轴长度。它不会把二进制位当作另一种类型来读；to(dtype) 转换数值。",
    ),
    "LL608": Text(
        "unfold：窗口长度 {size}、步长 {step} 不适合长度为 {length} 的轴",
        "",
        "窗口不能比轴长，步长至少是 1。",
    ),
    "LL609": Text(
        "split：每段长度是 {size}，应当至少是 1",
        "",
        "每段至少有一个元素。",
    ),
    "LL610": Text(
        "chunk：段数是 {chunks}，应当至少是 1",
        "",
        "至少要有一段。",
    ),
    "LL611": Text(
        "不能用类型 {type} 来索引张量",
        "",
        "索引可以是整数、切片、None、...、掩码，或整数的张量或列表；也可以用逗号隔开写多个。",
    ),
    "LL612": Text(
        "一个索引里只能有一个 ...",
        "",
        "... 代表所有没有写出的轴，出现两次就有歧义。",
    ),
    "LL613": Text(
        "切片的步长是 {step}，应当至少是 1",
        "x.flip(0)",
        "视图不能倒着走。flip 会把一个轴反转并复制。",
    ),
    "LL614": Text(
        "{op}：矩阵是奇异的，没有逆矩阵",
        "",
        "某一行是其他行的组合，或全为零。在最小二乘中，加上单位矩阵的一个小倍数往往有帮助。",
    ),
    "LL615": Text(
        "arange：从 {start} 到 {end}，步长 {step}，走不到终点",
        "",
        "步长必须有限、不为零，并且从起点朝向终点。",
    ),
    "LL616": Text(
        "randint：low 是 {low}，high 是 {high}；low 必须更小",
        "",
        "随机数取自 low 到 high - 1。randint(high, size) 从 0 开始；size 是元组。",
    ),
    "LL617": Text(
        "multinomial：权重必须有限且不为负，每行至少有一个正数",
        "",
        "权重是相差一个倍数的概率。对数或原始分数要先经过 softmax。",
    ),
    "LL618": Text(
        "种子必须是整数，而不是 {seed}",
        "liuli.manual_seed(0)",
        "相同的种子给出相同的随机数；任何整数都可以。",
    ),
    "LL619": Text(
        "有 {count} 个元素的张量不是一个数",
        "x.tolist()",
        "item、float 和 int 取得只有一个元素的张量的值。请先归约，如 x.mean().item()，"
        "或用 tolist 取得全部元素。",
    ),
    "LL620": Text(
        "{count} 个元素的真假不明确：`if` 只能判断一个",
        "x.any() or x.all()",
        "`if`、`while`、`and`、`or` 要的是一个是或否，而张量的比较对每个元素各给一个。"
        "请说明是任意一个成立（any）还是全部成立（all）；组合掩码请用 & 和 |。",
    ),
    "LL621": Text(
        "{function}：无法使用这些参数：{error}",
        "",
        "某个参数的种类或范围不被该函数接受。表中列出收到的参数。如果参数没有问题，请报告给我们。",
    ),
    "LL622": Text(
        "0 维张量没有长度，也没有可以遍历的元素",
        "x.item()",
        "它是一个数。x.reshape(1) 把它变成只有一个元素的向量。",
    ),
    "LL630": Text(
        "{op}：不用批的统计量时，需要 running_mean 和 running_var",
        "",
        "非训练时使用训练中积累的均值和方差。请同时传入两者，或改用批的统计量。",
    ),
    "LL631": Text(
        "{op}：{argument} 是 {value}，应当为正",
        "",
        "它是一个区间的宽度，或一个距离。",
    ),
    "LL632": Text(
        "{argument} 是 {value}，应当在 0 与 1 之间",
        "",
        "它是概率。dropout 的 p 是丢弃的概率。",
    ),
    "LL633": Text(
        "embedding：padding_idx {padding_idx} 不是表中的行，表有 {size} 行",
        "",
        "padding_idx 指定不参与学习的一行；负数从末尾数起。",
    ),
    "LL634": Text(
        "embedding_bag：一维的索引需要 offsets",
        "",
        "offsets 给出每个包的起点。矩阵每行就是一个包，不需要 offsets。",
    ),
    "LL635": Text(
        "one_hot：没有标签，无法得知类别数",
        "F.one_hot(labels, num_classes)",
        "不给出 num_classes 时，类别数是最大标签加 1。",
    ),
    "LL636": Text(
        "pad：{pad} 不是 {ndim} 个轴的张量的成对填充量：最多 {most} 个数，每个轴两个",
        "",
        "填充量成对给出（前、后），从最后一个轴开始：图像为（左，右，上，下）。",
    ),
    "LL637": Text(
        "scaled_dot_product_attention：同时给出了 attn_mask 和 is_causal",
        "",
        "is_causal 会自己生成掩码。两者都需要时，请把因果部分放进 attn_mask。",
    ),
    "LL640": Text(
        "{op}：没有给出 dim，对形状 {shape} 取为 {dim}",
        "{op}(x, dim={dim})",
        "softmax 沿哪个轴求和决定了它的含义。请写明：通常是最后一个，dim=-1。",
    ),
    "LL651": Text(
        "{op}：矩阵不是正定的",
        "",
        "只有特征值全为正的对称矩阵才有这种分解。舍入误差可能破坏它；"
        "加上单位矩阵的一个小倍数即可。",
    ),
    "LL652": Text(
        "from_numpy：需要 NumPy 数组，收到的是 {type}",
        "liuli.tensor(...)",
        "from_numpy 与数组共享内存。tensor 会复制数、列表、数组和张量。",
    ),
    "LL653": Text(
        "multinomial：只有 {positive} 个权重为正，无法抽取 {num_samples} 个不同的索引",
        "",
        "不放回时每个索引最多抽到一次。要重复抽取请传入 replacement=True。",
    ),
    "LL654": Text(
        "长度和轴必须是整数，而不是 {values}",
        "",
        "用 / 做除法总会得到小数，整数除法请用 //。",
    ),
    "LL655": Text(
        "{function}：需要 {expected} 个操作数，给了 {given} 个",
        "",
        "位运算函数有一个操作数（bitwise_not）或两个（其余）。",
    ),
    "LL656": Text(
        "{op}：长度为 {length} 的轴不能切成相等的 {parts} 份",
        "x.tensor_split({parts})",
        "hsplit、vsplit 和 dsplit 切成相等的份，或按列表中的位置切开。"
        "tensor_split 切成长度几乎相等的份。",
    ),
    "LL657": Text(
        "celu：alpha 为 0",
        "liuli.relu(x)",
        "celu 在零以下为 alpha * (exp(x / alpha) - 1)。alpha 越来越小时它变成 relu。",
    ),
    "LL660": Text(
        "函数的某个输出与某个输入无关，而设置了 strict",
        "",
        "strict=False 时这些导数为零。.item()、.detach()、整数或重新创建的张量都会切断依赖关系。",
    ),
    "LL801": Text(
        "LIULI_NUM_THREADS 的值是 {value!r}，应当是不小于 1 的整数",
        "LIULI_NUM_THREADS=4",
        "这个环境变量设定 Liuli 使用的线程数。删除它则使用进程可用的全部 CPU。",
    ),
    "LL802": Text(
        "没有名为 {name!r} 的设置：可用的设置有 {names}",
        "",
        "设置按名称修改：liuli.settings.change(...) 和 liuli.settings.using(...)。",
    ),
    "LL804": Text(
        "LIULI_BACKEND 是 {value!r}；可用的有：{names}",
        "LIULI_BACKEND=numpy",
        "它决定编译后的程序由什么来运行：机器码，或者 NumPy 逐个运算。",
    ),
    "LL803": Text(
        "线程数是 {count}，应当是不小于 1 的整数",
        "",
        "至少一个线程。超过进程可用的 CPU 数没有好处。",
    ),
}

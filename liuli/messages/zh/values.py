"""LL2xx: dtypes. LL3xx: axes, and positions outside what they point into."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL201": Text(
        "{dtype!r} 不是 Liuli 支持的数据类型",
        "",
        "支持 float64、float32、float16、bfloat16、int64、int32、int16、int8、uint8、uint32 和 "
        "bool，以及同名的 NumPy 类型和 Python 的 float、int、bool。不支持复数、文本和对象。",
    ),
    "LL202": Text(
        "只有浮点张量可以要求梯度，这个张量是 {dtype}",
        "x.float().requires_grad_()",
        "梯度描述微小变化的影响，而整数没有微小变化。[1, 2] 得到整数，[1.0, 2.0] 得到 float32。",
    ),
    "LL203": Text(
        "{op}：布尔值不能相减或取负",
        "a ^ b, or ~a",
        "两个布尔值之间的减号没有公认的含义。^ 表示不同之处，~ 表示取反；.int() 可转成数。",
    ),
    "LL204": Text(
        "{op}：位运算只用于整数和布尔值，操作数是 {dtype}",
        "",
        "&、|、^、~、<<、>> 按位运算。组合条件要写成 (a > 0) & (b > 0)，括号不能省，"
        "因为 & 的优先级比 > 高。",
    ),
    "LL205": Text(
        "{op}：需要浮点类型，现在是 {dtype}",
        "x.float()",
        "结果是浮点数，整数类型存不下。请先转换，或在函数支持时传入 dtype=liuli.float32。",
    ),
    "LL206": Text(
        "{op}_：结果是 {result}，而 {target} 张量存不下",
        "x = x.{op}(...)",
        "原地操作保持张量的类型。更高一类的结果（小数写入整数，数写入布尔值）会丢失数值。",
    ),
    "LL207": Text(
        "索引的类型是 {dtype}，应当是整数或布尔值",
        "index.long()",
        "位置必须是整数。用 / 算出的或以 float32 读入的索引需要先转换。",
    ),
    "LL208": Text(
        "{place} 的类型是 {type}，不是数",
        "",
        "张量只存放数。文本要先变成数：类别换成编号，数字用 float(...) 转换。",
    ),
    "LL209": Text(
        "{op}：不支持这些类型：{operands}",
        "",
        "该运算对这种类型组合没有定义。请转换其中一个操作数，例如用 .float() 或 .long()。",
    ),
    "LL210": Text(
        "iinfo：{dtype} 不是整数类型",
        "liuli.finfo(dtype)",
        "iinfo 给出整数类型的范围，finfo 给出浮点类型的范围。",
    ),
    "LL230": Text(
        "{op}：标签必须是整数，而目标的类型是 {dtype}",
        "target.long()",
        "类别标签是类别的编号。若目标是各类的概率，则形状与输入相同，类型为浮点。",
    ),
    "LL251": Text(
        "有一个操作数是 {type}：运算只接受张量、NumPy 数组和数",
        "liuli.tensor(...)",
        "列表不会自动转换，否则每次使用都要重新转换一遍。请先把它变成张量。",
    ),
    "LL252": Text(
        "{place} 是 {value}，64 位放不下",
        "float({value})",
        "整数的范围是 -2**63 到 2**63 - 1。更大的数可以作为浮点数近似保存。",
    ),
    "LL253": Text(
        "默认类型必须是浮点类型，而不是 {dtype}",
        "liuli.set_default_dtype(liuli.float64)",
        "它是 Python 浮点数的类型。整数会自动成为 int64。",
    ),
    "LL254": Text(
        "这些随机数是小数，而 {dtype} 存不下小数",
        "liuli.randint(0, 10, (2, 3))",
        "rand 和 randn 生成浮点数。整数用 randint。",
    ),
    "LL301": Text(
        "轴 {dim} 不存在：这个张量的轴从 {low} 到 {high}",
        "",
        "轴从 0 开始编号，负数从末尾数起，-1 是最后一个。常见原因是某个轴已被求和掉，"
        "或缺少批这个轴。",
    ),
    "LL302": Text(
        "位置 {place} 的索引 {value} 越界：该轴有 {size} 个元素，即 {low} 到 {last}",
        "",
        "位置从 0 开始，负数从末尾数起。从 1 开始的标签要减 1；"
        "embedding 的行数至少是最大编号加 1。",
    ),
    "LL303": Text(
        "{dims} 重复指定了同一个轴",
        "",
        "负数的轴从末尾数起：三个轴时，2 和 -1 是同一个。",
    ),
    "LL304": Text(
        "轴必须是整数，而不是 {dim}",
        "",
        "轴用编号表示。能对多个轴归约的函数也接受元组。",
    ),
    "LL305": Text(
        "flatten：start_dim {start} 在 end_dim {end} 之后",
        "",
        "flatten 把从 start_dim 到 end_dim 的轴合成一个。只保留批这个轴时写 x.flatten(1)。",
    ),
    "LL306": Text(
        "permute：{dims} 没有把 {n} 个轴各列出一次",
        "",
        "permute 给出全部轴的新顺序：0 到 n - 1 各一次。只交换两个轴请用 transpose。",
    ),
    "LL307": Text(
        "t：形状 {shape} 超过两个轴",
        "x.transpose(-2, -1)",
        "t 用于矩阵。成批的矩阵请交换最后两个轴，也可以写 x.mT。",
    ),
    "LL308": Text(
        "narrow：从 {start} 开始的 {length} 个元素超出了轴 {dim}，它只有 {size} 个",
        "",
        "start + length 不能大于轴的长度。",
    ),
    "LL309": Text(
        "0 维张量没有轴可以索引",
        "x.item()",
        "它是一个数。数值用 x.item() 取得；作为张量就是 x 本身。",
    ),
    "LL310": Text(
        "索引 {index} 越界：轴 {axis} 有 {size} 个元素，即 {low} 到 {last}",
        "",
        "位置从 0 开始，所以最后一个比长度小 1；负数从末尾数起。",
    ),
    "LL311": Text(
        "给了 {used} 个索引，而张量只有 {n} 个轴",
        "",
        "方括号里每个数或切片对应一个轴。None 新建一个轴，不计在内。",
    ),
    "LL312": Text(
        "掩码的形状是 {mask}，而它要选择的各轴是 {shape}",
        "",
        "掩码对每个元素说是或否，所以形状与被选择的部分相同。选择行的掩码是每行一项的向量。",
    ),
    "LL330": Text(
        "位置 {place} 的标签 {value}：共有 {classes} 个类别，即 {low} 到 {last}",
        "",
        "类别标签从 0 开始。从 1 开始的要减 1；表示忽略的标签请用 ignore_index 指定；"
        "否则最后一层需要更多输出。",
    ),
    "LL331": Text(
        "binary_cross_entropy：位置 {place} 的输入是 {value}，而概率应在 0 与 1 之间",
        "binary_cross_entropy_with_logits(input, target)",
        "输入应是 sigmoid 的输出。原始分数请用带 logits 的形式，它也更精确。",
    ),
    "LL332": Text(
        "gaussian_nll_loss：位置 {place} 的方差为负",
        "var.exp()",
        "预测方差的网络应预测它的对数，或经过 softplus，使结果为正。",
    ),
    "LL351": Text(
        "index_put(accumulate)：索引从轴 {axis} 开始，应当从轴 0 开始",
        "",
        "在重复位置上累加只支持最前面的轴。请用 movedim 把该轴移到最前，之后再移回。",
    ),
}

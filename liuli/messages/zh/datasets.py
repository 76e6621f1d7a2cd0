"""LL33x: labels. LL93x, LL94x: data sets, loaders and downloads."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL333": Text(
        "标签是 1..{classes}，而网络的 {classes} 个输出编号为 0..{last}",
        "y = y - 1",
        "类别和索引一样从 0 开始数。请把训练数据和测试数据的每个标签都减 1。",
    ),
    "LL334": Text(
        "第 {row} 行的标签 {label} 不在 {classes} 个类别 0..{last} 之中；现有标签：{present}",
        "",
        "标签是输出的编号，从 0 开始。有几个类别，网络就要有几个输出，否则请改正标签；"
        "需要忽略的标签用损失函数的 ignore_index 指定。",
    ),
    "LL335": Text(
        "{name}[{place}] 是 {value}：{size} 个数中有 {count} 个是 NaN 或无穷大",
        "",
        "只要有一个这样的数，所有权重都会变成 NaN。请填补空缺、去掉这些行，"
        "或者查清来源：空单元格、除以 0、对 0 取对数。",
    ),
    "LL336": Text(
        "这些数据不能作为类别标签：{place} 是 {value}，应当是 {wanted!s}",
        "",
        "标签是类别的编号 0、1、2……，或者类别的名称。"
        "要预测数量，请用适合数值的损失函数，例如均方误差。",
    ),
    "LL337": Text(
        "形状为 {shape} 的目标是独热编码：已取每行中 1 的位置作为标签",
        "y = y.argmax(1)",
        "损失函数需要类别的编号。信息没有丢失；自己写上这一行，就不再提示。",
    ),
    "LL338": Text(
        "目标是文本：{count} 个名称按顺序编号成为标签：{listed}",
        "",
        "网络只能计算数字，所以每个名称用它排序后的位置作为编号。",
    ),
    "LL339": Text(
        "目标 {what!s} 已读作 {became}",
        "y = y.reshape(-1).astype(np.int64)",
        "标签是一维的整数。这些数据只是写法不同，已经转换。",
    ),
    "LL930": Text(
        "{names}：float64 已转换为 float32，与权重的类型一致",
        "x = x.astype(np.float32)",
        "NumPy 默认用 float64，长度是网络所需的两倍。已在开始时转换一次。",
    ),
    "LL931": Text(
        "{a} 有 {m} 项，{b} 有 {n} 项：两者应当一一对应",
        "",
        "一个的第 i 项对应另一个的第 i 项。请检查是否只在其中一个里删掉了行，"
        "或者把训练数据和测试标签配在了一起。",
    ),
    "LL932": Text(
        "{name} 中没有数据：{what!s}",
        "",
        "没有可以学习的数据。请检查数据是怎样得到的：筛选条件是否去掉了所有行，文件是否为空。",
    ),
    "LL933": Text(
        "同一批中各项的 {what} 不同：第 0 项是 {m}，第 {i} 项是 {n}",
        "DataLoader(dataset, collate_fn=my_collate)",
        "一批数据是一张完整的表。请让各项一致（裁剪、缩放、填充），或用 collate_fn 说明如何组合。",
    ),
    "LL934": Text(
        "类型为 {type} 的项不能组成一批",
        "{fix}",
        "一批数据由张量、NumPy 数组、数、文本，以及它们组成的字典、列表和元组构成。"
        "出现 None 往往是因为 __getitem__ 没有写 return。",
    ),
    "LL935": Text(
        "{name} 中有不是数字的列：{columns}",
        "liuli.data.table.read_table(path)",
        "网络只能计算数字。表格读取器会把文本变成 0 和 1 的列，并填补空单元格；"
        "也可以自己挑选数字列。",
    ),
    "LL936": Text(
        "num_workers={num_workers}：数据在当前进程中准备，不启动工作进程",
        "num_workers=0",
        "结果完全相同。内存中的数据按批读取，比在进程之间传送更快。",
    ),
    "LL937": Text(
        "{function}：{argument} 是 {value}，应当是 {wanted!s}",
        "",
        "加载器和采样器的参数必须互相一致。",
    ),
    "LL938": Text(
        "random_split：长度 {lengths} 之和是 {total:g}，而数据集有 {count} 项",
        "random_split(dataset, [0.8, 0.2])",
        "请给出总和等于数据集长度的整数，或总和为 1 的比例；都不能是负数。",
    ),
    "LL939": Text(
        "{name} 无法下载：已尝试 {count} 个镜像",
        "liuli.data.digits() 不需要网络；或把 {name} 放入 {folder} 或 $LIULI_DATA",
        "每个镜像旁边写着失败的原因。可以先用自带的样本；可以稍后再试；"
        "也可以用别的办法取得文件，放入上面的文件夹，或放入环境变量 LIULI_DATA 指定的任意文件夹。",
    ),
    "LL940": Text(
        "{path} 已损坏：{reason!s}",
        "",
        "它不是应有的文件，所以没有使用。请删除它；下次运行会到别处寻找或重新下载。"
        "如果它属于自带的样本，请重新安装 Liuli。",
    ),
    "LL941": Text(
        "{name}：各文件夹中都没有 {file}，而 download 是 False",
        "liuli.data.{name}(download=True)",
        "请允许下载，或用 root 或环境变量 LIULI_DATA 指明文件所在的文件夹；"
        "liuli.data.digits() 不需要任何文件。",
    ),
    "LL942": Text(
        "{folder} 不能存放下载的文件：{reason}",
        "",
        "请把环境变量 LIULI_CACHE 设为可以写入且空间足够的文件夹，"
        "或把 LIULI_DATA 设为已有文件的文件夹。liuli.data.digits() 两者都不需要。",
    ),
    "LL943": Text(
        "{name}：得到 {what!s}，应当是 {wanted!s}",
        "",
        "每种变换只处理一类输入。ToTensor 把图像 (H, W) 或 (H, W, C) 变成张量 (C, H, W)，"
        "处理张量的变换放在它的后面。",
    ),
    "LL944": Text(
        "要取第 {index} 项，而数据集有 {count} 项：0..{last}",
        "",
        "索引从 0 开始。如果是采样器或 Subset 要取的，它的编号属于另一个数据集。",
    ),
}

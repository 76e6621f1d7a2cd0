"""Chinese texts: the command line."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL749": Text(
        "网络 {model} 要看图片，而这里的样本是一行数（{count} 个）；这样的数可以用：{names}",
        "--model mlp",
        "卷积看的是彼此相邻的东西：像素是相邻的，表格的列不是。",
    ),
    "LL748": Text(
        "liuli show 需要一个训练文件夹",
        "{fix}",
        "训练文件夹是 `liuli train` 生成的；训练结束时显示过它的名字。",
    ),
    "LL979": Text(
        "没有 {command} 这个命令；可用的命令有：{names}",
        "{near}",
        "`liuli --help` 说明每个命令做什么。",
    ),
    "LL980": Text(
        "liuli {command} 没有 {option} 这个选项；可用的选项有：{names}",
        "{near}",
        "选项名要写全；在命令后面写 `--help` 会显示每个选项的说明。",
    ),
    "LL981": Text(
        "{option} 后面需要一个值：{example}",
        "{example}",
        "值写在选项后面，用空格或 = 隔开。",
    ),
    "LL982": Text(
        "{option} 是 {value}；允许的是：{allowed}",
        "{near}",
        "还没有开始做任何事。不写这个选项时，Liuli 自己选一个值。",
    ),
    "LL983": Text(
        "liuli {command} 不知道 {word} 是什么意思",
        "{near}",
        "它只接受选项和选项的值。名字里有空格时要加引号。",
    ),
    "LL984": Text(
        "liuli predict 还缺：{missing!s}",
        "{fix}",
        "run 就是 `liuli train` 建立的文件夹，训练结束时显示过它的名字。",
    ),
    "LL985": Text(
        "{path} 不是空文件夹：新的训练结果会和里面的东西混在一起",
        "{fix}",
        "那里的东西没有改动。不写 --out 时，Liuli 会用 runs 下面下一个空着的编号。",
    ),
    "LL986": Text(
        "{path} 不是一次完整训练的文件夹：{part} 不存在或已损坏",
        "{fix}",
        "这样的文件夹由 `liuli train` 建立，开始训练前就写好了 run.json。",
    ),
    "LL987": Text(
        "{option} 是 {value}，而 {path} 里的训练开始时用的是 {own}",
        "{fix}",
        "继续训练时要用原来的设置；学习率沿余弦曲线在全部轮次中下降，所以也不能事后加轮次。"
        "想换设置，请开始一次新的训练。",
    ),
    "LL988": Text(
        "没有叫 {data} 的数据集，也没有这个文件；数据集有：{names}",
        "{near}",
        "--data 后面写数据集的名字，或者一个表格文件的路径：以 .csv、.tsv 或 .txt 结尾。",
    ),
    "LL989": Text(
        "没有 {model} 这个网络；可用的有：{names}",
        "{near}",
        "自己的网络用文件名和其中的函数名来指定：--model net.py:make。",
    ),
    "LL990": Text(
        "{path} {trouble!s}；里面有：{names}",
        "{near}",
        "FILE.py:名字 指文件里的东西：--model 后面是返回网络的函数或类，"
        "liuli explain 后面是编译好的步骤。",
    ),
    "LL991": Text(
        "{place} 出错：{kind}：{error}",
        "",
        "Python 在你自己的文件的这一行遇到了这个错误；没有丢失任何东西。",
    ),
    "LL992": Text(
        "{path} 中的 {name} 返回了 {given}；能训练的是 liuli.nn.Module",
        "",
        "函数最后要用 return 把网络交出来：return nn.Sequential(...)。",
    ),
    "LL993": Text(
        "对一批 {count} 个样本，网络给出 {found}；这份数据需要 {needed}",
        "",
        "分类时，最后一层要给每个类别一个数；预测数值时，只给一个数。",
    ),
    "LL994": Text(
        "系统拒绝了操作：{path}：{reason}",
        "{fix}",
        "在此之前已经完成的内容都还在。",
    ),
    "LL995": Text(
        "内存不够：{reason}",
        "--batch-size 16",
        "请关闭其他程序，或者用更小的批、更小的网络。已经写好的检查点都是完整的。",
    ),
    "LL996": Text(
        "{option} 只用于表格，而 {data} 是图片数据集",
        "",
        "图片数据集自己知道要学什么。",
    ),
    "LL997": Text(
        "{path} 已经不是 {run} 里的训练开始时用的那个文件了",
        "",
        "用别的数据继续，得到的数字不属于任何一次完整的训练：请把文件恢复原样，或者开始一次新的"
        "训练。",
    ),
    "LL998": Text(
        "{given} 和 {path} 里的网络学过的不是同一种数据，它学的是 {data}",
        "",
        "从图片学来的网络只能认图片，从表格学来的网络只能预测列名相同的表格。",
    ),
    "LL999": Text(
        "Liuli 内部出错：{error}；已知的情况都写在 {path} 里",
        "",
        "这不应该发生，也不是你的错。报告问题时请附上那个文件。",
    ),
}

"""Chinese texts: training."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL960": Text(
        "第 {epoch} 轮第 {batch} 批：损失变成了 {loss}",
        "{fix}",
        "权重一次改动太大，或者输入太大、含有 nan。通常的办法：减小学习率，并把输入缩放到"
        "大约 -3 到 3 之间。",
    ),
    "LL961": Text(
        "epochs 是 {epochs}；它必须是不小于 1 的整数",
        "epochs=10",
        "一轮（epoch）就是把全部训练样本过一遍；一轮都没有，就什么也学不到。",
    ),
    "LL962": Text(
        "batch_size 是 {batch_size}；它必须是不小于 1 的整数",
        "batch_size=64",
        "一批就是一组样本，它们的平均梯度决定一步更新。",
    ),
    "LL963": Text(
        "validation_split 是 {split}；它必须大于等于 0 且小于 1，并且两边都要留下样本：{c"
        "ount} 个样本不够",
        "validation_split=0.1",
        "它是从末尾留出来的那部分样本，用来检验网络在没见过的数据上表现如何。",
    ),
    "LL964": Text(
        "{folder} 里没有完整的检查点",
        "",
        "训练时带上回调 ModelCheckpoint(folder)，检查点才会写到那里。损坏的检查点会被跳过。",
    ),
    "LL965": Text(
        "指标收到 {said} 个回答，却有 {true} 个目标",
        "",
        "网络的每个回答对应一个目标，所以两者个数必须相同。",
    ),
    "LL966": Text(
        "{argument} 是 {value}；它至少为 {least}",
        "",
        "标签只要在得分最高的 k 个之中，就算正确。",
    ),
    "LL967": Text(
        "没有指标 {metric}；可用的有：{names}",
        "{near}",
        "指标可以用名字指定，也可以直接给出对象，例如 liuli.train.Accuracy()。",
    ),
    "LL968": Text(
        "这份历史里没有 {name}；有的是：{names}",
        "{near}",
        "History 记录的是测量过的量：损失、要求的指标；有验证数据时，还有前面加 val_ 的同名量。",
    ),
    "LL969": Text(
        "{path} 的第 {line} 行不是历史记录",
        "",
        "这种文件每行是一个 JSON 对象。它可能被改过，或者只复制了一半。",
    ),
    "LL970": Text(
        "History.plot 需要 matplotlib，但没有安装",
        'pip install "liuli[plot]"',
        "琉璃自己的报告不用它画图；只有笔记本里的图片才需要它。",
    ),
    "LL971": Text(
        "callbacks 里有 {given}，它不是 Callback",
        "",
        "回调是 liuli.train.Callback 子类的对象；LambdaCallback(on_epoch_end=f) 可以把一个"
        "函数变成回调。",
    ),
    "LL972": Text(
        "没有事件 {event}，或者给它的东西不能调用；可用的有：{events}",
        "LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))",
        "事件就是 liuli.train.Callback 的那些方法。",
    ),
    "LL973": Text(
        "monitor 是 {monitor}，但没有测量它；有的是：{names}",
        "{near}",
        "只有 fit 有验证数据时，才有以 val_ 开头的名字。",
    ),
    "LL974": Text(
        "没有损失 {loss}；可用的有：{names}",
        "{near}",
        "损失可以用名字指定，也可以给出函数 (output, target) -> Tensor，例如 liuli.nn.Cro"
        "ssEntropyLoss()。",
    ),
    "LL975": Text(
        "训练用的一批数据是一对 (输入, 目标)；这里却是 {given}",
        "trainer.fit(x, y)",
        "fit 接受数组 x 和 y，或者每一项都是这样一对的 Dataset 或 DataLoader。",
    ),
    "LL976": Text(
        "class_weight 给类别 {label} 的权重是 {weight}；权重必须是不小于 0 的有限数",
        "",
        "类别的权重是多少，它的样本就算多少次。",
    ),
    "LL977": Text(
        "class_weight 需要每个样本的损失，而 {loss} 只给出一个数",
        "",
        "liuli.nn 的损失可以给出每个样本的损失；你自己的函数只要接受 reduction='none' 也可以。",
    ),
    "LL978": Text(
        "没有优化器 {optimizer}；可用的有：{names}",
        "{near}",
        "优化器可以用名字指定，也可以自己建：liuli.optim.Adam(model.parameters(), lr=0.001)。",
    ),
    "LL641": Text(
        "网络的输出不是每个样本一行的张量",
        "",
        "对一批样本的回答，第一根轴必须与输入一样，是样本。",
    ),
    "LL642": Text(
        "第 {epoch} 轮：数据没有给出任何一批",
        "",
        "生成器或文件只能读一遍；加了 drop_last 的加载器，样本数少于 batch_size 时什么也不给。",
    ),
    "LL643": Text(
        "第 {row} 行的标签 {name} 不在网络学过的名字之中：{names}",
        "",
        "文字标签只在第一次 fit 时编号；之后的数据必须用同样的名字。",
    ),
    "LL644": Text(
        "损失给的是类 {name}，而不是它的对象",
        "{name}()",
        "类用来制造损失；加上括号才得到一个。",
    ),
    "LL645": Text(
        "分类指标得到的目标是 {value}，它不是标签",
        'metrics=["mae"]',
        "accuracy、precision、recall 和 F1 比较的是类别；数值用 mae、mse 和 r2 比较。",
    ),
    "LL646": Text(
        "不知道 {monitor} 是不是越大越好",
        'mode="max"',
        '用 mode 说明：越小越好写 "min"，越大越好写 "max"。',
    ),
    "LL647": Text(
        "{what} 调的是另一个优化器的学习率，不是正在训练的这个",
        "scheduler = {what}(trainer.optimizer, ...)",
        "调度器改变的是创建它时给它的那个优化器。",
    ),
    "LL648": Text(
        "给了 lr={lr}，但优化器已经有自己的学习率",
        "",
        "lr 配合用名字指定的优化器；已经建好的优化器在建立时就有学习率了。",
    ),
    "LL649": Text(
        "{optimizer} 里没有这个网络的任何参数",
        "{optimizer}(model.parameters())",
        "它是用另一个网络的参数建立的，训练不会改变这个网络。",
    ),
    "LL650": Text(
        "检查点写下时 {name} 是 {then}；现在是 {now}",
        "",
        "接着训练要用同样的数据、批大小和指标；否则它在一轮中的位置就不是原来的意思了。",
    ),
    "LL443": Text(
        "输入从 {low:g} 到 {high:g}，对 {layer} 来说太大了",
        "{fix}",
        "各层的初始权重适合大约 -3 到 3 之间的输入。更大的输入会使最初几步大起大落。"
        "训练数据和测试数据要用同样的办法缩放。",
    ),
    "LL658": Text(
        "网络对每个样本给出 {output} 个数，而目标有 {target} 个",
        "{fix}",
        "输出与目标逐个比较，所以最后一层的输出个数要与目标的个数相同。",
    ),
    "LL659": Text(
        "训练被 {signal} 中止，停在第 {epoch} 轮第 {batch} 批之后；学到的权重还在",
        "{fix}",
        "正在进行的那一步已经完成，网络保留了学到的权重：可以照常 predict、evaluate、保存。"
        "要以后接着训练，需要检查点，由回调 ModelCheckpoint(folder) 写出。",
    ),
}

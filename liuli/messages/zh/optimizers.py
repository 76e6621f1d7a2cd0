"""Chinese texts: optimizers and schedules."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL680": Text(
        "{owner}：参数列表是空的，没有可训练的东西",
        "",
        "通常是模型没有登记任何层。"
        "层必须是模型自身的属性（self.fc1 = ...），写在 __init__（两边各两个"
        "下划线）里，并且在 super().__init__() 之后。"
        "放在普通 Python 列表里的层找不到，请用 nn.ModuleList。",
    ),
    "LL681": Text(
        "{owner}：{name} 是 {value}，应当满足：{range}",
        "",
        "这个值在这里没有意义。请检查参数是否写错位置、是否把文字当成了数，"
        "或者前面的计算结果已经是 nan。",
    ),
    "LL682": Text(
        "{owner}：传入的参数类型是 {type}",
        "{fix}",
        '优化器接受顺序固定的张量序列，或由含有 "params" 的字典组成的列表。',
    ),
    "LL683": Text(
        "{owner}：参数的生成器已经用完",
        "model.parameters()",
        "生成器只能遍历一次。每次使用时重新调用 model.parameters()，"
        "或保存 list(model.parameters())。",
    ),
    "LL684": Text(
        "{owner}：第 {index} 个参数的类型是 {type}，应当是张量",
        "",
        "请给出张量本身，或像 model.named_parameters() 那样给出（名字，张量）对。",
    ),
    "LL685": Text(
        "{owner}：第 {index} 个参数是由其他张量计算出来的，不是参数",
        "w = w.detach().requires_grad_()",
        "优化器写入直接创建的张量。计算出来的张量下一步会重新计算，写入的内容会丢失。",
    ),
    "LL686": Text(
        "{owner}：第 {index} 个参数出现了两次",
        "",
        "它每一步会被更新两次。每个参数只属于一个组，并且只出现一次；两层共用的权重是一个参数。",
    ),
    "LL687": Text(
        '{owner}：第 {index} 组没有 "params"：{given}',
        '{{"params": [w], "lr": 0.01}}',
        '一个组是含有 "params" 以及该组自己的超参数的字典。',
    ),
    "LL688": Text(
        '{owner}：last_epoch 是 {epoch}，但第 {index} 组没有可以接着用的 "initial_lr"',
        "",
        "last_epoch 用于继续训练。请先载入优化器的状态；如果是重新开始，请不要写 last_epoch。",
    ),
    "LL689": Text(
        "{owner} 没有超参数 {name!r}，它不起任何作用。是否想写 {close!r}？",
        "",
        "组里可以放任何名字供自己使用；这个名字看起来像是优化器的某个超参数拼错了。",
    ),
    "LL690": Text(
        "{owner}：各组的参数个数是 {ours}，保存的状态对应 {theirs}",
        "",
        "状态按顺序与参数对应。请用与保存时相同的模型和相同的分组来创建优化器。",
    ),
    "LL691": Text(
        "{owner}：第 {index} 个参数的 {name!r} 保存时形状是 {given}，应当是 {wanted}",
        "",
        "保存的状态属于另一个大小不同的模型。什么都没有载入。",
    ),
    "LL692": Text(
        "{owner}：第 {index} 个参数保存的状态有 {given}，这个优化器使用 {wanted}",
        "",
        "状态是由另一种优化器，或选项不同的优化器保存的。什么都没有载入。",
    ),
    "LL693": Text(
        "{owner}：这不是优化器的状态：{given}",
        "optimizer.load_state_dict(saved_optimizer.state_dict())",
        '它应当是含有 "state" 和 "param_groups" 的字典。模型的状态请交给 model.load_state_dict。',
    ),
    "LL694": Text(
        "记录程序时，{what!s} 只会发生一次，而不是程序每次运行时都发生",
        "",
        "请在被记录的函数之外、两次调用之间做："
        "程序每次运行都会重新读取超参数。如果第一步与其他步不同，"
        "请在记录之前先走一步。",
    ),
    "LL695": Text(
        "{owner}.step() 在 optimizer.step() 之前被调用：第一个学习率被跳过",
        "",
        "每轮中先由优化器更新，再在这一轮结束时调用一次学习率调度器。",
    ),
    "LL696": Text(
        "{owner}：第一个参数的类型是 {type}，应当是优化器",
        "optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)",
        "学习率调度器改变某个优化器的学习率，要由该优化器来创建。",
    ),
    "LL697": Text(
        "{owner}：{name} 有 {given} 个值，而优化器有 {groups} 个组",
        "",
        "请给出一个值供所有组使用，或给出每组一个值的列表。",
    ),
    "LL698": Text(
        "{owner}：这些调度器不能放在一起：{given}",
        "",
        "至少要有一个调度器；它们必须属于同一个优化器；"
        "不能包含像 ReduceLROnPlateau 那样需要指标的调度器；"
        "SequentialLR 的 milestones 要比调度器少一个。",
    ),
    "LL699": Text(
        "OneCycleLR：第 {step} 步，总共 {total} 步",
        "",
        "周期已经结束。total_steps 是整个训练的批数：轮数乘以每轮的批数。每一批调用一次 step()。",
    ),
    "LL441": Text(
        "{owner}.step() 什么也没有改变：没有一个参数有梯度",
        "optimizer.zero_grad(); loss.backward(); optimizer.step()",
        "梯度来自 loss.backward()，它写在 zero_grad 和 step 之间。"
        "也可能优化器里是另一个网络的参数，而不是算出损失的那个网络的参数。",
    ),
    "LL442": Text(
        "{owner}.step()：前几步的梯度还在，而且越积越大",
        "optimizer.zero_grad()",
        "backward 会把新的梯度加到已有的梯度上。"
        "如果之前不调用 zero_grad，每一步都会重复前面所有的步。"
        "需要把几批数据的梯度加起来时，在每次 step 之后调用 zero_grad。",
    ),
}

"""LL4xx: what the differentiation engine cannot do, and why."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL401": Text(
        "只有叶子张量可以关闭 requires_grad；这个张量由 {where} 算出",
        "x = x.detach()",
        "算出来的张量要求梯度，是因为它的来源要求梯度。detach 给出同样的数值而不带历史。",
    ),
    "LL402": Text(
        "梯度的形状是 {grad}，而它的张量是 {shape}",
        "",
        "张量的每个数对应梯度的一个数，所以两者形状相同。",
    ),
    "LL403": Text(
        "反向传播第二次经过 {where}：那一行保存的值已被第一次反向传播释放",
        "",
        "反向传播会释放用过的内容。上面那一行只执行了一次，却属于两个损失：常见情况是它写在循环外，"
        "应移到循环内；或者某个状态从上一步带到下一步，应该用 .detach() 切断。"
        "同一次前向的两个损失请相加后只反向传播一次。",
    ),
    "LL404": Text(
        "{where}：{name}（形状 {shape}）之后被原地改写了 {writes} 次，而反向传播需要它原来的值",
        "",
        "原地操作（以 _ 结尾的方法、+=、x[...] = ...）会覆盖求梯度还要用的数。"
        "请写成生成新张量的形式，用 x = x + 1 代替 x += 1；或在上面那一行使用该值之前改写。",
    ),
    "LL405": Text(
        "{op} 的梯度规则在 {where} 处失败：{error}",
        "",
        "这是规则本身的错误（消息里给出了它的位置），不是使用者程序的错误。"
        "请连同操作数的形状一起报告。",
    ),
    "LL406": Text(
        "反向传播从一个数开始，而这个张量的形状是 {shape}，有 {count} 个数",
        "loss.mean().backward()",
        "梯度是对一个数求的。一批损失请用 mean 或 sum 归约；或者传入起始梯度，每个元素一个数。",
    ),
    "LL407": Text(
        "有 {outputs} 个输出，却有 {seeds} 个起始梯度",
        "",
        "每个输出对应一个起始梯度；单个数的输出可以给 None。",
    ),
    "LL408": Text(
        "反向传播：算出这个张量（形状 {shape}）所用的数据都不要求梯度",
        "w.requires_grad_()",
        "要么没有张量标记 requires_grad，要么历史在途中被切断：.item()、.numpy()、.detach()、"
        "liuli.tensor(x)、no_grad 代码块，或整数结果（argmax、比较）。",
    ),
    "LL409": Text(
        "grad 不支持 is_grads_batched",
        "",
        "请在循环中对每个起始梯度各调用一次 grad。",
    ),
    "LL410": Text(
        "输出不依赖于第 {number} 个输入（形状 {shape}）",
        "",
        "这个张量没有参与输出的计算，或只经过了 .item()、.detach() 或 no_grad 代码块。"
        "若这是预期的，allow_unused=True 会对它给出 None。",
    ),
    "LL411": Text(
        "第 {number} 个输入不要求梯度",
        "x.requires_grad_()",
        "只有在计算开始前标记过的张量才有梯度。",
    ),
    "LL412": Text(
        "{name}.backward 返回了 {results} 个梯度，而输入有 {inputs} 个",
        "",
        "backward 对 forward 的每个参数返回一个梯度，没有梯度的返回 None。",
    ),
    "LL413": Text(
        "{name}.backward 返回的形状是 {result}，而输入的形状是 {shape}",
        "",
        "输入的梯度与输入形状相同。forward 中被广播的输入，要把梯度沿被拉伸的轴求和。",
    ),
    "LL414": Text(
        "这个形状为 {shape} 的张量要求梯度，不能原地改写",
        "with liuli.no_grad(): x += ...",
        "它的梯度是对原来的数求的。更新参数请放在 no_grad 代码块里；"
        "要用改变后的值计算，请生成新张量 y = x + 1。",
    ),
    "LL415": Text(
        "这个 {shape} 视图指向一个要求梯度的张量，不能原地改写",
        "with liuli.no_grad(): x[...] = ...",
        "写入视图就是写入它所指向的张量，而那个张量的梯度是对原来的数求的。"
        "修改参数请用 no_grad 代码块，或先 clone。",
    ),
    "LL416": Text(
        "这个 {shape} 张量由 expand 得到：它的若干元素在内存中是同一个数",
        "x = x.clone()",
        "expand 不复制，改写一个元素会影响其他元素。clone 让每个元素有自己的内存。",
    ),
    "LL424": Text(
        "detach_：这个 {shape} 张量是视图，与它所指向的张量共用历史",
        "x = x.detach()",
        "视图的历史属于整个张量。detach 给出同一内存上没有历史的新张量。",
    ),
    "LL425": Text(
        "{function}：有历史或要求梯度的张量不能更换内存",
        "{fix}",
        "它的梯度是对原来位置上的数求的。请先 detach，或生成新张量。",
    ),
    "LL417": Text(
        "对要求梯度的张量调用 numpy() 会丢失它的历史",
        "x.detach().numpy()",
        "NumPy 不记录计算过程。detach 表示历史到此为止。",
    ),
    "LL418": Text(
        "这个张量不要求梯度，没有可以挂钩或保留的梯度",
        "x.requires_grad_()",
        "钩子在梯度到达时运行。请先标记这个张量或它的来源。",
    ),
    "LL419": Text(
        "这种钩子只用于叶子张量，而这个张量是算出来的",
        "x.register_hook(hook)",
        "只有叶子会累加梯度。算出来的张量的梯度可以用 register_hook 查看。",
    ),
    "LL420": Text(
        "算出来的张量不能连同历史一起复制或序列化（pickle）",
        "x.detach().clone()",
        "历史只属于一次计算。请只复制数值，或用 x.clone() 让复制留在历史中。",
    ),
    "LL421": Text(
        "gradcheck：输出 {output}、输入 {input}：两种梯度相差 {distance}",
        "",
        "反向传播的梯度与有限差分不一致。请用 float64 输入，避开 relu 在 0 处这样的折点；"
        "然后检查 backward 函数。",
    ),
    "LL422": Text(
        "gradcheck：对同一个图反向传播两次，梯度不同",
        "",
        "函数或它的 backward 使用了随机数，或在两次调用之间改变了什么。",
    ),
    "LL423": Text(
        "这个 {shape} 张量指向只读内存",
        "x = x.clone()",
        "它与一个不允许写入的 NumPy 数组共享内存。复制后即可写入。",
    ),
    "LL426": Text(
        "{where}：这个形状为 {shape} 的张量是算出来的，它的梯度不会保留：只有叶子张量保留梯度",
        "",
        "需要时请在反向传播之前调用 retain_grad。如果它本应是权重："
        "w = 0.01 * w、w = w - 0.1 * w.grad 都会生成新的、算出来的张量。"
        "请对准备好的数值调用 requires_grad_()，并在 no_grad 代码块中用 w -= 0.1 * w.grad 更新。",
    ),
    "LL440": Text(
        "{op}：矩阵不是方阵时，补全成方阵的因子没有梯度",
        'svd(x, full_matrices=False), qr(x, mode="reduced")',
        "补上的列只是任取的一组，不随矩阵变化。不含这些列的因子才有梯度。",
    ),
}

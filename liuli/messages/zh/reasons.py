"""Sentences that the compiler notes while it runs: as noted, and how they read in both languages.

The first that fits counts, so the general ones stand last.
"""

SENTENCES: dict[str, tuple[str, str]] = {
    # --- a call that is unlike the one a program was made for -----------------------------------
    "{who}: shape {old}, now {new}": ("{who} has shape {new}, before {old}",
                                      "{who}：形状之前 {old}，现在 {new}"),
    "{who}: dtype {old}, now {new}": ("{who} has dtype {new}, before {old}",
                                      "{who}：dtype 之前 {old}，现在 {new}"),
    "{who}: requires_grad": ("requires_grad of {who} was switched", "{who} 的 requires_grad 变了"),
    "{who}: edited by the call itself": ("the call itself changed {who}", "调用本身改动了 {who}"),
    "{who}: edited": ("{who} was switched or edited, as by train() and eval()",
                      "{who} 被切换或改动了（例如用 train() 或 eval()）"),
    "{who}: replaced": ("{who} is another object now", "{who} 换成了别的对象"),
    "{who}: there or not there": ("{who} was there before and is not now, or the reverse",
                                  "{who}：之前有而现在没有，或相反"),
    "{who}: one memory": ("{who} share memory now", "{who} 现在共用内存"),
    "a gradient: of another form": ("a gradient has another form", "一个梯度的形式变了"),
    "the arguments: of other kinds, or other objects": (
        "the arguments are of other kinds, or other objects", "参数的种类变了，或换成了别的对象"),
    "no_grad, inference_mode or the default dtype: switched": (
        "no_grad, inference_mode or the default dtype was switched",
        "no_grad、inference_mode 或默认 dtype 切换了"),
    "the length of {who}": ("the length of {who}", "{who} 的长度"),
    "its conditions": ("its conditions", "调用的条件"),
    # --- two calls that did different things ----------------------------------------------------
    "the number {old} in one is {new} in the other": (
        "the number {old} in one is {new} in the other", "一次里的数 {old} 在另一次里是 {new}"),
    "{who} has other operands": ("{who} has other operands", "{who} 的操作数不同"),
    "one computes {old}, the other {new}": ("one computes {old}, the other {new}",
                                            "一次计算 {old}，另一次计算 {new}"),
    "{who} of {old} in one, of {new} in the other": (
        "{who} of {old} in one, of {new} in the other", "{who} 一次是 {old}，另一次是 {new}"),
    "only one of them computes {who}": ("only one of them computes {who}",
                                        "只有一次计算了 {who}"),
    "they read or write other tensors": ("they read or write other tensors", "读写了不同的张量"),
    "{who} lies in other memory in the second": ("{who} lies in other memory in the second",
                                                 "{who} 在第二次里位于别的内存"),
    "they leave other gradients": ("they leave other gradients", "留下了不同的梯度"),
    "they call other functions of Python": ("they call other functions of Python",
                                            "调用了不同的 Python 函数"),
    "they return other things than tensors": ("they return other things than tensors",
                                              "返回了张量以外的不同东西"),
    # --- what has no machine code ---------------------------------------------------------------
    "%{value} has no elements": ("%{value} has no elements", "%{value} 没有元素"),
    "%{value} is {dtype}": ("%{value} is {dtype}", "%{value} 的 dtype 是 {dtype}"),
    "a gradient that is a view": ("a gradient that is a view", "作为视图的梯度"),
    "a truth value (if, while, and, or)": ("a truth value (if, while, and, or)",
                                           "真假判断（if、while、and、or）"),
    "a list of tensors as data": ("a list of tensors as data", "用张量列表作数据"),
    # --- any number or name ---------------------------------------------------------------------
    "{who}: {old}, now {new}": ("{who} is {new}, before {old}", "{who}：之前 {old}，现在 {new}"),
}  # fmt: skip

NAMES: dict[str, tuple[str, str]] = {
    "argument {number}": ("argument {number}", "参数 {number}"),
    "tensor {number} of the arguments": ("tensor {number} of the arguments",
                                         "参数中的张量 {number}"),
    "{one} and {other}": ("{one} and {other}", "{one} 和 {other}"),
    "the arguments": ("the arguments", "参数"),
    "the gradient of {who}": ("the gradient of {who}", "{who} 的梯度"),
    "grad of {who}": ("grad of {who}", "{who} 的梯度"),
    "{scope} grad of {who}": ("{scope} grad of {who}", "{scope} {who} 的梯度"),
    "the model": ("the model", "模型"),
    "a tensor of shape {shape}": ("a tensor of shape {shape}", "形状 {shape} 的张量"),
    "random numbers": ("random numbers", "随机数"),
    "something": ("something", "某个东西"),
}  # fmt: skip

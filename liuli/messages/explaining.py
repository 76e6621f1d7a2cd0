"""Every sentence of `step.explain()`, in English and Chinese: one table."""

from __future__ import annotations

# name: (English, Chinese)
WORDS = {
    "programs": ("{name}: {count} programs ({backend})", "{name}：{count} 个程序（{backend}）"),
    "program_one": ("{name}: 1 program ({backend})", "{name}：1 个程序（{backend}）"),
    "none_yet": ("no program yet: the first three calls are watched, the fourth is the first that "
                 "runs as one",
                 "还没有程序：前三次调用只观察，从第四次起才作为程序运行"),
    "eagerly": ("runs eagerly: {reason}", "逐条执行：{reason}"),
    "where": ("where: {where}", "位置：{where}"),
    "needed": ("another program was needed at call {calls}: {cause}",
               "第 {calls} 次调用需要另一个程序：{cause}"),
    "head": ("program {number}, run {runs} times", "程序 {number}，运行过 {runs} 次"),
    "head_new": ("program {number}, not run yet", "程序 {number}，还没有运行"),
    "head_made": ("program {number}", "程序 {number}"),
    "input": ("input", "输入"),
    "state": ("state", "状态"),
    "result": ("result", "结果"),
    "read": ("read", "只读"),
    "written": ("read and written", "读写"),
    "tensor": ("a tensor", "一个张量"),
    "more": ("and {count} more", "还有 {count} 个"),
    "total": ("{count} of them, {size}", "共 {count} 个，{size}"),
    "guard": ("guard", "条件"),
    "unedited": ("{count} modules, tensors and groups are not edited",
                 "{count} 个模块、张量和参数组没有被改动"),
    "used_up": ("{count} gradients are used up inside: keep_grads=True keeps them",
                "{count} 个梯度在内部用完：keep_grads=True 可以保留"),
    "left": ("a gradient is left in {name}.grad", "梯度留在 {name}.grad"),
    "then": ("then {name} is called", "然后调用 {name}"),
    "in_numpy": ("runs in NumPy, operation by operation: {reason}",
                 "用 NumPy 逐个运算执行：{reason}"),
    "asked": ("that was asked for", "这是所选的方式"),
    # --- the machine code -----------------------------------------------------------------------
    "kernels": ("{kernels} kernels, {waits} waits", "{kernels} 个内核，等待 {waits} 次"),
    "hosts": ("{hosts} calls of NumPy", "调用 NumPy {hosts} 次"),
    "comma": (", ", "，"),
    "arena": ("{size} of memory for values in between", "中间值占内存 {size}"),
    "made": ("made in {all:.2f} s: planned in {plan:.2f}, LLVM text in {text:.2f}, machine code in "
             "{code:.2f}",
             "生成用时 {all:.2f} 秒：计划 {plan:.2f}，LLVM 文本 {text:.2f}，机器码 {code:.2f}"),
    "step": ("one step: {flop}FLOP, {one} on 1 thread ({share:.0%} of what it can do)",
             "每步：{flop}FLOP，1 个线程 {one}（达到上限的 {share:.0%}）"),
    "several": (", {time} on {threads} threads", "，{threads} 个线程 {time}"),
    "kernel": ("kernel", "内核"),
    "loops": ("loops", "循环"),
    "bytes": ("bytes", "字节"),
    "time": ("time", "时间"),
    "limit": ("of limit", "达到上限"),
    "by_flop": ("FLOP", "运算"),
    "by_bytes": ("memory", "内存"),
    "wait": ("threads wait for one another", "线程互相等待"),
    "host": ("NumPy is called: {why}", "调用 NumPy：{why}"),
    "no_kernel": ("there is no kernel for {op}", "{op} 还没有内核"),
    "of_whole": ("a product of whole numbers has no kernel", "整数乘积没有内核"),
    "of_half": ("there are no kernels for {dtype}", "没有 {dtype} 的内核"),
    # --- what was watched -----------------------------------------------------------------------
    "watched_layer": ("layer", "层"),
    "watched_mean": ("mean", "均值"),
    "watched_deviation": ("deviation", "标准差"),
    "watched_zeros": ("share of zeros", "零的比例"),
    "watched_parameter": ("parameter", "参数"),
    "watched_gradient": ("gradient norm", "梯度范数"),
    "watched_ratio": ("update/weight", "更新/权重"),
    # --- what the words of the table mean -------------------------------------------------------
    "help_loops": ("their lengths; of a contraction the last ones are summed; along: the last one "
                   "is reduced, across: the first one",
                   "各层循环的长度；contract 最后的循环求和；along：最后一层归约，"
                   "across：第一层归约"),
    "help_flop": ("operations of arithmetic; a function such as exp counts {heavy}",
                  "算术运算的次数；exp 这样的函数算 {heavy} 次"),
    "help_bytes": ("that are read and written", "读和写的字节数"),
    "help_time": ("on one thread, the best of some runs", "一个线程，多次运行中最快的一次"),
    "help_limit": ("the time this machine needs at least, as a part of that: for the arithmetic at "
                   "{flop}FLOP/s, or for the memory at {low} to {high} a second, by how much it "
                   "is (both measured); the word behind says which of the two takes longer",
                   "这台机器至少需要的时间占上面时间的比例：运算按每秒 {flop}FLOP 算，"
                   "内存按每秒 {low} 到 {high} 算（由数据量决定；都是测得的）；"
                   "后面的词说明两者中哪一个更久"),
}  # fmt: skip

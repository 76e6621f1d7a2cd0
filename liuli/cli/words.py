"""Every sentence that the commands say, in English and Chinese: one table.

Error messages are not here; they have codes and live in `liuli.messages`.
"""

from __future__ import annotations

from ..messages import fill, reader_language
from ..report.figures import MINUS, short

# name: (English, Chinese)
WORDS = {
    # --- the training ---------------------------------------------------------------------------
    "data": ("data     {data}: {train:,} examples to learn from, {test:,} to test",
             "数据    {data}：{train:,} 个样本用来学习，{test:,} 个用来测试"),
    "download": ("download {name}: {percent:3} %", "下载    {name}：{percent:3} %"),
    "downloads": ("download {name}", "下载    {name}"),
    "network": ("network  {model}: {parameters:,} numbers to learn",
                "网络    {model}：要学习 {parameters:,} 个数"),
    "plan": ("plan     {epochs} epochs, batches of {batch_size}, {optimizer}, lr {lr:g} falling "
             "along a cosine, seed {seed}",
             "计划    {epochs} 轮，每批 {batch_size} 个，{optimizer}，学习率 {lr:g}（沿余弦曲线"
             "下降），"
             "随机种子 {seed}"),
    "other_target": ("another  {command}", "另选    {command}"),
    "measures": ("measures loss: mean squared error of {target} counted in its own spread, 1 for "
                 "always guessing the mean; error: how far off on average, in the unit of {target}",
                 "衡量    损失：以 {target} 的标准差为单位的均方误差，总猜平均值时约为 1；"
                 "误差：平均差多少，单位与 {target} 相同"),
    "verdict_diverged": ("WARNING  this training went wrong: the loss ended at {loss:,.2f}, and "
                         "guessing gives {blind:.2f}. The steps were too large (--lr {lr:g}); "
                         "try a smaller one:",
                         "警告    这次训练失败了：最后的损失是 {loss:,.2f}，而瞎猜也只有 "
                         "{blind:.2f}。"
                         "步子太大（--lr {lr:g}），请换小一点的："),
    "verdict_useless": ("WARNING  the network has learned nothing useful: {score:.2%} on the test, "
                        "and a guess that is always the same gives {guess:.2%}. Most often the "
                        "steps are too large; try a smaller --lr:",
                        "警告    网络没有学到有用的东西：测试得分 {score:.2%}，而每次猜同一个答"
                        "案也有 "
                        "{guess:.2%}。多半是步子太大，请用更小的 --lr："),
    "folder": ("folder   {folder}", "文件夹  {folder}"),
    "note": ("note     {note}", "说明    {note}"),
    "resumed": ("goes on  {epoch} of {epochs} epochs and {batch} steps of the next are done",
                "继续    共 {epochs} 轮，已完成 {epoch} 轮，以及下一轮的 {batch} 步"),
    "nothing_left": ("all {epochs} epochs were done already: the results are written anew",
                     "{epochs} 轮早已全部完成：重新写出结果"),
    "stopping": ("stopping: {signal} was received, the checkpoint is being written",
                 "正在停止：收到 {signal}，正在写检查点"),
    "interrupted": ("stopped in epoch {epoch} of {epochs}; nothing is lost. To go on:",
                    "停在第 {epoch} 轮（共 {epochs} 轮）；什么都没有丢。继续训练："),
    "broken_all": ("stopped at once in epoch {epoch} of {epochs}: no checkpoint was written "
                   "yet, so "
                   "what was learned is lost. To begin again:",
                   "在第 {epoch} 轮（共 {epochs} 轮）立即停止：还没有写过检查点，学到的都丢了。"
                   "重新开始："),
    "broken_part": ("stopped at once in epoch {epoch} of {epochs}: kept are {kept} epochs and "
                    "{batch} steps of the next, what came after them is lost. To go on:",
                    "在第 {epoch} 轮（共 {epochs} 轮）立即停止：保住了 {kept} 轮和下一轮的 "
                    "{batch} 步，"
                    "之后的丢了。继续训练："),
    "broken_results": ("stopped before all results were written: the training itself is complete. "
                       "To write them:",
                       "结果还没有写完就停止了：训练本身已经完成。写出结果："),
    "stopped": ("stopped by {by}", "已被 {by} 停止"),
    "accuracy": ("test accuracy {accuracy:.2%}: {right:,} of {count:,} examples the network had "
                 "never seen, in {seconds:.1f} s",
                 "测试准确率 {accuracy:.2%}：{count:,} 个没见过的样本中答对 {right:,} 个，用时 "
                 "{seconds:.1f} 秒"),
    "errors": ("test: mean absolute error {mae}, R2 {r2:.3f} ({target}, {count:,} examples "
               "the network had never seen), in {seconds:.1f} s",
               "测试：平均绝对误差 {mae}，R2 {r2:.3f}（{target}，{count:,} 个没见过的样本），"
               "用时 {seconds:.1f} 秒"),
    "report": ("report   {path}", "报告    {path}"),
    "next": ("What to do next:", "接下来可以："),
    "next_image": ("let it read a digit; a photograph of one will do as well",
                   "让它认一个数字；换成数字的照片也可以"),
    "next_table": ("let it predict a new table: put the name of your file there, with the same "
                   "columns", "让它预测一张新表格：换成你的文件名，列要相同"),
    "next_show": ("see its filters, and a digit on its way through the layers",
                  "看它的滤波器，以及一个数字逐层的样子"),
    "next_mnist": ("learn from all 60,000 digits", "用全部 60,000 个数字来学"),
    "next_sample": ("go back to the built-in digits", "回到自带的数字"),
    "your_table": ("YOUR-TABLE.csv", "你的表格.csv"),
    "your_new_table": ("YOUR-NEW-TABLE.csv", "你的新表格.csv"),
    "next_own": ("learn from a table of your own: put its name there",
                 "用你自己的表格来学：换成它的文件名"),
    # --- a line an epoch ------------------------------------------------------------------------
    "epoch": ("epoch", "第"),
    "train": ("train", "训练"),
    "test": ("test", "测试"),
    "loss": ("loss", "损失"),
    "acc": ("accuracy", "准确率"),
    "mae": ("error", "误差"),
    # --- the prediction -------------------------------------------------------------------------
    "seen_as": ("{path}, as the network saw it:", "{path}，网络看到的样子："),
    "done": ("what was done:", "处理过程："),
    "answer": ("it is {name} ({probability:.1%})", "这是 {name}（{probability:.1%}）"),
    "warning": ("WARNING: {warning}", "警告：{warning}"),
    "choice": ("  {name:>8}  {probability:6.1%}  {bar}", "  {name:>8}  {probability:6.1%}  {bar}"),
    "unsure": ("The network is not sure; its next guess is {second} ({probability:.1%}).",
               "网络不太确定；其次的答案是 {second}（{probability:.1%}）。"),
    "failed": ("{failed} of {count} pictures could not be read:",
               "{count} 张图片中有 {failed} 张读不了："),
    "learned_from": ("this is the file that the network learned from: {train:,} of its "
                     "{count:,} rows "
                     "were used for training, so the score flatters; report.html has that of the "
                     "other rows",
                     "这正是网络学过的文件：{count:,} 行中有 {train:,} 行用于训练，所以得分偏高；"
                     "其余各行的得分见 report.html"),
    "predictions": ("{count:,} predictions", "{count:,} 个预测"),
    "submission": ("to hand in", "提交文件"),
    "replaced": ("(replaced the file that was there)", "（覆盖了原有的文件）"),
    "scored": ("the table has {target}: {right:,} of {count:,} are right ({accuracy:.2%})",
               "表格里有 {target}：{count:,} 个中对了 {right:,} 个（{accuracy:.2%}）"),
    "measured": ("the table has {target}: mean absolute error {mae}, R2 {r2:.3f} over "
                 "{count:,} rows",
                 "表格里有 {target}：{count:,} 行的平均绝对误差 {mae}，R2 {r2:.3f}"),
    "not_counted": ("{count:,} rows have no known {target} and were not counted",
                    "{count:,} 行没有已知的 {target}，没有计入"),
    # --- pictures -------------------------------------------------------------------------------
    "pictures": ("pictures {path}", "图片    {path}"),
    "no_maps": ("this network has no convolution that sees pictures, so there are no feature maps",
                "这个网络没有看图片的卷积层，所以没有特征图"),
    "no_browser": ("no browser could be opened: open the file above yourself",
                   "打不开浏览器：请自己打开上面的文件"),
    "no_data": ("{data} cannot be read any more, so only what the run kept is shown:",
                "{data} 已经读不到了，只显示训练文件夹里保存的内容："),
    "filters": ("layer {layer} ({kind}): {total} filters of {height} x {width}, the first {count} "
                "are shown",
                "层 {layer}（{kind}）：{total} 个 {height} x {width} 的滤波器，显示前 {count} 个"),
    "neurons": ("layer {layer} ({kind}): {total} neurons, each with a weight for every pixel of "
                "{height} x {width}; the first {count} are shown",
                "层 {layer}（{kind}）：{total} 个神经元，每个对 {height} x {width} 的每个像素"
                "有一个权重，显示前 {count} 个"),
    "signs": ("# + . above 0, = - , below 0, blank near 0",
              "# + . 大于 0，= - , 小于 0，空白接近 0"),
    "filters_before": ("before learning:", "学习之前："),
    "filters_after": ("after learning:", "学习之后："),
    "maps": ("the way of {what} through the network, which says {answer} ({probability:.1%}):",
             "{what} 逐层经过网络，网络的回答是 {answer}（{probability:.1%}）："),
    "test_example": ("test example {index}", "测试样本 {index}"),
    "map": ("{name} ({kind}): {channels} maps of {height} x {width}, the {count} with most in them",
            "{name}（{kind}）：{channels} 张 {height} x {width} 的特征图，显示最强的 {count} 张"),
    "mistakes": ("mistakes on the test, the {count} most certain first:",
                 "测试中的错误，最有把握的 {count} 个："),
    "mistake": ("  example {index}: {true} read as {read} ({probability:.1%})",
                "  样本 {index}：把 {true} 认成 {read}（{probability:.1%}）"),
    # --- streams --------------------------------------------------------------------------------
    "no_chinese": ("This console ({encoding}) cannot show Chinese, so the words are English.",
                   "This console ({encoding}) cannot show Chinese, so the words are English."),
    # --- the help -------------------------------------------------------------------------------
    "title": ("Liuli {version}: deep learning that can be seen through.",
              "Liuli（琉璃）{version}：看得透的深度学习。"),
    "commands": ("Commands:", "命令："),
    "options": ("Options:", "选项："),
    "usage": ("Usage: {usage}", "用法：{usage}"),
    "examples": ("Examples:", "例子："),
    "more": ("`liuli COMMAND --help` tells more, `liuli --version` the version.",
             "`liuli 命令 --help` 有更多说明，`liuli --version` 显示版本。"),
    "begin": ("To begin, type: liuli train", "第一次用，输入：liuli train"),
    "about_train": ("train a network, by default on 4,000 handwritten digits, and write a report",
                    "训练一个网络（默认用 4,000 个手写数字），并写一份报告"),
    "about_predict": ("ask a trained network about pictures of digits, or about a table",
                      "让训练好的网络认数字图片，或预测一张表格"),
    "about_show": ("see what a trained network looks for: filters, feature maps, mistakes",
                   "看看训练好的网络在找什么：滤波器、特征图、错误"),
    "help_show_text": ("print it in letters instead of writing a page",
                       "不写网页，用字符显示在终端里"),
    "help_show_open": ("open the page in the browser", "在浏览器里打开网页"),
    "help_show_out": ("where to write the page, instead of RUN/pictures.html",
                      "网页写到哪里，而不是训练文件夹里的 pictures.html"),
    "about_explain": ("what a training step becomes when it is compiled, and what each part costs",
                      "训练步骤编译成了什么，每一部分要花多少时间"),
    "help_explain_llvm": ("show the LLVM text of one kernel", "显示一个内核的 LLVM 文本"),
    "help_explain_asm": ("show the machine's instructions of one kernel",
                         "显示一个内核的机器指令"),
    "help_explain_graph": ("show every operation too", "还显示每一个运算"),
    "explain_name": ("NAME: a step that liuli.compile made and the file called; or a function "
                     "without arguments\n  that gives one, or (step, x, y): it is then called with "
                     "x and y until it is compiled.",
                     "NAME：liuli.compile 得到、文件里调用过的步骤；或一个不带参数的函数，"
                     "返回这样的步骤，\n  或 (step, x, y)：这时会用 x 和 y 调用它，直到编译完成。"),
    "for_this_page": ("compiled now, for this page alone", "现在专为本页编译"),
    "trained_compiled": ("; the run itself trained compiled too", "；训练时也是编译执行的"),
    "trained_as_asked": ("; the run itself trained eagerly, as --eager asked for",
                            "；训练时按 --eager 的要求逐条执行"),
    "trained_eagerly": ("; the run itself trained eagerly: its step cannot be compiled here, "
                             "or it had too few steps for that to pay",
                             "；训练时是逐条执行的：这里不能编译它的步骤，或步数太少，编译不划算"),
    "copied": ("lines of model.py are those of {file}, which the run copied into {folder}",
               "model.py 的行就是 {file} 的行：训练时复制到了 {folder}"),
    "needs_arguments": ("wants arguments", "需要参数"),
    "gave": ("gave {given}", "返回了 {given}"),
    "about_env": ("what this computer offers, whether training works on it, and what to do if not",
                  "这台电脑有什么、能不能训练，不能时怎么办"),
    "help_train_data": ("sample (5,000 digits, built in), mnist, fashion-mnist, or a table",
                        "sample（自带的 5,000 个数字）、mnist、fashion-mnist，或一个表格文件"),
    "help_train_target": ("the column of the table that is to be predicted",
                          "表格中要预测的那一列"),
    "help_train_task": ("whether that is a class or a number, if Liuli guesses wrong",
                        "预测的是类别还是数值（Liuli 猜错时才需要）"),
    "help_train_model": ("usually cnn for pictures, mlp for tables; or a function in a file",
                         "默认图片用 cnn，表格用 mlp；或你自己文件里的函数"),
    "train_names": ("Networks: {numbers}; for pictures only:\n  {pictures}",
                    "网络：{numbers}；只用于图片的有：\n  {pictures}"),
    # what stands for a value in the help
    "value_OPTIONS": ("OPTIONS", "选项"),
    "value_NAME": ("NAME", "名字"),
    "value_COLUMN": ("COLUMN", "列名"),
    "value_FOLDER": ("FOLDER", "文件夹"),
    "value_FILE": ("FILE", "文件"),
    "value_IMAGE": ("IMAGE", "图片"),
    "value_KERNEL": ("KERNEL", "内核"),
    "value_RUN": ("RUN", "训练文件夹"),
    # --- parts of messages ----------------------------------------------------------------------
    "cpu_only": ("Liuli computes on the CPU, and needs no option for that",
                 "Liuli 在 CPU 上计算，不需要这个选项"),
    "run_first": ("a run: its first word must be the folder of one, and {path} is none",
                  "训练文件夹（第一个词要写它，而 {path} 不是）"),
    "a_run": ("RUN", "训练文件夹"),
    "a_table": ("FILE.csv", "表格文件"),
    "an_image": ("IMAGE", "图片"),
    "no_such": ("has nothing to call that is named {name}", "里没有可以调用的 {name}"),
    "no_name": ("needs a name behind it, as in {path}:NAME", "后面要写名字，如 {path}:名字"),
    "no_call": ("has a {name} that takes neither (inputs, outputs) nor nothing",
                "里的 {name} 既不能用 (inputs, outputs) 调用，也不能不带参数调用"),
    "help_train_epochs": ("passes; usually {epochs}", "过几遍；默认 {epochs}"),
    "help_train_batch_size": ("examples a step; usually {batch_size}",
                              "每步的样本数；默认 {batch_size}"),
    "help_train_lr": ("usually {lr}",
                      "默认 {lr}"),
    "help_train_optimizer": ("usually adam; {optimizers}", "默认 adam；可用 {optimizers}"),
    "usual_tables": ("tables", "表格"),
    "help_train_seed": ("same seed and number of threads, same numbers (0 by default)",
                        "随机种子和线程数相同，结果就相同（默认 0）"),
    "help_train_out": ("where to keep the run, instead of the next free runs/NNN",
                       "结果放在哪里，而不是下一个空着的 runs/NNN"),
    "help_train_resume": ("go on with a run that was stopped", "继续一次停下来的训练"),
    "help_train_eager": ("without a compiled step: each operation by NumPy",
                         "不编译训练步骤：每个运算由 NumPy 完成"),
    "help_train_quiet": ("say only the result", "只显示结果"),
    "help_predict_out": ("where to write the predictions of a table", "表格的预测写到哪里"),
    "help_env_json": ("for programs to read", "给程序读的格式"),
    "help_lang": ("the language of what is said: English or Chinese", "用英文还是中文说明"),
    "help_help": ("this page", "显示本页"),
    # --- the computer ---------------------------------------------------------------------------
    "of_cpus": ("{usable} of {present} may be used, Liuli uses {threads}",
                "共 {present} 个，可用 {usable} 个，Liuli 用 {threads} 个"),
    "of_memory": ("{total:.1f} GB, {free:.1f} GB free", "{total:.1f} GB，空闲 {free:.1f} GB"),
    "unknown": ("unknown", "未知"),
    "absent": ("not installed", "未安装"),
    "writable": ("can be written", "可写"),
    "read_only": ("cannot be written", "不可写"),
    "proof": ("training works: the loss of a small network fell from {before:.3f} to {after:.3f} "
              "in {seconds:.2f} s",
              "训练正常：一个小网络的损失在 {seconds:.2f} 秒内从 {before:.3f} 降到 {after:.3f}"),
    "no_proof": ("training does NOT work: {reason}", "训练不正常：{reason}"),
    "nothing_missing": ("Nothing is missing.", "什么都不缺。"),
    "missing": ("What to do:", "可以这样做："),
    "fix_cache": ("the cache folder cannot be written, so downloads cannot be kept: set "
                  "LIULI_CACHE to a folder of yours",
                  "缓存文件夹不可写，下载的数据无法保存：请把 LIULI_CACHE 设成你自己的一个文件夹"),
    "fix_package": ("{name} is not installed ({use}): pip install {name}",
                    "没有安装 {name}（用于{use}）：pip install {name}"),
    "fix_threads": ("LIULI_NUM_THREADS is {threads}, but only {usable} CPUs may be used: more "
                    "threads than CPUs make training slower",
                    "LIULI_NUM_THREADS 是 {threads}，而可用的 CPU 只有 {usable} 个：线程比 CPU 多，"
                    "训练反而更慢"),
    "fix_memory": ("less than 1 GB of memory is free: close other programs before you train",
                   "空闲内存不到 1 GB：训练前请关闭其他程序"),
    "fix_proof": ("report the sentence about training above, with everything on this page",
                  "请报告上面关于训练的那句话，并附上本页全部内容"),
    "use_pillow": ("photographs", "读照片"),
    "use_rich": ("the progress bar", "进度条"),
    "use_pooch": ("downloads", "下载数据"),
    "use_matplotlib": ("the picture of History.plot(); reports do without it",
                       "History.plot() 的图；报告不需要它"),
    "use_llvmlite": ("the compiler; without it everything runs, on NumPy",
                     "编译器；没有它一切照样运行，只是用 NumPy"),
}  # fmt: skip


class Said:
    """Words inside a message: in its text `{missing}` is English, `{missing!s}` the reader's."""

    def __init__(self, sentence: str, /, **facts: object) -> None:
        self.sentence, self.facts = sentence, facts

    def __format__(self, spec: str) -> str:
        return fill(WORDS[self.sentence][0], self.facts)

    def __str__(self) -> str:
        return say(self.sentence, **self.facts)


def plainly(value: float) -> str:
    """A number as the report writes it, 1,235 or 0.1235, in signs that every console has.

    Example:
        >>> plainly(-43210.5), plainly(0.12345)
        ('-43,210', '0.1235')
    """
    return short(value).replace(MINUS, "-")


def one(name: str) -> str:
    """A name behind its article, where the reader's language has one: an 8, a 3.

    Example:
        >>> one("8") in ("an 8", "8")
        True
    """
    if reader_language() == "zh":
        return name
    vowel = name[:1].lower() in ("8", *"aeiou") or name in ("11", "18")
    return f"{'an' if vowel else 'a'} {name}"


def say(sentence: str, /, **facts: object) -> str:
    """The sentence of that name, in the reader's language.

    Example:
        >>> say("next") in ("What to do next:", "接下来可以：")
        True
    """
    english, chinese = WORDS[sentence]
    return fill(chinese if reader_language() == "zh" else english, dict(facts))

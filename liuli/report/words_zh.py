"""The report's words in Chinese, under the same keys as `words_en`."""

ZH = {
    "page.title": "{title}：网络学到了什么",
    # single words
    "word.training": "训练",
    "word.test": "测试",
    "word.epoch": "轮次",
    "word.class": "类别",
    "word.layer": "层",
    "word.true": "真实值",
    "word.predicted": "预测值",
    "word.target": "目标值",
    "time.seconds": "{s} 秒",
    "time.minutes": "{m} 分 {s} 秒",
    "time.hours": "{h} 小时 {m} 分",
    "time.unknown": "未测量",
    # headline
    "headline.over": "{title} · 训练数据：{data}",
    "headline.pictures": "{tests} 张从未见过的图片，网络认对了 {accuracy}。",
    "headline.rows": "{tests} 个从未见过的样本，网络答对了 {accuracy}。",
    "headline.regress": "在从未见过的样本上，网络预测 {target} 的平均误差是 {error}。",
    "headline.no-result": "网络已在 {data} 上完成训练，但没有在测试样本上评估。",
    "headline.wrong": "{tests} 个里错了 {wrong} 个。如果每次都猜最常见的那一类，只能答对 {guess}。",
    "headline.r2": "R² = {r2}：1 表示预测完全准确，0 表示和每次都猜平均值一样。",
    "headline.command": "所用命令",
    "verdict.diverged": (
        "这次训练失败了：最后的损失是 {loss}，远高于瞎猜的 {blind}。步子太大（学习率 {lr}）。"
    ),
    "verdict.useless": (
        "网络没有学到有用的东西：答对 {score}，不比每次都猜最常见的那一类（{guess}）好。多半是步"
        "子太大，或者训练得太短。"
    ),
    "verdict.useless-regress": (
        "网络没有学到有用的东西：R² 是 {score}，不比每次都猜平均值好。多半是步子太大，或者训练得"
        "太短。"
    ),
    "verdict.instead": "不要使用这个网络。请换小一点的学习率：",
    "number.accuracy": "测试准确率",
    "number.mae": "平均误差",
    "number.time": "训练用时",
    "number.epochs": "训练轮数",
    "number.parameters": "参数个数",
    "number.train": "训练样本",
    "number.test": "测试样本",
    # curves
    "curves.title": "学习的过程",
    "curves.intro": (
        "把全部训练样本学一遍叫一轮。每一轮之后，都用测试样本考一次；网络从不拿测试样本来学习。"
    ),
    "curves.none": "没有记录到任何一轮，所以没有曲线可画。",
    "curves.loss": "损失",
    "curves.loss.caption": "损失：答案离真相有多远。越低越好，训练就是让它下降。",
    "curves.loss-regress.caption": (
        "损失：均方误差，目标以自己的标准差为单位；1 表示不比总猜平均值好。旁边的误差用的是目标自"
        "己的单位。"
    ),
    "curves.accuracy": "准确率",
    "curves.accuracy.caption": (
        "准确率：答对的比例。如果训练曲线远远高于测试曲线，说明网络在死记硬背。"
    ),
    "curves.mae": "平均误差",
    "curves.mae.caption": "平均误差：预测值平均偏离真实值多少。",
    "curves.r2": "R²",
    "curves.r2.caption": "R²：1 表示完全准确，0 表示和每次都猜平均值一样。",
    "curves.logarithmic": "纵轴是对数刻度：每条线是下面一条的十倍。",
    "curves.legend.training": "训练 {last}",
    "curves.legend.test": "测试 {last}",
    "curves.lost": (
        "第 {epoch} 轮的训练损失是 {value}，不是可用的数：可能步子太大，也可能数据里就有这样的值。"
        "图中用 × 标出。"
    ),
    "curves.best": "测试损失在第 {epoch} 轮最小：{loss}。",
    "curves.below": (
        "为什么测试会比训练还好（多在最初几轮）？训练的数是整轮的平均，这一轮里网络还在进步，"
        "而且训练样本常常被随机平移或 Dropout 变得更难；测试是在一轮结束时做的。"
    ),
    # confusion
    "curves.shift": "训练时每张图片在各个方向上随机平移最多 {n} 个像素；测试图片从不平移。",
    "curves.rate": (
        "学习率从 {first} 开始，沿余弦曲线下降，最后一轮是 {last}：先迈大步，最后迈小步。"
    ),
    "confusion.title": "把什么认成了什么",
    "confusion.intro": (
        "每个测试样本计数一次：所在的行是它真正的类别，所在的列是网络的回答。"
        "如果全部答对，就只有对角线上有数。"
    ),
    "confusion.caption": "蓝色：答对的。红色：答错的；颜色越深，在这一行里越常见。",
    "confusion.across": "网络的回答",
    "confusion.down": "真正的类别",
    "confusion.worst": "最常见的错误",
    "confusion.pair": "把 <b>{true}</b> 认成 <b>{predicted}</b>：{total} 次里有 {n} 次",
    "confusion.perfect": "测试样本全部答对，一个都没错。",
    "confusion.weakest": "最难的类别",
    "confusion.recall": "答对比例",
    "confusion.of": "答对 / 总数",
    # regression
    "regression.title": "预测值与真实值",
    "regression.intro": "每个点是一个测试样本。落在虚线上，就表示预测与真实完全相等。",
    "regression.scatter": "预测值与真实值的散点图",
    "regression.scatter.caption": "{n} 个测试样本：离虚线越近，预测越准。",
    "regression.scatter.sample": "{total} 个测试样本中抽出 {n} 个：离虚线越近，预测越准。",
    "regression.histogram": "误差的直方图",
    "regression.histogram.caption": "误差（预测值减真实值）。一半测试样本的误差小于 {half}。",
    "regression.error": "误差",
    "regression.count": "样本数",
    "regression.lost": "有 {n} 个样本的值不是可用的数，没有画出来。",
    # misread
    "misread.title": "哪些认错了",
    "misread.intro": "测试样本里的错误，网络最有把握的排在最前面。换作是你，认得出来吗？",
    "misread.none": "没有认错的样本可以展示。",
    "misread.read": "其实是 {true}，认成了 {predicted}",
    "misread.sure": "把握 {p}",
    "misread.index": "测试样本 {index}",
    "misread.row": "样本",
    "misread.confidence": "把握",
    "misread.columns": "另有 {n} 列没有显示。",
    "worst.title": "误差最大的样本",
    "worst.intro": "预测偏离得最远的测试样本。",
    "worst.none": "没有样本可以展示。",
    # filters
    "filters.title": "第一层在找什么",
    "filters.intro": "权重也是图片。学习之前是随机的；学习之后的样子没有人写过，是学出来的。",
    "filters.convolution": (
        "层 {layer} 用 {n} 个 {h} × {w} 的滤波器（卷积核）扫过整张图片。图片和滤波器越像，"
        "回答就越大。"
    ),
    "filters.neurons": (
        "层 {layer} 有 {n} 个神经元，每个神经元对每个像素有一个权重（{h} × {w}）。卷积的滤波器"
        "很小，用同样的方式看图片的每个位置；而这些神经元一次看整张图片。"
    ),
    "filters.before": "学习之前",
    "filters.after": "学习之后",
    "filters.signs": ("红色是加：希望图片在这里亮。蓝色是减：希望图片在这里暗。透明不起作用。"),
    "filters.colours": "每个滤波器按自己的颜色显示；灰色不起作用。",
    "filters.scale": "两幅图的比例和顺序相同。",
    "filters.mean": "每幅图是 {n} 个输入通道的平均。",
    "filters.some": "只显示前 {n} 个。",
    "filters.moved": "变化最大的是第 {n} 号（从 0 开始，逐行数）。",
    # maps
    "maps.title": "一张图片，逐层看",
    "maps.intro": (
        "一层的每个通道给出一张自己的图，叫特征图：它要找的东西在图片的什么地方。"
        "越深的特征图越小，每个点代表的区域越大。"
    ),
    "maps.picture": "输入图片：",
    "maps.true": "正确答案：{name}",
    "maps.answer": "网络的回答：{name}{sure}",
    "maps.shape": "{n} 张 {h} × {w} 的特征图",
    "maps.some": "；显示前 {n} 张",
    "maps.of": "特征图：",
    "maps.scale": (
        "红色大于 0，蓝色小于 0，透明等于 0；每层有自己的比例。在第一层，第 n 张特征图由第 n 个"
        "滤波器得到。最后一层特征图之后，就只是一行行的数了。"
    ),
    "maps.left": "还有 {n} 层没有显示，它们的特征图与已显示的形状相同。",
    # the page of pictures alone
    "pictures.page": "{title}：网络的图片",
    "pictures.title": "网络在找什么，看到了什么",
    "pictures.intro": "第一层的滤波器、一张图片逐层的样子，以及网络的错误。",
    "pictures.no-convolution": (
        "这个网络没有卷积层，所以没有特征图。下面是第一层的权重和网络的错误。"
    ),
    "pictures.no-pictures": (
        "这个网络没有卷积层，看的也不是图片，所以没有滤波器和特征图可看。下面是它的错误。"
    ),
    # network
    "network.title": "网络的样子",
    "network.intro": (
        "数字从上面进去，从下面出来。每一层把输入变成新的数字；带颜色的层里存着学到的参数。"
    ),
    "network.caption": "方框越宽，从这一层出来的数字越多。",
    "network.input": "输入 · {n} 个数",
    "network.shape": "输出：{shape}",
    "network.learns": "输出：{shape} · {n} 个参数",
    "network.hidden": "…… 中间还有 {n} 层 ……",
    "network.counted": "参数个数（输入 × 输出 + 偏置）",
    "network.total": "合计",
    "does.Linear": "每个输出都是全部输入的加权和，再加上偏置",
    "does.LazyLinear": "每个输出都是全部输入的加权和，再加上偏置",
    "does.Flatten": "把图片的各行首尾相接，排成一列",
    "does.Flatten-row": "把这一行的数原样往下传",
    "does.ReLU": "正数原样通过，负数变成 0",
    "does.LeakyReLU": "正数原样通过，负数缩小",
    "does.Sigmoid": "把每个数压到 0 和 1 之间",
    "does.Tanh": "把每个数压到 −1 和 1 之间",
    "does.GELU": "与 ReLU 相似，转弯处更平滑",
    "does.SiLU": "与 ReLU 相似，转弯处更平滑",
    "does.ELU": "正数原样通过，负数平滑地趋向 −1",
    "does.Softmax": "把得分变成加起来等于 1 的概率",
    "does.LogSoftmax": "把得分变成概率的对数",
    "does.Dropout": "训练时随机把一部分数变成 0，防止死记硬背",
    "does.BatchNorm1d": "在一批样本上，把每个数居中并缩放",
    "does.LayerNorm": "在每个样本内部，把各个数居中并缩放",
    "does.Identity": "原样通过",
    "does.Embedding": "为每个整数查出一个学到的向量",
    "does.Conv2d": "用学到的小滤波器在图片上滑动",
    "does.MaxPool2d": "每个小方块只留下最大的数",
    # neuron
    "neuron.title": "一个神经元怎样工作",
    "neuron.intro": (
        "神经元把每个输入乘以一个权重，全部加起来，再加上偏置，最后交给激活函数。"
        "仅此而已；下面是真实的数字。"
    ),
    "neuron.which": "{layer}层的第 {unit} 号神经元，面对{example}。",
    "neuron.which-true": "{layer}层的第 {unit} 号神经元，面对{example}（真实类别是“{true}”）。",
    "neuron.part": (
        "这一层的每个神经元只看图片的一小块，而且共用同一组权重，叫作滤波器。这里是第 {unit} 号"
        "滤波器反应最强的位置：第 {top} 到 {bottom} 行，第 {left} 到 {right} 列。"
    ),
    "neuron.layer": "第 {layer} ",
    "neuron.example": "一个测试样本",
    "neuron.x": "网络看到的输入",
    "neuron.w": "学到的权重：红色为加，蓝色为减",
    "neuron.product": "两者的乘积",
    "neuron.counted": "层、神经元、样本、行和列都从 0 数起，和 Python 一样。",
    "neuron.scaled": (
        "x 不是灰度值 g（0 到 255）本身，而是 (g/255 − {mean}) / {spread}，使数值落在 0 附近：黑"
        "色像素是 {low}，白色像素是 {high}。所以黑色像素也起作用。"
    ),
    "neuron.scaled-row": (
        "x 不是格子里的原数：数变成了（值 − 平均值）/ 该列的标准差，所以 0 就是平均值；文字变成了"
        " 0 或 1。"
    ),
    "neuron.single": (
        "最大的一个乘积，{place}：x = {x}，w = {w}，x × w = {xw}。乘积太多，无法全部列出，所以表"
        "中按图片的区域相加，最大的在前。"
    ),
    "neuron.sum": "求和 z = w·x + b",
    "neuron.from": "来自",
    "neuron.pixel": "第 {row} 行第 {column} 列的像素",
    "neuron.region": "第 {top} 到 {bottom} 行，第 {left} 到 {right} 列",
    "neuron.input": "输入 {i}",
    "neuron.rest": "其余 {n} 项合计",
    "neuron.bias": "偏置 b",
    "neuron.total": "总和 z",
    "neuron.line": "写成一行：先是最大的几项，然后是其余各项之和，最后是偏置：",
    "neuron.line-regions": "写成一行：先是各个区域，最后是偏置：",
    "neuron.then": "然后是激活函数：",
    "neuron.relu-on": "总和是正数，ReLU 让它通过：这个神经元有反应。",
    "neuron.relu-off": "总和不是正数，ReLU 给出 0：这个神经元在这里保持沉默。",
    "neuron.lost": "总和不是可用的数：训练出了问题，权重已经损坏。",
    "neuron.sigmoid": "Sigmoid 把总和压到 0 和 1 之间。",
    "neuron.tanh": "Tanh 把总和压到 −1 和 1 之间。",
    "neuron.none": "这里没有激活函数：总和本身就是神经元的回答。",
    "neuron.other": "激活函数 {name} 给出神经元的回答。",
    "waterfall.title": "一步一步求和",
    "waterfall.label": "累计到此的和",
    "waterfall.caption": ("把求和画成台阶：每一步都从上一步的终点开始。下面的数字是表格里的行号。"),
    "waterfall.rest": "其余",
    # advice
    "advice.title": "接下来试什么",
    "advice.intro": "根据这次训练自己的数字选出。每次只改一样，再作比较。",
    "advice.use": "可以直接运行",
    "advice.experiments": "动手实验",
    "advice.broken": "损失变成了 nan 或无穷大。多半是步子太大：把学习率降到十分之一试试。",
    "advice.wrong": "它不比瞎猜好，而通常的原因是步子太大。试试学习率 {lr}。",
    "advice.few": "只学了一两轮，还看不出什么。多训练几轮，看看曲线怎样变化。",
    "advice.turned": (
        "第 {epoch} 轮之后，测试损失从 {best} 升到 {last}（升高 {rise}），答对的也没有变多："
        "网络变得过分自信，或者开始死记硬背。训练短一些也许一样好。"
        "（这是看着测试样本得出的，要证明还得用新样本。）"
    ),
    "advice.gap-sample": (
        "训练时答对 {training}，测试时只有 {test}：有一部分是死记硬背。"
        "更多的样本最有用；完整的 MNIST 有 60,000 张。"
    ),
    "advice.gap": (
        "训练时答对 {training}，测试时只有 {test}：有一部分是死记硬背。"
        "更多的样本最有用；步子小一点也许有些帮助。"
    ),
    "advice.falling": "在最后三分之一的轮次里，损失还降了 {fall}：它还没学完，再多给几轮。",
    "advice.weak": "连训练样本也只答对 {training}：它还没学会。多训练几轮，或换大一点的网络。",
    "advice.weak-rate": (
        "连训练样本也只答对 {training}：它还没学会。学习率 {lr} 低于通常的 {usual}。"
    ),
    "advice.rough": "训练损失有 {n} 轮不降反升。步子小一些，曲线会更平稳。",
    "advice.data-mnist": "同样的任务，用上全部 60,000 张数字图片。",
    "advice.data-fashion-mnist": "把数字换成衣服：图片一样大，难得多。",
    "advice.luck": "这个结果有多少是运气？换一个随机种子，就从另一组权重出发。",
    "advice.luck-spread": (
        "有多少是运气？测试样本只有 {tests} 个，单凭这一点就有 ± {spread} 个百分点的不确定。"
        "换一个随机种子，就从另一组权重出发。"
    ),
    "advice.optimizer": "这次用的是 {used}。看看 {other} 在同一任务上表现如何。",
    "advice.rate": "学习率（{lr}）比其他任何数都重要。试试它的三分之一。",
    "advice.batch": "每批从 {size} 个减到 {half} 个：步数加倍，也更不平稳。",
    # glossary
    "glossary.title": "六个词",
    "glossary.intro": "读懂这一页，知道这些就够了。",
    "term.loss": "损失（loss）",
    "term.loss.is": "用一个数表示答案错得多厉害。训练就是一小步一小步地让它变小。",
    "term.epoch": "轮次（epoch）",
    "term.epoch.is": "把全部训练样本学一遍。",
    "term.accuracy": "准确率（accuracy）",
    "term.accuracy.is": "答对的比例。真正要看的是测试样本上的准确率。",
    "term.parameter": "参数（parameter）",
    "term.parameter.is": "训练所调整的数：权重或偏置。",
    "term.neuron": "神经元（neuron）",
    "term.neuron.is": "输入的加权和加上偏置，再经过激活函数。",
    "term.overfitting": "过拟合（overfitting）",
    "term.overfitting.is": "死记硬背：训练成绩越来越好，遇到新样本却没有进步，甚至退步。",
    # colophon
    "colophon.title": "这一页是怎么来的",
    "colophon.intro": "用同样的设置和同样的随机种子，可以把这次训练重做一遍。",
    "colophon.settings": "设置",
    "colophon.metrics": "结果",
    "colophon.machine": "计算机",
    "colophon.notes": "说明",
}

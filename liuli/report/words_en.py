"""The report's words in English. Values are HTML; facts come in by name, already escaped."""

EN = {
    "page.title": "{title}: what the network learned",
    # single words
    "word.training": "training",
    "word.test": "test",
    "word.epoch": "epoch",
    "word.class": "class",
    "word.layer": "layer",
    "word.true": "true",
    "word.predicted": "predicted",
    "word.target": "the target",
    "time.seconds": "{s} s",
    "time.minutes": "{m} min {s} s",
    "time.hours": "{h} h {m} min",
    "time.unknown": "not measured",
    # headline
    "headline.over": "{title} · trained on {data}",
    "headline.pictures": (
        "The network names {accuracy} of {tests} pictures correctly, and it had seen none of them "
        "before."
    ),
    "headline.rows": (
        "The network gives the right answer for {accuracy} of {tests} examples it had never seen."
    ),
    "headline.regress": (
        "The network predicts {target} with a mean error of {error} on examples it had never seen."
    ),
    "headline.no-result": "A network was trained on {data}; it was not measured on test examples.",
    "headline.wrong": (
        "It was wrong {wrong} times in {tests}. Always answering the most frequent class would be "
        "right {guess} of the time."
    ),
    "headline.r2": (
        "R² = {r2}: 1 is a perfect prediction, 0 is no better than always answering the average."
    ),
    "headline.command": "Made by",
    "verdict.diverged": (
        "This training went wrong: the loss ended at {loss}, far above the {blind} that guessing "
        "gives. The steps were too large (learning rate {lr})."
    ),
    "verdict.useless": (
        "The network has learned nothing useful: {score} right, no better than always giving the "
        "most frequent class ({guess}). Most often the steps are too large, or the training too "
        "short."
    ),
    "verdict.useless-regress": (
        "The network has learned nothing useful: R² is {score}, no better than always giving the "
        "average. Most often the steps are too large, or the training too short."
    ),
    "verdict.instead": "Do not use this network. Try a smaller learning rate:",
    "number.accuracy": "test accuracy",
    "number.mae": "mean error",
    "number.time": "training time",
    "number.epochs": "epochs",
    "number.parameters": "parameters",
    "number.train": "training examples",
    "number.test": "test examples",
    # curves
    "curves.title": "How it learned",
    "curves.intro": (
        "One epoch is one pass over all training examples. After each, the network was measured on "
        "test examples, from which it never learns."
    ),
    "curves.none": "No epoch was recorded, so there is no curve to draw.",
    "curves.loss": "Loss",
    "curves.loss.caption": (
        "Loss: how far the answers are from the truth. Lower is better; training makes it fall."
    ),
    "curves.loss-regress.caption": (
        "Loss: the mean squared error, with the target counted in its own spread; 1 is no better "
        "than always answering the average. The error beside it is in the target’s own unit."
    ),
    "curves.accuracy": "Accuracy",
    "curves.accuracy.caption": (
        "Accuracy: the share of right answers. If the training curve runs far above the test "
        "curve, the network learns by heart."
    ),
    "curves.mae": "Mean error",
    "curves.mae.caption": "Mean error: how far a prediction is from the truth, on average.",
    "curves.r2": "R²",
    "curves.r2.caption": "R²: 1 is perfect, 0 is no better than always answering the average.",
    "curves.logarithmic": " The axis is logarithmic: each line is ten times the one below.",
    "curves.legend.training": "training {last}",
    "curves.legend.test": "test {last}",
    "curves.lost": (
        "In epoch {epoch} the training loss was {value}, which is no usable number: the steps were "
        "too large, or the data hold such values. Marked × in the picture."
    ),
    "curves.best": "The test loss was smallest in epoch {epoch}: {loss}.",
    "curves.below": (
        "Why can the test be better than the training, mostly in the first epochs? The training "
        "value is an average over the whole epoch, during which the network still improved, often "
        "on examples made harder by random shifts or dropout; the test is taken at its end."
    ),
    # confusion
    "curves.shift": (
        "In training each picture was shifted at random by up to {n} pixel in each direction; "
        "test pictures never are."
    ),
    "curves.rate": (
        "The learning rate began at {first} and fell along a cosine, to {last} in the last "
        "epoch: large steps first, small ones at the end."
    ),
    "confusion.title": "What it takes for what",
    "confusion.intro": (
        "Every test example is counted once: its row is what it truly is, its column is what the "
        "network said. A perfect network fills only the diagonal."
    ),
    "confusion.caption": (
        "Blue: right answers. Red: mistakes; the deeper, the more frequent among the examples of "
        "that row."
    ),
    "confusion.across": "what the network said",
    "confusion.down": "what it truly is",
    "confusion.worst": "Most frequent mistakes",
    "confusion.pair": "<b>{true}</b> taken for <b>{predicted}</b>: {n} of {total} times",
    "confusion.perfect": "Not one mistake on the test examples.",
    "confusion.weakest": "Hardest classes",
    "confusion.recall": "right",
    "confusion.of": "of all",
    # regression
    "regression.title": "Predicted and true",
    "regression.intro": (
        "Every point is a test example. On the dashed line, prediction and truth are equal."
    ),
    "regression.scatter": "Predicted against true values",
    "regression.scatter.caption": "{n} test examples: the nearer to the line, the better.",
    "regression.scatter.sample": (
        "A sample of {n} of the {total} test examples: the nearer to the line, the better."
    ),
    "regression.histogram": "Histogram of the errors",
    "regression.histogram.caption": (
        "Errors (predicted minus true). Half of the test examples are off by less than {half}."
    ),
    "regression.error": "error",
    "regression.count": "examples",
    "regression.lost": "{n} examples with a value that is no usable number are left out.",
    # misread
    "misread.title": "What it got wrong",
    "misread.intro": (
        "Mistakes on test examples, those where the network felt most certain first. Would you "
        "have known?"
    ),
    "misread.none": "There is no mistake to show.",
    "misread.read": "true {true}, read as {predicted}",
    "misread.sure": "{p} sure",
    "misread.index": "test example {index}",
    "misread.row": "example",
    "misread.confidence": "how sure",
    "misread.columns": "{n} more columns are not shown.",
    "worst.title": "Where it was furthest off",
    "worst.intro": "The test examples with the largest errors.",
    "worst.none": "There is no example to show.",
    # filters
    "filters.title": "What its first layer looks for",
    "filters.intro": (
        "The weights are pictures too. Before learning they are chance; what they are afterwards, "
        "nobody wrote: it was learned."
    ),
    "filters.convolution": (
        "Layer {layer} slides {n} filters of {h} × {w} over the picture. Where the picture looks "
        "like the filter, the answer is large."
    ),
    "filters.neurons": (
        "Layer {layer} has {n} neurons, each with a weight for every pixel, {h} × {w}. A filter of "
        "a convolution would be small and look at every place of the picture in the same way; "
        "these look at the whole picture at once."
    ),
    "filters.before": "Before learning",
    "filters.after": "After learning",
    "filters.signs": (
        "Red adds: it wants the picture bright there. Blue takes away: it wants it dark. Clear "
        "counts nothing."
    ),
    "filters.colours": "Each filter is shown in its own colours; grey counts nothing.",
    "filters.scale": "Both pictures have one scale and one order.",
    "filters.mean": "Each picture is the mean over the {n} channels that come in.",
    "filters.some": "The first {n} are shown.",
    "filters.moved": "Number {n} changed most, counted from 0, row by row.",
    # maps
    "maps.title": "One picture, layer by layer",
    "maps.intro": (
        "Every channel of a layer gives a picture of its own, a feature map: where in the picture "
        "there is what it looks for. Deeper maps are smaller, and stand for larger parts."
    ),
    "maps.picture": "The picture:",
    "maps.true": "It is: {name}",
    "maps.answer": "The network says: {name}{sure}",
    "maps.shape": "{n} maps of {h} × {w}",
    "maps.some": "; the first {n}",
    "maps.of": "feature maps of ",
    "maps.scale": (
        "Red is above 0, blue below, clear is 0; each layer has a scale of its own. In the first "
        "layer, map n belongs to filter n. What comes after the last of these are plain rows of "
        "numbers."
    ),
    "maps.left": "{n} more layers are not shown; their maps have the shapes of those that are.",
    # the page of pictures alone
    "pictures.page": "{title}: pictures of the network",
    "pictures.title": "What the network looks for, and what it sees",
    "pictures.intro": "Its first filters, the way of one picture through it, and its mistakes.",
    "pictures.no-convolution": (
        "This network has no convolution, so there are no feature maps. Here are the weights of "
        "its first layer, and its mistakes."
    ),
    "pictures.no-pictures": (
        "This network has no convolution and sees no pictures, so there are neither filters nor "
        "feature maps to show. Here is what it got wrong."
    ),
    # network
    "network.title": "The network",
    "network.intro": (
        "Numbers enter at the top and leave at the bottom. Each layer turns its input into new "
        "numbers; the coloured ones hold the parameters that were learned."
    ),
    "network.caption": "The wider a box, the more numbers leave it.",
    "network.input": "input · {n} numbers",
    "network.shape": "out: {shape}",
    "network.learns": "out: {shape} · {n} parameters",
    "network.hidden": "… {n} more layers …",
    "network.counted": "parameters (inputs × outputs + biases)",
    "network.total": "Together",
    "does.Linear": "every output is a weighted sum of all inputs, plus a bias",
    "does.LazyLinear": "every output is a weighted sum of all inputs, plus a bias",
    "does.Flatten": "puts the rows of the picture behind one another",
    "does.Flatten-row": "passes the numbers of the row on as they are",
    "does.ReLU": "keeps positive numbers, turns negative ones into 0",
    "does.LeakyReLU": "keeps positive numbers, makes negative ones small",
    "does.Sigmoid": "presses every number into 0 to 1",
    "does.Tanh": "presses every number into −1 to 1",
    "does.GELU": "like ReLU, with a soft bend",
    "does.SiLU": "like ReLU, with a soft bend",
    "does.ELU": "keeps positive numbers, bends negative ones softly towards −1",
    "does.Softmax": "turns scores into probabilities that add up to 1",
    "does.LogSoftmax": "turns scores into logarithms of probabilities",
    "does.Dropout": "in training, sets some numbers to 0 by chance, against learning by heart",
    "does.BatchNorm1d": "centres and scales each number over the batch",
    "does.LayerNorm": "centres and scales the numbers of each example",
    "does.Identity": "passes its input on",
    "does.Embedding": "looks up a learned vector for each whole number",
    "does.Conv2d": "slides small learned filters over the picture",
    "does.MaxPool2d": "keeps the largest number of each small square",
    # neuron
    "neuron.title": "One neuron at work",
    "neuron.intro": (
        "A neuron multiplies each input by a weight, adds everything up, adds its bias, and bends "
        "the sum with an activation. That is all; here it is with real numbers."
    ),
    "neuron.which": "Neuron {unit} of {layer}, on {example}.",
    "neuron.which-true": "Neuron {unit} of {layer}, on {example}, which is “{true}”.",
    "neuron.part": (
        "Each neuron of this layer looks at a small part of the picture, with weights that all "
        "share: a filter. This is filter {unit} where it answers most, at rows {top} to {bottom} "
        "and columns {left} to {right}."
    ),
    "neuron.layer": "layer {layer}",
    "neuron.example": "a test example",
    "neuron.x": "the input, as the network sees it",
    "neuron.w": "the learned weights: red adds, blue takes away",
    "neuron.product": "their products",
    "neuron.counted": (
        "Layers, neurons, examples, rows and columns are counted from 0, as in Python."
    ),
    "neuron.scaled": (
        "x is not the grey value g (0 to 255) itself but (g/255 − {mean}) / {spread}, so that "
        "the numbers lie around 0: a black pixel is {low}, a white one {high}. So black pixels "
        "count too."
    ),
    "neuron.scaled-row": (
        "x is not the cell itself: a number became (value − mean) / spread of its column, so 0 "
        "is the average; a word became 0 or 1."
    ),
    "neuron.single": (
        "The largest single product, {place}: x = {x}, w = {w}, x × w = {xw}. There are too many "
        "to show them all, so the table adds them up by regions of the picture, the largest "
        "first."
    ),
    "neuron.sum": "The sum z = w·x + b",
    "neuron.from": "from",
    "neuron.pixel": "pixel in row {row}, column {column}",
    "neuron.region": "rows {top} to {bottom}, columns {left} to {right}",
    "neuron.input": "input {i}",
    "neuron.rest": "the other {n} together",
    "neuron.bias": "the bias b",
    "neuron.total": "z, the sum",
    "neuron.line": "Written in one line, the largest terms first, then the rest, then the bias:",
    "neuron.line-regions": "Written in one line, region by region, then the bias:",
    "neuron.then": "Then the activation:",
    "neuron.relu-on": "The sum is positive, so ReLU lets it pass: this neuron answers.",
    "neuron.relu-off": "The sum is not positive, so ReLU gives 0: this neuron stays silent here.",
    "neuron.lost": (
        "The sum is no usable number: the weights were lost when the training went wrong."
    ),
    "neuron.sigmoid": "Sigmoid presses the sum into 0 to 1.",
    "neuron.tanh": "Tanh presses the sum into −1 to 1.",
    "neuron.none": "There is no activation here: the sum itself is the neuron's answer.",
    "neuron.other": "The activation {name} gives the neuron's answer.",
    "waterfall.title": "The sum, step by step",
    "waterfall.label": "sum so far",
    "waterfall.caption": (
        "The sum as a staircase: each step begins where the one before it ended. The numbers below "
        "are the lines of the table."
    ),
    "waterfall.rest": "rest",
    # advice
    "advice.title": "What to try next",
    "advice.intro": "Chosen from this run's own numbers. Change one thing at a time and compare.",
    "advice.use": "Ready to paste",
    "advice.experiments": "Experiments",
    "advice.broken": (
        "The loss became nan or infinite. Most often the steps are too large: try a tenth of the "
        "learning rate."
    ),
    "advice.wrong": (
        "It is no better than a guess, and large steps are the usual reason. Try the learning "
        "rate {lr}."
    ),
    "advice.few": "A few passes show little. Train longer and watch the curves bend.",
    "advice.turned": (
        "The test loss rose by {rise} after epoch {epoch}, from {best} to {last}, and no more "
        "answers became right: the network grew too sure, or learned by heart. A shorter training "
        "may do as well. (Looked up on the test examples, so only new examples can prove it.)"
    ),
    "advice.gap-sample": (
        "{training} in training but {test} on the test: it partly learned by heart. More examples "
        "help most; the full MNIST has 60,000."
    ),
    "advice.gap": (
        "{training} in training but {test} on the test: it partly learned by heart. More examples "
        "help most; gentler steps may help a little."
    ),
    "advice.falling": (
        "The loss fell by {fall} over the last third of the epochs: it has not finished learning. "
        "Give it more."
    ),
    "advice.weak": (
        "Only {training} right even in training: it has not learned its own examples yet. Train "
        "longer, or give it a larger network."
    ),
    "advice.weak-rate": (
        "Only {training} right even in training: it has not learned its own examples yet. Its "
        "learning rate {lr} was below the usual {usual}."
    ),
    "advice.rough": "The training loss went up in {n} epochs. Smaller steps give a calmer curve.",
    "advice.data-mnist": "The same task with all 60,000 digits.",
    "advice.data-fashion-mnist": "Clothes instead of digits: same size of picture, much harder.",
    "advice.luck": "How much of this result is chance? Another seed starts from other weights.",
    "advice.luck-spread": (
        "How much is chance? With {tests} test examples alone, ± {spread} points are uncertain. "
        "Another seed starts from other weights."
    ),
    "advice.optimizer": "This run used {used}. See how {other} does on the same task.",
    "advice.rate": (
        "The learning rate ({lr}) matters more than any other number. Try a third of it."
    ),
    "advice.batch": "Batches of {half} instead of {size}: twice as many, noisier steps.",
    # glossary
    "glossary.title": "Six words",
    "glossary.intro": "All that is needed to read this page.",
    "term.loss": "Loss",
    "term.loss.is": (
        "One number for how wrong the answers are. Training is nothing but making it smaller, in "
        "many small steps."
    ),
    "term.epoch": "Epoch",
    "term.epoch.is": "One pass over all training examples.",
    "term.accuracy": "Accuracy",
    "term.accuracy.is": "The share of right answers. What counts is accuracy on test examples.",
    "term.parameter": "Parameter",
    "term.parameter.is": "A number that training adjusts: a weight or a bias.",
    "term.neuron": "Neuron",
    "term.neuron.is": "A weighted sum of inputs plus a bias, bent by an activation.",
    "term.overfitting": "Overfitting",
    "term.overfitting.is": (
        "Learning by heart: better and better in training, no better or worse on new examples."
    ),
    # colophon
    "colophon.title": "How this page was made",
    "colophon.intro": "With the same settings and the same seed, the run can be repeated.",
    "colophon.settings": "Settings",
    "colophon.metrics": "Results",
    "colophon.machine": "Computer",
    "colophon.notes": "Notes",
}

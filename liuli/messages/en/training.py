"""English texts: training."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL960": Text(
        "epoch {epoch}, batch {batch}: the loss is {loss}",
        "{fix}",
        "The weights were changed by too much, or the inputs are too large or hold nan. A smaller "
        "learning rate and inputs between about -3 and 3 are the usual cure.",
    ),
    "LL961": Text(
        "epochs is {epochs}; it must be a whole number of at least 1",
        "epochs=10",
        "An epoch is one pass over all training examples; without one nothing is learned.",
    ),
    "LL962": Text(
        "batch_size is {batch_size}; it must be a whole number of at least 1",
        "batch_size=64",
        "A batch is the group of examples whose mean gradient makes one step.",
    ),
    "LL963": Text(
        "validation_split is {split}; it must be at least 0 and below 1, and leave examples on "
        "both sides: {count} examples are too few for it",
        "validation_split=0.1",
        "It is the part of the examples, taken from the end, that is kept aside to judge the "
        "network on what it has not seen.",
    ),
    "LL964": Text(
        "there is no whole checkpoint in {folder}",
        "",
        "A training writes checkpoints there if it is given the callback ModelCheckpoint(folder). "
        "A damaged one is passed over.",
    ),
    "LL965": Text(
        "a metric was given {said} answers for {true} targets",
        "",
        "Each answer of the network is compared with one target, so there must be as many.",
    ),
    "LL966": Text(
        "{argument} is {value}; it must be at least {least}",
        "",
        "The metric counts a label as right if it is among the k highest scores.",
    ),
    "LL967": Text(
        "there is no metric {metric}; there are: {names}",
        "{near}",
        "A metric is asked for by name, or given as an object such as liuli.train.Accuracy().",
    ),
    "LL968": Text(
        "this history has no {name}; it has: {names}",
        "{near}",
        "What History holds is what was measured: the loss, the metrics that were asked for, and "
        "the same with val_ before if there was validation data.",
    ),
    "LL969": Text(
        "line {line} of {path} is not a row of a history",
        "",
        "Such a file has one JSON object a line. Perhaps it was edited, or only half copied.",
    ),
    "LL970": Text(
        "History.plot needs matplotlib, which is not installed",
        'pip install "liuli[plot]"',
        "Liuli itself draws its reports without it; only pictures in notebooks use it.",
    ),
    "LL971": Text(
        "callbacks has {given}, which is no Callback",
        "",
        "A callback is an object of a class derived from liuli.train.Callback; "
        "LambdaCallback(on_epoch_end=f) makes one of a function.",
    ),
    "LL972": Text(
        "there is no event {event}, or what was given for it cannot be called; there are: {events}",
        "LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))",
        "The events are those of liuli.train.Callback.",
    ),
    "LL973": Text(
        "monitor is {monitor}, which was not measured; there are: {names}",
        "{near}",
        "Names that begin with val_ are there only if fit has validation data.",
    ),
    "LL974": Text(
        "there is no loss {loss}; there are: {names}",
        "{near}",
        "A loss is asked for by name, or given as a function (output, target) -> Tensor, such as "
        "liuli.nn.CrossEntropyLoss().",
    ),
    "LL975": Text(
        "a batch of training is a pair (inputs, targets); this is {given}",
        "trainer.fit(x, y)",
        "fit takes arrays x and y, or a Dataset or DataLoader whose items are such pairs.",
    ),
    "LL976": Text(
        "class_weight gives class {label} the weight {weight}; a weight is a finite number of at "
        "least 0",
        "",
        "An example counts as often as the weight of its class says.",
    ),
    "LL977": Text(
        "class_weight needs the loss of each example, and {loss} gives only one number",
        "",
        "The losses of liuli.nn can give the loss of each example; a function of your own can "
        "too, if it takes reduction='none'.",
    ),
    "LL978": Text(
        "there is no optimizer {optimizer}; there are: {names}",
        "{near}",
        "An optimizer is asked for by name, or made: liuli.optim.Adam(model.parameters(), "
        "lr=0.001).",
    ),
    "LL641": Text(
        "the network's output is no tensor with a row for each example",
        "",
        "What it says to a batch must begin with an axis for the examples, as the inputs do.",
    ),
    "LL642": Text(
        "epoch {epoch}: the data gave no batch",
        "",
        "A generator or file can be read only once; a loader with drop_last gives nothing if "
        "there are fewer examples than batch_size.",
    ),
    "LL643": Text(
        "the label {name} in row {row} is none of the names that the network has learned: {names}",
        "",
        "Text labels are numbered once, by the first fit; other data must use the same names.",
    ),
    "LL644": Text(
        "the loss is the class {name}, and not an object of it",
        "{name}()",
        "A class makes losses; with brackets one is made.",
    ),
    "LL645": Text(
        "a metric of classes was given the target {value}, which is no label",
        'metrics=["mae"]',
        "Accuracy, precision, recall and F1 compare classes; numbers are compared by mae, mse "
        "and r2.",
    ),
    "LL646": Text(
        "whether a larger {monitor} is better is not known",
        'mode="max"',
        'mode says it: "min" where less is better, "max" where more is.',
    ),
    "LL647": Text(
        "{what} moves the learning rate of another optimizer than the one that trains",
        "scheduler = {what}(trainer.optimizer, ...)",
        "A scheduler changes the optimizer that it was made with.",
    ),
    "LL648": Text(
        "lr={lr} was given beside an optimizer that has its own",
        "",
        "lr goes with an optimizer that is given by name; one that is made has been given its lr.",
    ),
    "LL649": Text(
        "{optimizer} has none of this network's parameters",
        "{optimizer}(model.parameters())",
        "It was made with the parameters of another network, so training would change nothing "
        "here.",
    ),
    "LL650": Text(
        "the checkpoint was written with {name} {then}; now it is {now}",
        "",
        "Going on means the same data, batch size and metrics; otherwise its place in the "
        "epoch means something else.",
    ),
    "LL443": Text(
        "the inputs go from {low:g} to {high:g}, which is too wide for {layer}",
        "{fix}",
        "Layers begin with weights for inputs between about -3 and 3. Larger ones make the first "
        "steps wild. Scale the training and the test data alike.",
    ),
    "LL658": Text(
        "the network gives {output} numbers for each example, and the target has {target}",
        "{fix}",
        "Output and target are compared number by number, so the last layer has as many outputs "
        "as the target has numbers.",
    ),
    "LL659": Text(
        "training was ended by {signal} in epoch {epoch}, after batch {batch}; "
        "the weights are kept",
        "{fix}",
        "The step that was running is complete, and the network keeps what it has learned: "
        "predict, evaluate and save it as it is. To go on later, a checkpoint is needed, which "
        "the callback ModelCheckpoint(folder) writes.",
    ),
}

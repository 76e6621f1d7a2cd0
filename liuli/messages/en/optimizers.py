"""English texts: optimizers and schedules."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL680": Text(
        "{owner}: the list of parameters is empty: there is nothing to train",
        "",
        "Usually the model has no layers that it knows of. They must be attributes of the model "
        "itself (self.fc1 = ...), set in __init__ (two underscores on each side) after "
        "super().__init__(). Layers in a plain Python list are not found: use nn.ModuleList.",
    ),
    "LL681": Text(
        "{owner}: {name} is {value}, and must be: {range}",
        "",
        "The value makes no sense there. Look for a swapped argument, a text in place of a number, "
        "or a result that became nan before.",
    ),
    "LL682": Text(
        "{owner}: the parameters are given as {type}",
        "{fix}",
        "An optimizer takes an iterable of tensors in a fixed order, or a list of dicts with "
        '"params".',
    ),
    "LL683": Text(
        "{owner}: the generator of parameters is used up",
        "model.parameters()",
        "A generator can be walked through once. Call model.parameters() anew for each use, or "
        "keep list(model.parameters()).",
    ),
    "LL684": Text(
        "{owner}: parameter {index} has type {type}, and must be a tensor",
        "",
        "Give the tensors themselves, or (name, tensor) pairs as model.named_parameters() does.",
    ),
    "LL685": Text(
        "{owner}: parameter {index} was computed from other tensors, so it is no parameter",
        "w = w.detach().requires_grad_()",
        "An optimizer writes into tensors that were made directly. A computed one would be "
        "computed anew in the next step, and what was written would be lost.",
    ),
    "LL686": Text(
        "{owner}: parameter {index} is there twice",
        "",
        "It would be moved twice in each step. Each parameter belongs to one group, and stands "
        "there once; a weight that two layers share is one parameter.",
    ),
    "LL687": Text(
        '{owner}: group {index} has no "params": {given}',
        '{{"params": [w], "lr": 0.01}}',
        'A group is a dict with "params" and the hyperparameters that are its own.',
    ),
    "LL688": Text(
        '{owner}: last_epoch is {epoch}, but group {index} has no "initial_lr" to go on from',
        "",
        "last_epoch is for going on with a training. Load the optimizer's state first, or leave "
        "last_epoch out to begin.",
    ),
    "LL689": Text(
        "{owner} has no hyperparameter {name!r}: it changes nothing. Did you mean {close!r}?",
        "",
        "A group may hold any name, for your own use; this one looks like one of the optimizer's "
        "that is misspelled.",
    ),
    "LL690": Text(
        "{owner}: the groups have {ours} parameters, the saved state is for {theirs}",
        "",
        "State belongs to parameters by their order. Make the optimizer with the same model and "
        "the same groups as the one that was saved.",
    ),
    "LL691": Text(
        "{owner}: {name!r} of parameter {index} was saved with shape {given}, and must have "
        "{wanted}",
        "",
        "The saved state belongs to a model with other sizes. Nothing was loaded.",
    ),
    "LL692": Text(
        "{owner}: the saved state of parameter {index} has {given}, this optimizer keeps {wanted}",
        "",
        "The state was saved by another optimizer, or by one with other options. Nothing was "
        "loaded.",
    ),
    "LL693": Text(
        "{owner}: this is no state of an optimizer: {given}",
        "optimizer.load_state_dict(saved_optimizer.state_dict())",
        'It is a dict with "state" and "param_groups". A model\'s state goes to '
        "model.load_state_dict.",
    ),
    "LL694": Text(
        "while a program is recorded, {what} would happen once, not each time the program runs",
        "",
        "Do it outside of the recorded function, between its calls: the program reads the "
        "hyperparameters anew each time. For a first step that differs from the others, take one "
        "step before recording.",
    ),
    "LL695": Text(
        "{owner}.step() was called before optimizer.step(): the first learning rate is skipped",
        "",
        "In each epoch the optimizer steps first, then the schedule, once, at the end of the "
        "epoch.",
    ),
    "LL696": Text(
        "{owner}: the first argument has type {type}, and must be an optimizer",
        "optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)",
        "A schedule changes the learning rate of an optimizer, and is made from it.",
    ),
    "LL697": Text(
        "{owner}: {name} has {given} values, the optimizer has {groups} groups",
        "",
        "Give one value for all groups, or a list with one for each.",
    ),
    "LL698": Text(
        "{owner}: these schedules do not go together: {given}",
        "",
        "It takes at least one schedule; all of them of the same optimizer; none that needs a "
        "measure, as ReduceLROnPlateau does; and SequentialLR one milestone less than schedules.",
    ),
    "LL699": Text(
        "OneCycleLR: step {step} of {total}",
        "",
        "The cycle is over. total_steps is the number of batches in the whole training: epochs "
        "times batches in an epoch. Call step() once a batch.",
    ),
    "LL441": Text(
        "{owner}.step() changed nothing: no parameter has a gradient",
        "optimizer.zero_grad(); loss.backward(); optimizer.step()",
        "Gradients come from loss.backward(), which stands between zero_grad and step. Or the "
        "optimizer has the parameters of another network than the loss.",
    ),
    "LL442": Text(
        "{owner}.step(): the gradients of the steps before are still there and grow",
        "optimizer.zero_grad()",
        "backward adds to the gradients that are there. Without zero_grad before it, each step "
        "repeats all the steps before. Where gradients of several batches are to be added, call "
        "zero_grad after each step.",
    ),
}

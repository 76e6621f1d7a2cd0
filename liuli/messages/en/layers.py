"""English texts: LL160 to LL179 shapes of layers, LL661 to LL679 what else goes wrong with them."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL160": Text(
        "{kind}: the input has shape {shape}; expected is {expected}",
        "",
        "The axes are the batch, the channels (or features), and then places: layers in 1d have "
        "one axis of them or none, those in 2d two, as images have, and those in 3d three. A "
        "single example gets a batch axis with x.unsqueeze(0).",
    ),
    "LL661": Text(
        "{kind}.__init__ must call super().__init__() before it uses the module",
        "super().__init__()",
        "That call makes the places where a module keeps its layers and parameters. It is the "
        "first line of __init__.",
    ),
    "LL662": Text(
        "{kind} has no {name!r}",
        "{fix}",
        "Attributes are made in __init__, as self.name = ... there. A name without self. is gone "
        "when __init__ ends.",
    ),
    "LL663": Text(
        "{kind} has no forward: what does it compute?",
        "{fix}",
        "Calling a module calls its method forward. It must stand in the class, indented as "
        "__init__ is, and be spelled exactly so.",
    ),
    "LL664": Text(
        "{argument} is {type}, and must be {expected}",
        "",
        "The argument is of another kind than the function works with.",
    ),
    "LL665": Text(
        "load_state_dict: {missing} missing, {unexpected} unexpected, {misfits} of another shape",
        "{fix}",
        "The names and shapes in a state_dict are those of the network it was saved from. Build "
        "the network with the same layers, names and sizes; strict=False loads what fits by name. "
        "Nothing was loaded.",
    ),
    "LL666": Text(
        "{kind} takes no arguments, and was given {given}",
        "{fix}",
        "Either the class defines no __init__ (two underscores on each side), or its __init__ "
        "hands arguments on to super().__init__(), which takes none.",
    ),
    "LL667": Text(
        "{kind} defines {name}, which nobody calls: __init__ has two underscores on each side",
        "def __init__(self, ...):",
        "Python calls __init__ when an object is made. Under any other name the method never "
        "runs, and the network has no layers.",
    ),
    "LL668": Text(
        "{kind}.{name} is a plain {type}: the layers in it are not found by parameters() and do "
        "not learn",
        "self.{name} = {container}(self.{name})",
        "A module finds layers and parameters that are attributes of their own, or lie in "
        "ModuleList, ModuleDict, ParameterList or ParameterDict. Those in a plain list, tuple or "
        "dict are left out of parameters(), state_dict() and to().",
    ),
    "LL669": Text(
        "{kind}: nothing can be registered as {name!r}: {reason}",
        "",
        "The name becomes an attribute and a part of the paths in state_dict(), which are joined "
        "by dots. So it is a text without a dot that the module does not use yet.",
    ),
    "LL670": Text(
        "{kind}: {name!r} must be {expected}, and this is {type}",
        "{fix}",
        "Names of parameters, buffers and modules keep their kind, so that an optimizer still "
        "finds them. A layer is made by calling its class: nn.ReLU() and not nn.ReLU.",
    ),
    "LL671": Text(
        "{kind}: {argument} is {value}, and must be a whole number of at least {least}",
        "{fix}",
        "Sizes of layers are whole numbers. Divisions with / give fractions even of whole numbers: "
        "use //.",
    ),
    "LL672": Text(
        "{function}: the tensor has shape {shape}; {needed} axes are needed",
        "",
        "These first values depend on how many inputs and outputs a weight connects, which are "
        "its first two axes. Biases are begun with zeros_ or uniform_.",
    ),
    "LL673": Text(
        "the norm of the gradients is {total}: not finite in gradient {bad}",
        "",
        "Somewhere in the loss or in backward a number became nan or inf: often the logarithm or "
        "root of 0, or a learning rate that is too large. Scaling cannot mend it.",
    ),
    "LL674": Text(
        "{kind}: the table has shape {shape}; expected is {expected}",
        "",
        "The table of an embedding is a matrix with one row a word.",
    ),
    "LL675": Text(
        "{kind} has {count} entries; there is no number {index}",
        "",
        "Entries are counted from 0; -1 is the last one.",
    ),
    "LL676": Text(
        "vector_to_parameters: shape {shape} is no vector of {total} elements",
        "",
        "The vector is cut into the parameters in order, so it has as many elements as they have "
        "together. parameters_to_vector makes one.",
    ),
    "LL677": Text(
        "summary: {size} is no shape of one example",
        "nn.summary(model, (784,))",
        "Give the lengths of the axes without the batch: (784,) for rows of 784 numbers, "
        "(1, 28, 28) for images, and for several inputs a list of such tuples.",
    ),
    "LL161": Text(
        "liuli.{module} has no {name!r}",
        "{near}",
        "Names are PyTorch's, capital letters included. docs/api-status.md lists those that are "
        "there.",
    ),
    "LL162": Text(
        "liuli.{module}.{name} is not in this version; see docs/api-status.md",
        "",
        "The name is right, and Liuli does not have it yet. docs/api-status.md lists the names "
        "that are there. Until then this part of a program needs PyTorch.",
    ),
    "LL163": Text(
        "{kind} has no {name!r}: a Trainer does that",
        "{fix}",
        "A network computes; what trains it is an object of its own, made of the network, a loss "
        "and an optimizer.",
    ),
    "LL164": Text(
        "liuli.{module}.{name} is a file with Python code, and cannot be called",
        "{near}",
        "Classes are spelled with capital letters, as in PyTorch.",
    ),
    "LL165": Text(
        "{kind}(...) only makes the loss: call it with the output and the target",
        "nn.{kind}()(output, target)",
        "A loss is made once, with its options in the first brackets, and then called with the "
        "output of the network and the targets: two pairs of brackets.",
    ),
    "LL166": Text(
        "{op}: the arguments are swapped: first comes the output, then the labels",
        "{op}(output, labels)",
        "What stands first has whole numbers, as labels have; what stands second has fractions "
        "and one axis more, as the output of a network has.",
    ),
    "LL167": Text(
        "{function} has no argument {given!r}; it has: {names}",
        "{fix}",
        "Words in a call are spelled exactly as in the definition.",
    ),
    "LL168": Text(
        "{function}: missing: {names}",
        "{fix}",
        "These arguments have no value of their own, so each call must give them.",
    ),
    "LL169": Text(
        "{function} was given {given} arguments without their names, and takes at most {most}",
        "{fix}",
        "Further arguments are given with their words, as in name=value. What takes a list wants "
        "the brackets [ ] around its elements.",
    ),
    "LL170": Text(
        "{kind}.forward returned nothing",
        "return x",
        "A function without return gives None. The last line of forward says what the network "
        "computes.",
    ),
    "LL171": Text(
        "load_state_dict was given a whole network ({kind}), and takes a state_dict",
        "model = liuli.load(path), where the file holds the network itself",
        "A network and its state are two things: liuli.save(model, path) writes the whole network, "
        "and liuli.load(path) gives it back, ready to use; liuli.save(model.state_dict(), path) "
        "writes the weights only, and load_state_dict takes those.",
    ),
    "LL172": Text(
        "cross_entropy was given probabilities that softmax made: softmax is applied twice",
        "nn.Sequential(..., nn.Linear(64, 10))",
        "cross_entropy applies softmax itself. Applied twice it flattens the differences, and the "
        "network learns slowly and badly. Leave the softmax at the end of the network out; for "
        "probabilities to look at, apply it to the output afterwards.",
    ),
}

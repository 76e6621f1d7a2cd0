"""LL5xx: devices. LL6xx: arguments. LL8xx: settings."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL501": Text(
        "{device!r} names no device: the kinds are {kinds}",
        'liuli.device("cpu")',
        "A device is written as its kind, with a number if there are several: cpu, cuda, cuda:1.",
    ),
    "LL502": Text(
        "device {device} cannot be used: this version of Liuli computes on the CPU only",
        'device = "cpu"',
        "Nothing is wrong with your computer or its drivers. Programs that ask first, as PyTorch's "
        "do, choose the CPU by themselves and go on.",
    ),
    "LL503": Text(
        "there is no accelerator: this version of Liuli computes on the CPU only",
        "liuli.accelerator.is_available()",
        "Ask first, and do this only if there is one.",
    ),
    "LL601": Text(
        "{function}: {argument} has type {type}, and must be a tensor",
        "{fix}",
        "Functions take tensors; operators also take NumPy arrays and numbers. Make a tensor of "
        "the data once, before computing with it.",
    ),
    "LL602": Text(
        "{argument}={value} is none of {choices}",
        "",
        "The argument takes one of the listed values, spelled exactly so.",
    ),
    "LL603": Text(
        "a whole number is divided by zero",
        "",
        "Fractions have inf and nan for this, whole numbers have nothing. Convert with .float(), "
        "or find where the zero comes from.",
    ),
    "LL604": Text(
        "whole numbers cannot be raised to a negative power",
        "x.float() ** -1",
        "The result would be a fraction, which whole numbers cannot hold.",
    ),
    "LL605": Text(
        "clamp: both min and max are None",
        "",
        "Give at least one bound.",
    ),
    "LL606": Text(
        "topk: k is {k}, axis {dim} has {length} elements",
        "",
        "k goes from 0 to the length of the axis.",
    ),
    "LL607": Text(
        "view: {value} is no size",
        "x.to(dtype)",
        "view takes the new lengths. It does not read the bits as another dtype; to(dtype) "
        "converts the numbers.",
    ),
    "LL608": Text(
        "unfold: size {size} and step {step} do not fit an axis of length {length}",
        "",
        "A window is no longer than the axis, and the step is at least 1.",
    ),
    "LL609": Text(
        "split: the size of a piece is {size}, and must be at least 1",
        "",
        "Pieces have at least one element.",
    ),
    "LL610": Text(
        "chunk: the number of pieces is {chunks}, and must be at least 1",
        "",
        "There is at least one piece.",
    ),
    "LL611": Text(
        "a tensor cannot be indexed with type {type}",
        "",
        "An index is a whole number, a slice, None, ..., a mask, or a tensor or list of whole "
        "numbers; or several of these, separated by commas.",
    ),
    "LL612": Text(
        "an index can contain ... only once",
        "",
        "... stands for all axes that are not mentioned, so a second one would be ambiguous.",
    ),
    "LL613": Text(
        "the step of a slice is {step}, and must be at least 1",
        "x.flip(0)",
        "A view cannot run backwards. flip makes a copy with an axis turned round.",
    ),
    "LL614": Text(
        "{op}: the matrix is singular: it has no inverse",
        "",
        "Some row is a combination of others, or is zero. Adding a small multiple of the identity "
        "matrix often helps in least squares.",
    ),
    "LL615": Text(
        "arange: from {start} to {end} in steps of {step} leads nowhere",
        "",
        "The step must be finite, not zero, and point from the start towards the end.",
    ),
    "LL616": Text(
        "randint: low is {low}, high is {high}; low must be smaller",
        "",
        "The numbers are drawn from low to high - 1. randint(high, size) starts at 0; the size "
        "is a tuple.",
    ),
    "LL617": Text(
        "multinomial: the weights must be finite and not negative, with a positive one in each row",
        "",
        "Weights are probabilities up to a factor. Logarithms or raw scores must go through "
        "softmax first.",
    ),
    "LL618": Text(
        "a seed is a whole number, not {seed}",
        "liuli.manual_seed(0)",
        "The same seed gives the same numbers; any whole number will do.",
    ),
    "LL619": Text(
        "a tensor of {count} elements is not one number",
        "x.tolist()",
        "item, float and int give the value of a tensor with a single element. Reduce first, "
        "as in x.mean().item(), or take all elements with tolist.",
    ),
    "LL620": Text(
        "the truth value of {count} elements is ambiguous: `if` needs exactly one",
        "x.any() or x.all()",
        "`if`, `while`, `and` and `or` ask for one yes or no, and a comparison of tensors gives "
        "one for each element. Say whether any or all must hold; combine masks with & and |.",
    ),
    "LL621": Text(
        "{function}: cannot work with these arguments: {error}",
        "",
        "An argument is of a kind or in a range that the function does not take. The table shows "
        "what it was given. If the arguments are right, please report it.",
    ),
    "LL622": Text(
        "a 0-d tensor has no length and no elements to go through",
        "x.item()",
        "It is a single number. x.reshape(1) makes a vector of one element.",
    ),
    "LL630": Text(
        "{op}: without statistics of the batch, running_mean and running_var are needed",
        "",
        "When not training, the mean and variance that training collected are used. Pass both, "
        "or ask for the statistics of the batch.",
    ),
    "LL631": Text(
        "{op}: {argument} is {value}, and must be positive",
        "",
        "It is the width of a region, or a distance.",
    ),
    "LL632": Text(
        "{argument} is {value}, and must lie between 0 and 1",
        "",
        "It is a probability. Dropout's p is the probability of dropping.",
    ),
    "LL633": Text(
        "embedding: padding_idx {padding_idx} is no row of a table with {size} rows",
        "",
        "padding_idx names a row that does not learn; negative ones are counted from the end.",
    ),
    "LL634": Text(
        "embedding_bag: a vector of indices needs offsets",
        "",
        "offsets say where each bag begins. A matrix has one bag a row and needs none.",
    ),
    "LL635": Text(
        "one_hot: of no labels the number of classes cannot be found out",
        "F.one_hot(labels, num_classes)",
        "Without num_classes it is the largest label plus 1.",
    ),
    "LL636": Text(
        "pad: {pad} does not name pairs for a tensor with {ndim} axes: there are at most {most} "
        "numbers, two an axis",
        "",
        "The amounts come in pairs, before and after, the last axis first: (left, right, top, "
        "bottom) for images.",
    ),
    "LL637": Text(
        "scaled_dot_product_attention: attn_mask and is_causal are both given",
        "",
        "is_causal makes a mask by itself. For both, put the causal part into attn_mask.",
    ),
    "LL640": Text(
        "{op}: dim is not given, and is taken as {dim} for shape {shape}",
        "{op}(x, dim={dim})",
        "The axis that a softmax adds up over decides what it means. Name it: usually the last, "
        "dim=-1.",
    ),
    "LL651": Text(
        "{op}: the matrix is not positive definite",
        "",
        "Only symmetric matrices whose eigenvalues are all positive have this factor. Rounding "
        "can spoil it; adding a small multiple of the identity matrix repairs that.",
    ),
    "LL652": Text(
        "from_numpy: takes a NumPy array, and was given type {type}",
        "liuli.tensor(...)",
        "from_numpy shares the memory of an array. tensor copies numbers, lists, arrays and "
        "tensors.",
    ),
    "LL653": Text(
        "multinomial: cannot draw {num_samples} different indices from {positive} with a positive "
        "weight",
        "",
        "Without replacement each index is drawn at most once. Pass replacement=True to draw them "
        "repeatedly.",
    ),
    "LL654": Text(
        "sizes and axes are whole numbers, not {values}",
        "",
        "Divisions with / give fractions even of whole numbers: use //.",
    ),
    "LL655": Text(
        "{function}: takes {expected} operands, and was given {given}",
        "",
        "Bitwise functions take one operand (bitwise_not) or two (the others).",
    ),
    "LL656": Text(
        "{op}: an axis of length {length} cannot be cut into {parts} equal parts",
        "x.tensor_split({parts})",
        "hsplit, vsplit and dsplit make equal parts, or cut at the positions of a list. "
        "tensor_split makes parts of almost equal length.",
    ),
    "LL657": Text(
        "celu: alpha is 0",
        "liuli.relu(x)",
        "celu is alpha * (exp(x / alpha) - 1) below zero. With ever smaller alpha it becomes relu.",
    ),
    "LL660": Text(
        "an output of the function does not depend on an input, and strict is set",
        "",
        "With strict=False such derivatives are zeros. A dependence is lost through .item(), "
        ".detach(), whole numbers, or tensors made anew.",
    ),
    "LL801": Text(
        "LIULI_NUM_THREADS is {value!r}, and must be a whole number from 1 on",
        "LIULI_NUM_THREADS=4",
        "The environment variable sets how many threads Liuli uses. Remove it to use all CPUs "
        "that the process may use.",
    ),
    "LL802": Text(
        "there is no setting {name!r}: the settings are {names}",
        "",
        "Settings are changed by name with liuli.settings.change(...) and "
        "liuli.settings.using(...).",
    ),
    "LL804": Text(
        "LIULI_BACKEND is {value!r}; there are: {names}",
        "LIULI_BACKEND=numpy",
        "It says what runs compiled programs: machine code, or NumPy operation by operation.",
    ),
    "LL803": Text(
        "the number of threads is {count}, and must be a whole number from 1 on",
        "",
        "One thread is the least. More than the CPUs that the process may use does not help.",
    ),
}

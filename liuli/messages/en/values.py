"""LL2xx: dtypes. LL3xx: axes, and positions outside what they point into."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL201": Text(
        "{dtype!r} is no dtype of Liuli",
        "",
        "There are float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, uint32 "
        "and bool; also the NumPy types of these names, and Python's float, int and bool. Complex "
        "numbers, text and objects have no gradient to speak of and are not here.",
    ),
    "LL202": Text(
        "only floating-point tensors can require a gradient, this one has {dtype}",
        "x.float().requires_grad_()",
        "A gradient says what a small change does, and whole numbers have no small changes. "
        "Data such as [1, 2] makes whole numbers, [1.0, 2.0] makes float32.",
    ),
    "LL203": Text(
        "{op}: truth values cannot be subtracted or negated",
        "a ^ b, or ~a",
        "Of two truth values - has no settled meaning. ^ says where they differ, ~ is the "
        "opposite; .int() makes numbers of them.",
    ),
    "LL204": Text(
        "{op}: bits are those of whole numbers and truth values, the operands have {dtype}",
        "",
        "&, |, ^, ~, << and >> work on bits. To combine conditions write (a > 0) & (b > 0), with "
        "the brackets: & binds more strongly than >.",
    ),
    "LL205": Text(
        "{op}: needs a floating-point dtype, and has {dtype}",
        "x.float()",
        "The result has digits after the point, which whole numbers cannot hold. Convert "
        "first, or pass dtype=liuli.float32 where the function takes it.",
    ),
    "LL206": Text(
        "{op}_: the result has {result}, which the {target} tensor cannot hold",
        "x = x.{op}(...)",
        "An operation in place keeps the tensor's dtype. A result of a higher kind (fractions "
        "into whole numbers, numbers into truth values) would lose its value.",
    ),
    "LL207": Text(
        "an index has {dtype}, and must be whole numbers or truth values",
        "index.long()",
        "Positions are whole numbers. An index computed with / or read as float32 must be "
        "converted.",
    ),
    "LL208": Text(
        "{place} has type {type}, and is no number",
        "",
        "A tensor holds numbers. Text must be turned into numbers first: categories into class "
        "numbers, digits with float(...).",
    ),
    "LL209": Text(
        "{op}: does not take these dtypes: {operands}",
        "",
        "The operation is not defined for this combination. Convert an operand, for example with "
        ".float() or .long().",
    ),
    "LL210": Text(
        "iinfo: {dtype} is no whole-number dtype",
        "liuli.finfo(dtype)",
        "iinfo tells the limits of whole numbers, finfo those of floating-point numbers.",
    ),
    "LL230": Text(
        "{op}: labels are whole numbers, and the target has {dtype}",
        "target.long()",
        "Class labels are class numbers. For probabilities of classes the target has the shape "
        "of the input and a floating-point dtype.",
    ),
    "LL251": Text(
        "an operand has type {type}: operations take tensors, NumPy arrays and numbers",
        "liuli.tensor(...)",
        "Lists are not converted silently, since each use would convert them again. Make a tensor "
        "of it once.",
    ),
    "LL252": Text(
        "{place} is {value}, which does not fit into 64 bits",
        "float({value})",
        "Whole numbers reach from -2**63 to 2**63 - 1. Larger ones can be kept, rounded, as "
        "floating-point numbers.",
    ),
    "LL253": Text(
        "the default dtype is a floating-point one, not {dtype}",
        "liuli.set_default_dtype(liuli.float64)",
        "It is the dtype of Python floats. Whole numbers become int64 by themselves.",
    ),
    "LL254": Text(
        "these random numbers are fractions, and {dtype} does not hold fractions",
        "liuli.randint(0, 10, (2, 3))",
        "rand and randn draw floating-point numbers. Whole ones come from randint.",
    ),
    "LL301": Text(
        "axis {dim} does not exist: the axes of this tensor go from {low} to {high}",
        "",
        "Axes are counted from 0, negative ones from the end, -1 being the last. Often an axis "
        "was summed away or a batch axis is missing.",
    ),
    "LL302": Text(
        "index {value} at position {place} is out of range: the axis has {size} elements, "
        "so {low} to {last}",
        "",
        "Positions are counted from 0, and negative ones from the end. Labels that start at 1 "
        "must be lowered by 1; an embedding needs as many rows as the largest number plus 1.",
    ),
    "LL303": Text(
        "{dims} names an axis twice",
        "",
        "Negative axes are counted from the end: of three axes, 2 and -1 are the same.",
    ),
    "LL304": Text(
        "an axis is a whole number, not {dim}",
        "",
        "Axes are given by number. A tuple of several is taken where the function reduces over "
        "many.",
    ),
    "LL305": Text(
        "flatten: start_dim {start} lies after end_dim {end}",
        "",
        "flatten makes one axis of all those from start_dim to end_dim. For everything but the "
        "batch write x.flatten(1).",
    ),
    "LL306": Text(
        "permute: {dims} does not name each of the {n} axes once",
        "",
        "permute puts all axes in a new order: the numbers 0 to n - 1, each once. To exchange two "
        "use transpose.",
    ),
    "LL307": Text(
        "t: shape {shape} has more than two axes",
        "x.transpose(-2, -1)",
        "t is for matrices. For stacks of matrices exchange the last two axes, also written x.mT.",
    ),
    "LL308": Text(
        "narrow: {length} elements from {start} on do not lie in axis {dim}, which has {size}",
        "",
        "start + length must not be larger than the axis.",
    ),
    "LL309": Text(
        "a 0-d tensor has no axis to index",
        "x.item()",
        "It is a single number. Its value is x.item(); as a tensor it is x itself.",
    ),
    "LL310": Text(
        "index {index} is out of range: axis {axis} has {size} elements, so {low} to {last}",
        "",
        "Positions are counted from 0, so the last is one less than the length; negative ones are "
        "counted from the end.",
    ),
    "LL311": Text(
        "{used} indices for a tensor with {n} axes",
        "",
        "Each number or slice in the brackets speaks about one axis. None makes a new axis and "
        "does not count.",
    ),
    "LL312": Text(
        "the mask has shape {mask}, the axes it selects from have {shape}",
        "",
        "A mask says yes or no for each element, so it has the shape of what it selects from. A "
        "mask for rows is a vector with one entry a row.",
    ),
    "LL330": Text(
        "label {value} at position {place}: labels are {low} to {last} (classes: {classes})",
        "",
        "Class labels are counted from 0. If they start at 1, subtract 1. If a label means "
        '"ignore this", say so with ignore_index. Otherwise the last layer needs more outputs.',
    ),
    "LL331": Text(
        "binary_cross_entropy: the input is {value} at position {place}, and probabilities lie "
        "between 0 and 1",
        "binary_cross_entropy_with_logits(input, target)",
        "The input is the output of a sigmoid. Raw scores belong into the form with logits, which "
        "is also more exact.",
    ),
    "LL332": Text(
        "gaussian_nll_loss: a variance is negative, at position {place}",
        "var.exp()",
        "A network that predicts a variance should predict its logarithm, or pass through "
        "softplus, so that it comes out positive.",
    ),
    "LL351": Text(
        "index_put with accumulate: the indices begin at axis {axis}, and must begin at axis 0",
        "",
        "Adding at repeated positions is done for leading axes. Move the axis to the front with "
        "movedim, and back after.",
    ),
}

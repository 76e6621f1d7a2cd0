"""LL1xx: shapes that do not fit together."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL101": Text(
        "{op}: shapes {a} and {b} do not broadcast: compared from the right, {m} and {n} differ; "
        "each pair must be equal or contain 1",
        "{fix}",
        "Elementwise operations line two shapes up at their right ends. A length of 1, or a "
        "missing one on the left, is stretched; any other difference is an error. Give the "
        "shorter one an axis of length 1 where it should be stretched, for example with "
        "unsqueeze(-1).",
    ),
    "LL102": Text(
        "shape {shape} does not expand to {sizes}: only axes of length 1, and new ones on the "
        "left, can be stretched",
        "",
        "expand, and writing a value into a tensor or a part of it, stretch axes of length 1 "
        "only. The other lengths must be equal, compared from the right.",
    ),
    "LL103": Text(
        "{op}: the operands of this primitive have different shapes",
        "",
        "In a recorded program the operands of elementwise primitives have one shape: "
        "broadcasting is written out before. This points at a mistake in the program's maker.",
    ),
    "LL104": Text(
        "contract: in {labels!r} a label has no role, or occurs twice in one operand",
        "",
        "The primitive contract takes each label in one role only: batch, left, right or summed. "
        "Use einsum, which prepares its operands for it.",
    ),
    "LL105": Text(
        "{labels}: axis {label!r} has length {a} in one operand and {b} in the other",
        "",
        "Axes with the same letter are multiplied element by element, so they need one length. "
        "Compare the letters with the shapes in the table.",
    ),
    "LL106": Text(
        "gather: the first {batch} axes of the operand and of the index differ",
        "",
        "The primitive gather goes through its batch axes side by side, so they must be equal.",
    ),
    "LL107": Text(
        "update: the place and the value have different shapes",
        "",
        "The primitive update writes a value into a place of its own shape, without stretching.",
    ),
    "LL108": Text(
        "{op}: there is nothing to choose from: shape {shape} has no elements here",
        "",
        "The largest of no elements does not exist. Look at where the tensor became empty: often "
        "a mask or a slice that selects nothing.",
    ),
    "LL109": Text(
        "reshape: shape {shape} has {count} elements, {sizes} has {known}",
        "",
        "A reshape keeps every element, so the products of the lengths must agree. Write -1 for "
        "one length to have it worked out, as in x.reshape(len(x), -1).",
    ),
    "LL110": Text(
        "view: the elements of this {shape} do not lie in the order that {sizes} needs",
        "x.reshape{sizes}",
        "A view never copies. After permute, transpose or .T the elements lie in another order "
        "in memory, and only a copy can have the new shape: reshape makes one when it must.",
    ),
    "LL111": Text(
        "{op}: the list of tensors is empty",
        "",
        "There must be at least one tensor to join. Often a loop that should have filled the list "
        "did not run.",
    ),
    "LL112": Text(
        "cat: shapes {first} and {shape} differ elsewhere than in axis {dim}",
        "",
        "Tensors joined along an axis agree in all other axes and in their number. To join along "
        "a new axis use stack.",
    ),
    "LL113": Text(
        "cat: a 0-d tensor has no axis to join along",
        "liuli.stack(tensors)",
        "cat joins along an axis that is there already. stack makes a new one, and takes numbers.",
    ),
    "LL114": Text(
        "stack: shapes {first} and {shape} differ",
        "",
        "stack puts tensors of one shape next to each other along a new axis. Different lengths "
        "must be padded or cut first.",
    ),
    "LL115": Text(
        "split: the sizes {sizes} add up to {total}, axis {dim} has length {length}",
        "",
        "A list of sizes must use up the axis exactly. One number instead makes equal pieces, the "
        "last one shorter.",
    ),
    "LL116": Text(
        "repeat: {sizes} has {count} numbers, the tensor has {n} axes",
        "",
        "repeat takes a count for every axis (more make new axes on the left). tile fills "
        "missing ones with 1.",
    ),
    "LL117": Text(
        "{op}_: the result has shape {result}, the tensor written to has {shape}",
        "x = x.{op}(...)",
        "An operation in place cannot change a tensor's shape. Use the form without the "
        "underscore, which makes a new tensor.",
    ),
    "LL118": Text(
        "the index has shape {shape}, and must be a vector",
        "index.reshape(-1)",
        "index_add, index_copy and index_fill take one number a row.",
    ),
    "LL119": Text(
        "indices of shapes {a} and {b} do not broadcast together",
        "",
        "Several index tensors in one bracket pick elements pair by pair, as x[rows, columns], so "
        "their shapes broadcast. For a grid of all pairs give one of them an axis: "
        "x[rows[:, None], columns].",
    ),
    "LL120": Text(
        "gather: the index has {m} axes, the input has {n}",
        "",
        "gather reads out[i][j] = input[index[i][j]][j]: index and input have the same number of "
        "axes. To pick one element a row, as with class labels, use "
        "x.gather(1, labels[:, None]).",
    ),
    "LL121": Text(
        "{op}: shapes {a} and {b} do not multiply: each row of the first has {m} numbers, each "
        "column of the second {n}",
        "{fix}",
        "In a @ b the last axis of a meets the second-to-last of b (its only one if b is a "
        "vector), and the two lengths must be equal. Weights are often stored as (out, in), so "
        "the product is x @ w.T.",
    ),
    "LL122": Text(
        "einsum: {equation!r} does not fit its {n} operands: one term an operand, one letter an "
        "axis",
        "",
        "Before the arrow stands one comma-separated term for each operand, with one letter for "
        "each of its axes; ... stands for any further axes.",
    ),
    "LL123": Text(
        "{op}: the matrix has shape {shape}, and must be square",
        "",
        "Only square matrices have an inverse, a determinant and a trace.",
    ),
    "LL124": Text(
        "{shape} is no shape: lengths are whole numbers, 0 or more",
        "",
        "A length came out negative, fractional or as something else than a number. Divisions "
        "with / give fractions even of whole numbers: use //.",
    ),
    "LL127": Text(
        "cross: no axis of shape {shape} that was asked for has length 3",
        "",
        "The cross product is that of vectors with three numbers each, along `dim`.",
    ),
    "LL128": Text(
        "{op}: this {shape} tensor has too few axes, {n} is the least",
        "",
        "hsplit cuts axis 1 (of a vector axis 0), vsplit axis 0 of a matrix, dsplit axis 2. "
        "split cuts any axis.",
    ),
    "LL126": Text(
        "fill_diagonal_: this {shape} tensor has no diagonal to fill",
        "",
        "It must be a matrix, or have more axes, all of one length.",
    ),
    "LL130": Text(
        "linear: the input has {features} features, the weight expects {expected}",
        "{fix}",
        "The last axis of the input is multiplied with the last axis of the weight, which is "
        "(out_features, in_features). After convolutions flatten(1) makes channels * height * "
        "width features: that number belongs into the layer.",
    ),
    "LL131": Text(
        "{op}: {name} has {length} numbers, the input has {channels} channels",
        "",
        "There is one number for each channel or class, which is axis 1 of the input (for a "
        "matrix the columns).",
    ),
    "LL132": Text(
        "glu: axis {dim} has length {length}, which is odd: it has no halves",
        "",
        "glu multiplies the first half of an axis with the sigmoid of the second, so the length "
        "must be even.",
    ),
    "LL133": Text(
        "{op}: the input has shape {shape}, which does not end in {expected}",
        "",
        "normalized_shape names the last axes of the input, over which the mean is taken.",
    ),
    "LL134": Text(
        "{op}: {name} has shape {shape}, normalized_shape is {expected}",
        "",
        "weight and bias have one number for each element that is normalised together.",
    ),
    "LL135": Text(
        "{op}: shape {shape} has no channels: more axes are expected",
        "x.unsqueeze(0)",
        "The axes are batch, channels, and then positions. Often the batch axis is missing, for "
        "a single sample.",
    ),
    "LL136": Text(
        "{op}: shape {shape} has one value a channel, and its variance does not exist",
        "",
        "Statistics over a batch need more than one value a channel. A last batch of a single "
        "sample does this: drop it, or use eval() when predicting.",
    ),
    "LL137": Text(
        "group_norm: {channels} channels do not divide into {groups} groups",
        "",
        "All groups have the same number of channels.",
    ),
    "LL138": Text(
        "{op}: the input has shape {input}, the target has {target}",
        "target.view_as(input)",
        "This loss compares element by element, so both have one shape. Often one is (N, 1) and "
        "the other (N,).",
    ),
    "LL139": Text(
        "{op}: the input has shape {input}, the target has {target}: they are broadcast, which "
        "compares each with many",
        "{fix}",
        "A loss compares each prediction with its own target. (N, 1) against (N,) broadcasts to "
        "(N, N) and compares every prediction with every target; the network then learns the "
        "mean. Give both one shape.",
    ),
    "LL140": Text(
        "{op}: the labels have shape {target}; for an input of shape {input} they have {expected}",
        "",
        "Class labels have one number for each prediction: the input's shape without the class "
        "axis, which is axis 1. One-hot labels become class numbers with target.argmax(1); an "
        "extra axis of length 1 goes with squeeze.",
    ),
    "LL141": Text(
        "gaussian_nll_loss: var has shape {var}, the input has {input}",
        "",
        "The variance has the shape of the input, or a last axis of 1 or none for one variance a "
        "row.",
    ),
    "LL142": Text(
        "linear: the bias has shape {bias}, the weight expects {expected}",
        "",
        "There is one bias for each output: the first axis of the weight.",
    ),
    "LL143": Text(
        "bilinear: the inputs and the weight do not fit",
        "",
        "The weight is (out, in1, in2); the inputs end in in1 and in2 and agree in all axes "
        "before.",
    ),
    "LL144": Text(
        "pad: an axis of length {length} cannot be padded by {pad} in mode {mode!r}",
        "",
        "reflect can add length - 1 elements at each end, circular the length, and no more can "
        "be cut off than there is.",
    ),
    "LL151": Text(
        "{op}: takes operands with {n} and {m} axes; these shapes are {a} and {b}",
        "a @ b",
        "mm, bmm, mv, dot and outer each take one kind of operands. matmul, written a @ b, takes "
        "vectors, matrices and stacks of matrices.",
    ),
    "LL152": Text(
        "{op}: shapes {a} and {b}: a 0-d tensor has no axis to multiply along",
        "a * b",
        "A matrix product sums over an axis. Numbers are multiplied with *.",
    ),
    "LL153": Text(
        "{op}: the stacks have {m} and {n} matrices",
        "",
        "bmm multiplies the matrices of two stacks pair by pair. matmul, written a @ b, also "
        "stretches a stack of one.",
    ),
    "LL154": Text(
        "tensordot: axis {i} of a has length {m}, axis {j} of b has length {n}",
        "",
        "Each pair of axes that is summed over has one length.",
    ),
    "LL155": Text(
        "{sizes}: at most one length can be -1, and no other can be negative",
        "",
        "-1 stands for the length that is left over, which can only be worked out once.",
    ),
    "LL156": Text(
        "reshape: {count} elements do not divide into {sizes}: {count} is no multiple of {known}",
        "",
        "-1 becomes the number of elements divided by the product of the other lengths, and that "
        "must come out whole. Look at the shape in the table: it is not what was expected.",
    ),
    "LL157": Text(
        "a tensor of shape {shape} would take {size}: no machine has so much memory",
        "",
        "The product of the lengths is too large. Often a length was meant as a value, or two "
        "lengths were multiplied that should have been one.",
    ),
    "LL158": Text(
        "the rows of the data differ: {a} has shape {m}, {b} has shape {n}",
        "",
        "A tensor is a full table: all rows of one level have the same length. Pad the shorter "
        "rows, or keep a list of tensors.",
    ),
    "LL159": Text(
        "{op}: shape {shape} is no matrix: there must be at least two axes",
        "",
        "A triangle is one of a matrix, or of each matrix in a stack.",
    ),
}

"""English texts: LL145 to LL150 and LL173 to LL177, convolutions and what fits them."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL145": Text(
        "{op}: the input has {channels} channels, the weight expects {expected}",
        "{fix}",
        "Images come as (N, C, H, W): first the batch, then the channels, then height and width. "
        "Many image files have the channels last, gray ones have none, and some a fourth one for "
        "transparency.",
    ),
    "LL146": Text(
        "{op}: the {name} has shape {shape}; expected is {expected}",
        "{fix}",
        "Beside the axes of space there is one for the channels, and one in front of it for the "
        "batch, which may be left out.",
    ),
    "LL147": Text(
        "{op}: the kernel covers {covers} places, the input has {length} there, padding included",
        "{fix}",
        "Convolutions without padding and poolings make images smaller, and here too little is "
        "left. Begin with larger images, pad, or leave a pooling out.",
    ),
    "LL148": Text(
        "{op}: {channels} {name} cannot be divided into {groups} groups of equal size",
        "",
        "Each group takes its share of the input channels and makes its share of the output "
        "channels, so groups divides both.",
    ),
    "LL149": Text(
        "{op}: the bias has shape {bias}, the weight expects {expected}",
        "",
        "There is one bias for each output channel.",
    ),
    "LL150": Text(
        "{op}: an axis of the result would have length {length}",
        "",
        "In a transposed convolution padding cuts off that much at each end of the result.",
    ),
    "LL173": Text(
        "{op}: {argument} is {value}, and must be a whole number of at least {least}, or "
        "{count} of them",
        "{fix}",
        "One number counts for all axes of space; several are given as a tuple, one an axis.",
    ),
    "LL174": Text(
        "{op}: padding='same' is made for stride 1, and the stride is {stride}",
        "padding={fix}",
        "With a stride above 1 the result cannot have the size of the input. Give the padding in "
        "numbers.",
    ),
    "LL175": Text(
        "{op}: output_padding is {value}, and must be below stride or dilation, {limit} here",
        "",
        "With a stride several sizes of an input lead to the same size of a result. output_padding "
        "chooses among them the size that a transposed convolution gives back.",
    ),
    "LL176": Text(
        "{op}: output_size {size} cannot be; the least is {low}, the largest {high}",
        "",
        "With a stride several sizes of an input lead to the same size of a result; output_size "
        "is one of those.",
    ),
    "LL177": Text(
        "fold: the input has shape {shape}; expected is {expected}",
        "",
        "There are channels * the places of a kernel in axis 1, and in the last axis one column "
        "for each place where a kernel lies in output_size.",
    ),
}

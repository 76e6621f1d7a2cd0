"""English texts: LL180 to LL189, pooling, resizing, and channels turned into places."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL180": Text(
        "interpolate: the input has shape {shape}; mode={mode!r} wants {expected} axes",
        "",
        "Lines have the axes (N, C, L) and the mode linear, images (N, C, H, W) and the modes "
        "bilinear or bicubic, volumes (N, C, D, H, W) and the mode trilinear. nearest and area do "
        "for all. A single image gets a batch axis with x.unsqueeze(0).",
    ),
    "LL181": Text(
        "{op}: an axis of length {length} cannot be divided into {count} equal parts",
        "",
        "pixel_shuffle makes every r * r channels one, pixel_unshuffle takes height and width "
        "apart by r, and channel_shuffle has groups of equal size.",
    ),
    "LL182": Text(
        "{op}: input and indices differ in shape",
        "",
        "Each element of the input has its place in the same position of the indices, as max "
        "pooling with return_indices=True gives them.",
    ),
    "LL183": Text(
        "{op}: with a padding of {padding} windows of {size} would see nothing but padding",
        "",
        "A window that sees no element has no largest one and no mean. A padding of at most half "
        "of the window (with dilation: of what its taps span) leaves it some.",
    ),
    "LL184": Text(
        "interpolate: size is {size} and scale_factor is {scale_factor}; exactly one is given",
        "",
        "size says how long the axes become, scale_factor by what they are multiplied.",
    ),
    "LL185": Text(
        "{op}: {argument} is {value}, and must be {expected}",
        "",
        "The number decides how large the result is, or what its sums are divided by.",
    ),
    "LL186": Text(
        "interpolate: mode={mode!r} has no {option}; these have: {modes}",
        "",
        "The option changes the weights of neighbours, and this mode gives no weights.",
    ),
    "LL187": Text(
        "{op}: output_size is {size} and output_ratio is {ratio}; exactly one is given",
        "",
        "output_size says how many windows there are along an axis, output_ratio what part of its "
        "length that is.",
    ),
}

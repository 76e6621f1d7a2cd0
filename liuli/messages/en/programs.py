"""LL7xx: recorded programs and their graphs."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL701": Text(
        "a program is being recorded already in this thread",
        "",
        "A recording cannot begin inside another. Compile the outer function alone: what it calls "
        "is recorded with it.",
    ),
    "LL702": Text(
        "while a program is recorded, {what} would ask for a number that is known only when it "
        "runs",
        "",
        "A recorded program runs later, with other numbers. Keep the computation in tensors "
        "(liuli.where instead of if), or return the tensor and look at its number outside.",
    ),
    "LL703": Text(
        "while a program is recorded, {what} would make a shape that depends on numbers",
        "liuli.where(mask, x, 0)",
        "The shapes of a recorded program are fixed. Multiply by the mask or use where, which "
        "keep the shape, or do this outside.",
    ),
    "LL704": Text(
        "while a program is recorded, {method} cannot change a tensor from outside",
        "y = x.{plain}(...)",
        "The program is recorded once and run often; how a tensor of Python's looks at its memory "
        "would change only once. The method without the underscore gives a new tensor.",
    ),
    "LL706": Text(
        "while a program is recorded, {what} cannot be followed",
        "with liuli.no_grad(): x.copy_(...)",
        "Writes are recorded where a tensor's own operations make them. copy_ writes the numbers "
        "in the recorded way.",
    ),
    "LL711": Text(
        "line {number} is no line of a graph: {line}",
        "",
        "Each line of a graph's text is an input, a state, an assignment or the return, as "
        "str(graph) prints them.",
    ),
    "LL712": Text(
        "the graph is not well formed: %{value}: {why}",
        "",
        "In a graph each value is made once, before it is used. A pass of the compiler broke "
        "that: please report it.",
    ),
    "LL713": Text(
        "%{value}: {op} is no primitive operation",
        "",
        "Graphs contain registered primitives only; compositions are spelled out in them.",
    ),
    "LL714": Text(
        "%{value}: the graph says {has}, {op} gives {gives}",
        "",
        "The shape and dtype written in a graph must be those that the operation's own rule gives.",
    ),
    "LL715": Text(
        "%{value}: {op} does not take these operands: {operands}",
        "",
        "In a graph, broadcasting and conversion are steps of their own, so the operands of a "
        "primitive already fit.",
    ),
    "LL716": Text(
        "the graph is not well formed: the write of %{value} to %{target} does not fit",
        "",
        "A graph writes each of its inputs or states at most once, with a value of the same shape "
        "and dtype.",
    ),
    "LL717": Text(
        "input {name} has {given}, the graph expects {wanted}",
        "",
        "A graph is made for one shape and dtype of each input. Record it anew for others.",
    ),
    "LL718": Text(
        "the graph takes {wanted} values, and was given {given}",
        "",
        "One value for each input, in their order, and one for each state.",
    ),
}

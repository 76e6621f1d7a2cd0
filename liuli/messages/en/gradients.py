"""LL4xx: what the differentiation engine cannot do, and why."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL401": Text(
        "requires_grad can be switched off for leaves only; this tensor was made by {where}",
        "x = x.detach()",
        "A computed tensor wants a gradient because something it was computed from does. detach "
        "gives the same numbers without that history.",
    ),
    "LL402": Text(
        "the gradient has shape {grad}, its tensor has {shape}",
        "",
        "A gradient has one number for each number of its tensor, so their shapes are equal.",
    ),
    "LL403": Text(
        "backward went through {where} a second time: what that line kept was freed by the first "
        "backward",
        "",
        "A backward pass frees what it used. The named line ran once and belongs to two losses: "
        "often it stands before the loop and should stand inside, or a state is carried from one "
        "step to the next and should be cut off with .detach(). For two losses of one forward "
        "pass, add them and call backward once.",
    ),
    "LL404": Text(
        "{where}: {name} of shape {shape} was written in place afterwards (writes: {writes}), and "
        "backward needs it as it was",
        "",
        "Operations in place (names ending in _, +=, x[...] = ...) overwrite numbers that a "
        "gradient rule still needs. Write the form that makes a new tensor, x = x + 1 instead of "
        "x += 1, or write before the named line uses the value.",
    ),
    "LL405": Text(
        "the gradient rule of {op} failed at {where}: {error}",
        "",
        "This is a mistake in the rule, whose place the message names, not in the program that "
        "uses it. Please report it, with the shapes of the operands.",
    ),
    "LL406": Text(
        "backward starts from one number, and this tensor of shape {shape} has {count}",
        "loss.mean().backward()",
        "A gradient is that of one number. Reduce the losses of a batch with mean or sum; or pass "
        "the gradient to start from, one number for each element.",
    ),
    "LL407": Text(
        "outputs: {outputs}, gradients to start from: {seeds}; there must be one for each",
        "",
        "Each output has one gradient to start from, or None for a single number.",
    ),
    "LL408": Text(
        "backward: nothing that this {shape} tensor was computed from requires a gradient",
        "w.requires_grad_()",
        "Either no tensor was marked with requires_grad, or the history was cut on the way: by "
        ".item(), .numpy(), .detach(), liuli.tensor(x), a no_grad block, or whole numbers "
        "(argmax, comparisons).",
    ),
    "LL409": Text(
        "grad with is_grads_batched is not there",
        "",
        "Call grad once for each starting gradient, in a loop.",
    ),
    "LL410": Text(
        "the outputs do not depend on input {number} of shape {shape}",
        "",
        "The tensor took no part in computing the outputs, or only by way of .item(), .detach() "
        "or a no_grad block. Where that is expected, allow_unused=True gives None for it.",
    ),
    "LL411": Text(
        "input {number} does not require a gradient",
        "x.requires_grad_()",
        "A gradient can be had for tensors that were marked before the computation began.",
    ),
    "LL412": Text(
        "{name}.backward returned {results} gradients for {inputs} inputs",
        "",
        "backward returns one gradient for each argument of forward, None for those without one.",
    ),
    "LL413": Text(
        "{name}.backward returned shape {result} for an input of shape {shape}",
        "",
        "The gradient of an input has the input's shape. Where forward broadcast it, sum the "
        "gradient over the stretched axes.",
    ),
    "LL414": Text(
        "this tensor of shape {shape} requires a gradient and cannot be written in place",
        "with liuli.no_grad(): x += ...",
        "Its gradient is that of the numbers it had. To update a parameter do so inside a no_grad "
        "block; to compute with a changed value make a new tensor, y = x + 1.",
    ),
    "LL415": Text(
        "this {shape} view looks into a tensor that requires a gradient, and cannot be written "
        "in place",
        "with liuli.no_grad(): x[...] = ...",
        "Writing into a view writes into the tensor it looks into, whose gradient is that of the "
        "numbers it had. Use a no_grad block to change a parameter, or clone it first.",
    ),
    "LL416": Text(
        "this {shape} tensor was expanded: several of its elements are one number in memory",
        "x = x.clone()",
        "expand stretches without copying, so writing one element would change others. clone "
        "gives every element memory of its own.",
    ),
    "LL424": Text(
        "detach_: this {shape} tensor is a view and shares the history of what it looks into",
        "x = x.detach()",
        "The history of a view is that of the whole tensor. detach gives a new tensor over the "
        "same memory, without a history.",
    ),
    "LL425": Text(
        "{function}: a tensor with a history, or that requires a gradient, cannot change its "
        "memory",
        "{fix}",
        "Its gradient is that of the numbers it had, at their places. Detach it first, or make "
        "a new tensor.",
    ),
    "LL417": Text(
        "numpy() of a tensor that requires a gradient would lose its history",
        "x.detach().numpy()",
        "NumPy does not record what is computed. detach says that the history may end here.",
    ),
    "LL418": Text(
        "this tensor does not require a gradient, so there is none to hook or to keep",
        "x.requires_grad_()",
        "Hooks run when a gradient arrives. Mark the tensor, or something it is computed from, "
        "first.",
    ),
    "LL419": Text(
        "this hook is for leaves, and the tensor was computed",
        "x.register_hook(hook)",
        "Only leaves add gradients up. A computed tensor's gradient is shown to register_hook.",
    ),
    "LL420": Text(
        "a computed tensor cannot be copied or pickled with its history",
        "x.detach().clone()",
        "A history belongs to one computation. Copy the numbers alone, or keep them in the "
        "history with x.clone().",
    ),
    "LL421": Text(
        "gradcheck: output {output}, input {input}: the two gradients differ by {distance}",
        "",
        "The gradient by backward does not agree with finite differences. Check with float64 "
        "inputs, away from corners such as relu at 0; then look at the backward function.",
    ),
    "LL422": Text(
        "gradcheck: two backward passes over the same graph gave different gradients",
        "",
        "The function or its backward draws random numbers, or changes something between calls.",
    ),
    "LL423": Text(
        "this {shape} tensor looks into memory that is read-only",
        "x = x.clone()",
        "It shares its memory with a NumPy array that does not allow writing. A copy does.",
    ),
    "LL426": Text(
        "{where}: the gradient of this computed {shape} tensor is not kept: only leaves keep one",
        "",
        "Ask with retain_grad before backward. If this should be a weight: "
        "w = 0.01 * w makes a new, computed tensor, and so does w = w - 0.1 * w.grad. "
        "Call requires_grad_() on the finished numbers, and update "
        "with w -= 0.1 * w.grad in a no_grad block.",
    ),
    "LL440": Text(
        "{op}: the square factors of a matrix that is not square have no gradient",
        'svd(x, full_matrices=False), qr(x, mode="reduced")',
        "Their further columns are any that complete the others, so they do not move with the "
        "matrix. The reduced factors, without these columns, have a gradient.",
    ),
}

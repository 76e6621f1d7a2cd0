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
    "LL750": Text(
        "machine code cannot be made here: {reason}",
        "pip install llvmlite",
        "Compiled programs need llvmlite, which has wheels for most systems. Without it Liuli "
        "computes with NumPy.",
    ),
    "LL751": Text(
        "LLVM does not accept the code of kernel {kernel}: {why}",
        "",
        "The compiler wrote text that is no program. That is a mistake in Liuli: please report it.",
    ),
    "LL719": Text(
        "{name} cannot become a program, and runs eagerly: {reason}{where}",
        "",
        "Eager runs give the same numbers, only slower. liuli.compile runs what a function of"
        " tensors computes; what looks at numbers, or changes things of Python's own, belongs"
        " outside: return the tensor and look at it there. compile(..., strict=True) makes "
        "this an error.",
    ),
    "LL720": Text(
        "this gradient was used up inside a compiled step, and not kept",
        "@liuli.compile(keep_grads=True)",
        "The program updates the parameters while it computes their gradients, and does not "
        "store them. To read gradients after a step, or to add to them, ask for them to be "
        "kept; after training with Trainer, make it with Trainer(..., compile=False).",
    ),
    "LL721": Text(
        "backward from a result of a compiled step: it has no history",
        "",
        "What a compiled step returns are numbers alone. Call backward inside the function "
        "that is compiled: forward, backward and the optimizer's step belong into one.",
    ),
    "LL722": Text(
        "two calls did different things: {what}",
        "",
        "A program repeats what two calls did in the same way. What differs from call to call"
        " must come as an argument, or be computed by tensors: numbers that Python or NumPy "
        "drew anew, times and counters are fixed in a program.",
    ),
    "LL723": Text(
        "a tensor that was made inside, by {op}, is kept outside",
        "",
        "When the program runs, Python's lines inside the function do not, so nothing would "
        "be put there again. Return the tensor, and keep it outside of the function.",
    ),
    "LL724": Text(
        "the call itself changes {what}",
        "",
        "When the program runs, Python's lines inside the function do not, so the change "
        "would happen no more. Count outside of the function, or keep the number in a tensor "
        "and add to it in place.",
    ),
    "LL725": Text(
        "the number {name} is another one at every call, and its value is asked for ({what})",
        "",
        "A number that changes all the time becomes an input of the program, which can "
        "compute with it but not decide by it. Decide outside, or give a tensor.",
    ),
    "LL726": Text(
        "a function of Python's changes a number that the program reads after it",
        "",
        "scheduler.step() and host calls are made after the program has run. Let them be the "
        "last lines of the function.",
    ),
    "LL727": Text(
        "too many calls in a row were unlike each other: {what}",
        "",
        "A program is made when two calls are alike. step.guards() says what changed from "
        "call to call.",
    ),
    "LL728": Text(
        "an argument was computed from tensors that want a gradient",
        "",
        "backward inside the function would have to go on outside of it. Compute the argument"
        " inside too, or give x.detach().",
    ),
    "LL729": Text(
        "compile: {argument} is {value}, expected {expected}",
        "",
        "compile takes a function, or anything else that can be called with tensors; not a "
        "generator or a coroutine, which stop in the middle. The backend is one that is here,"
        " or None for the fastest.",
    ),
    "LL730": Text(
        "the function returns an object of type {type} that a program cannot make again",
        "",
        "Return tensors, and plain Python values that are the same at every call, also in "
        "tuples, lists and dicts.",
    ),
    "LL731": Text(
        "there is no kernel {kernel!r}; there are: {names}",
        "",
        "print(step.explain()) lists the kernels of a compiled step by name.",
    ),
    "LL732": Text(
        "{one} and {other} share memory, and the step writes into it",
        "",
        "A program takes its arguments as they were before the call, so it would not see the "
        "write. Give a copy: x.clone().",
    ),
    "LL733": Text(
        "it reaches more than {most} objects of Python's",
        "",
        "A program holds only as long as nothing that the function finds has changed, which is "
        "looked up at every call. Keep data that the function need not see, such as a list of all "
        "samples, out of its reach: give what a call needs as arguments.",
    ),
    "LL734": Text(
        "the compiler itself failed ({what})",
        "",
        "That is a mistake in Liuli, not in your program: please report it, with the function. "
        "The results are right; they were computed without a program.",
    ),
    "LL735": Text(
        "inside, numbers were drawn by {what}, which a program would repeat for ever",
        "liuli.rand",
        "Python's and NumPy's random numbers are drawn while the function runs in Python, and a "
        "program does not run there. Liuli's own (liuli.rand, liuli.randn, liuli.randint) are "
        "drawn anew at every run; or draw outside, and give the number as an argument.",
    ),
    "LL737": Text(
        "liuli.compile compiles whole steps of training; {name} is a model, and stays as it is",
        "@liuli.compile before the function that does forward, backward and optimizer.step()",
        "A program is fast because it knows the whole step. Nothing is lost: the model trains as "
        "before. Trainer.fit compiles its steps by itself.",
    ),
    "LL738": Text(
        "the numbers of a large NumPy array are used inside ({name} is one)",
        "x = liuli.tensor(array) before the function",
        "They would become fixed numbers of the program, whatever is written into the array later. "
        "Make a tensor of it once, outside, or give it as an argument.",
    ),
    "LL740": Text(
        "LIULI_PASSES has {value}, which is no pass to leave out; there are: {names}",
        "{near}",
        "LIULI_PASSES leaves out passes of the compiler, to find out which one has a bug: "
        "LIULI_PASSES=-fuse,-share. Without the variable all of them run.",
    ),
    "LL741": Text(
        "the schedule is not sound: {entry} {why}",
        "",
        "The compiler checks its own work where LIULI_CHECK is set. This is a mistake in Liuli: "
        "please report it, with the program.",
    ),
    "LL742": Text(
        "LIULI_TARGET is {value!r}; this processor can run: {names}",
        "",
        "It names the kind of processor that code is made for. Without it that is this one.",
    ),
    "LL745": Text(
        "liuli explain needs what it is to explain: a run, or FILE.py:NAME",
        "{fix}",
        "A run is the folder that `liuli train` made. NAME is a step in a file of yours: what "
        "liuli.compile gave, or a function without arguments that gives it.",
    ),
    "LL746": Text(
        "{name} in {path} {given}; what can be explained is a compiled step",
        "return liuli.compile(step), x, y",
        "NAME is what liuli.compile gave, or a function without arguments that gives it, alone or "
        "with the arguments to call it with.",
    ),
    "LL747": Text(
        "{name} in {path} is no program yet: it was not called often enough",
        "return step, x, y",
        "The first call of a step is as usual, the next two are watched, and then there is a "
        "program. Call the step three times in the file, or give its arguments beside it.",
    ),
}

"""`liuli explain`: what a training step becomes when it is compiled, and what each part costs."""

from __future__ import annotations

import inspect
import linecache
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..autodiff.tensor import Tensor, fresh
from ..compiler.step import CompiledStep
from ..compiler.step import compile as compiled
from ..errors import CommandError
from ..explaining import Explanation
from ..messages.hints import nearest
from ..nn import Module
from ..train.losses import loss_of
from ..train.optimizers import optimizer_of
from . import runs
from .arguments import Arguments, shown
from .guard import DONE
from .networks import PRIVATE, build, is_file, load_file, parted, users_code
from .runs import Run
from .words import Said, say

CALLS = 8  # of a step that was not called often enough; the first four may be measured
# The step of a run as one would write it, under a name of its own: its lines are shown.
STEP = """def training_step(x, y):
    optimizer.zero_grad()
    loss = loss_function(model(x), y)
    loss.backward()
    optimizer.step()
    return loss
"""
STEP_FILE = "step"
STEP_CODE = compile(STEP, STEP_FILE, "exec")


def command(arguments: Arguments) -> int:
    """Print the page, or one kernel. Errors: LL745 to LL747 for what cannot be explained."""
    if not arguments.places:
        raise CommandError("LL745", fix=f"liuli explain {runs.latest() or 'step.py:step'}")
    what, *more = arguments.places
    if more:
        raise CommandError("LL983", command="explain", word=shown(more[0]), near="")
    path = parted(what)[0] if is_file(what) else None
    run = runs.opened(what) if path is None else None
    with users_code(path), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\[LL719\]")  # the page says it
        step = step_of_file(what) if run is None else step_of_run(run)
    page = step.explain(graph="graph" in arguments.options)
    page.notes = notes_of(run, page.fallen is None) if run is not None else ()
    wanted = [(arguments.get("llvm"), False), (arguments.get("asm"), True)]
    kernels = [(name, machine) for name, machine in wanted if name is not None]
    for name, machine in kernels:
        print(page.code(name, machine=machine).rstrip())
    if not kernels:
        _print(page)
    return DONE


def _print(page: Explanation) -> None:
    for line in page.lines():
        print(line)


# --- a file of the user's -------------------------------------------------------------------------
def step_of_file(what: str) -> CompiledStep:
    """The compiled step that a file names: FILE.py:NAME.

    NAME is a compiled step that the file has called; or a function without arguments that gives
    one, or (step, arguments...), with which the step is called until it has a program.
    """
    path, name = parted(what)
    module = load_file(path)
    found = getattr(module, name, None) if name else None
    if not callable(found):
        raise _no_such(path, name, vars(module))
    arguments: tuple[Any, ...] = ()
    made = found
    if not isinstance(found, CompiledStep):
        if not _needs_nothing(found):
            raise CommandError("LL746", path=path.name, name=name, given=Said("needs_arguments"))
        made = found()
        if isinstance(made, tuple) and made:
            made, *rest = made
            arguments = tuple(rest)
    if not isinstance(made, CompiledStep):
        given = type(made).__name__
        raise CommandError("LL746", path=path.name, name=name, given=Said("gave", given=given))
    if not made.programs and (arguments or _needs_nothing(made.function)):
        _call(made, arguments)
    if not made.programs and made.fallen is None:
        raise CommandError("LL747", path=path.name, name=name)
    return made


def _needs_nothing(function: Callable[..., Any]) -> bool:
    """Whether a function can be called without arguments."""
    try:
        inspect.signature(function).bind()
    except (TypeError, ValueError):
        return False
    return True


def _no_such(path: Path, name: str, names: dict[str, Any]) -> CommandError:
    """That a file has no such function, and which it has."""
    own = [key for key, value in names.items() if isinstance(value, CompiledStep)
           or (inspect.isfunction(value) and value.__module__ == PRIVATE)]  # fmt: skip
    near = nearest(name, own) or (own[0] if len(own) == 1 else "")
    trouble = Said("no_such", name=shown(name)) if name else Said("no_name", path=path.name)
    return CommandError("LL990", path=path.name, trouble=trouble, names=", ".join(own) or "-",
                        near=f"liuli explain {path}:{near}" if near else "")  # fmt: skip


def _call(step: CompiledStep, arguments: tuple[Any, ...]) -> None:
    """Call a step until it has a program, or has given up."""
    for _ in range(CALLS):
        if not step.programs and step.fallen is None:
            step(*arguments)


# --- a run ----------------------------------------------------------------------------------------
def step_of_run(run: Run) -> CompiledStep:
    """The training step of a run with its settings, compiled for a batch of zeros."""
    settings, sizes = run.settings, run.sizes
    trained = run.model_file.exists()
    model: Module = (run.network() if trained else build(run.model, sizes)).train()
    x = _zeros(sizes.shape, settings.batch_size)
    classify = bool(run.look["classes"])
    y = _zeros((), settings.batch_size, np.int64) if classify else _zeros((1,), settings.batch_size)
    model(x)  # what is made lazily is made now
    names: dict[str, Any] = {
        "model": model,
        "loss_function": loss_of("cross_entropy" if classify else "mse"),
        "optimizer": optimizer_of(settings.optimizer, model, settings.lr),
    }
    lines = STEP.splitlines(keepends=True)
    linecache.cache[STEP_FILE] = (len(STEP), None, lines, STEP_FILE)
    exec(STEP_CODE, names)
    step: CompiledStep = compiled(names["training_step"])
    _call(step, (x, y))
    return step


def notes_of(run: Run, compiled: bool) -> list[str]:
    """What the page is of, how the run itself trained, and which file was copied."""
    before, asked = run.results().get("compiled"), run.facts.get("eager")
    how = "trained_compiled" if before else "trained_as_asked" if asked else "trained_eagerly"
    trained = "" if before is None else say(how)
    notes = [say("for_this_page") + trained] if compiled else []
    if is_file(run.settings.model):
        notes.append(say("copied", file=parted(run.settings.model)[0].name, folder=run.folder))
    return notes


def _zeros(shape: tuple[int, ...], count: int, dtype: Any = np.float32) -> Tensor:
    return fresh(np.zeros((count, *shape), dtype))

"""`liuli predict`: what a trained network says to pictures of digits, or to a table."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.photo import Digit, read_digit
from ..data.table import Recipe, Table, read_table, write_predictions, write_submission
from ..errors import CommandError, DataError, FileError, LiuliError
from ..functions import functional as F
from ..nn import Module
from ..train import R2, Trainer
from . import runs
from .arguments import Arguments
from .console import complain, padded, width
from .guard import DONE, REFUSED
from .outputs import outputs_for
from .program import spelled
from .runs import Run
from .settings import TABLES
from .sources import as_seen
from .words import Said, one, plainly, say

TOP = 3  # classes that are shown
SURE = 0.75  # below this probability the answer is a guess
BAR = 30  # characters for a probability of 1

Array = npt.NDArray[Any]


def command(arguments: Arguments) -> int:
    """Tell what the network of a run says. Errors: LL984 if something is missing."""
    if not arguments.places:
        fix = "liuli predict runs/001 photo.png"
        raise CommandError("LL984", missing=Said("a_run"), fix=fix)
    first = Path(arguments.places[0])
    if first.suffix and not first.is_dir():
        fix = spelled(["predict", runs.latest() or "runs/001", str(first)])
        raise CommandError("LL984", missing=Said("run_first", path=first), fix=fix)
    run = runs.opened(arguments.places[0])
    given = [Path(place) for place in arguments.places[1:]]
    table = run.look["kind"] == "table"
    if not given:
        example = "table.csv" if table else "photo.png"
        fix = f"liuli predict {run.folder} {example}"
        raise CommandError("LL984", missing=Said("a_table" if table else "an_image"), fix=fix)
    for path in given:
        if (path.suffix.lower() in TABLES) != table:
            raise CommandError("LL998", path=run.folder, given=path, data=run.settings.data)
    if not table and "out" in arguments.options:
        raise CommandError("LL996", option="--out", data=run.settings.data)
    if table:
        _tables(run, given, arguments.get("out"))
    else:
        return _pictures(run, given)
    return DONE


# --- pictures -------------------------------------------------------------------------------------
def _pictures(run: Run, paths: list[Path]) -> int:
    """A block for each picture; those that cannot be read are told at the end."""
    network = run.network()
    failed: list[tuple[Path, LiuliError]] = []
    answered = 0
    for path in paths:
        try:
            digit = read_digit(path)
        except (DataError, FileError) as reason:
            if len(paths) == 1:
                raise
            failed.append((path, reason))
            continue
        print("\n" if answered else "", end="")
        _answer(network, run, path, digit)
        answered += 1
    if not failed:
        return DONE
    sys.stdout.flush()
    complain("\n" + say("failed", failed=len(failed), count=len(paths)))
    for path, error in failed:
        complain(f"{path}\n  " + str(error).partition("\n  why")[0].replace("\n", "\n  "))
    return REFUSED


def _answer(network: Module, run: Run, path: Path, digit: Digit) -> None:
    """One picture: how it was seen, and what it is taken for."""
    chances = probabilities(network, as_seen(digit.array[None], run.look))[0]
    print(say("seen_as", path=path))
    print(digit.as_text())
    if digit.steps:
        print("\n".join([say("done"), *(f"  - {step}" for step in digit.steps)]))
    _ranking(chances, run.look["classes"], digit.warnings)


def probabilities(network: Module, inputs: Array) -> Array:
    """How likely each class is, (N, K)."""
    return np.asarray(F.softmax(Trainer(network).predict(inputs), dim=1))


def _ranking(chances: Array, classes: list[str], warnings: list[str]) -> None:
    """The answer, what speaks against it, and the classes that are most likely."""
    order = np.argsort(-chances, kind="stable")[:TOP]
    first, second = int(order[0]), int(order[1])
    print(say("answer", name=one(classes[first]), probability=chances[first]))
    for warning in warnings:
        print(say("warning", warning=warning))
    for each in order:
        bar = "#" * round(BAR * float(chances[each]))
        line = say("choice", name=classes[each], probability=chances[each], bar=bar)
        print(line.rstrip())
    if chances[first] < SURE or warnings:
        print(say("unsure", second=one(classes[second]),
                  probability=chances[second]))  # fmt: skip


# --- tables ---------------------------------------------------------------------------------------
def _tables(run: Run, paths: list[Path], out: str | None) -> None:
    recipe = Recipe.from_json(run.look["recipe"])
    if len(paths) > 1:
        raise CommandError("LL983", command="predict", word=repr(str(paths[1])), near="")
    table = read_table(paths[0])
    path = Path(out) if out else run.folder / f"predictions-{paths[0].stem}.csv"
    outputs = outputs_for(path, paths[0])
    inputs = recipe.inputs(table)
    for note in [*table.notes, *recipe.remarks(table), *_learned_from(run, paths[0], len(table))]:
        print(say("note", note=note))
    network = run.network()
    answers, sure = _answers(network, inputs, recipe)
    there = [each.exists() for each in outputs]
    write_predictions(outputs.predictions, answers, recipe=recipe, table=table, confidences=sure)
    write_submission(outputs.submission, answers, recipe=recipe, table=table)
    heads = say("predictions", count=len(answers)), say("submission")
    left = max(map(width, heads))
    for head, each, before in zip(heads, outputs, there, strict=True):
        print(f"{padded(head, left)}   {each}  {say('replaced') if before else ''}".rstrip())
    if recipe.target in table.columns:
        _score(answers, recipe, table)


def _learned_from(run: Run, path: Path, count: int) -> list[str]:
    """A remark if this is the very file that the network learned from, under whatever name."""
    train = run.facts.get("train_examples")
    if not train or hashlib.sha256(path.read_bytes()).hexdigest() != run.facts["sha256"]:
        return []
    return [say("learned_from", train=train, count=count)]


def _answers(
    network: Module, inputs: Array, recipe: Recipe
) -> tuple[list[Any], list[float] | None]:
    """Names of classes with how sure they are; or numbers in their own unit."""
    if recipe.classes is None:
        said = np.asarray(Trainer(network).predict(inputs)).ravel()
        return [float(f"{value:.6g}") for value in recipe.undo(said)], None
    chances = probabilities(network, inputs)
    return [recipe.classes[i] for i in chances.argmax(axis=1)], chances.max(axis=1).tolist()


def _score(answers: list[Any], recipe: Recipe, table: Table) -> None:
    """How many are right, or how far off they are, where the truth is in the table."""
    true = recipe.targets(table)
    if recipe.classes is None:
        known = np.flatnonzero(np.isfinite(true))
        said, values = np.array(answers, np.float64)[known], recipe.undo(true)[known]
        if len(known):
            mae = float(np.abs(said - values).mean())
            print(say("measured", target=recipe.target, mae=plainly(mae), r2=R2()(said, values),
                      count=len(known)))  # fmt: skip
    else:
        known = np.flatnonzero(true >= 0)
        right = sum(answers[i] == recipe.classes[true[i]] for i in known)
        if len(known):
            print(say("scored", target=recipe.target, right=right, count=len(known),
                      accuracy=right / len(known)))  # fmt: skip
    if len(known) < len(true):
        print(say("not_counted", count=len(true) - len(known), target=recipe.target))

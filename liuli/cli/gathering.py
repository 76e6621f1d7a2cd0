"""What a finished training knows of itself: the facts of its report, and results.json."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..autodiff.tensor import fresh
from ..functions import functional as F
from ..nn import Module
from ..report import LayerFacts, Misread, ReportFacts
from ..threads import get_num_threads
from ..train import Confusion, Trainer
from . import machine
from .neurons import neuron_of
from .program import program
from .runs import Run
from .seeing import filters_of, maps_of
from .settings import usual_lr
from .sources import Source, examples, picture_size

MOST = 24  # misread examples in a report

Array = npt.NDArray[Any]


def gather(trainer: Trainer, source: Source, run: Run, next_commands: Sequence[str]) -> ReportFacts:
    """The facts of the report: what the network says to the test examples, and how it is built."""
    said = trainer.predict(source.test)
    classify = bool(source.classes)
    settings = run.settings.to_json()
    layers = layers_of(trainer.model, examples(source, 1))
    return ReportFacts(
        title=str(run.folder),
        command=run.facts["command"],
        data=run.settings.data,
        task="classify" if classify else "regress",
        train_size=len(source.train),
        test_size=len(source.test),
        classes=source.classes,
        target=source.recipe.target if source.recipe else "",
        history=in_units(trainer, source),
        layers=layers,
        neuron=neuron_of(trainer.model, source, [layer.kind for layer in layers]),
        seconds=sum(trainer.history["seconds"]),
        settings={name: value for name, value in settings.items() if value is not None},
        options={name: settings[name] for name in run.facts.get("given", ())},
        program=program(),
        next_commands=next_commands,
        machine=_machine(),
        notes=source.notes,
        usual_lr=usual_lr(run.settings),
        **judged(said, source),
        **_pictures(trainer.model, source, run),
    )


def judged(said: Any, source: Source) -> dict[str, Any]:
    """How right the network is about the test examples, and where it is wrong."""
    return _of_classes(said, source) if source.classes else _of_numbers(said, source)


def _pictures(model: Module, source: Source, run: Run) -> dict[str, Any]:
    """The first filters, and the way of the first test example through the network."""
    if source.table is not None:
        return {}
    picture, true = source.test.inputs[0], int(source.test.targets[0])
    maps = maps_of(model, examples(source, 1)[0], picture, index=0, true=true)
    return {"filters": filters_of(run, model, picture_size(source)), "maps": maps}


def in_units(trainer: Trainer, source: Source) -> list[dict[str, Any]]:
    """The history, errors of numbers in the target's unit."""
    return [
        {name: value * source.scale if name.endswith("mae") else value
         for name, value in row.items()}
        for row in trainer.history
    ]  # fmt: skip


def results_of(facts: ReportFacts, source: Source, run: Run) -> dict[str, Any]:
    """What results.json holds besides versions."""
    last = facts.history[-1] if facts.history else {}
    settings = run.settings
    found: dict[str, Any] = {
        "data": settings.data,
        "task": facts.task,
        **({"target": facts.target} if facts.target else {}),
        **facts.metrics,
        "train_loss": last.get("loss"),
        "epochs": len(facts.history),
        "seconds": round(facts.seconds or 0.0, 3),
        "train_examples": facts.train_size,
        "test_examples": facts.test_size,
        "model": settings.model,
        "parameters": facts.parameters,
        "batch_size": settings.batch_size,
        "lr": settings.lr,
        "optimizer": settings.optimizer,
        "seed": settings.seed,
        "command": facts.command,
    }
    return found


def _machine() -> dict[str, str]:
    chip = machine.processor()
    return {"processor": chip.name, "threads": str(get_num_threads()), "system": machine.system(),
            "liuli": machine.version(), "numpy": np.__version__}  # fmt: skip


# --- what it says to the test examples ------------------------------------------------------------
def _of_classes(said: Any, source: Source) -> dict[str, Any]:
    chances = np.asarray(F.softmax(said, dim=1))
    true, answers = source.test.targets, chances.argmax(axis=1)
    sure = chances.max(axis=1)
    wrong = np.flatnonzero(answers != true)
    order = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST]
    return {
        "metrics": {
            "test_accuracy": float(np.mean(answers == true)),
            "test_loss": F.cross_entropy(said, fresh(true)).item(),
        },
        "confusion": Confusion()(said, true),
        "misread": [
            Misread(int(i), int(true[i]), int(answers[i]), float(sure[i]), **_looks(source, int(i)))
            for i in order
        ],
    }


def _of_numbers(said: Any, source: Source) -> dict[str, Any]:
    recipe = source.recipe
    assert recipe is not None
    true = recipe.undo(source.test.targets).ravel()
    answers = recipe.undo(np.asarray(said)).ravel()
    errors = answers - true
    spread = float(np.sum((true - true.mean()) ** 2))
    order = np.argsort(-np.abs(errors), kind="stable")[:MOST]
    return {
        "metrics": {
            "test_mae": float(np.abs(errors).mean()),
            "test_rmse": float(np.sqrt(np.mean(errors**2))),
            "test_r2": 1 - float(np.sum(errors**2)) / spread if spread else float("nan"),
            "test_loss": float(np.mean((errors / source.scale) ** 2)),
        },
        "true_values": true,
        "predicted_values": answers,
        "misread": [
            Misread(int(i), float(true[i]), float(answers[i]), **_looks(source, int(i)))
            for i in order
        ],
    }


def _looks(source: Source, index: int) -> dict[str, Any]:
    """A test example as people see it: a picture, or the cells of a row."""
    if source.table is None:
        return {"picture": source.test.inputs[index]}
    return {"row": {name: cells[index] for name, cells in source.table.columns.items()}}


# --- how it is built ------------------------------------------------------------------------------
def layers_of(model: Module, inputs: Array) -> list[LayerFacts]:
    """The layers in the order in which they run, with the shapes of what comes out of them."""
    seen: list[LayerFacts] = []
    names = {id(part): name for name, part in model.named_modules()}

    def note(part: Module, given: Any, output: Any) -> None:
        shape = tuple(getattr(output, "shape", ()))[1:]
        shapes = [tuple(p.shape) for p in part.parameters()]
        name = names.get(id(part)) or type(part).__name__
        seen.append(LayerFacts(name, type(part).__name__, shape, shapes))

    leaves = [part for part in model.modules() if not list(part.children())]
    handles = [part.register_forward_hook(note) for part in leaves]
    try:
        Trainer(model).predict(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def products_of(layers: Sequence[LayerFacts]) -> int:
    """How many times a number is multiplied by a weight for one example.

    A weight of a convolution is used at every place of what comes out; others are used once.
    """
    return sum(
        math.prod(shape) * (math.prod(layer.output[1:]) if len(shape) > 2 else 1)
        for layer in layers
        for shape in layer.shapes
        if len(shape) > 1
    )

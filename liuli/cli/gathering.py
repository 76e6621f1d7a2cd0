"""What a finished training knows of itself: the facts of its report, and results.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..autodiff.tensor import fresh
from ..functions import functional as F
from ..nn import Linear, Module
from ..report import LayerFacts, Misread, NeuronFacts, ReportFacts
from ..threads import get_num_threads
from ..train import Confusion, Trainer
from . import machine
from .program import program
from .runs import Run
from .settings import usual_lr
from .sources import Source, examples

MOST = 24  # misread examples in a report

Array = npt.NDArray[Any]


def gather(trainer: Trainer, source: Source, run: Run, next_commands: Sequence[str]) -> ReportFacts:
    """The facts of the report: what the network says to the test examples, and how it is built."""
    said = trainer.predict(source.test)
    classify = bool(source.classes)
    found = _of_classes(said, source) if classify else _of_numbers(said, source)
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
        neuron=_neuron(trainer.model, source, [layer.kind for layer in layers]),
        seconds=sum(trainer.history["seconds"]),
        settings={name: value for name, value in settings.items() if value is not None},
        options={name: settings[name] for name in run.facts.get("given", ())},
        program=program(),
        next_commands=next_commands,
        machine=_machine(),
        notes=source.notes,
        usual_lr=usual_lr(run.settings),
        **found,
    )


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


def _neuron(model: Module, source: Source, kinds: list[str]) -> NeuronFacts | None:
    """The first layer's neuron that answers most strongly to the first test example.

    `kinds` are the layers in the order in which they run: if ReLU comes next, it bends the sum.
    """
    first = next(((n, part) for n, part in model.named_modules() if isinstance(part, Linear)), None)
    example = examples(source, 1)[0]
    if first is None or first[1].in_features != example.size:
        return None
    name, layer = first
    inputs = example.reshape(-1)
    weight, bias = np.asarray(layer.weight.detach()), layer.bias
    biases = np.zeros(len(weight)) if bias is None else np.asarray(bias.detach())
    sums = weight.astype(np.float64) @ inputs + biases
    unit = int(sums.argmax())
    relu = kinds[kinds.index("Linear") + 1 :][:1] == ["ReLU"] if "Linear" in kinds else False
    recipe, picture = source.recipe, None if source.table else source.test.inputs[0]
    shape = source.test.inputs.shape[1:]
    true = source.test.targets[0]
    return NeuronFacts(
        layer=name or type(layer).__name__,
        unit=unit,
        inputs=inputs.reshape(shape),
        weights=weight[unit].reshape(shape),
        bias=float(biases[unit]),
        activation="relu" if relu else "",
        output=float(max(sums[unit], 0.0) if relu else sums[unit]),
        names=recipe.features if recipe else (),
        picture=picture,
        scaling=None if source.table else (source.look["mean"], source.look["std"]),
        index=0,
        true=float(true) if np.ndim(true) == 0 else None,
    )

"""The settings of a run: what was asked for, completed by what is usual for those data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..data.table.target import TASKS
from ..errors import CommandError
from ..messages.hints import nearest
from ..train.optimizers import NAMED as OPTIMIZERS
from ..zoo import FOR_PICTURES
from .arguments import Arguments, one_of, positive, shown, whole

TABLES = (".csv", ".tsv", ".txt", ".data")


@dataclass(frozen=True)
class Usual:
    """What is used where nothing was asked for; docs/design/command-line.md tells how it was found.

    `shift` is by how many pixels pictures are shifted at random while they are learned from.
    """

    epochs: int
    batch_size: int
    lr: float
    shift: int = 0
    model: str = "mlp"


USUAL = {
    "sample": Usual(epochs=20, batch_size=64, lr=0.003, shift=2, model="cnn"),
    "mnist": Usual(epochs=5, batch_size=64, lr=0.002, shift=1, model="cnn"),
    "fashion-mnist": Usual(epochs=5, batch_size=64, lr=0.002, model="cnn"),
}
# With a network that is asked for by name and has no convolutions, or comes from a file.
WITHOUT_CONVOLUTIONS = {
    "sample": Usual(epochs=30, batch_size=64, lr=0.003, shift=1),
    "mnist": Usual(epochs=15, batch_size=64, lr=0.002, shift=1),
    "fashion-mnist": Usual(epochs=15, batch_size=64, lr=0.001),
}
TABLE = Usual(epochs=60, batch_size=32, lr=0.003)


@dataclass(frozen=True)
class Settings:
    """All that decides what a training does: the same settings give the same numbers."""

    data: str
    target: str | None
    task: str | None
    model: str
    epochs: int
    batch_size: int
    lr: float
    optimizer: str
    seed: int
    shift: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @property
    def is_table(self) -> bool:
        """Whether it learns from a file of the user's."""
        return self.data not in USUAL


def given(arguments: Arguments) -> dict[str, Any]:
    """The options that were given and decide about the training, read and checked.

    Errors: LL982 for a value that makes no sense, LL988 for data that are not there.
    """
    options, found = arguments.options, dict[str, Any]()
    if "data" in options:
        found["data"] = _data(options["data"])
    if "target" in options:
        found["target"] = options["target"]
    if "task" in options:
        found["task"] = one_of("--task", options["task"], TASKS)
    if "model" in options:
        found["model"] = options["model"]
    if "epochs" in options:
        found["epochs"] = whole("--epochs", options["epochs"], least=1, most=1_000_000,
                                near="--epochs 20")  # fmt: skip
    if "batch_size" in options:
        found["batch_size"] = whole("--batch-size", options["batch_size"], least=1,
                                    most=10_000_000, near="--batch-size 64")  # fmt: skip
    if "lr" in options:
        found["lr"] = positive("--lr", options["lr"])
    if "optimizer" in options:
        found["optimizer"] = one_of("--optimizer", options["optimizer"], list(OPTIMIZERS))
    if "seed" in options:
        found["seed"] = whole("--seed", options["seed"], least=0, most=2**63 - 1)
    return found


def completed(options: dict[str, Any]) -> Settings:
    """The settings of a new run. Errors: LL996 for --target or --task with pictures."""
    data = options.get("data", "sample")
    usual = usual_for(data, options.get("model"))
    for key in ("target", "task"):
        if key in options and data in USUAL:
            raise CommandError("LL996", option=f"--{key}", data=data)
    optimizer = options.get("optimizer", "adam")
    # a learning rate that suits Adam suits no other optimizer
    lr = usual.lr if optimizer == "adam" else OPTIMIZERS[optimizer][1]
    return Settings(
        data=data,
        target=options.get("target"),
        task=options.get("task"),
        model=options.get("model", usual.model),
        epochs=options.get("epochs", usual.epochs),
        batch_size=options.get("batch_size", usual.batch_size),
        lr=options.get("lr", lr),
        optimizer=optimizer,
        seed=options.get("seed", 0),
        shift=usual.shift,
    )


def usual_for(data: str, model: str | None) -> Usual:
    """What is usual for data, with a network that was asked for or None.

    Example:
        >>> usual_for("sample", None).model, usual_for("sample", "mlp").epochs
        ('cnn', 30)
    """
    own = model is None or model.lower() in FOR_PICTURES
    return (USUAL if own else WITHOUT_CONVOLUTIONS).get(data, TABLE)


def usual_lr(settings: Settings) -> float:
    """The learning rate that would have been used if none had been asked for."""
    if settings.optimizer == "adam":
        return usual_for(settings.data, settings.model).lr
    return OPTIMIZERS[settings.optimizer][1]


def _data(text: str) -> str:
    """The name of a data set, or the path of a table. Errors: LL988."""
    name = text.lower().replace("_", "-")
    if name in USUAL:
        return name
    path = Path(text)
    if path.suffix.lower() in TABLES or path.exists():
        return text  # what is wrong with the file is said when it is read
    near = nearest(name, list(USUAL))
    raise CommandError("LL988", data=shown(text), names=", ".join(USUAL),
                       near=f"--data {near}" if near else "")  # fmt: skip

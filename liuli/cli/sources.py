"""What a run learns from: a data set of pictures, or a table of the user's."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..data import MNIST, FashionMNIST
from ..data.sets import Arrays, digits
from ..data.table import Recipe, Table, prepare, read_table
from ..data.transforms import Compose, Normalize, RandomShift, ToTensor
from .progress import Download
from .settings import Settings

# Mean and spread of a pixel over the training pictures, from 0 to 1.
PIXELS = {
    "sample": (0.1307, 0.3081),
    "mnist": (0.1307, 0.3081),
    "fashion-mnist": (0.2860, 0.3530),
}


class Sizes(NamedTuple):
    """How many numbers go into a network for an example, how many it must give; and the shape."""

    inputs: int
    outputs: int
    shape: tuple[int, ...]  # of an example: (1, 28, 28) for a picture, (F,) for a row of a table


@dataclass(frozen=True)
class Source:
    """Examples to learn from and examples to test, and how new ones are made like them.

    `look` holds what predictions need, as plain JSON: the normalisation of pictures, or the
    recipe of a table.
    """

    train: Arrays
    test: Arrays
    sizes: Sizes
    look: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    table: Table | None = None  # the test rows of a table
    sha256: str = ""  # of the user's file

    @property
    def recipe(self) -> Recipe | None:
        """The recipe of a table."""
        plain = self.look.get("recipe")
        return Recipe.from_json(plain) if plain else None

    @property
    def classes(self) -> list[str]:
        """The names of the classes; none where a number is predicted."""
        return self.train.classes or []

    @property
    def scale(self) -> float:
        """How much of the target's unit one of the network's numbers is."""
        return float(self.look["recipe"]["std"]) if "recipe" in self.look else 1.0


def source_of(settings: Settings) -> Source:
    """The examples that the settings name."""
    return _table(settings) if settings.is_table else _pictures(settings)


def _pictures(settings: Settings) -> Source:
    name = settings.data
    if name == "sample":
        train, test = digits(train=True), digits(train=False)
    else:
        kind = MNIST if name == "mnist" else FashionMNIST
        told = Download(name)
        train, test = (kind(train=part, progress=told) for part in (True, False))
    mean, std = PIXELS[name]
    prepared = [ToTensor(), Normalize((mean,), (std,))]
    shifts = [RandomShift(settings.shift)] if settings.shift else []
    train.transform = Compose([*shifts, *prepared])
    test.transform = Compose(prepared)
    shape = (1, *train.inputs.shape[1:])
    sizes = Sizes(math.prod(shape), len(train.classes or ()), shape)
    look = {"kind": "pictures", "classes": train.classes, "mean": mean, "std": std}
    return Source(train, test, sizes, look | {"sizes": sizes})


def as_seen(pictures: npt.NDArray[Any], look: dict[str, Any]) -> npt.NDArray[np.float32]:
    """Pictures (N, H, W) of uint8 as the network takes them, (N, 1, H, W)."""
    seen = pictures[:, None].astype(np.float32) / np.float32(255)
    normal: npt.NDArray[np.float32] = (seen - np.float32(look["mean"])) / np.float32(look["std"])
    return normal


def _table(settings: Settings) -> Source:
    path = Path(settings.data)
    table = read_table(path)
    prepared = prepare(table, settings.target, task=settings.task, seed=settings.seed)
    recipe = prepared.recipe
    train, test = (
        Arrays(x, _targets(y), classes=recipe.classes, name=path.name)
        for x, y in (prepared.train, prepared.test)
    )
    sizes = Sizes(train.inputs.shape[1], len(recipe.classes or ()) or 1, train.inputs.shape[1:])
    look = {"kind": "table", "classes": recipe.classes, "recipe": recipe.to_json()}
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    rest = table.take(prepared.test_rows)
    return Source(train, test, sizes, look | {"sizes": sizes}, prepared.notes, rest, sha256)


def _targets(y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers to predict as (N, 1), the shape of what a network with one output says."""
    return y[:, None] if y.dtype.kind == "f" else y


def picture_size(source: Source) -> tuple[int, int] | None:
    """The height and width of the examples, where they are pictures."""
    if source.table is not None:
        return None
    height, width = source.test.inputs.shape[1:3]
    return int(height), int(width)


def examples(source: Source, count: int) -> npt.NDArray[Any]:
    """The first test examples, as the network takes them."""
    return np.stack([np.asarray(source.test[i][0]) for i in range(min(count, len(source.test)))])

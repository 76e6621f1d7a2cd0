"""What a report tells: plain data, gathered by whoever trained, written by `write_report`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FilterFacts", "LayerFacts", "LayerMaps", "MapFacts", "Misread", "NeuronFacts",
           "ReportFacts"]  # fmt: skip

Array = npt.NDArray[Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Misread:
    """One test example that the network got wrong (for a regression: one of the worst).

    ``index`` is its place in the test set. ``true`` and ``predicted`` are class numbers, or values
    in the target's unit. ``probability`` is what the network gave to its answer, 0 to 1.
    ``picture`` is uint8 (H, W), or ``row`` holds the columns of a table as text.

    Example:
        >>> Misread(index=247, true=4, predicted=9, probability=0.87).predicted
        9
    """

    index: int
    true: float
    predicted: float
    probability: float | None = None
    picture: Array | None = None
    row: Mapping[str, str] | None = None


@dataclass(frozen=True)
class LayerFacts:
    """One layer: its name in the model, its class, what comes out, what it holds.

    ``output`` is the shape of one example's result, without the batch. ``shapes`` are those of the
    parameters, as stored: (128, 784) and (128,) for a Linear of 784 inputs and 128 outputs.
    ``does`` says in a sentence what the layer does; known classes need none.

    Example:
        >>> LayerFacts("fc1", "Linear", (128,), shapes=[(128, 784), (128,)]).parameters
        100480
    """

    name: str
    kind: str
    output: tuple[int, ...]
    shapes: Sequence[tuple[int, ...]] = ()
    does: str = ""

    @property
    def parameters(self) -> int:
        """How many numbers the layer learns."""
        return sum(math.prod(shape) for shape in self.shapes)


@dataclass(frozen=True)
class NeuronFacts:
    r"""One neuron at work on one example: :math:`a = f(w \cdot x + b)`.

    ``inputs`` and ``weights`` have one shape: (H, W) for a picture, (F,) for a table's row.
    ``output`` is what the network itself computed for this neuron. ``names`` are the table's
    columns. ``index`` is the example's place in the test set, ``true`` its class or value, and
    ``picture`` its uint8 pixels where ``inputs`` were made from such. ``scaling`` is the mean and
    the spread by which pixels from 0 to 1 were standardised. ``corner`` is the row and the column
    of the picture where the part begins that a filter of a convolution looks at.

    Example:
        >>> neuron = NeuronFacts("fc1", 3, [0.5, 0.3, 0.2], [0.4, 0.6, 0.1], bias=0.1)
        >>> round(neuron.total, 6)
        0.5
    """

    layer: str
    unit: int
    inputs: npt.ArrayLike
    weights: npt.ArrayLike
    bias: float = 0.0
    activation: str = ""
    output: float | None = None
    names: Sequence[str] = ()
    picture: Array | None = None
    index: int | None = None
    true: float | None = None
    scaling: tuple[float, float] | None = None
    corner: tuple[int, int] | None = None

    @property
    def terms(self) -> Array:
        """The products of inputs and weights, float64."""
        return np.asarray(self.inputs, np.float64) * np.asarray(self.weights, np.float64)

    @property
    def total(self) -> float:
        """The weighted sum with the bias, before the activation."""
        return float(self.terms.sum() + self.bias)


@dataclass(frozen=True)
class FilterFacts:
    """The weights of the first layer that sees the picture, as pictures (K, C, H, W).

    K filters of a convolution, or the weights of K neurons laid out like the picture. ``before``
    are the same ones before learning, where they were kept; ``total`` is how many there are.

    Example:
        >>> one = FilterFacts("conv1", "Conv2d", np.ones((2, 1, 3, 3)), np.zeros((2, 1, 3, 3)), 2)
        >>> one.moved()
        array([3., 3.])
    """

    layer: str
    kind: str
    after: Array
    before: Array | None = None
    total: int = 0

    def moved(self) -> Array:
        """How far each filter went in learning: the length of the difference."""
        assert self.before is not None
        away = np.asarray(self.after, np.float64) - self.before
        length: Array = np.sqrt((away**2).sum(axis=(1, 2, 3)))
        return length


@dataclass(frozen=True)
class LayerMaps:
    """What one layer makes of a picture: ``values`` (C, H, W), a map for each channel.

    Example:
        >>> LayerMaps("conv1", "Conv2d", np.zeros((30, 24, 24))).values.shape
        (30, 24, 24)
    """

    name: str
    kind: str
    values: Array


@dataclass(frozen=True)
class MapFacts:
    """One picture on its way through the network.

    ``picture`` is uint8 (H, W), or (H, W, 3). ``index`` is its place in the test set, or
    ``source`` the file it came from. ``true`` is its class where that is known, ``answer`` what
    the network said, ``probability`` how sure it was, 0 to 1.

    Example:
        >>> MapFacts(np.zeros((28, 28), np.uint8), [], index=0, answer=7, probability=0.99).answer
        7
    """

    picture: Array
    layers: Sequence[LayerMaps]
    index: int | None = None
    source: str = ""
    true: int | None = None
    answer: int | None = None
    probability: float | None = None


@dataclass(frozen=True)
class ReportFacts:
    """All that one report tells.

    Args:
        title: the run's name, for example its folder.
        command: the command line that made the run.
        data: name of the data set; ``train_size`` and ``test_size`` count its examples.
        task: "classify" or "regress".
        classes: names of the classes; empty for a regression.
        target: what is predicted, a column's name; ``unit`` its unit, if it has one.
        history: a row per epoch, in Keras's names: epoch, loss, val_loss, lr, seconds, and accuracy
            and val_accuracy, or mae, val_mae, r2, val_r2.
        metrics: results on the test examples: test_loss, test_accuracy, test_mae, test_r2, ...
        confusion: (K, K) counts, row the true class, column the predicted one.
        true_values, predicted_values: a regression's test examples, in the target's unit.
        misread: examples that went wrong, the most confident first.
        settings: what the run used: data, model, epochs, batch_size, lr, optimizer, seed.
        options: the options that the user gave, by the same names: new commands repeat them.
        program: how the command line is called, as in "python -m liuli".
        next_commands: commands for this very run, with its paths; shown before the advice.
        machine: name to value, as "processor" to "4 cores".
        notes: sentences to show.
        usual_lr: the learning rate that is usual for these data and this optimizer.

    Example:
        >>> facts = ReportFacts(title="runs/001", command="liuli train", data="digits",
        ...                     classes=list("0123456789"), metrics={"test_accuracy": 0.953})
        >>> facts.metric("accuracy")
        0.953
    """

    title: str
    command: str
    data: str
    task: str = "classify"
    train_size: int = 0
    test_size: int = 0
    classes: Sequence[str] = ()
    target: str = ""
    unit: str = ""
    history: Sequence[Row] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    confusion: npt.ArrayLike | None = None
    true_values: npt.ArrayLike | None = None
    predicted_values: npt.ArrayLike | None = None
    misread: Sequence[Misread] = ()
    layers: Sequence[LayerFacts] = ()
    neuron: NeuronFacts | None = None
    filters: FilterFacts | None = None
    maps: MapFacts | None = None
    seconds: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    program: str = "liuli"
    next_commands: Sequence[str] = ()
    machine: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    usual_lr: float | None = None

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def pictures(self) -> bool:
        """Whether the examples are pictures."""
        return any(one.picture is not None for one in self.misread) or (
            self.neuron is not None and np.ndim(self.neuron.inputs) == 2
        )

    def metric(self, name: str) -> float | None:
        """A result on the test examples: from the metrics, else from the last epoch."""
        if f"test_{name}" in self.metrics:
            return float(self.metrics[f"test_{name}"])
        values = self.column(f"val_{name}")
        return values[-1] if values and not math.isnan(values[-1]) else None

    def column(self, name: str) -> list[float]:
        """One column of the history, nan where a row lacks it; empty if all rows do."""
        values = [row.get(name) for row in self.history]
        if all(value is None for value in values):
            return []
        return [math.nan if value is None else float(value) for value in values]

    def class_name(self, number: float) -> str:
        """The name of a class, or its number where it has none."""
        if not math.isfinite(number):
            return str(number)
        place = int(number)
        return str(self.classes[place]) if 0 <= place < len(self.classes) else str(place)

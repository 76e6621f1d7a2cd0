"""Metrics: how good predictions are, counted over batches.

A metric is told every batch and asked at the end, so that a whole data set never has to be in
memory at once. Classes come as scores (N, K), as one score (N,) or (N, 1) whose sign decides, or
as probabilities; labels as whole numbers (N,).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, Row, ShapeError
from ..messages.hints import nearest

Array = np.ndarray[Any, Any]


class Metric:
    """What all metrics have: `reset`, `update` with one batch, and `compute`."""

    name = "metric"
    threshold = 0.0  # of a single score: above it the answer is yes; 0.5 where it is a probability
    questions = False  # whether each number answers a yes-or-no question of its own

    def __init__(self, name: str | None = None) -> None:
        if name is not None:
            self.name = name
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        raise NotImplementedError

    def update(self, output: Any, target: Any) -> None:
        """Count one batch: what the network said, and what was right."""
        raise NotImplementedError

    def compute(self) -> Any:
        """The metric over everything counted; nan if that was nothing."""
        raise NotImplementedError

    def is_count(self) -> bool:
        """Whether several batches at once count as they do one by one, bit for bit."""
        return type(self).update in (Accuracy.update, TopK.update, Confusion.update)

    def __call__(self, output: Any, target: Any) -> Any:
        """The metric of one batch alone.

        Example:
            >>> import liuli
            >>> from liuli.train import Accuracy
            >>> scores = liuli.tensor([[0.1, 0.9], [0.8, 0.2]])
            >>> Accuracy()(scores, liuli.tensor([1, 1]))
            0.5
        """
        self.reset()
        self.update(output, target)
        return self.compute()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


# --- what the network said ------------------------------------------------------------------------
def as_array(x: Any) -> Array:
    """The numbers of a tensor or of anything array-like."""
    return x._array if isinstance(x, Tensor) else np.asarray(x)


def predicted_classes(output: Any, threshold: float = 0.0, questions: bool = False) -> Array:
    """The class with the highest score; of a single score, whether it is above `threshold`.

    Shape: (N, K) -> (N,); (N,), (N, 1), or with `questions` any shape -> flat, of 0 and 1. The
    first class wins a tie.
    """
    scores = as_array(output)
    if scores.ndim == 2 and scores.shape[1] > 1 and not questions:
        found: Array = scores.argmax(axis=1)
        return found
    return (scores.reshape(-1) > threshold).astype(np.int64)


def labels_of(target: Any, questions: bool = False) -> Array:
    """Labels as (N,) whole numbers; rows of probabilities give their largest class.

    Errors: LL645 for fractions: a metric of classes cannot judge a network that gives numbers.
    """
    labels = as_array(target)
    if labels.ndim == 2 and labels.shape[1] > 1 and not questions:
        found: Array = labels.argmax(axis=1)
        return found
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        raise ArgumentError("LL645", value=float(labels[labels != np.floor(labels)][0]))
    return labels.reshape(-1).astype(np.int64)


def _same_length(said: Array, true: Array) -> None:
    if len(said) != len(true):
        table = [Row("output", said.shape), Row("target", true.shape)]
        raise ShapeError("LL965", rows=table, said=len(said), true=len(true))


# --- classes --------------------------------------------------------------------------------------
class Accuracy(Metric):
    """The share of right answers: (number of n with argmax_k s[n, k] = t[n]) / N.

    Shape: scores (N, K), (N,) or (N, 1); labels (N,). Between 0 and 1.

    Example:
        >>> from liuli.train import Accuracy
        >>> Accuracy()([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
        0.6666666666666666
    """

    name = "accuracy"

    def reset(self) -> None:
        self.right = self.seen = 0

    def update(self, output: Any, target: Any) -> None:
        said = predicted_classes(output, self.threshold, self.questions)
        true = labels_of(target, self.questions)
        _same_length(said, true)
        self.right += int(np.count_nonzero(said == true))
        self.seen += len(true)

    def compute(self) -> float:
        return self.right / self.seen if self.seen else float("nan")


class TopK(Metric):
    """The share of labels that are among the k highest scores.

    Shape: scores (N, K), labels (N,). Between 0 and 1; k of K or more gives 1.

    Example:
        >>> from liuli.train import TopK
        >>> TopK(2)([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]], [1, 2])
        0.5
    """

    def __init__(self, k: int = 5, *, name: str | None = None) -> None:
        if k < 1:
            raise ArgumentError("LL966", argument="k", value=k, least=1)
        self.k = k
        super().__init__(name or f"top{k}")

    def reset(self) -> None:
        self.right = self.seen = 0

    def update(self, output: Any, target: Any) -> None:
        scores, true = as_array(output), labels_of(target)
        _same_length(scores, true)
        if scores.ndim != 2:
            raise ShapeError("LL965", rows=[Row("output", scores.shape)], said=1, true=self.k)
        own = np.take_along_axis(scores, true[:, None], 1)
        better = (scores > own).sum(1)  # how many classes are ranked above the label
        self.right += int(np.count_nonzero(better < self.k))
        self.seen += len(true)

    def compute(self) -> float:
        return self.right / self.seen if self.seen else float("nan")


class Confusion(Metric):
    """How often class i (row) was taken for class j (column), an int64 matrix (K, K).

    Example:
        >>> from liuli.train import Confusion
        >>> Confusion()([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
        array([[1, 0],
               [1, 1]])
    """

    name = "confusion"

    def reset(self) -> None:
        self.counts = np.zeros((0, 0), np.int64)

    def update(self, output: Any, target: Any) -> None:
        said = predicted_classes(output, self.threshold, self.questions)
        true = labels_of(target, self.questions)
        _same_length(said, true)
        if not len(true):
            return
        scores = as_array(output)
        many = scores.ndim == 2 and scores.shape[1] > 1 and not self.questions
        known = scores.shape[1] if many else 2
        self._grow(max(known, int(true.max()) + 1))
        np.add.at(self.counts, (true, said), 1)

    def _grow(self, classes: int) -> None:
        have = len(self.counts)
        if classes > have:
            wider = np.zeros((classes, classes), np.int64)
            wider[:have, :have] = self.counts
            self.counts = wider

    def compute(self) -> Any:
        return self.counts.copy()


class _OfConfusion(Confusion):
    """A number for each class, from the confusion matrix; averaged over the classes.

    With two classes and `average` "auto" it is that of class 1, "yes"; with more the plain mean
    over the classes that occur ("macro"). A ratio of nothing to nothing counts 0.
    """

    def __init__(self, average: str = "auto", *, name: str | None = None) -> None:
        if average not in ("auto", "macro", "none"):
            raise ArgumentError("LL602", argument="average", value=repr(average),
                                choices="'auto', 'macro', 'none'")  # fmt: skip
        self.average = average
        Metric.__init__(self, name)

    def compute(self) -> Any:
        right = np.diag(self.counts).astype(np.float64)
        said, true = self.counts.sum(0), self.counts.sum(1)
        each = self.of(right, said, true)
        if self.average == "none":
            return each
        if not self.counts.any():
            return float("nan")
        if self.average == "auto" and len(each) == 2:
            return float(each[1])
        return float(each[(said + true) > 0].mean())

    def of(self, right: Array, said: Array, true: Array) -> Array:
        """The number for each class: how often right, said, and true."""
        raise NotImplementedError


def _ratio(above: Array, below: Array) -> Array:
    out: Array = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return out


class Precision(_OfConfusion):
    """Of those called class k, the share that are: right / said."""

    name = "precision"

    def of(self, right: Array, said: Array, true: Array) -> Array:
        return _ratio(right, said)


class Recall(_OfConfusion):
    """Of those that are class k, the share that were found: right / true."""

    name = "recall"

    def of(self, right: Array, said: Array, true: Array) -> Array:
        return _ratio(right, true)


class F1(_OfConfusion):
    """The harmonic mean of precision and recall: 2 right / (said + true).

    Example:
        >>> from liuli.train import F1
        >>> F1()([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
        0.6666666666666666
    """

    name = "f1"

    def of(self, right: Array, said: Array, true: Array) -> Array:
        return _ratio(2 * right, said + true)


# --- numbers --------------------------------------------------------------------------------------
class _OfErrors(Metric):
    """Sums over y and t, which have one shape up to axes of length 1."""

    def reset(self) -> None:
        self.seen = 0
        self.squares = self.distances = 0.0
        self.mean = self.spread = 0.0  # of the targets, merged batch by batch

    def update(self, output: Any, target: Any) -> None:
        said = as_array(output).astype(np.float64)
        true = as_array(target).astype(np.float64)
        _same_length(said, true)
        if said.size != true.size:
            table = [Row("output", said.shape), Row("target", true.shape)]
            raise ShapeError("LL965", rows=table, said=said.size, true=true.size)
        errors = said.reshape(-1) - true.reshape(-1)
        self.squares += float(errors @ errors)
        self.distances += float(np.abs(errors).sum())
        self._merge(true.reshape(-1))

    def _merge(self, true: Array) -> None:
        """Mean and sum of squared deviations of what was seen and `true` together.

        Source: T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise algorithm for
        computing sample variances", 1979.
        """
        if not true.size:
            return
        mean, before = float(true.mean()), self.seen
        self.seen += true.size
        step = mean - self.mean
        self.spread += float(((true - mean) ** 2).sum())
        self.spread += step * step * before * true.size / self.seen
        self.mean += step * true.size / self.seen


class MSE(_OfErrors):
    """The mean of (y - t)^2, in the square of the target's unit.

    Example:
        >>> from liuli.train import MSE
        >>> MSE()([2.0, 2.5, 5.0], [1.0, 2.0, 3.0])
        1.75
    """

    name = "mse"

    def compute(self) -> float:
        return self.squares / self.seen if self.seen else float("nan")


class MAE(_OfErrors):
    """The mean of |y - t|, in the target's unit."""

    name = "mae"

    def compute(self) -> float:
        return self.distances / self.seen if self.seen else float("nan")


class R2(_OfErrors):
    """1 - sum (y - t)^2 / sum (t - mean t)^2: 1 is perfect, 0 as good as always saying the mean.

    nan if all targets are equal.

    Example:
        >>> from liuli.train import R2
        >>> R2()([2.0, 2.5, 5.0], [1.0, 2.0, 3.0])
        -1.625
    """

    name = "r2"

    def compute(self) -> float:
        return 1 - self.squares / self.spread if self.spread else float("nan")


# --- by name --------------------------------------------------------------------------------------
NAMED: dict[str, Callable[[], Metric]] = {
    "accuracy": Accuracy, "acc": Accuracy, "precision": Precision, "recall": Recall, "f1": F1,
    "confusion": Confusion, "mse": MSE, "mae": MAE, "r2": R2, "top5": TopK,
}  # fmt: skip


def metrics_of(wanted: Iterable[str | Metric]) -> list[Metric]:
    """Metrics from metrics and names. Errors: LL967 for a name that is none.

    Example:
        >>> from liuli.train.metrics import metrics_of
        >>> metrics_of(["accuracy", "f1"])
        [Accuracy(), F1()]
    """
    found: list[Metric] = []
    for each in [wanted] if isinstance(wanted, (str, Metric)) else wanted:
        if isinstance(each, Metric):
            found.append(each)
        elif str(each).lower() in NAMED:
            found.append(NAMED[str(each).lower()]())
        else:
            names = sorted(NAMED)
            raise ArgumentError("LL967", metric=repr(each), names=", ".join(names),
                                near=nearest(str(each), names))  # fmt: skip
    return found

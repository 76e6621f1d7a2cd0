"""Metrics against their definitions, batch by batch and at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import liuli
from liuli.train import F1, MAE, MSE, R2, Accuracy, Confusion, Precision, Recall, TopK
from liuli.train.metrics import metrics_of

DRAW = np.random.default_rng(0)
SCORES = DRAW.standard_normal((200, 4))
LABELS = DRAW.integers(0, 4, 200)
Y, T = DRAW.standard_normal(200) * 3 + 1e6, DRAW.standard_normal(200) * 2 + 1e6


def by_hand() -> np.ndarray:
    table = np.zeros((4, 4), np.int64)
    for scores, label in zip(SCORES, LABELS, strict=True):
        table[label, scores.argmax()] += 1
    return table


def test_classes() -> None:
    table = by_hand()
    right, said, true = np.diag(table), table.sum(0), table.sum(1)
    assert (Confusion()(SCORES, LABELS) == table).all()
    assert Accuracy()(SCORES, LABELS) == right.sum() / 200
    assert Precision()(SCORES, LABELS) == pytest.approx((right / said).mean())
    assert Recall()(SCORES, LABELS) == pytest.approx((right / true).mean())
    harmonic = 2 / (said / right + true / right)
    assert F1("none")(SCORES, LABELS) == pytest.approx(harmonic)


def test_top_k_counts_the_classes_above() -> None:
    order = np.argsort(-SCORES, axis=1)
    for k in (1, 2, 3, 4, 9):
        expected = np.mean([label in row[:k] for label, row in zip(LABELS, order, strict=True)])
        assert TopK(k)(SCORES, LABELS) == expected


def test_two_classes_mean_the_second() -> None:
    said, true = np.array([1.0, 2.0, -1.0, -3.0, 0.5]), np.array([1, 0, 1, 0, 1])
    for scores in (said, said[:, None], np.stack([-said, said], 1)):
        assert Precision()(scores, true) == pytest.approx(2 / 3)
        assert Recall()(scores, true) == pytest.approx(2 / 3)
        assert Accuracy()(scores, true) == pytest.approx(3 / 5)


def test_a_class_that_never_occurs_does_not_count_in_the_mean() -> None:
    scores = np.eye(3)[[0, 1, 0, 1]]
    assert F1()(scores, [0, 1, 0, 1]) == 1
    assert F1("none")(scores, [0, 1, 0, 1]).tolist() == [1, 1, 0]


def test_numbers_far_from_zero() -> None:
    assert MSE()(Y, T) == pytest.approx(np.mean((Y - T) ** 2), rel=1e-12)
    assert MAE()(Y, T) == pytest.approx(np.mean(np.abs(Y - T)), rel=1e-12)
    expected = 1 - np.sum((Y - T) ** 2) / np.sum((T - T.mean()) ** 2)
    assert R2()(Y, T) == pytest.approx(expected, rel=1e-9, nan_ok=True)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_batches_add_up(sizes: list[int]) -> None:
    ends = np.minimum(np.cumsum(sizes), 200)
    for metric, output, target in (
        (Accuracy(), SCORES, LABELS), (F1(), SCORES, LABELS), (TopK(2), SCORES, LABELS),
        (MSE(), Y, T), (MAE(), Y, T), (R2(), Y, T),
    ):  # fmt: skip
        for a, b in zip([0, *ends[:-1]], ends, strict=True):
            metric.update(liuli.tensor(output[a:b]), liuli.tensor(target[a:b]))
        together = metric.compute()
        assert together == pytest.approx(
            metric(output[: ends[-1]], target[: ends[-1]]), rel=1e-9, nan_ok=True
        )


def test_nothing_is_nan() -> None:
    for metric in (Accuracy(), TopK(), MSE(), MAE(), R2(), F1(), Precision()):
        assert math.isnan(metric.compute())
    assert math.isnan(R2()([1.0, 2.0], [3.0, 3.0]))


def test_targets_as_columns_and_probabilities() -> None:
    assert MSE()(np.ones((3, 1)), np.zeros(3)) == 1
    assert Accuracy()(SCORES, np.eye(4)[LABELS]) == Accuracy()(SCORES, LABELS)


def test_by_name() -> None:
    assert [m.name for m in metrics_of(["acc", "Accuracy", "R2"])] == ["accuracy", "accuracy", "r2"]
    assert [m.name for m in metrics_of("mse")] == ["mse"]
    assert [m.name for m in metrics_of([TopK(3), Accuracy("mine")])] == ["top3", "mine"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: metrics_of(["acuracy"]), "LL967"),
        (lambda: metrics_of([3]), "LL967"),
        (lambda: TopK(0), "LL966"),
        (lambda: F1("micro"), "LL602"),
        (lambda: Accuracy()(SCORES, LABELS[:3]), "LL965"),
        (lambda: MSE()(np.ones((3, 2)), np.ones(3)), "LL965"),
    ],
)
def test_mistakes(call: object, code: str) -> None:
    with pytest.raises(liuli.errors.LiuliError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.code == code

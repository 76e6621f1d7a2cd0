"""Facts for the report's tests: a network small enough to train here, on digits drawn by rule."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from liuli.report import LayerFacts, Misread, NeuronFacts, ReportFacts

CLASSES = [str(digit) for digit in range(10)]


def digits(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that ten blurred prototypes make, with noise: uint8 (N, 28, 28), and classes."""
    prototypes = np.random.default_rng(7).random((10, 7, 7)).repeat(4, 1).repeat(4, 2)
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count)
    noisy = prototypes[labels] + random.normal(0, 1.1, (count, 28, 28))
    return (255 * noisy.clip(0, 1)).astype(np.uint8), labels


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities, row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def learn(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], epochs: int
) -> tuple[np.ndarray, np.ndarray, list[dict[str, float]]]:
    """Softmax regression by mini-batches: weights (10, 784), biases, and the history."""
    weights, bias, history = np.zeros((10, 784)), np.zeros(10), []
    inputs = train[0].reshape(-1, 784) / 255
    for epoch in range(1, epochs + 1):
        for start in range(0, len(inputs), 50):
            x, t = inputs[start : start + 50], np.eye(10)[train[1][start : start + 50]]
            error = (softmax(x @ weights.T + bias) - t) / len(x)
            weights -= 0.1 * error.T @ x
            bias -= 0.1 * error.sum(axis=0)
        row = {"epoch": epoch, "lr": 0.1, "seconds": 0.02}
        for prefix, (pictures, labels) in (("", train), ("val_", test)):
            p = softmax(pictures.reshape(-1, 784) / 255 @ weights.T + bias)
            row[f"{prefix}loss"] = float(-np.log(p[np.arange(len(p)), labels]).mean())
            row[f"{prefix}accuracy"] = float((p.argmax(1) == labels).mean())
        history.append(row)
    return weights, bias, history


@lru_cache(maxsize=1)
def small_run() -> ReportFacts:
    """A run on pictures drawn by rule."""
    return facts_of(digits(500, 1), digits(300, 2))


def digit_facts(**changes: object) -> ReportFacts:
    """A run on pictures, with everything a report can show, some of it changed."""
    return replace(small_run(), **changes)


def facts_of(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> ReportFacts:
    """Train and measure on (pictures, labels), and gather the facts."""
    weights, bias, history = learn(train, test, 12)
    p = softmax(test[0].reshape(-1, 784) / 255 @ weights.T + bias)
    said = p.argmax(1)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (test[1], said), 1)
    wrong = sorted(np.flatnonzero(said != test[1]), key=lambda i: -p[i].max())
    settings = {"data": "sample", "model": "mlp", "epochs": 12, "batch_size": 50, "lr": 0.1,
                "optimizer": "sgd", "seed": 0}  # fmt: skip
    facts = {
        "title": "runs/001", "command": "liuli train --data sample", "data": "digits (sample)",
        "train_size": len(train[0]), "test_size": len(test[0]), "classes": CLASSES,
        "history": history, "seconds": 1.84, "confusion": confusion, "settings": settings,
        "metrics": {"test_loss": history[-1]["val_loss"],
                    "test_accuracy": history[-1]["val_accuracy"]},
        "misread": [Misread(int(i), int(test[1][i]), int(said[i]), float(p[i].max()), test[0][i])
                    for i in wrong[:40]],
        "layers": [LayerFacts("flatten", "Flatten", (784,)),
                   LayerFacts("fc1", "Linear", (128,), shapes=[(128, 784), (128,)]),
                   LayerFacts("relu1", "ReLU", (128,)),
                   LayerFacts("fc2", "Linear", (64,), shapes=[(64, 128), (64,)]),
                   LayerFacts("relu2", "ReLU", (64,)),
                   LayerFacts("fc3", "Linear", (10,), shapes=[(10, 64), (10,)])],
        "neuron": NeuronFacts("fc1", int(test[1][0]), test[0][0] / 255,
                              weights[test[1][0]].reshape(28, 28), float(bias[test[1][0]]),
                              activation="ReLU", picture=test[0][0], index=0,
                              true=int(test[1][0])),
        "machine": {"processor": "4 cores, AVX2", "memory": "8 GB", "Python": "3.12"},
        "notes": ["Random shifts of up to 2 pixels were used in training."],
        "next_commands": ["liuli predict runs/001 my_digit.png"],
    }  # fmt: skip
    return ReportFacts(**facts)


def house_facts(**changes: object) -> ReportFacts:
    """A regression on a table's rows, with errors that grow."""
    random = np.random.default_rng(3)
    true = random.gamma(4, 60, 400)
    predicted = true * random.normal(1, 0.12, 400)
    error = np.abs(predicted - true)
    columns = {"rooms": "3", "district": "north & west", "built": "1987"}
    history = [
        {"epoch": i, "loss": 1 / i + 0.1, "val_loss": 1 / i + 0.15, "mae": 60 / i + 15,
         "val_mae": 70 / i + 18, "r2": 1 - 0.6 / i, "val_r2": 1 - 0.7 / i}
        for i in range(1, 31)
    ]  # fmt: skip
    worst = np.argsort(-error)[:12]
    facts = {
        "title": "runs/002", "command": "liuli train --data houses.csv --target price",
        "data": "houses.csv", "task": "regress", "target": "price", "unit": "k€",
        "train_size": 1600, "test_size": 400, "history": history, "seconds": 75.2,
        "true_values": true, "predicted_values": predicted,
        "metrics": {"test_mae": float(error.mean()), "test_r2": 0.91, "test_loss": 0.18},
        "misread": [Misread(int(i), float(true[i]), float(predicted[i]), row=columns)
                    for i in worst],
        "layers": [LayerFacts("fc1", "Linear", (32,), shapes=[(32, 3), (32,)]),
                   LayerFacts("act", "Tanh", (32,)),
                   LayerFacts("fc2", "Linear", (1,), shapes=[(1, 32), (1,)])],
        "neuron": NeuronFacts("fc1", 4, np.array([0.5, -1.2, 0.3]), np.array([0.4, 0.6, -0.1]),
                              0.1, activation="Tanh", names=["rooms", "district", "built"]),
        "settings": {"data": "houses.csv", "target": "price", "task": "regress", "epochs": 30,
                     "batch_size": 32, "lr": 0.01, "optimizer": "adam", "seed": 0},
    }  # fmt: skip
    return ReportFacts(**{**facts, **changes})

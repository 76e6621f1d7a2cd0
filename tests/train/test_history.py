"""History: rows, the best of them, files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import liuli
from liuli.train import History

ROWS = [
    {"epoch": 1, "loss": 0.9, "accuracy": 0.5},
    {"epoch": 2, "loss": math.nan, "accuracy": 0.7, "val_loss": 1.0},
    {"epoch": 3, "loss": 0.4, "accuracy": 0.6, "val_loss": 1.5},
]


def test_columns_and_the_best() -> None:
    history = History(ROWS)
    assert history["accuracy"] == [0.5, 0.7, 0.6]
    assert math.isnan(history["val_loss"][0])
    assert history.best("loss")["epoch"] == 3
    assert history.best("accuracy", "max")["epoch"] == 2
    assert list(history.history) == ["loss", "accuracy", "val_loss"]
    assert len(history) == 3 and [row["epoch"] for row in history] == [1, 2, 3]
    with pytest.raises(liuli.errors.ArgumentError, match="LL968"):
        history["lost"]


def test_rows_are_its_own() -> None:
    row = {"epoch": 1, "loss": 1.0}
    history = History([row])
    row["loss"] = 5.0
    assert history["loss"] == [1.0]


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    History(ROWS).save(path)
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == '{"epoch": 1, "loss": 0.9, "accuracy": 0.5}'
    assert "NaN" not in text  # no JSON reader need know it
    assert repr(History.load(path).rows) == repr(ROWS)
    path.write_text(text[:-20], encoding="utf-8")  # the power went while a line was written
    assert len(History.load(path)) == 2
    path.write_text(text.replace("}", ")", 1), encoding="utf-8")
    with pytest.raises(liuli.errors.FileError, match="LL969"):
        History.load(path)


def test_plot_needs_matplotlib() -> None:
    history = History(ROWS)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(liuli.errors.ArgumentError, match="LL970"):
            history.plot()
        return
    assert [axes.get_title() for axes in history.plot().axes] == ["loss", "accuracy"]


def test_values_of_numpy_become_plain(tmp_path: Path) -> None:
    history = History([{"epoch": 1, "f1": np.array([0.5, 1.0]), "loss": np.float32(0.5)}])
    assert history.rows == [{"epoch": 1, "f1": [0.5, 1.0], "loss": 0.5}]
    history.save(tmp_path / "h.jsonl")
    assert History.load(tmp_path / "h.jsonl").rows == history.rows


def test_columns_and_back() -> None:
    history = History([*ROWS, {"epoch": 4, "confusion": [[1, 2], [3, 4]]}])
    assert repr(History.of_columns(history.columns()).rows) == repr(history.rows)

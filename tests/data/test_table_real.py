"""The real tables of the shared folder, as they came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from liuli.data.table import prepare, read_table
from liuli.data.table.cells import is_missing

# file: rows, columns, missing cells, whether it has a header
TABLES = {
    "iris.csv": (150, 5, 0, False),
    "wine.data": (178, 14, 0, False),
    "winequality-red.csv": (1599, 12, 0, False),
    "winequality-white.csv": (4898, 12, 0, False),
    "abalone.csv": (4177, 9, 0, False),
    "pima-indians-diabetes.csv": (768, 9, 0, False),
    "wdbc.data": (569, 32, 0, False),
    "diabetes.tab.txt": (442, 11, 0, True),
    "auto-mpg.csv": (398, 9, 6, True),
    "california-housing.csv": (20640, 10, 207, True),
    "titanic.csv": (891, 12, 866, True),
}


@pytest.mark.parametrize("name", TABLES)
def test_counts(data_dir: Path, name: str) -> None:
    rows, columns, missing, header = TABLES[name]
    table = read_table(data_dir / "tabular" / name)
    assert (len(table), len(table.names)) == (rows, columns)
    assert sum(is_missing(c) for cells in table.columns.values() for c in cells) == missing
    assert ("column1" not in table.names) == header
    assert table.lines[0] == 1 + header


@pytest.mark.parametrize(
    ("name", "target", "chosen", "answer"),
    [
        ("iris.csv", None, "column5", ["Iris-setosa", "Iris-versicolor", "Iris-virginica"]),
        ("wine.data", None, "column1", ["1", "2", "3"]),
        ("titanic.csv", None, "Survived", ["0", "1"]),
        ("california-housing.csv", "median_house_value", "median_house_value", None),
        ("diabetes.tab.txt", None, "Y", None),
        ("auto-mpg.csv", "mpg", "mpg", None),
        ("pima-indians-diabetes.csv", None, "column9", ["0", "1"]),
        ("abalone.csv", None, "column9", None),
        ("wdbc.data", None, "column2", ["B", "M"]),
        ("winequality-red.csv", None, "column12", ["3", "4", "5", "6", "7", "8"]),
    ],
)
def test_task(
    data_dir: Path, name: str, target: str | None, chosen: str, answer: list[str] | None
) -> None:
    table = read_table(data_dir / "tabular" / name)
    recipe, (x, y), (test_x, test_y) = prepare(table, target)
    assert (recipe.target, recipe.classes) == (chosen, answer)
    assert recipe.task == ("classify" if answer else "regress")
    assert abs(len(test_y) / len(table) - 0.2) < 0.01
    assert np.isfinite(x).all() and np.isfinite(test_x).all() and np.isfinite(y).all()
    assert x.shape[1] == test_x.shape[1] == len(recipe.features)
    if answer:
        whole = np.bincount(recipe.targets(table)) / len(table)
        np.testing.assert_allclose(np.bincount(test_y) / len(test_y), whole, atol=0.02)
    whole_columns = [name for name in table.names if f"{name} is empty" not in recipe.features]
    scaled = [i for i, name in enumerate(recipe.features) if name in whole_columns]
    np.testing.assert_allclose(x[:, scaled].mean(0, dtype=np.float64), 0, atol=1e-5)


def test_all_names_and_the_target_are_told(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_LANG", "en")
    notes = "".join(prepare(read_table(data_dir / "tabular" / "california-housing.csv")).notes)
    assert "median_income, median_house_value, ocean_proximity" in notes
    assert "to be predicted: ocean_proximity" in notes
    made = prepare(read_table(data_dir / "tabular" / "wdbc.data"))
    assert made.recipe.id_column == "column1" and "column1 is left out" in "".join(made.notes)


def test_titanic_columns(data_dir: Path) -> None:
    recipe = prepare(read_table(data_dir / "tabular" / "titanic.csv")).recipe
    assert recipe.id_column == "PassengerId"
    assert [column.name for column in recipe.columns] == [
        "Pclass",
        "Sex",
        "Age",
        "SibSp",
        "Parch",
        "Fare",
        "Embarked",
    ]
    assert {"Age is empty", "Sex=female", "Embarked=S"} <= set(recipe.features)


def test_diabetes_target(data_dir: Path) -> None:
    table = read_table(data_dir / "tabular" / "diabetes.tab.txt")
    values = np.array(table.column("Y"), float)
    assert (round(values.mean(), 4), round(values.std(), 4)) == (152.1335, 77.0057)


def test_housing_against_a_plain_reading(data_dir: Path) -> None:
    table = read_table(data_dir / "tabular" / "california-housing.csv")
    made = prepare(table, "median_house_value", seed=5)
    income = np.array(table.column("median_income"), float)[made.train_rows]
    found = made.train[0][:, made.recipe.features.index("median_income")]
    np.testing.assert_allclose(found, (income - income.mean()) / income.std(), rtol=1e-4, atol=1e-6)
    value = np.array(table.column("median_house_value"), float)[made.test_rows]
    np.testing.assert_allclose(made.recipe.undo(made.test[1]), value, rtol=1e-5)

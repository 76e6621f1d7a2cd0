"""From texts to numbers: what is learned from training rows, and used on any others."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from liuli.data.table import (
    Recipe,
    Table,
    prepare,
    split,
    write_predictions,
    write_submission,
)
from liuli.data.table.cells import day, is_missing, number
from liuli.data.table.readings import Reading
from liuli.errors import DataError, FileError
from liuli.messages.en.tables import REMARKS as ENGLISH
from liuli.messages.zh.tables import REMARKS as CHINESE
from tests.messages.test_messages import placeholders


@pytest.fixture(autouse=True, scope="module")
def english() -> Iterator[None]:
    """Remarks are looked for in English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIULI_LANG", "en")
        yield


def table_of(**columns: object) -> Table:
    """A small table."""
    return Table.from_data(columns)


LABELS = list("ab") * 4


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12.0),
        (" 1e3", 1000.0),
        ("1,234,567.5", 1234567.5),
        ("12.5%", 0.125),
        ("1,23", None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
        ("1e39", None),
        ("-", None),
        ("12 kg", None),
    ],
)
def test_numbers(cell: str, value: float | None) -> None:
    assert number(cell) == value


CELLS = ["", "1", "-2.5", "1e39", "1_0", "nan", "-nan", "inf", "12%", "1,234", "?", "x", "NA", "٣"]


@hypothesis.given(
    st.lists(st.sampled_from(CELLS), max_size=6) | st.lists(st.floats().map(str), max_size=6)
)
def test_columns_are_read_as_their_cells(cells: list[str]) -> None:
    reading = Reading(cells)
    each = [number(cell) for cell in cells]
    expected = np.array([np.nan if value is None else value for value in each])
    np.testing.assert_array_equal(reading.values, expected)
    assert reading.missing.tolist() == [is_missing(cell) for cell in cells]
    assert reading.present == [cell for cell in cells if not is_missing(cell)]


def test_a_column_is_read_again_after_it_was_changed() -> None:
    table = table_of(x=["1", "2", "3"])
    assert table.reading("x") is table.reading("x")
    table.columns["x"][1] = "5"
    assert table.take([1]).reading("x").values.tolist() == [5]
    assert table.reading("x").values.tolist() == [1, 5, 3]
    assert table.take([2, 1]).reading("x").values.tolist() == [3, 5]


def test_days() -> None:
    assert day("2024-02-29") == 19782.0
    assert day("2024/2/29 06:00:00") == 19782.25
    assert day("2023-02-29") is None


def test_missing_cells_count_as_the_median_and_are_marked() -> None:
    recipe = Recipe.fit(table_of(x=[1, "", 3, 100, "?", 3, 1, 3], y=LABELS), "y")
    known = np.array([1, 3, 100, 3, 1, 3])
    x = recipe.inputs(table_of(x=["", "3", "50"]))
    assert recipe.features == ["x", "x is empty"]
    expected = (np.array([3.0, 3.0, 50.0]) - known.mean()) / known.std()
    np.testing.assert_allclose(x[:, 0], expected, rtol=1e-6)
    assert x[:, 1].tolist() == [1, 0, 0]


def test_texts_are_one_hot_and_unseen_ones_give_zeros() -> None:
    recipe = Recipe.fit(table_of(x=["u", "v", "", "w"] * 2, y=LABELS), "y")
    assert recipe.features == ["x=u", "x=v", "x=w", "x is empty"]
    new = table_of(x=["v", "z", "NA"])
    assert recipe.inputs(new).tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert [note for note in recipe.remarks(new) if "z" in note]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["yes", "no"] * 4, "yes/no"),
        (["True", "FALSE"] * 4, "yes/no"),
        (["2024-01-0" + str(i) for i in range(1, 9)], "date"),
        (["50%", "60%"] * 4, "number"),
        (["1,000", "2,000"] * 4, "number"),
        (["1", "one"] * 4, "text"),
    ],
)
def test_kinds(cells: list[str], kind: str) -> None:
    (column,) = Recipe.fit(table_of(x=cells, y=LABELS), "y").columns
    assert column.kind == kind
    assert np.isfinite(column.encode(Reading([*cells, "", "odd"]))).all()


def test_a_few_stray_texts_among_numbers_are_told() -> None:
    cells = [str(i * i) for i in range(39)] + ["1o"]
    recipe = Recipe.fit(table_of(x=cells, y=list("ab") * 20), "y")
    assert recipe.columns[0].kind == "number"
    assert recipe.features == ["x", "x is empty"]
    assert any("1o" in note for note in recipe.notes)


@pytest.mark.parametrize(
    ("name", "cells", "left_out"),
    [
        ("id", [5, 9, 2, 4, 7, 1, 3, 8], True),
        ("PassengerId", range(10, 18), True),
        ("编号", range(8), True),
        ("column1", range(8), True),
        ("paid", range(8), False),
        ("x", range(8), False),
        ("id", [1, 1, 2, 2, 3, 3, 4, 4], False),
        ("x", [7] * 8, True),
        ("x", [""] * 8, True),
        ("x", ["same"] * 8, True),
        ("x", ["same"] * 7 + [""], False),
    ],
)
def test_columns_that_tell_nothing(name: str, cells: list[object], left_out: bool) -> None:
    recipe = Recipe.fit(Table.from_data({name: cells, "z": [1, 2, 1, 2, 1, 2, 2, 1], "y": LABELS}))
    assert (recipe.columns[0].name == "z") == left_out
    assert any(f"column {name} is left out" in note for note in recipe.notes) == left_out


def test_many_texts_are_names() -> None:
    texts = [f"name {i}" for i in range(51)]
    table = table_of(x=texts + texts, z=[1, 2] * 51, y=list("ab") * 51)
    assert [c.name for c in Recipe.fit(table).columns] == ["z"]
    assert len(Recipe.fit(table.take(range(50))).columns) == 2


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["1", "0"] * 5, "classify"),
        (["7", "5"], "classify"),
        (["cat", "dog"] * 5, "classify"),
        (["yes", "no"] * 5, "classify"),
        (["1", "2", "3"] * 5, "classify"),
        (["1", "2", "3"] * 4, "regress"),
        ([str(i) for i in range(21)] * 5, "regress"),
        ([str(i) for i in range(20)] * 5, "classify"),
        (["0.5", "1.5", "2"] * 5, "regress"),
    ],
)
def test_task(cells: list[str], task: str) -> None:
    x = [str(i % 7) for i in range(len(cells))]
    assert Recipe.fit(table_of(x=x, y=cells)).task == task


def test_target_is_chosen_by_name_then_by_place() -> None:
    x = [3, 1, 4, 1, 5, 9, 2, 6]
    assert Recipe.fit(table_of(Class=LABELS, x=x)).target == "Class"
    assert Recipe.fit(table_of(x=x, z=LABELS)).target == "z"
    assert Recipe.fit(table_of(x=x, z=LABELS, id=range(8))).target == "z"


def test_classes_in_order() -> None:
    y = ["10", "9", "1.0", "01", "9.0", "10"] * 3
    recipe = Recipe.fit(table_of(x=range(18), y=y))
    assert recipe.classes == ["1", "9", "10"]
    assert recipe.targets(table_of(y=["9", "1", "10.0", "", "7"])).tolist() == [1, 0, 2, -1, -1]


def test_a_class_that_training_never_saw() -> None:
    recipe = Recipe.fit(table_of(x=range(8), y=LABELS))
    new = table_of(more=[0, 0], y=["c", "a"], x=[3, 4])
    assert recipe.targets(new).tolist() == [-1, 0]
    assert recipe.inputs(new).shape == (2, 1)
    assert [note for note in recipe.remarks(new) if note.startswith("y:") and "c" in note]


def test_regression_in_units() -> None:
    y = [1.5, 20.25, -3.0, 7.0, 8.0, 9.5]
    table = table_of(x=range(6), y=y)
    recipe = Recipe.fit(table)
    standard = recipe.targets(table)
    assert abs(standard.mean()) < 1e-6 and abs(standard.std() - 1) < 1e-6
    np.testing.assert_allclose(recipe.undo(standard), y, rtol=1e-6)
    assert np.isnan(recipe.targets(table_of(y=["", "x"]))).all()


def test_only_training_rows_are_looked_at() -> None:
    table = table_of(x=[1, 2, 3, 4, 1000, ""], t=list("uvuvww"), y=list("ababab"))
    recipe = Recipe.fit(table, rows=range(4))
    assert recipe.columns[0].mean == 2.5 and recipe.features == ["x", "t=u", "t=v"]


@hypothesis.given(
    st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=4, max_size=30),
    st.data(),
)
def test_inputs_are_finite_and_standardised(values: list[float], data: st.DataObject) -> None:
    hypothesis.assume(np.std(values) > 1e-3)
    texts = data.draw(
        st.lists(
            st.sampled_from(["u", "v", "", "NA", "w"]), min_size=len(values), max_size=len(values)
        )
    )
    table = table_of(x=values, t=texts, y=[i % 2 for i in range(len(values))])
    recipe = Recipe.fit(table, "y")
    x = recipe.inputs(table)
    assert np.isfinite(x).all() and x.dtype == np.float32
    assert x.shape == (len(values), len(recipe.features))
    assert abs(x[:, 0].mean(dtype=np.float64)) < 1e-4
    assert abs(x[:, 0].std(dtype=np.float64) - 1) < 1e-4
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    odd = table_of(x=["1e300", "nan", "x", ""], t=["?", "z", "u", ""], y=[0, 1, 2, ""])
    for one in (table, odd):
        assert again.inputs(one).tobytes() == recipe.inputs(one).tobytes()
        assert np.isfinite(again.inputs(one)).all()


def test_a_damaged_recipe() -> None:
    plain = Recipe.fit(table_of(x=range(8), y=LABELS)).to_json()
    for wrong in ({**plain, "version": 0}, {**plain, "more": 1}, {"version": 1}):
        with pytest.raises(DataError, match="LL955"):
            Recipe.from_json(wrong)


def test_regression_of_one_value() -> None:
    with pytest.raises(DataError, match="LL951"):
        Recipe.fit(table_of(x=range(4), y=["0.5"] * 4))


# --- the split ------------------------------------------------------------------------------------
@hypothesis.given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.integers(0, 9))
def test_split_is_stratified(labels: list[str], seed: int) -> None:
    train, test = split(len(labels), labels=labels, seed=seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all()
    for name in set(labels):
        count, tested = labels.count(name), sum(labels[i] == name for i in test)
        assert tested == min(max(int(count * 0.2 + 0.5), 1), count - 1)


def test_split_is_seeded_in_every_process() -> None:
    here = [split(50, seed=3)[1].tolist(), split(50, seed=4)[1].tolist()]
    program = "from liuli.data.table import split; print(split(50, seed=3)[1].tolist())"
    there = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert there.stdout.strip() == str(here[0]) != str(here[1])
    assert len(here[0]) == 10


def test_too_few_rows_to_part() -> None:
    with pytest.raises(DataError, match=r"LL952.*3 rows have a value.*at least 4"):
        prepare(table_of(x=range(3), y=[0.5, 1.5, 2.5]))


def test_prepare_leaves_out_rows_without_a_target() -> None:
    table = table_of(x=range(12), y=["a", "b", ""] * 4)
    made = prepare(table, "y", seed=1)
    rows = sorted([*made.train_rows, *made.test_rows])
    assert rows == [0, 1, 3, 4, 6, 7, 9, 10]
    assert any("left out: 4" in note for note in made.notes)
    np.testing.assert_array_equal(made.train[0], made.recipe.inputs(table.take(made.train_rows)))


# --- predictions ----------------------------------------------------------------------------------
def test_predictions_are_written(tmp_path: Path) -> None:
    table = Table.from_data({"编号": range(101, 109), "x": [1, 2] * 4, "种类": ["猫", "狗"] * 4})
    recipe = Recipe.fit(table, "种类")
    answers = ["猫"] * 8
    path = tmp_path / "predictions.csv"
    write_predictions(path, answers, recipe=recipe, table=table, confidences=[0.75] * 8)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = next(csv.DictReader(file))
    assert first == {"编号": "101", "predicted 种类": "猫", "confidence": "0.7500", "种类": "猫"}
    write_submission(path, answers, recipe=recipe, table=table)
    assert path.read_text("utf-8").splitlines()[:2] == ["编号,种类", "101,猫"]
    unnamed = Recipe.fit(table_of(x=range(8), y=LABELS))
    write_submission(path, ["a", "b"], recipe=unnamed, table=table_of(x=[1, 2]))
    assert path.read_text("utf-8").split() == ["row,y", "1,a", "2,b"]
    assert [file.name for file in tmp_path.iterdir()] == ["predictions.csv"]


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    recipe = Recipe.fit(table_of(x=range(8), y=LABELS))
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(FileError, match="LL956"):
        write_submission(tmp_path / "out.csv", ["a"], recipe=recipe, table=table_of(x=[1]))
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


# --- remarks --------------------------------------------------------------------------------------
def test_remarks_are_in_both_languages() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for name, text in ENGLISH.items():
        assert text.isascii() and CHINESE[name].encode("gbk")
        assert placeholders(text) == placeholders(CHINESE[name]), name


def test_remarks_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_LANG", "zh")
    assert any("任务：分类" in note for note in Recipe.fit(table_of(x=range(8), y=LABELS)).notes)

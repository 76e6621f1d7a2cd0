"""`liuli predict`: pictures of digits, and tables."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from liuli.cli.settings import completed
from liuli.cli.sources import as_seen, source_of
from liuli.data import digits
from tests.cli.conftest import Liuli, table

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def digits_run(liuli: Liuli) -> str:
    assert liuli("train", "--epochs", "2", "--quiet", "--out", "digits").code == 0
    return "digits"


def picture(path: Path, index: int) -> Path:
    """A test digit as people draw it: dark on light, larger, not in the middle."""
    paper = Image.new("L", (300, 240), 255)
    drawn = Image.fromarray(255 - digits(train=False).inputs[index]).resize((140, 140))
    paper.paste(drawn, (120, 40))
    paper.save(path)
    return path


def test_photographs(liuli: Liuli, digits_run: str, folder: Path) -> None:
    """Test digits 0 to 9, drawn the other way round: most are read right."""
    paths = [picture(folder / f"{i}.png", i) for i in range(10)]
    said = liuli("predict", digits_run, *paths)
    assert (said.code, said.err) == (0, "")
    answers = [line.split()[3] for line in said.out.splitlines() if line.startswith("it is a ")]
    assert sum(answer == str(i) for i, answer in enumerate(answers)) >= 7
    assert said.out.count("as the network saw it") == 10
    assert said.out.count("@@") > 100  # and shown
    assert all(len(line) <= 79 for line in said.out.splitlines() if "what was done" not in line
               and "saw it" not in line)  # fmt: skip


def test_pictures_are_prepared_as_for_training(folder: Path) -> None:
    source = source_of(completed({}))
    seen = as_seen(source.test.inputs[:3], source.look)
    assert np.array_equal(seen, np.stack([np.asarray(source.test[i][0]) for i in range(3)]))


def test_classes_of_a_table(liuli: Liuli, kinds: Path, folder: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "20", "--quiet", "--out", "run")
    rows = ["k1,3,3,red", "k2,-3,-3,blue", "k3,4,1,green", "k4,1,1,"]
    new = table(folder / "new.csv", "id,a,b,kind", rows)
    said = liuli("predict", "run", new, "--out", "said.csv")
    assert (said.code, said.err) == (0, "")
    assert "green" in said.out  # a class that training never saw
    assert "2 of 2 are right" in said.out and "2 rows have no known kind" in said.out
    with open("said.csv", encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["predicted kind"] for row in found] == ["red", "blue", "red", "red"]
    submission = Path("said-submission.csv").read_text(encoding="utf-8").splitlines()
    assert len(submission) == 5


def test_numbers_of_a_table(liuli: Liuli, prices: Path, folder: Path) -> None:
    liuli("train", "--data", prices, "--epochs", "40", "--quiet", "--out", "run")
    new = table(folder / "new.csv", "place,size", ["p,0", "r,1"])  # the columns in another order
    said = liuli("predict", "run", new)
    assert (said.code, said.err) == (0, "")
    with open("run/predictions-new.csv", encoding="utf-8-sig", newline="") as file:
        found = [float(row["predicted price"]) for row in csv.DictReader(file)]
    assert abs(found[0] - 500) < 60 and abs(found[1] - 670) < 60
    assert "the table has" not in said.out
    assert "mean absolute error" in liuli("predict", "run", prices).out


def test_pictures_have_no_file_of_predictions(liuli: Liuli, digits_run: str) -> None:
    said = liuli("predict", digits_run, f"{digits_run}/digit.png", "--out", "x.csv")
    assert said.code == 2 and "LL996" in said.err


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "LL945 LL957"),
        (b"no picture at all", "LL957"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "LL957"),
    ],
)
def test_what_is_no_picture(content: bytes, code: str, liuli: Liuli, folder: Path) -> None:
    liuli("train", "--epochs", "1", "--batch-size", "500", "--quiet", "--out", "run")
    Path("x.png").write_bytes(content)
    said = liuli("predict", "run", "x.png")
    assert said.code == 2
    assert any(each in said.err for each in code.split())


def test_a_column_is_missing(liuli: Liuli, kinds: Path, folder: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "1", "--quiet", "--out", "run")
    said = liuli("predict", "run", table(folder / "new.csv", "a,c", ["1,2", "2,3"]))
    assert said.code == 2 and "LL950" in said.err
    assert not list(Path("run").glob("predictions*"))


@pytest.mark.parametrize("size", [0, 100, 2000])
def test_truncated_model(size: int, liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "1", "--quiet", "--out", "run")
    path = Path("run/model.safetensors")
    path.write_bytes(path.read_bytes()[:size])
    said = liuli("predict", "run", kinds)
    assert said.code == 2 and "LL9" in said.err and "Traceback" not in said.err


def test_a_run_that_is_not_finished(liuli: Liuli, kinds: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "1", "--quiet", "--out", "run")
    Path("run/model.safetensors").unlink()
    said = liuli("predict", "run", kinds)
    assert said.code == 2 and "liuli train --resume run" in said.err

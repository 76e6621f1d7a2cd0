"""`liuli predict`: pictures of digits, and tables."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from liuli.cli import predict
from liuli.cli.settings import completed
from liuli.cli.sources import as_seen, source_of
from liuli.data import digits
from tests.cli.conftest import Liuli, table

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def digits_run(liuli: Liuli) -> str:
    assert liuli("train", "--model", "mlp", "--epochs", "2", "--quiet", "--out", "digits").code == 0
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
    answers = [line.split()[3] for line in said.out.splitlines() if line.startswith("it is a")]
    assert "it is an 8" in said.out and "it is a 8" not in said.out
    assert "WARNING" not in said.out
    assert sum(answer == str(i) for i, answer in enumerate(answers)) >= 7
    assert said.out.count("as the network saw it") == 10
    assert said.out.count("@@") > 100  # and shown
    assert all(len(line) <= 79 for line in said.out.splitlines() if "what was done" not in line
               and "saw it" not in line)  # fmt: skip


def test_pictures_that_cannot_be_read_come_last(
    liuli: Liuli, digits_run: str, folder: Path
) -> None:
    (folder / "pics").mkdir()
    Path("pics/a.png").write_bytes(b"nothing")
    paths = ["pics/a.png", picture(folder / "b.png", 1), "pics/c.png", picture(folder / "d.png", 2)]
    said = liuli("predict", digits_run, *paths)
    assert said.code == 2
    assert said.out.count("as the network saw it") == said.out.count("\nit is a") == 2
    lines = said.err.splitlines()
    assert "2 of 4 pictures could not be read:" in lines
    for path, code in (("pics/a.png", "LL957"), ("pics/c.png", "LL945")):
        assert code in lines[lines.index(str(Path(path))) + 1]


def test_pictures_that_are_no_digit_are_doubted(
    liuli: Liuli, digits_run: str, folder: Path
) -> None:
    paper = Image.new("L", (400, 150), 255)
    for place in range(3):
        drawn = Image.fromarray(255 - digits(train=False).inputs[place]).resize((120, 120))
        paper.paste(drawn, (10 + 130 * place, 15))
    paper.save(folder / "three.png")
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    speck = np.full((100, 100), 255, np.uint8)
    speck[40:44, 50:53] = 0
    Image.fromarray(speck).save(folder / "speck.png")
    for name, warning in (
        ("three", "3 separate things: I read only the largest; cut the picture"),
        ("noise", "this may be no digit"),
        ("speck", "this may be no digit"),
    ):
        lines = liuli("predict", digits_run, f"{name}.png").out.splitlines()
        answer = next(i for i, line in enumerate(lines) if line.startswith("it is a"))
        assert lines[answer + 1].startswith("WARNING: " + warning)
        assert "not sure" in lines[-1]
        assert "x 100 pixels, grey" in "".join(lines) or name != "speck"


@pytest.mark.parametrize(("first", "sure"), [(0.74, False), (0.76, True)])
def test_not_sure(first: float, sure: bool, capsys: pytest.CaptureFixture[str],
                  folder: Path) -> None:  # fmt: skip
    predict._ranking(np.array([first, 0.05, 1 - first - 0.05]), ["8", "9", "11"], [])
    said = capsys.readouterr().out
    assert ("not sure; its next guess is an 11" in said) != sure


def test_the_table_that_was_learned_from(liuli: Liuli, kinds: Path, folder: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "2", "--quiet", "--out", "run")
    copy = folder / "renamed.csv"
    copy.write_bytes(kinds.read_bytes())
    said = liuli("predict", "run", copy)
    assert "96 of its 120 rows were used for training, so the score flatters" in said.out
    assert "replaced" not in said.out
    assert liuli("predict", "run", copy).out.count("(replaced the file that was there)") == 2
    starts = [line.index("run") for line in said.out.splitlines() if ".csv" in line][-2:]
    assert starts[0] == starts[1]
    copy.write_text(kinds.read_text(encoding="utf-8") + "1,1,red\n", encoding="utf-8")
    assert "flatters" not in liuli("predict", "run", copy).out


def test_a_file_without_names_for_a_run_with_names(liuli: Liuli, kinds: Path, folder: Path) -> None:
    liuli("train", "--data", kinds, "--epochs", "1", "--quiet", "--out", "run")
    (folder / "new.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    said = liuli("predict", "run", "new.csv")
    assert said.code == 2 and "the first line looks like data, not names" in said.err


def test_a_forgotten_run_is_asked_for(liuli: Liuli, folder: Path) -> None:
    (folder / "pics").mkdir()
    (folder / "runs" / "004").mkdir(parents=True)
    Path("pics/photo.jpg").write_bytes(b"")
    said = liuli("predict", "pics/photo.jpg")
    assert said.code == 2 and "its first word must be the folder of one" in said.err
    assert f"liuli predict {Path('runs/004')} pics/photo.jpg" in said.err


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
    liuli("train", "--model", "mlp", "--epochs", "1", "--quiet", "--out", "run")
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


# --- what is there is not lost --------------------------------------------------------------------
@pytest.fixture
def kinds_run(liuli: Liuli, kinds: Path) -> str:
    assert liuli("train", "--data", kinds, "--epochs", "1", "--quiet", "--out", "run").code == 0
    return "run"


@pytest.mark.parametrize("out", ["kinds.csv", "./run/../kinds.csv", "link.csv"])
def test_the_table_itself_is_never_replaced(
    out: str, liuli: Liuli, kinds: Path, kinds_run: str
) -> None:
    before = kinds.read_bytes()
    os.link(kinds, "link.csv")
    said = liuli("predict", kinds_run, kinds.name, "--out", out)
    assert (
        said.code == 2 and "LL956" in said.err and "the table that is to be predicted" in said.err
    )
    assert kinds.read_bytes() == before and not list(Path().glob("*-submission.csv"))


def test_a_table_named_as_its_own_submission(liuli: Liuli, kinds: Path, kinds_run: str) -> None:
    before = kinds.read_bytes()
    kinds.rename("x-submission.csv")
    said = liuli("predict", kinds_run, "x-submission.csv", "--out", "x.csv")
    assert said.code == 2 and "the table that is to be predicted" in said.err
    assert Path("x-submission.csv").read_bytes() == before and not Path("x.csv").exists()


@pytest.mark.parametrize(
    "content", [b"", b"row,kind\n1,red\n", b"predicted kind\n1\n", b"\xff\0\n"]
)
@pytest.mark.parametrize("name", ["said.csv", "said-submission.csv"])
def test_files_of_others_are_never_replaced(
    name: str, content: bytes, liuli: Liuli, kinds: Path, kinds_run: str
) -> None:
    Path(name).write_bytes(content)
    said = liuli("predict", kinds_run, kinds, "--out", "said.csv")
    assert said.code == 2 and "no earlier prediction wrote it" in said.err and name in said.err
    assert [path.read_bytes() for path in Path().glob("said*")] == [content]


def test_a_network_is_never_replaced(liuli: Liuli, kinds: Path, kinds_run: str) -> None:
    before = Path("run/model.safetensors").read_bytes()
    assert liuli("predict", kinds_run, kinds, "--out", "run/model.safetensors").code == 2
    assert Path("run/model.safetensors").read_bytes() == before


def test_a_submission_that_was_changed_is_kept(liuli: Liuli, kinds: Path, kinds_run: str) -> None:
    words = ("predict", kinds_run, kinds, "--out", "said.csv")
    assert liuli(*words).code == 0 and liuli(*words).code == 0  # our own may be replaced
    path = Path("said-submission.csv")
    changed = path.read_bytes() + b"121,red\r\n"
    path.write_bytes(changed)
    assert liuli(*words).code == 2 and path.read_bytes() == changed

"""`liuli show`: pictures of a run, as a page and in letters."""

from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path

import numpy as np
import pytest

from liuli import zeros
from liuli.cli.drawing import SIDE, as_letters, beside, shrunk
from liuli.cli.seeing import FIRST, first_of, maps_of
from liuli.files import read_arrays
from liuli.nn import Conv2d, Flatten, Linear, Module, ReLU, Sequential
from tests.cli.conftest import Liuli

NETWORK = """
from liuli import nn

def make():
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(4 * 36, 10))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of two short runs: of a network with a convolution, and of one without."""
    from liuli import cli

    folder = tmp_path_factory.mktemp("trained")
    (folder / "net.py").write_text(NETWORK, encoding="utf-8")
    for name, model in (("conv", f"{folder / 'net.py'}:make"), ("linear", "linear")):
        words = ["train", "--model", model, "--epochs", "1", "--out", str(folder / name), "--quiet"]
        assert cli.main(words) == 0
    return folder


@pytest.fixture
def runs(folder: Path, trained: Path) -> Path:
    """The same, where they can be changed."""
    for name in ("conv", "linear"):
        shutil.copytree(trained / name, folder / name)
    return folder


def test_a_run_keeps_its_first_filters(runs: Path) -> None:
    before = read_arrays(runs / "conv" / FIRST)[0]["before"]
    after = read_arrays(runs / "conv" / "model.safetensors")[0]["0.weight"]
    assert before.shape == after.shape == (4, 1, 5, 5)
    assert np.abs(before).max() <= 0.2 and not np.allclose(before, after)
    report = (runs / "conv" / "report.html").read_text(encoding="utf-8")
    assert 'id="filters"' in report and 'id="maps"' in report
    assert (runs / "conv" / FIRST).stat().st_size < 2000


def test_the_page(runs: Path, liuli: Liuli) -> None:
    said = liuli("show", "conv")
    assert said.code == 0 and said.err == ""
    path = runs / "conv" / "pictures.html"
    assert said.out == f"pictures {path.resolve().as_uri()}\n"
    page = path.read_text(encoding="utf-8")
    assert all(f'id="{name}"' in page for name in ("filters", "maps", "misread"))
    assert "test example 0" in page and "Before learning" in page
    said = liuli("show", "conv", "--out", "here.html", "--lang", "zh")
    assert said.code == 0 and '<html lang="zh-CN">' in Path("here.html").read_text("utf-8")


def test_the_way_of_a_picture_of_the_users(runs: Path, liuli: Liuli) -> None:
    shutil.copy(runs / "conv" / "digit.png", "mine.png")
    assert liuli("show", "conv", "mine.png").code == 0
    assert "mine.png" in (runs / "conv" / "pictures.html").read_text(encoding="utf-8")
    assert "the way of mine.png" in liuli("show", "conv", "mine.png", "--text").out


def test_in_letters(runs: Path, liuli: Liuli) -> None:
    said = liuli("show", "conv", "--text")
    assert said.code == 0 and not (runs / "conv" / "pictures.html").exists()
    for part in ("4 filters of 5 x 5", "before learning:", "after learning:", "4 maps of 12 x 12",
                 "4 maps of 6 x 6", "mistakes on the test, the 10", " read as "):  # fmt: skip
        assert part in said.out
    assert said.out.isascii() and max(map(len, said.out.splitlines())) < 100
    chinese = liuli("show", "conv", "--text", "--lang", "zh").out
    assert "学习之前" in chinese and "特征图" in chinese
    chinese.encode("gbk")


def test_without_a_convolution(runs: Path, liuli: Liuli) -> None:
    said = liuli("show", "linear")
    assert said.code == 0 and "no convolution" in said.out
    page = (runs / "linear" / "pictures.html").read_text(encoding="utf-8")
    assert 'id="filters"' in page and 'id="maps"' not in page and "10 neurons" in page
    said = liuli("show", "linear", "--text")
    assert "10 neurons" in said.out and "no feature maps" in said.out


def test_a_table(kinds: Path, liuli: Liuli) -> None:
    assert liuli("train", "--data", kinds, "--epochs", "1", "--quiet").code == 0
    assert not Path("runs/001", FIRST).exists()
    said = liuli("show", "runs/001")
    assert said.code == 0 and "no feature maps" in said.out
    assert "sees no pictures" in Path("runs/001/pictures.html").read_text("utf-8")
    kinds.unlink()  # what the run learned from is gone
    said = liuli("show", "runs/001", "--text")
    assert said.code == 0 and "cannot be read any more" in said.err


def test_a_run_from_before(runs: Path, liuli: Liuli) -> None:
    """One without its first filters, or with others' or damaged ones."""
    path = runs / "conv" / FIRST
    for content in (None, b"no arrays", (runs / "linear" / FIRST).read_bytes()):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        said = liuli("show", "conv", "--text")
        assert said.code == 0 and "after learning:" in said.out and "before" not in said.out


@pytest.mark.parametrize("works", [True, False])
def test_opened_only_if_asked(
    works: bool, runs: Path, liuli: Liuli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: asked.append(uri) or works)
    liuli("show", "conv")
    assert asked == []
    said = liuli("show", "conv", "--open")
    assert asked == [(runs / "conv" / "pictures.html").resolve().as_uri()]
    assert (said.err == "") == works and said.code == 0


def test_what_is_no_run(runs: Path, liuli: Liuli) -> None:
    wrong = [((), "LL748"), (("runs/009",), "LL986"), (("conv", "a", "b"), "LL983"),
             (("conv", "no.png"), "LL945"), (("conv", "table.csv"), "LL998")]  # fmt: skip
    for words, code in wrong:
        said = liuli("show", *words)
        assert said.code == 2 and code in said.err and said.out == ""
    (runs / "conv" / "model.safetensors").unlink()
    said = liuli("show", "conv")
    assert said.code == 2 and "LL986" in said.err and "--resume" in said.err


# --- the parts ------------------------------------------------------------------------------------
def test_letters() -> None:
    assert as_letters([[4, -4], [2.1, -1.1]]) == ["##==", "++,,"]
    assert as_letters([[2.0]], 8.0) == [".."] and as_letters([[0.0, np.nan]]) == ["    "]
    assert beside([]) == []
    assert beside([["ab", "cd"]] * 3, columns=9, between=" | ") == \
        ["ab | ab", "cd | cd", "", "ab", "cd"]  # fmt: skip


def test_shrinking_keeps_the_mean() -> None:
    whole = np.arange(24 * 36, dtype=float).reshape(24, 36)
    small = shrunk(whole)
    assert small.shape == (SIDE, SIDE) and small.mean() == pytest.approx(whole.mean())
    assert small[0, 0] == whole[:2, :3].mean()
    assert shrunk(np.ones((28, 5))).shape == (SIDE, 5) and (shrunk(np.ones((28, 5))) == 1).all()


def test_which_layer_is_first() -> None:
    class Later(Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = Sequential(ReLU(), Conv2d(3, 40, 3))

    found = first_of(Later(), None)
    assert found is not None and found.name == "body.1" and found.weights.shape == (36, 3, 3, 3)
    assert found.total == 40
    assert first_of(Sequential(Flatten(), Linear(12, 5)), (3, 4)).weights.shape == (5, 1, 3, 4)  # type: ignore[union-attr]
    assert first_of(Linear(12, 5), (3, 5)) is None and first_of(Linear(12, 5), None) is None


def test_maps_are_what_the_layers_give() -> None:
    model = Sequential(Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(2 * 16, 3))
    example = np.random.default_rng(0).normal(0, 1, (1, 6, 6)).astype(np.float32)
    found = maps_of(model, example, np.zeros((6, 6), np.uint8))
    assert found is not None and [each.kind for each in found.layers] == ["Conv2d", "ReLU"]
    first, second = (each.values for each in found.layers)
    assert first.shape == (2, 4, 4) and (np.maximum(first, 0) == second).all()
    assert maps_of(Sequential(Flatten(), Linear(36, 3)), example, np.zeros((6, 6))) is None
    model(zeros(1, 1, 6, 6))  # nobody listens any more
    assert len(found.layers) == 2 and model.training

"""The page as a whole: well formed, complete in one file, safe, and in two languages."""

from __future__ import annotations

import base64
import io
import math
import re
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from liuli.errors import ArgumentError
from liuli.report import LayerFacts, Misread, NeuronFacts, ReportFacts, write_report
from liuli.report.page import render
from liuli.report.words_en import EN
from liuli.report.words_zh import ZH
from tests.report.examples import digit_facts, house_facts
from tests.report.pages import Page, outside, read

DIGITS, HOUSES = digit_facts(), house_facts()
EVIL = "<script>alert('x')</script> & \"quoted\" </svg>"
SECTIONS = ["curves", "confusion", "misread", "network", "neuron", "advice", "glossary", "colophon"]


def test_sections_in_order() -> None:
    page = read(DIGITS)
    assert [attrs["id"] for attrs in page.named("section")] == SECTIONS
    assert len(page.drawings) == 6  # ring, two curves, confusion, network, the neuron's sum


def test_file_is_small_and_utf8(tmp_path: Path) -> None:
    path = write_report(tmp_path / "report.html", DIGITS, language="zh")
    content = path.read_bytes()
    assert len(content) < 400_000
    assert content.decode("utf-8") == render(DIGITS, language="zh")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_policy_forbids_loading_and_programs() -> None:
    [policy] = [attrs for attrs in read(DIGITS).named("meta") if "http-equiv" in attrs]
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@pytest.mark.parametrize(
    "source",
    ['<img src="https://a.b/c.png">', "<script>1</script>", '<p onclick="x">', '<a href="x">',
     "<style>p { background: url(x) }</style>"],
)  # fmt: skip
def test_outside_finds(source: str) -> None:
    assert outside(Page(source))


@pytest.mark.parametrize("source", ["<p><b></p></b>", "<p>", "</p>", '<p a="1" a="2"></p>', "<p/>"])
def test_parser_complains(source: str) -> None:
    assert Page(source).complaints


# --- two languages ----------------------------------------------------------------------------
def test_languages_have_the_same_keys_and_facts() -> None:
    assert list(EN) == list(ZH)
    for key in EN:
        names = [
            {name for _, name, _, _ in string.Formatter().parse(words[key]) if name}
            for words in (EN, ZH)
        ]
        assert names[0] == names[1], key


def test_every_word_is_used() -> None:
    folder = Path(__file__).parents[2] / "liuli" / "report"
    sources = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")
               if not path.name.startswith("words_")]  # fmt: skip
    code = "\n".join(sources)
    for key in EN:
        head, _, tail = key.partition(".")
        made = re.search(rf'f"{head}\.\S*\{{|f"\{{name\}}\.', code) or head == "does"
        assert f'"{key}"' in code or made, f"{key} ({tail}) is said nowhere"


@pytest.mark.parametrize(("language", "code"), [("en", "en"), ("zh", "zh-CN")])
def test_starts_in_the_language_given(language: str, code: str) -> None:
    page = read(DIGITS, language)
    assert page.named("html") == [{"lang": code}]
    assert [attrs["id"] for attrs in page.named("input") if "checked" in attrs] == [
        f"to-{language}"
    ]


def test_each_language_reads_alone() -> None:
    page = read(DIGITS)
    english, chinese = page.text("en"), page.text("zh-CN")
    assert "How it learned" in english and "学习的过程" not in english
    assert "学习的过程" in chinese and "How it learned" not in chinese
    assert not re.search("[\u4e00-\u9fff]", re.sub("琉璃|中文|/ [^.]*?(?= )", "", english[:600]))


def test_other_language_is_refused() -> None:
    with pytest.raises(ArgumentError, match="LL602"):
        render(DIGITS, language="fr")


# --- words of users ---------------------------------------------------------------------------
def test_class_names_are_escaped() -> None:
    page = read(digit_facts(classes=[EVIL] * 10))
    assert "<script" not in page.source
    assert "&lt;script&gt;" in page.source
    assert page.named("img")[0]["alt"] == f"{EVIL} → {EVIL}"  # quotes in an attribute
    assert "true <script>alert('x')</script> & \"quoted\" </svg>, read as" in page.text()


def test_everything_a_user_names_is_escaped() -> None:
    row = {EVIL: EVIL}
    page = read(
        house_facts(
            title=EVIL, command=EVIL, data=EVIL, target=EVIL, unit=EVIL, notes=[EVIL],
            next_commands=[EVIL], machine=row, settings={"data": EVIL, EVIL: EVIL, "lr": 0.1},
            options={"model": EVIL}, misread=[Misread(0, 1.0, 2.0, row=row)],
            layers=[LayerFacts(EVIL, EVIL, (3,), does=EVIL, shapes=[(3, 2)])],
            neuron=NeuronFacts(EVIL, 0, np.ones(1), np.ones(1), activation=EVIL, names=[EVIL]),
        )
    )  # fmt: skip
    assert "<script" not in page.source
    assert page.text().count("<script>") >= 12


@given(st.text(max_size=60))
def test_any_text_leaves_the_page_whole(text: str) -> None:
    layers = [LayerFacts(text, text, (2,))]
    facts = ReportFacts(title=text, command=text, data=text, notes=[text], layers=layers)
    read(replace(facts, classes=[text, text], confusion=[[3, 1], [0, 2]]))


def test_letters_that_xml_and_utf8_cannot_hold(tmp_path: Path) -> None:
    facts = ReportFacts(title="a\x00b\x1bc\ud800d", command="", data="")
    path = write_report(tmp_path / "r.html", facts)
    assert "a\ufffdb\ufffdc\ufffdd" in path.read_text(encoding="utf-8")


# --- extremes ---------------------------------------------------------------------------------
def test_nothing_known() -> None:
    page = read(ReportFacts(title="runs/001", command="liuli train", data="digits"))
    assert "it was not measured on test examples" in page.text()
    assert "No epoch was recorded" in page.text()


@pytest.mark.parametrize("task", ["classify", "regress"])
@pytest.mark.parametrize("epochs", [1, 2, 500])
def test_one_epoch_and_many(task: str, epochs: int) -> None:
    history = [{"epoch": i + 1, "loss": 1 / (i + 1), "val_loss": 1.1, "accuracy": 0.5, "mae": 3.0}
               for i in range(epochs)]  # fmt: skip
    page = read(ReportFacts("r", "c", "d", task=task, history=history))
    assert len(page.named("path", "curve")) >= 3
    assert len(page.source) < 120_000


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_losses_that_are_no_numbers(bad: float) -> None:
    history = [{"epoch": i, "loss": value, "accuracy": bad, "val_loss": bad, "val_accuracy": bad}
               for i, value in enumerate([2.0, 1.5, bad, bad], 1)]  # fmt: skip
    facts = digit_facts(history=history, metrics={"test_accuracy": bad, "test_loss": bad})
    page = read(facts)
    assert "In epoch 3 the training loss was" in page.text()
    assert len(page.named("text", "lost")) == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_neuron_of_a_lost_network(bad: float) -> None:
    neuron = NeuronFacts("fc1", 0, np.ones((28, 28)), np.full((28, 28), bad), bad, "ReLU")
    page = read(digit_facts(neuron=neuron, misread=[Misread(0, 1, bad, bad, np.zeros((28, 28)))]))
    assert "The sum is no usable number" in page.text()


def test_only_nan() -> None:
    history = [{"epoch": 1, "loss": math.nan}]
    read(ReportFacts("r", "c", "d", history=history, settings={"lr": 0.1}))


def test_hundred_classes() -> None:
    confusion = np.diag(np.full(100, 90)) + np.eye(100, k=1, dtype=int)
    page = read(digit_facts(confusion=confusion, classes=[f"class {i}" for i in range(100)]))
    assert len(page.source) < 200_000
    assert "class 0 taken for class 1: 1 of 91 times" in page.text()


@pytest.mark.parametrize("count", [1, 2, 20, 21])
def test_few_and_many_classes(count: int) -> None:
    page = read(digit_facts(confusion=np.ones((count, count), int), classes=[], misread=[]))
    assert len(page.named("text", "count")) == (count * count if count <= 20 else 0)


def test_empty_confusion_and_no_misread() -> None:
    page = read(digit_facts(confusion=np.zeros((3, 3), int), misread=[]))
    assert "There is no mistake to show." in page.text()


def test_very_long_names() -> None:
    name = "名字很长" * 80
    facts = digit_facts(classes=[name] * 10, layers=[LayerFacts(name, name, (10,))])
    page = read(facts)
    tower = page.drawings[-2]
    assert max(len(part.text or "") for part in tower.iter() if "tspan" in part.tag or
               part.tag.endswith("text")) < 40  # fmt: skip


def test_deep_network() -> None:
    layers = [LayerFacts(f"block{i}", "Linear", (8,), shapes=[(8, 8), (8,)]) for i in range(300)]
    page = read(digit_facts(layers=layers))
    assert "276 more layers" in page.text()
    assert "21,600" in page.text()


def test_constant_regression() -> None:
    read(house_facts(true_values=[5.0, 5.0], predicted_values=[5.0, 5.0]))
    page = read(house_facts(true_values=[1.0, math.nan], predicted_values=[2.0, 3.0]))
    assert "1 examples with a value that is no usable number" in page.text()
    read(house_facts(true_values=[math.nan], predicted_values=[1.0]))


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e300])
def test_sizes_of_numbers(scale: float) -> None:
    history = [{"epoch": i, "loss": scale / i, "val_loss": scale * i} for i in range(1, 5)]
    neuron = NeuronFacts("fc", 0, np.array([scale, 1.0]), np.array([1.0, -1.0]), 0.0)
    read(house_facts(history=history, neuron=neuron, true_values=[scale, 2 * scale],
                     predicted_values=[scale, scale], metrics={"test_mae": scale}))  # fmt: skip


def test_pictures_are_png_files() -> None:
    sources = [attrs["src"] or "" for attrs in read(DIGITS).named("img")]
    assert len(sources) == min(24, len(DIGITS.misread)) + 3
    for source in sources:
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        picture.load()  # checks the checksums
        assert picture.size == (28, 28)

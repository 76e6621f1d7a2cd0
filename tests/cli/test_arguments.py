"""Reading a command line."""

from __future__ import annotations

import pytest

from liuli.cli.arguments import one_of, parse, positive, whole
from liuli.cli.options import COMMANDS, PREDICT, TRAIN
from liuli.cli.settings import completed
from liuli.cli.words import WORDS
from liuli.errors import CommandError
from tests.sources import PACKAGE


def test_options_stand_anywhere() -> None:
    found = parse(PREDICT, ["runs/1", "--out=x.csv", "a.png", "--lang", "zh", "b.png"])
    assert found.options == {"out": "x.csv", "lang": "zh"}
    assert found.places == ["runs/1", "a.png", "b.png"]


def test_after_two_dashes_nothing_is_an_option() -> None:
    assert parse(PREDICT, ["--", "--out", "-"]).places == ["--out", "-"]


def test_a_value_may_begin_with_a_dash() -> None:
    assert parse(TRAIN, ["--lr", "-1", "--target", "-x-"]).options == {"lr": "-1", "target": "-x-"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--epoch", "1"], "LL980"),  # no abbreviations
        (["-n", "1"], "LL980"),
        (["--epochs"], "LL981"),
        (["--epochs", "--seed", "1"], "LL981"),
        (["--epochs="], "LL981"),
        (["--quiet=1"], "LL983"),
    ],
)
def test_refused(words: list[str], code: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse(TRAIN, words)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["0", "-1", "+0", "1.5", "1e3", "", "abc", "9" * 5000, "1_0", "½"])
def test_whole_refuses(text: str) -> None:
    with pytest.raises(CommandError, match="LL982"):
        whole("--epochs", text, least=1, most=1000)


def test_whole_reads() -> None:
    assert [whole("--seed", text, least=0, most=99) for text in ("0", "+7", "007", "99")] == [
        0, 7, 7, 99,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "-1", "", "x", "1,5", "1e999"])
def test_positive_refuses(text: str) -> None:
    with pytest.raises(CommandError, match="LL982"):
        positive("--lr", text)


def test_choices_are_read_in_any_case() -> None:
    assert one_of("--optimizer", "Adam", ["sgd", "adam"]) == "adam"
    with pytest.raises(CommandError, match="try  --optimizer adam"):
        one_of("--optimizer", "adan", ["sgd", "adam"])


@pytest.mark.parametrize("word", ["--learning-rate", "--LR", "--epoch", "--dataset", "--bs"])
def test_what_others_call_it_is_understood(word: str) -> None:
    with pytest.raises(CommandError, match="try  --"):
        parse(TRAIN, [word, "1"])


def test_a_learning_rate_suits_its_optimizer() -> None:
    assert completed({"optimizer": "sgd"}).lr == 0.1
    assert completed({"optimizer": "sgd", "lr": 0.5}).lr == 0.5


def test_every_option_has_its_words() -> None:
    for command in COMMANDS.values():
        assert f"about_{command.name}" in WORDS
        for option in command.options:
            assert {f"help_{option.key}", f"help_{command.name}_{option.key}"} & WORDS.keys()


def test_every_word_is_used() -> None:
    files = [path for path in (PACKAGE / "cli").glob("*.py") if path.name != "words.py"]
    text = "".join(path.read_text(encoding="utf-8") for path in files).replace("'", '"')
    made = ("help_", "about_", "use_", "value_", "verdict_")  # of names of options and so on
    assert not [name for name in WORDS if not name.startswith(made) and f'"{name}"' not in text]


def test_words_in_both_languages_use_the_same_facts() -> None:
    import string

    for name, pair in WORDS.items():
        asked = [{field for _, field, _, _ in string.Formatter().parse(text)} for text in pair]
        assert asked[0] - {None} == asked[1] - {None}, name
        for text in pair:
            text.encode("gbk")  # what a Chinese console can show

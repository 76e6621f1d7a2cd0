"""Words inside messages: all of them have their Chinese, and messages use it."""

from __future__ import annotations

import ast
import pickle
import re

import pytest

from liuli.messages.words import Word
from liuli.messages.zh.words import WORDS
from tests.messages import golden
from tests.messages.catalogue import called
from tests.sources import PACKAGE, parse, python_files

# A word of an English sentence; names of things to write stay as they are.
ENGLISH = re.compile(r"\b(an|the|of|must|with|without|is|at least|none|as|whole|here)\b")
MINE = ("datasets", "files", "layers", "optimizers", "training")


def templates() -> set[str]:
    """All texts that are handed to Word in the package."""
    found = set()
    for path in python_files(PACKAGE):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call) and called(node) == "Word":
                parts = [x for x in ast.walk(node.args[0]) if isinstance(x, ast.Constant)]
                found |= {x.value for x in parts if isinstance(x.value, str) and " " in x.value}
    return found - {" or "}


def test_every_word_has_its_chinese() -> None:
    assert not templates() - WORDS.keys()


@pytest.mark.parametrize("stem", MINE)
def test_no_english_in_chinese_sentences(stem: str) -> None:
    """The sentence of each golden message, without what is quoted."""
    for case in golden.read(golden.FOLDER / f"{stem}.txt"):
        sentence = case.messages["zh"].splitlines()[1]
        quoted = re.sub(r"'[^']*'|\"[^\"]*\"|\S*[.(/]\S*|\[[^]]*\]", "", sentence)
        assert not ENGLISH.search(quoted), f"{case.name}: {sentence}"


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    word = Word("at least {count}", count=2)
    monkeypatch.setenv("LIULI_LANG", "zh")
    assert f"{word}" == "at least 2" and str(word) == "\u81f3\u5c11 2"
    text = "{word} {word!s}"
    assert text.format(word=word) == "at least 2 \u81f3\u5c11 2"
    assert str(pickle.loads(pickle.dumps(word))) == str(word)
    monkeypatch.setenv("LIULI_LANG", "en")
    assert str(word) == f"{word}" == word == "at least 2"

"""Messages: every code has its texts, every text its facts, and users read what we expect."""

from __future__ import annotations

import ast
import builtins
import locale
import pickle
import re
import string
import subprocess
import sys
from collections.abc import Iterator

import pytest

import liuli
from liuli import errors, messages
from liuli.messages.text import Text
from tests.messages import golden
from tests.messages.catalogue import classes, sites
from tests.messages.errors_page import PAGE, page
from tests.sources import PACKAGE, ROOT, parse, python_files

EN, ZH = messages.LANGUAGES["en"], messages.LANGUAGES["zh"]
CASES = golden.read_all()

# Codes that a user's program cannot reach by itself: the recorder, the graph checker and the
# primitives' own shape rules, which the tests of those parts reach.
INSIDE = {"LL103", "LL104", "LL106", "LL107", "LL405", "LL422"}
INSIDE |= {"LL701", "LL704", "LL706", *(f"LL{n}" for n in range(711, 719))}
INSIDE |= {"LL734", "LL741"}  # a fault of the compiler
INSIDE |= {"LL742"}  # what this processor cannot run: the message names what it can
INSIDE |= {"LL750", "LL751"}  # no llvmlite, where Liuli uses NumPy instead; text that LLVM refuses


def placeholders(template: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def asked(text: Text) -> set[str]:
    """The facts that a text needs."""
    return placeholders(text.says) | placeholders(text.tries)


# --- the catalogue ------------------------------------------------------------------------------
def test_every_code_has_its_texts() -> None:
    raised = {code for site in sites() for code in site.codes}
    assert raised == set(EN) == set(ZH)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_codes_are_taken_once(language: str) -> None:
    """A second text under the same code would silently replace the first."""
    keys = [
        key.value
        for path in python_files(PACKAGE / "messages" / language)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert not [key for key in set(keys) if keys.count(key) > 1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_gets_its_facts(language: str) -> None:
    texts = messages.LANGUAGES[language]
    missing = [
        f"{site.place}: {code} needs {asked(texts[code]) - site.facts}"
        for site in sites()
        for code in site.codes
        if code in texts and not asked(texts[code]) <= site.facts
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_languages_tell_the_same() -> None:
    for code, text in EN.items():
        assert asked(text) == asked(ZH[code]), code
        assert bool(text.tries) == bool(ZH[code].tries), code
        assert text.why and ZH[code].why, code


def test_texts_are_sound() -> None:
    for code, text in EN.items():
        english, chinese = "|".join(text), "|".join(ZH[code])
        assert english.isascii(), code
        chinese.encode("gbk")  # what a Chinese console may be able to show
        for language in (english, chinese):
            assert "retain_graph" not in language and "  " not in language, code
            assert "\n" not in language, code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in ZH[code].says), code


def test_classes_are_pytorchs() -> None:
    assert set(classes().values()) <= set(vars(errors)) | {"warn"}
    bases = {
        "ShapeError": ["RuntimeError"],
        "DTypeError": ["RuntimeError", "TypeError"],
        "AxisError": ["IndexError"],
        "OutOfRangeError": ["IndexError"],
        "ArgumentError": ["ValueError", "TypeError", "RuntimeError"],
        "GradientError": ["RuntimeError"],
        "DeviceError": ["RuntimeError"],
        "RecordError": ["RuntimeError"],
        "GraphError": ["RuntimeError"],
        "SettingError": ["ValueError"],
        "LayerError": ["AttributeError", "NotImplementedError"],
        "MissingNameError": ["AttributeError"],
        "MissingImportError": ["ImportError"],
        "FileError": ["OSError"],
        "DataError": ["ValueError"],
        "TrainingError": ["RuntimeError"],
        "CommandError": ["ValueError"],
    }
    for name, expected in bases.items():
        kind = getattr(errors, name)
        assert all(issubclass(kind, getattr(builtins, base)) for base in expected)
        assert issubclass(kind, errors.LiuliError)


def test_page_is_current() -> None:
    again = "run: python -m tests.messages.errors_page"
    assert PAGE.read_text(encoding="utf-8") == page(), again


# --- what users read ------------------------------------------------------------------------------
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: golden.Case) -> None:
    made = golden.run(case.snippet)
    assert made == case.messages, "to accept it, run: python -m tests.messages.golden"


def test_golden_covers_every_code() -> None:
    seen = {message.split("[")[1][:5] for case in CASES for message in case.messages.values()}
    assert set(EN) - seen == INSIDE


def test_golden_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_first_line_is_english_in_both() -> None:
    for case in CASES:
        english, chinese = case.messages["en"].splitlines(), case.messages["zh"].splitlines()
        assert english[0] == chinese[0]
        assert not re.search(r"\{\w+\}", english[0] + case.messages["zh"])


# --- the reader's language --------------------------------------------------------------------
@pytest.fixture
def no_locale(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing says which language the reader has."""
    for name in ("LIULI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locale, "getlocale", lambda: (None, None))
    yield monkeypatch


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh", "zh"),
        ("zh_CN", "zh"),
        ("zh_TW.Big5", "zh"),
        ("zh-Hans-CN", "zh"),
        ("ZH_CN.UTF-8", "zh"),
        ("Chinese (Simplified)_China.936", "zh"),
        ("中文", "zh"),
        ("en", "en"),
        ("en_US.UTF-8", "en"),
        ("C", "en"),
        ("English_United States.1252", "en"),
        ("de_DE", "en"),
        ("\x00\udcff???", "en"),
        ("  zh  ", "zh"),
    ],
)
def test_language_names(name: str, language: str, no_locale: pytest.MonkeyPatch) -> None:
    no_locale.setattr(locale, "getlocale", lambda: (name, "UTF-8"))
    assert messages.reader_language() == language
    if "\x00" not in name:
        no_locale.setattr(locale, "getlocale", lambda: (None, None))
        for variable in ("LIULI_LANG", "LC_ALL", "LANG"):
            with no_locale.context() as patch:
                patch.setenv(variable, name.strip() if variable != "LIULI_LANG" else name)
                assert messages.reader_language() == language


def test_language_without_a_hint(no_locale: pytest.MonkeyPatch) -> None:
    assert messages.reader_language() == "en"


def test_own_variable_wins(no_locale: pytest.MonkeyPatch) -> None:
    no_locale.setenv("LC_ALL", "zh_CN.UTF-8")
    assert messages.reader_language() == "zh"
    no_locale.setenv("LIULI_LANG", "en")
    assert messages.reader_language() == "en"


def test_locale_that_python_cannot_read(no_locale: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("unknown locale: UTF-8")

    no_locale.setattr(locale, "getlocale", broken)
    assert messages.reader_language() == "en"


@pytest.mark.parametrize("garbage", ["", " ", "klingon", "zh\n", "🙂", "{0}", "%s", "None", "-1"])
def test_garbage_does_not_break_messages(garbage: str, no_locale: pytest.MonkeyPatch) -> None:
    no_locale.setenv("LIULI_LANG", garbage)
    with pytest.raises(errors.ShapeError, match="do not broadcast"):
        liuli.ones(2) + liuli.ones(3)


def test_chinese_is_read_by_the_reader(no_locale: pytest.MonkeyPatch) -> None:
    no_locale.setenv("LIULI_LANG", "zh_CN.UTF-8")
    with pytest.raises(errors.ArgumentError, match=r"LL620.*\n  2 个元素的真假不明确"):
        bool(liuli.ones(2))
    assert "逐元素运算" in errors.explain("LL101")
    assert "逐元素运算" not in errors.explain("LL101", "en")


def test_explain() -> None:
    assert errors.explain(101, "en") == errors.explain("ll101", "en")
    for code in EN:
        for language in ("en", "zh"):
            assert not re.search(r"\{\w*\}", errors.explain(code, language).replace("{}", "")), code


def test_explanations_are_wrapped() -> None:
    for text in (*EN.values(), *ZH.values()):
        lines = errors._wrapped(text.why, 80)
        assert "".join(lines).replace(" ", "") == text.why.replace(" ", "")
        assert all(line == line.strip() and line[0] not in "，。；：、！？）" for line in lines)


def test_explanation_where_there_is_nothing_to_try() -> None:
    assert "  why  " in str(errors.ShapeError("LL111", op="cat"))
    assert "  why  " not in str(errors.ArgumentError("LL620", count=2))


def test_names_that_are_elsewhere() -> None:
    for name, where in (
        ("cross_entropy", "liuli.nn.functional.cross_entropy"), ("utils", "liuli.data"),
        ("vmap", "not yet"),
    ):  # fmt: skip
        with pytest.raises(AttributeError, match=f"liuli has no '{name}'.*{where}"):
            getattr(liuli, name)
        assert not hasattr(liuli, name)


# --- messages come out whatever happens -------------------------------------------------------
def test_missing_facts_stay_visible() -> None:
    assert "{op}" in str(errors.ShapeError("LL101", a=(2,)))


def test_unknown_code() -> None:
    assert str(errors.LiuliError("LL000")) == "LiuliError [LL000]: an error without a text"


def test_facts_with_braces() -> None:
    error = errors.ArgumentError("LL621", function="f", error="{0} {x} %s")
    assert "{0} {x} %s" in str(error)


def test_errors_are_pickled() -> None:
    with pytest.raises(errors.ShapeError) as caught:
        liuli.ones(2, 3) + liuli.ones(4)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is errors.ShapeError
    assert (str(copy), copy.code) == (str(caught.value), "LL101")


def test_table_is_aligned() -> None:
    rows = [
        errors.Row("x", (64, 1568), "from relu, model.py:3"),
        errors.Row("weight", (10,), "out"),
    ]
    lines = str(errors.ShapeError("LL000", rows=rows)).splitlines()[1:]
    assert lines == ["  x       (64, 1568)  from relu, model.py:3", "  weight  (10,)       out"]


# --- Python's and NumPy's own errors ----------------------------------------------------------
def test_guard_leaves_python_its_say() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        liuli.reshape_as(liuli.ones(2)) if hasattr(liuli, "reshape_as") else liuli.cdist(
            liuli.ones(2)
        )
    with pytest.raises(AttributeError, match="has no attribute 'fooo'"):
        _ = liuli.ones(2).fooo
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = liuli.ones(2) + [1, 2]  # noqa: RUF005


def test_guard_keeps_the_cause() -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        liuli.ones(3).topk("two")
    assert isinstance(caught.value.__cause__, TypeError)
    assert [row.name for row in caught.value.rows] == ["input", "k"]


def test_guard_leaves_the_users_errors() -> None:
    def hook(g: object) -> None:
        raise ZeroDivisionError("mine")

    x = liuli.ones(2, requires_grad=True)
    x.register_hook(hook)
    with pytest.raises(ZeroDivisionError, match="mine"):
        x.sum().backward()


def test_wrong_kinds_everywhere() -> None:
    """No public function lets an error of Python's or NumPy's own out for a wrong argument."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.messages.wrong_arguments"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]

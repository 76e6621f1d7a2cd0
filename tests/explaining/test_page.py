"""`step.explain()`: what a page tells, in two languages and at several widths."""

from __future__ import annotations

import re
import string
import subprocess
import sys

import pytest

import liuli
from liuli import nn
from liuli.compiler.machine import available
from liuli.compiler.step import CompiledStep, compile
from liuli.compiler.words import width
from liuli.errors import ArgumentError
from liuli.explaining.page import Explanation, _middle_cut
from liuli.messages.explaining import WORDS
from liuli.nn import functional as F
from tests.sources import PACKAGE

native = pytest.mark.skipif(not available(), reason="llvmlite is not here")


def trained() -> CompiledStep:
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    @compile
    def step(x: liuli.Tensor, y: liuli.Tensor) -> liuli.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(5):
        step(liuli.randn(12, 6), liuli.randint(0, 3, (12,)))
    return step


@pytest.fixture(scope="module")
def step() -> CompiledStep:
    return trained()


@native
def test_the_page(step: CompiledStep) -> None:
    text = str(step.explain())
    for part in ("step: 1 program (native, ", "program 1, run 2 times", "input  x ",
                 "0.weight.momentum_buffer  float32[16,6]", "read and written",
                 "modules, tensors and groups are not edited",
                 "4 gradients are used up inside", " kernels, ", "machine code in",
                 "FLOP, ", "_check ", "loss = F.cross_entropy(model(x), y)", "optimizer.step()",
                 "0.linear"):  # fmt: skip
        assert part in text, part
    assert "graph step" not in text and "graph step" in str(step.explain(graph=True))


@native
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [80, 120])
def test_lines_fit_in_the_terminal(
    step: CompiledStep, columns: int, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LIULI_LANG", language)
    lines = list(step.explain().lines())
    assert max(map(width, lines)) <= columns
    assert not any(line != line.rstrip() for line in lines)
    assert any("内核" in line for line in lines) == (language == "zh")


@native
def test_the_code_of_one_kernel(step: CompiledStep) -> None:
    page = step.explain()
    name = next(each for each in page.kernels if "contract" in each)
    assert page.code(name).startswith(("declare", "define", "target", ";", "source"))
    assert "define void" in page.code(name) and page.code(name) != page.code(name, machine=True)
    with pytest.raises(ArgumentError, match=f"LL731.*{name}"):
        page.code("k99")


def test_a_step_that_was_not_called_often_enough() -> None:
    assert "no program yet" in str(compile(lambda x: x).explain())


def test_a_step_in_numpy() -> None:
    step = compile(lambda x: x * 2, backend="numpy")
    for _ in range(4):
        step(liuli.ones(2))
    assert "operation by operation: that was asked for" in str(step.explain())


@native
def test_why_a_program_is_left_to_numpy() -> None:
    step = compile(lambda x: x * 2)
    for _ in range(4):
        step(liuli.ones(0, 2))
    assert "operation by operation: %0 has no elements" in str(step.explain())


# --- small things ---------------------------------------------------------------------------------
def test_words_in_both_languages_use_the_same_facts() -> None:
    for name, pair in WORDS.items():
        asked = [{field for _, field, _, _ in string.Formatter().parse(text)} for text in pair]
        assert asked[0] - {None} == asked[1] - {None}, name
        for text in pair:
            text.encode("gbk")  # what a Chinese console can show


def test_every_word_is_used() -> None:
    text = "".join(
        (PACKAGE / "explaining" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("page", "listing")
    ).replace("'", '"')
    made = ("help_", "by_", "watched_")
    assert not [name for name in WORDS if not name.startswith(made) and f'"{name}"' not in text]


def test_an_empty_page() -> None:
    page = Explanation("f", "numpy", [], ["call 3: x"], None)
    assert "another program was needed at call 3: x" in str(page) and repr(page) == str(page)


# --- ordinary events, and the reader's language ---------------------------------------------------
def test_calls_that_needed_another_program_are_told_together() -> None:
    failed = [f"call {i}: x: shape (64, 3), now (5, 3)" for i in (5, 9, 13)]
    failed += ["call 14: the model: edited"]
    text = str(Explanation("f", "numpy", [], failed, None, columns=100))
    assert "another program was needed at call 5, 9, 13: x has shape (5, 3), before (64, 3)" in text
    assert "needed at call 14: the model was switched or edited, as by train()" in text
    assert "failed" not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_why_a_step_fell_back_in_the_readers_language(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIULI_LANG", language)
    step, warning = fallen()
    page, chinese = str(step.explain()), language == "zh"
    for text, english in ((page, not chinese), (warning, True)):
        assert ("while a program is recorded" in text.replace("\n", " ")) == english
        assert ("录制程序时，.item() 需要一个运行时才知道的数 [LL702]" in text) == chinese


def fallen() -> tuple[CompiledStep, str]:
    """A step that asks for a number, and what was warned of."""
    step = compile(lambda x: x * x.sum().item())
    with pytest.warns(UserWarning, match="LL719") as seen:
        for _ in range(3):
            step(liuli.ones(2))
    return step, str(seen[0].message)


@native
def test_a_page_in_chinese_has_no_english_words(
    step: CompiledStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIULI_LANG", "zh")
    page, terms = step.explain(), set(re.findall("[a-z]{4,}", WORDS["help_loops"][1]))
    for page.columns in range(72, 90, 3):
        lines = list(page.lines())
        told = set(re.findall("[a-z]{4,}", "\n".join(lines)))
        assert terms <= told, page.columns  # no line breaks inside one
    assert not any("grad of" in line for line in lines) and any("的梯度" in x for x in lines)
    with pytest.raises(ArgumentError, match="没有"):
        Explanation("f", "numpy", [], [], None).code("k0")


def test_numbers_in_a_tuple_are_told_apart() -> None:
    model = nn.Linear(2, 1)
    optimizer = liuli.optim.Adam(model.parameters(), betas=(0.5, 0.75))

    @compile
    def step(x: liuli.Tensor) -> None:
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()

    for _ in range(4):
        step(liuli.ones(3, 2))
    (program,) = step.programs
    read = zip(program.trace.graph.states, program.trace.states, strict=True)
    found = {leaf.name: float(array) for leaf, array in read if "betas" in leaf.name}
    assert found == {"optimizer.betas[0]": 0.5, "optimizer.betas[1]": 0.75}


def test_long_names_keep_both_ends() -> None:
    name = _middle_cut("encoder." + "block." * 12 + "weight", 40)
    assert name.startswith("encoder.") and name.endswith("weight") and width(name) <= 40


def test_it_is_loaded_when_it_is_first_asked_for() -> None:
    program = (
        "import sys\n"
        "from liuli.compiler.step import compile\n"
        "import liuli.train\n"
        "step = compile(len)\n"
        "assert 'liuli.explaining' not in sys.modules\n"
        "print(step.explain())\n"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          encoding="utf-8", check=True)  # fmt: skip
    assert made.stdout.startswith("len: ")

"""Reasons that were noted in English, as they are read in both languages."""

from __future__ import annotations

import pickle
import re

import pytest

import liuli
from liuli import nn
from liuli.compiler.step import compile
from liuli.messages.reasons import Reason, named, told
from liuli.messages.zh.reasons import NAMES, SENTENCES

HOLES = re.compile(r"\{\w+\}")
ENGLISH = re.compile(r"\b(the|of|now|before|is|in|they|call|edited|replaced|shape|grad)\b")


@pytest.mark.parametrize("template", [*SENTENCES, *NAMES])
def test_both_readings_have_the_same_facts(template: str) -> None:
    both = {**SENTENCES, **NAMES}[template]
    for reading in both:
        assert set(HOLES.findall(reading)) == set(HOLES.findall(template))
    assert not ENGLISH.search(HOLES.sub("", both[1]))


@pytest.mark.parametrize("template", SENTENCES)
def test_each_sentence_is_found(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = HOLES.sub("w1", template)
    for language, reading in zip(("en", "zh"), SENTENCES[template], strict=True):
        monkeypatch.setenv("LIULI_LANG", language)
        assert told(noted) == HOLES.sub("w1", reading)


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_LANG", "zh")
    assert named("fc1 grad of linear") == "fc1 linear 的梯度"
    assert told("the gradient of argument 1: there or not there").startswith("参数 1 的梯度：")
    assert told("what nobody noted") == "what nobody noted" and named("fc1.weight") == "fc1.weight"
    monkeypatch.setenv("LIULI_LANG", "en")
    assert named("argument 1") == "argument 1"


def test_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = Reason("LL724", what="n: 0, now 1")
    monkeypatch.setenv("LIULI_LANG", "zh")
    assert f"{reason}" == "the call itself changes n: 0, now 1 [LL724]"
    assert str(reason) == str(pickle.loads(pickle.dumps(reason)))
    assert str(reason) == told(reason) == "调用本身改变了 n：之前 0，现在 1 [LL724]"
    monkeypatch.setenv("LIULI_LANG", "en")
    assert str(reason) == f"{reason}" == reason


def test_guards_of_a_step_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Linear(3, 2)
    step = compile(lambda x, n: model(x) * n)
    for _ in range(4):
        step(liuli.ones(2, 3), 2)
    step(liuli.ones(5, 3), 2)
    step(liuli.ones(2, 3), 3)
    model.eval()
    step(liuli.ones(2, 3), 2)
    assert len(step.guards()) >= 3
    monkeypatch.setenv("LIULI_LANG", "zh")
    for guard in step.guards():
        read = told(guard.partition(": ")[2])
        assert not ENGLISH.search(read), (guard, read)

"""Whether a training has come to anything at all: a finding that stands above all others."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .facts import ReportFacts
from .figures import percent, short
from .markup import Both, say

FAR = 1.5  # a loss of so many times that of a guess is far above it


class Verdict(NamedTuple):
    """What went wrong, "diverged" or "useless", with the numbers that prove it.

    `loss` is the last one in training, and `blind` that of guessing: ln K for K classes, 1 for a
    standardised number. `score` is the accuracy or R2 on the test, and `guess` that of always
    giving the most frequent class, or the average.
    """

    kind: str
    loss: float
    blind: float
    score: float
    guess: float

    def words(self, facts: ReportFacts) -> Both:
        """The verdict as a sentence."""
        if self.kind == "diverged":
            rate = f"{float(facts.settings.get('lr', math.nan)):g}"
            return say("verdict.diverged", loss=short(self.loss), blind=short(self.blind), lr=rate)
        if facts.task == "regress":
            return say("verdict.useless-regress", score=short(self.score))
        return say("verdict.useless", score=percent(self.score), guess=percent(self.guess))


def verdict(facts: ReportFacts) -> Verdict | None:
    """The verdict, or None where the network is better than a guess."""
    losses = facts.column("loss")
    classify = facts.task == "classify"
    score = facts.metric("accuracy" if classify else "r2")
    if not losses or score is None:
        return None
    blind = math.log(max(len(facts.classes), 2)) if classify else 1.0
    guess = _most_frequent(facts) if classify else 0.0
    found = losses[-1], blind, score, guess
    if not losses[-1] <= FAR * blind:
        return Verdict("diverged", *found)
    return None if score > guess else Verdict("useless", *found)


def _most_frequent(facts: ReportFacts) -> float:
    """The share of the most frequent class among the test examples; 0 where it is not known."""
    counts = np.zeros((1, 1)) if facts.confusion is None else np.asarray(facts.confusion, float)
    return float(counts.sum(axis=1).max(initial=0) / max(counts.sum(), 1))


def better_rate(facts: ReportFacts) -> float | None:
    """A smaller learning rate: the usual one if this was larger, else a tenth of it."""
    rate = facts.settings.get("lr")
    if not isinstance(rate, (int, float)):
        return None
    if facts.usual_lr and rate > facts.usual_lr:
        return facts.usual_lr
    return float(f"{rate / 10:.0e}")

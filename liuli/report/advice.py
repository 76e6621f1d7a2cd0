"""What to try next: one function a rule, each a finding about the run and a command to paste.

Every rule looks at the facts only, says why it speaks, and changes one thing. docs/design/report.md
lists them with their thresholds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .facts import ReportFacts
from .figures import count, finite, percent, short
from .markup import Both, Markup, element, say, section
from .verdict import better_rate, verdict

MOST = 6
GAP = 0.03  # accuracy in training above that on test examples
STILL = 0.01  # the test loss fell by this share over the last third of the epochs
TURNED = 1.10  # the last test loss is so many times the best
LOW = 0.7  # a training accuracy below this has not learned its own examples
ROUGH = 1 / 3  # this share of the epochs made the training loss worse
REPEATED = ("data", "target", "task")  # always part of a new command


@dataclass(frozen=True)
class Advice:
    """Why, and what to type."""

    why: Both
    command: str


def advice(facts: ReportFacts) -> Markup:
    """The section of the commands."""
    given = [element("li", _code(command)) for command in facts.next_commands]
    use = element("h3", say("advice.use")), element("ul", *given, class_="commands")
    steps = [element("li", element("p", one.why), _code(one.command)) for one in chosen(facts)]
    experiments = element("ol", *steps, class_="commands")
    heads = (element("h3", say("advice.experiments")),) if given else ()
    return section("advice", *(use if given else ()), *heads, experiments)


def _code(command: str) -> Markup:
    return element("pre", element("code", command))


def chosen(facts: ReportFacts) -> list[Advice]:
    """The first rules that have something to say, no command twice, none that was given."""
    found: dict[str, Advice] = {}
    for rule in RULES:
        for one in rule(facts):
            if one.command not in facts.next_commands:
                found.setdefault(one.command, one)
    return list(found.values())[:MOST]


def command_with(facts: ReportFacts, **changes: object) -> str:
    """The run's command with some options changed, and those that become None left out."""
    options = {name: facts.settings[name] for name in REPEATED if facts.settings.get(name)}
    options |= {name: value for name, value in facts.options.items() if name != "out"}
    if verdict(facts) is not None:
        options["lr"] = better_rate(facts)  # no other advice keeps a rate that went wrong
    options |= changes
    kept = {name: value for name, value in options.items() if value is not None}
    words = [f"--{name.replace('_', '-')} {_quoted(value)}" for name, value in kept.items()]
    return " ".join([f"{facts.program} train", *words])


def _quoted(value: object) -> str:
    """A word of a command line, in the quotation marks that all shells know."""
    text = short_number(value) if isinstance(value, float) else str(value)
    return text if re.fullmatch(r"[\w.,:/\\+-]+", text) else '"' + text.replace('"', '\\"') + '"'


def short_number(value: float) -> str:
    """A number as one would type it: 0.003, never 0.0030000000000000001."""
    return f"{value:.3g}"


def _nice(rate: float) -> float:
    """A rate of one figure: a third of 0.1 is 0.03 to anyone who tries rates."""
    return float(f"{rate:.0e}")


def _setting(facts: ReportFacts, name: str) -> float | None:
    value = facts.settings.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def broken(facts: ReportFacts) -> Iterator[Advice]:
    """The loss became nan or infinite: smaller steps."""
    rate = _setting(facts, "lr")
    losses = facts.column("loss")
    if rate and len(finite(losses)) < len(losses):
        yield Advice(say("advice.broken"), command_with(facts, lr=_nice(rate / 10)))


def went_wrong(facts: ReportFacts) -> Iterator[Advice]:
    """The network is no better than a guess: smaller steps."""
    found, rate = verdict(facts), better_rate(facts)
    if found is not None and rate:
        yield Advice(say("advice.wrong", lr=short_number(rate)), command_with(facts))


def still_falling(facts: ReportFacts) -> Iterator[Advice]:
    """The test loss was falling when training stopped: twice as many epochs."""
    losses = facts.column("val_loss") or facts.column("loss")
    if len(losses) < 3 or len(finite(losses)) < len(losses):
        return
    before = losses[-1 - max(1, len(losses) // 3)]
    if losses[-1] == min(losses) and before - losses[-1] > STILL * abs(before):
        fall = percent((before - losses[-1]) / abs(before), 0)
        changed = command_with(facts, epochs=2 * len(losses))
        yield Advice(say("advice.falling", fall=fall), changed)


def single_epoch(facts: ReportFacts) -> Iterator[Advice]:
    """One or two epochs are too few to see a curve."""
    if 0 < len(facts.history) < 3:
        yield Advice(say("advice.few"), command_with(facts, epochs=10))


def turned(facts: ReportFacts) -> Iterator[Advice]:
    """The test loss rose clearly after its best epoch, and no more answers are right: shorter."""
    losses = facts.column("val_loss")
    if len(losses) < 3 or len(finite(losses)) < len(losses):
        return
    best = min(range(len(losses)), key=lambda i: losses[i])
    shares = facts.column("val_accuracy")
    better = len(shares) == len(losses) and shares[-1] > shares[best]
    if best < len(losses) - 1 and losses[-1] > TURNED * losses[best] > 0 and not better:
        words = say(
            "advice.turned",
            epoch=count(best + 1),
            best=short(losses[best]),
            last=short(losses[-1]),
            rise=percent(losses[-1] / losses[best] - 1, 0),
        )
        yield Advice(words, command_with(facts, epochs=best + 1))


def gap(facts: ReportFacts) -> Iterator[Advice]:
    """Much better on its own examples than on new ones: more examples."""
    training, test = facts.column("accuracy"), facts.metric("accuracy")
    if not training or test is None or not training[-1] - test > GAP:
        return
    numbers = {"training": percent(training[-1]), "test": percent(test)}
    if facts.settings.get("data") == "sample":
        yield Advice(say("advice.gap-sample", **numbers), command_with(facts, data="mnist"))
    elif (rate := _setting(facts, "lr")) and verdict(facts) is None:
        yield Advice(say("advice.gap", **numbers), command_with(facts, lr=_nice(rate / 3)))


def weak(facts: ReportFacts) -> Iterator[Advice]:
    """It has not even learned its own examples: the usual rate if this was less, else longer."""
    training, rate = facts.column("accuracy"), _setting(facts, "lr")
    if not training or not rate or not training[-1] < LOW or verdict(facts) is not None:
        return
    share = percent(training[-1])
    if facts.usual_lr and rate < facts.usual_lr:
        usual = short_number(facts.usual_lr)
        words = say("advice.weak-rate", training=share, lr=short_number(rate), usual=usual)
        yield Advice(words, command_with(facts, lr=facts.usual_lr))
    else:
        longer = command_with(facts, epochs=2 * len(facts.history))
        yield Advice(say("advice.weak", training=share), longer)


def rough(facts: ReportFacts) -> Iterator[Advice]:
    """The training loss jumps up and down: smaller steps."""
    losses, rate = facts.column("loss"), _setting(facts, "lr")
    if len(losses) < 4 or len(finite(losses)) < len(losses) or not rate:
        return
    if verdict(facts) is not None:
        return
    rises = sum(after > before for before, after in pairwise(losses))
    if rises >= ROUGH * (len(losses) - 1):
        yield Advice(say("advice.rough", n=count(rises)), command_with(facts, lr=_nice(rate / 3)))


def larger_data(facts: ReportFacts) -> Iterator[Advice]:
    """The next larger or harder set of pictures."""
    step = {"sample": "mnist", "mnist": "fashion-mnist"}.get(str(facts.settings.get("data")))
    if step:
        yield Advice(say(f"advice.data-{step}"), command_with(facts, data=step))


def luck(facts: ReportFacts) -> Iterator[Advice]:
    """Another seed shows how much of the result is chance."""
    seed = int(_setting(facts, "seed") or 0) + 1
    accuracy = facts.metric("accuracy")
    words = say("advice.luck")
    if accuracy is not None and math.isfinite(accuracy) and facts.test_size:
        spread = 1.96 * math.sqrt(max(0.0, accuracy * (1 - accuracy)) / facts.test_size)
        words = say("advice.luck-spread", spread=f"{100 * spread:.1f}",
                    tests=count(facts.test_size))  # fmt: skip
    yield Advice(words, command_with(facts, seed=seed))


def other_optimizer(facts: ReportFacts) -> Iterator[Advice]:
    """Another optimizer on the same problem, with the learning rate that is usual for it."""
    used = str(facts.settings.get("optimizer", "")).lower()
    if used:
        other = "adam" if used == "sgd" else "sgd"
        words = say("advice.optimizer", used=used, other=other)
        yield Advice(words, command_with(facts, optimizer=other, lr=None))


def other_rate(facts: ReportFacts) -> Iterator[Advice]:
    """A third of the learning rate, to see what it does."""
    rate = _setting(facts, "lr")
    if rate and verdict(facts) is None:
        words = say("advice.rate", lr=short_number(rate))
        yield Advice(words, command_with(facts, lr=_nice(rate / 3)))


def smaller_batches(facts: ReportFacts) -> Iterator[Advice]:
    """Half the batch, twice the steps."""
    size = int(_setting(facts, "batch_size") or 0)
    if size >= 2:
        words = say("advice.batch", size=count(size), half=count(size // 2))
        yield Advice(words, command_with(facts, batch_size=size // 2))


RULES: tuple[Callable[[ReportFacts], Iterator[Advice]], ...] = (
    broken,
    went_wrong,
    single_epoch,
    turned,
    gap,
    still_falling,
    weak,
    rough,
    larger_data,
    luck,
    other_optimizer,
    other_rate,
    smaller_batches,
)

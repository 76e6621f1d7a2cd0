"""What the sections say: every number shown is the number given."""

from __future__ import annotations

import base64
import io
import re
import shlex
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from liuli.report import LayerFacts, NeuronFacts, ReportFacts, verdict
from liuli.report.advice import chosen, command_with
from liuli.report.figures import axis, count, duration, percent, short, shortened, width
from liuli.report.network import arithmetic
from liuli.report.png import grey, png, signed
from liuli.report.svg import dots, linear, path, ticks
from tests.report.examples import digit_facts, house_facts
from tests.report.pages import read

DIGITS = digit_facts()


# --- figures and drawing ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "written"),
    [(0.953, "95.3 %"), (1.0, "100.0 %"), (0.9999, "99.99 %"), (0.0, "0.0 %"), (0.0001, "0.01 %"),
     (0.999999, "99.9999 %"), (float("nan"), "nan")],
)  # fmt: skip
def test_percent(value: float, written: str) -> None:
    assert percent(value) == written.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(1.84, "1.8 s"), (0.03, "0.03 s"), (59.9, "59.9 s"), (59.96, "1 min 0 s"),
     (75.2, "1 min 15 s"), (3780, "1 h 3 min"), (float("nan"), "not measured")],
)  # fmt: skip
def test_duration(seconds: float, written: str) -> None:
    assert duration(seconds).en == written


def test_numbers() -> None:
    assert count(100480) == "100,480" and count(-3) == "\u22123"
    assert short(-0.5) == "\u22120.5000" and short(-1e-9) == "\u22121e-09"
    assert [axis(x) for x in (0.2, 1500, -20, 1e-6)] == ["0.2", "1,500", "\u221220", "1e-06"]
    assert width("数a") == 3 and shortened("数字识别", 5) == "数字…"


@pytest.mark.parametrize("span", [(0, 1), (0.31, 0.33), (-5, 1234), (1e-9, 3e-9), (99.9, 100)])
def test_ticks_are_few_round_and_inside(span: tuple[float, float]) -> None:
    low, high = span
    marks = ticks(low, high)
    assert 2 <= len(marks) <= 6
    assert all(low - 1e-9 * abs(low) <= mark <= high + 1e-9 * abs(high) for mark in marks)
    steps = np.diff(marks)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:.6e}"[0] in "125"
    assert f"{steps[0]:.6e}"[1:8] == ".000000"


def test_paths() -> None:
    assert path([(0, 1), (2, 3), (4, float("nan")), (5, 6)]) == "M0 1L2 3M5 6"
    assert dots([(1.25, 2)]) == "M1.2 2h0"
    assert linear(0, 10, 100, 200)(5) == 150


@pytest.mark.parametrize("shape", [(28, 28), (3, 5, 3), (1, 1, 4)])
def test_png_keeps_every_pixel(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))), pixels)


def test_signed_colours() -> None:
    red, blue, clear = signed(np.array([[2.0, -1.0, 0.0]]))[0].tolist()
    assert red[0] > red[2] and red[3] == 255
    assert blue[2] > blue[0] and blue[3] == 128
    assert clear[3] == 0


def test_grey_of_one_value() -> None:
    assert grey(np.full((2, 2), 7.0)).max() == 0
    assert grey([[0.0, 1.0], [2.0, float("nan")]]).tolist() == [[0, 127], [255, 0]]


# --- headline, curves ---------------------------------------------------------------------------
def test_headline_tells_the_result() -> None:
    accuracy = DIGITS.metrics["test_accuracy"]
    text = read(DIGITS).text()
    assert f"The network names {percent(accuracy)} of 300 pictures correctly" in text
    wrong = 300 - int(np.trace(DIGITS.confusion))
    assert f"It was wrong {wrong} times in 300." in text
    assert round(300 * (1 - accuracy)) == wrong
    assert "1.8 s" in text and "109,386" in text and "liuli train --data sample" in text
    assert f"网络认对了 {percent(accuracy)}" in read(DIGITS).text("zh-CN")


def test_headline_of_a_regression() -> None:
    facts = house_facts()
    error = short(facts.metrics["test_mae"])
    assert f"predicts price with a mean error of {error} k€" in read(facts).text()
    assert f"预测 price 的平均误差是 {error} k€" in read(facts).text("zh-CN")


def test_curves_pass_through_the_values() -> None:
    page = read(DIGITS)
    loss = page.drawings[1]
    lines = [part.attrib["d"] for part in loss.iter() if part.get("class") == "curve training"]
    points = re.findall(r"([\d.]+) ([\d.]+)", lines[0])
    heights = np.array([float(y) for _, y in points])
    values = np.array([row["loss"] for row in DIGITS.history])
    assert len(points) == len(values) == 12
    # Heights are an affine function of the losses, to the tenth of a point they are written in.
    slope, start = np.polyfit(values, heights, 1)
    assert slope < 0
    assert np.abs(values * slope + start - heights).max() < 0.1
    titles = [part.text for part in loss.iter() if part.tag.endswith("title")]
    assert f"training / 训练 {short(values[3])}" in titles[3]


def test_steep_loss_is_logarithmic() -> None:
    history = [{"epoch": i, "loss": 10.0 ** (3 - i)} for i in range(1, 6)]
    assert "The axis is logarithmic" in read(ReportFacts("r", "c", "d", history=history)).text()
    assert "The axis is logarithmic" not in read(DIGITS).text()


def test_best_epoch_is_named() -> None:
    losses = [0.9, 0.4, 0.7]
    history = [{"epoch": i + 1, "loss": x, "val_loss": x} for i, x in enumerate(losses)]
    text = read(ReportFacts("r", "c", "d", history=history)).text()
    assert "The test loss was smallest in epoch 2: 0.4000." in text


def test_training_curve_below_the_test_curve_is_explained() -> None:
    rows = [{"epoch": i, "loss": 0.5, "accuracy": 0.8, "val_accuracy": 0.9} for i in (1, 2)]
    first = [{**rows[0]}, {**rows[1], "accuracy": 0.95}]  # as it mostly is
    for history in (rows, first):
        assert "Why can the test be better" in read(digit_facts(history=history)).text()
    never = [{**row, "accuracy": 0.95} for row in rows]
    assert "Why can the test be better" not in read(digit_facts(history=never)).text()


def test_shift_and_rate_are_named() -> None:
    rows = [{"epoch": i, "loss": 0.5, "lr": 0.01 / i} for i in (1, 2)]
    text = read(digit_facts(history=rows, settings={"shift": 1})).text()
    assert "shifted at random by up to 1 pixel" in text
    assert "began at 0.0100 and fell along a cosine, to 0.0050" in text
    assert "cosine" not in read(digit_facts(settings={"shift": 0})).text()


# --- confusion, misread -------------------------------------------------------------------------
def test_confusion_shows_every_count() -> None:
    confusion = np.array([[5, 0, 2], [1, 6, 0], [0, 3, 0]])
    facts = digit_facts(confusion=confusion, classes=["cat", "dog", "owl"])
    page = read(facts)
    table = page.drawings[3]
    titles = {part.text for part in table.iter() if part.tag.endswith("title")}
    names = facts.classes
    for i, j in np.argwhere(confusion):
        assert f"{names[i]} → {names[j]}: {confusion[i, j]}" in titles
    assert "owl taken for dog: 3 of 3 times cat taken for owl: 2 of 7 times" in re.sub(
        r"(times)(\w)", r"\1 \2", page.text()
    )


@pytest.mark.parametrize("classes", [2, 6, 10, 20])
@pytest.mark.parametrize("name", ["3", "versicolor"])
def test_confusion_keeps_its_size_and_holds_its_words(classes: int, name: str) -> None:
    facts = digit_facts(confusion=np.ones((classes, classes), int), classes=[name] * classes)
    drawing = read(facts).drawings[3]
    width, height = (float(drawing.attrib[key]) for key in ("width", "height"))
    assert drawing.attrib["viewBox"] == f"0 0 {width:g} {height:g}"  # a point is a pixel
    for part in drawing.iter():
        if part.attrib.get("class") == "axis-label middle":
            x, y = float(part.attrib["x"]), float(part.attrib["y"])
            along = (y, height, 110) if "transform" in part.attrib else (x, width, 150)
            assert along[2] / 2 <= along[0] <= along[1] - along[2] / 2  # its letters, 7 wide


def test_misread_tiles_show_the_pictures() -> None:
    page = read(DIGITS)
    first = DIGITS.misread[0]
    tile = page.named("img")[0]
    pixels = base64.b64decode((tile["src"] or "").partition(",")[2])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pixels))), first.picture)
    assert tile["alt"] == f"{first.true} → {first.predicted}"
    sure = percent(first.probability, 0)
    assert f"true {first.true}, read as {first.predicted}{sure} sure" in page.text()


def test_worst_rows_of_a_regression() -> None:
    facts = house_facts()
    first = facts.misread[0]
    cells = short(first.true), short(first.predicted), short(first.predicted - first.true)
    assert "".join(cells) + "3north & west1987" in read(facts).text()


def test_scatter_has_every_example() -> None:
    page = read(house_facts())
    [cloud] = page.named("path", "cloud")
    assert (cloud["d"] or "").count("M") == 400
    many = np.linspace(0, 1, 5000)
    [cloud] = read(house_facts(true_values=many, predicted_values=many)).named("path", "cloud")
    assert (cloud["d"] or "").count("M") == 2000
    text = read(house_facts(true_values=many, predicted_values=many)).text()
    assert "A sample of 2,000 of the 5,000 test examples" in text
    assert "A sample of" not in page.text()


# --- network, neuron ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shapes", "written"),
    [
        ([(128, 784), (128,)], "784 × 128 + 128 = 100,480"),
        ([(64,), (64,)], "64 + 64 = 128"),
        ([(10,)], "10"),
        ([(16, 3, 5, 5), (16,)], "5 × 5 × 3 × 16 + 16 = 1,216"),
        ([()], "1"),
        ([], "0"),
    ],
)
def test_arithmetic(shapes: list[tuple[int, ...]], written: str) -> None:
    layer = LayerFacts("a", "Linear", (3,), shapes=shapes)
    assert arithmetic(layer) == written


def test_network_adds_up() -> None:
    text = read(DIGITS).text()
    assert "784 × 128 + 128 = 100,480" in text
    assert "100,480 + 8,256 + 650 = 109,386" in text
    assert "input · 784 numbers" in text


def written_sum(text: str) -> tuple[list[float], float]:
    """The terms and the total of the sum in the page."""
    line = re.search(r"z = (\u2212?\d[^=]*) = (\u2212?[\d.,]+)(?=Then)", text)
    terms = re.findall(r"[+\u2212]?\s?[\d.,]+", line[1])
    numbers = [float(re.sub(r"[\s,]", "", t).replace("\u2212", "-")) for t in terms]
    return numbers, float(line[2].replace("\u2212", "-").replace(",", ""))


@pytest.mark.parametrize("seed", range(5))
def test_neuron_sum_adds_up(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, w = random.random((28, 28)), random.normal(0, 0.3, (28, 28))
    neuron = NeuronFacts("fc1", 3, x, w, -0.25, activation="ReLU")
    text = read(digit_facts(neuron=neuron)).text()
    terms, total = written_sum(text)
    assert len(terms) == 17  # sixteen regions, the bias
    assert total == pytest.approx((x * w).sum() - 0.25, abs=5e-4)
    assert sum(terms) == pytest.approx(total, abs=18 * 5e-4)
    regions = np.sort(np.abs((x * w).reshape(4, 7, 4, 7).sum((1, 3))).ravel())[::-1]
    assert np.abs(terms[:16]) == pytest.approx(regions, abs=5e-4)
    assert terms[16] == -0.25
    assert re.search(r"the bias b\u22120\.250\d*z, the sum", text)  # the table says the same


@pytest.mark.parametrize(
    ("activation", "bias", "written"),
    [
        ("ReLU", 0.1, "a = max(0, 0.5000) = 0.5000"),
        ("ReLU", -1.4, "a = max(0, −1.0000) = 0.0000"),
        ("Sigmoid", 0.1, "a = 1 / (1 + exp(−0.5000)) = 0.6225"),
        ("Tanh", 0.1, "a = tanh(0.5000) = 0.4621"),
        ("", 0.1, "a = z = 0.5000"),
    ],
)
def test_tutorial_neuron(activation: str, bias: float, written: str) -> None:
    # The first neuron of the tutorials: x = [.5, .3, .2], w = [.4, .6, .1], b = .1.
    inputs, weights = [0.5, 0.3, 0.2], [0.4, 0.6, 0.1]
    neuron = NeuronFacts("fc1", 0, inputs, weights, bias, activation=activation)
    assert written in read(house_facts(neuron=neuron)).text()


def test_neuron_names_its_example() -> None:
    digit = DIGITS.neuron.true
    text = read(DIGITS).text()
    assert f"Neuron {digit} of fc1, on test example 0, which is “{digit}”." in text


def test_neuron_tells_a_pixel_and_how_pixels_were_scaled() -> None:
    x = np.full((28, 28), -0.42)
    x[13, 8], w = 2.8, np.full((28, 28), 0.01)
    neuron = NeuronFacts("1", 3, x, w, 0.0, "ReLU", scaling=(0.1307, 0.3081))
    page = read(digit_facts(neuron=neuron))
    assert "pixel in row 13, column 8: x = 2.800, w = 0.0100, x \u00d7 w = 0.0280" in page.text()
    assert "a black pixel is \u22120.4242, a white one 2.821" in page.text()
    assert "Neuron 3 of layer 1" in page.text()
    assert "\u7b2c 1 \u5c42\u7684\u7b2c 3 \u53f7\u795e\u7ecf\u5143" in page.text("zh-CN").replace(
        "  ", " "
    )
    assert "counted from 0" in page.text()


def test_terms_that_show_as_nothing_are_left_to_the_rest() -> None:
    x = [1.0, 1e-9, 2.0]
    neuron = NeuronFacts("fc", 0, x, [1.0, 1.0, 1.0], names=["a", "b", "c"])
    text = read(house_facts(neuron=neuron)).text()
    assert "the other 1 together" in text and "z = 2.000 +\u00a01.000 +\u00a00.000" in text


def test_flatten_of_a_row_is_no_picture() -> None:
    layers = [LayerFacts("0", "Flatten", (3,)), LayerFacts("1", "Linear", (1,), [(1, 3)])]
    assert "picture" not in read(house_facts(layers=layers)).text().partition("The network")[2]
    assert "rows of the picture" in read(DIGITS).text()


def test_neuron_shows_what_the_network_computed() -> None:
    neuron = NeuronFacts("fc1", 0, [1.0], [0.5], activation="GELU", output=0.3457)
    assert "a = gelu(0.5000) = 0.3457" in read(house_facts(neuron=neuron)).text()


# --- advice -------------------------------------------------------------------------------------
SETTINGS = {"data": "mnist", "epochs": 4, "batch_size": 64, "lr": 0.1, "optimizer": "sgd",
            "seed": 0}  # fmt: skip


def run_of(losses: list[float], tests: list[float], **more: object) -> ReportFacts:
    history = [{"epoch": i + 1, "loss": a, "val_loss": b, "accuracy": 0.95, "val_accuracy": 0.95}
               for i, (a, b) in enumerate(zip(losses, tests, strict=True))]  # fmt: skip
    facts = {"title": "r", "command": "c", "data": "MNIST", "history": history, "test_size": 1000,
             "settings": SETTINGS, "metrics": {"test_accuracy": 0.95}}  # fmt: skip
    return ReportFacts(**{**facts, **more})


FLAT = [0.5, 0.4, 0.3999, 0.3998]


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        (run_of([1, float("nan"), 2, 2], FLAT), "--data mnist --lr 0.01"),
        (run_of([1.0], [1.0]), "--data mnist --epochs 10"),
        (run_of(FLAT, [0.5, 0.3, 0.4, 0.5]), "--data mnist --epochs 2"),
        (run_of([0.9, 0.6, 0.4, 0.2], [0.9, 0.7, 0.5, 0.3]), "--data mnist --epochs 8"),
        (run_of(FLAT, FLAT, metrics={"test_accuracy": 0.9}), "--data mnist --lr 0.03"),
        (run_of(FLAT, FLAT, metrics={"test_accuracy": 0.9},
                settings={**SETTINGS, "data": "sample"}), "--data mnist"),
        (run_of([0.5, 0.6, 0.4, 0.45], FLAT), "--data mnist --lr 0.03"),
        (run_of(FLAT, FLAT), "--data fashion-mnist"),
    ],
    ids=["nan", "few", "turned", "falling", "gap", "gap of the sample", "rough", "calm"],
)  # fmt: skip
def test_first_advice(facts: ReportFacts, first: str) -> None:
    assert chosen(facts)[0].command == f"liuli train {first}"


def test_weak_network_is_trained_longer_or_with_the_usual_rate() -> None:
    history = [{"epoch": i, "loss": 2.0 - 0.001 * i, "accuracy": 0.3} for i in range(1, 5)]
    facts = run_of(FLAT, FLAT, history=history, classes=list("0123456789"))
    assert "liuli train --data mnist --epochs 8" in [one.command for one in chosen(facts)]
    facts = run_of(FLAT, FLAT, history=history, classes=list("0123456789"), usual_lr=0.2)
    assert "liuli train --data mnist --lr 0.2" in [one.command for one in chosen(facts)]


def test_a_diverged_run_is_told_and_no_advice_keeps_its_rate() -> None:
    history = [{"epoch": i, "loss": 50.0, "val_loss": 28.6, "accuracy": 0.1} for i in (1, 2)]
    facts = run_of([], [], history=history, classes=list("0123456789"), usual_lr=0.003,
                   metrics={"test_accuracy": 0.1}, settings={**SETTINGS, "lr": 100.0},
                   options={"lr": 100.0, "epochs": 2})  # fmt: skip
    page = read(facts)
    assert "the loss ended at 50.00, far above the 2.303 that guessing gives" in page.text()
    assert page.text().index("This training went wrong") < page.text().index("How it learned")
    commands = [one.command for one in chosen(facts)]
    assert commands[0] == "liuli train --data mnist --lr 0.003 --epochs 2"
    assert not [one for one in commands if "--lr" in one and "--lr 0.003" not in one]
    assert "--lr 100" not in page.text()


@pytest.mark.parametrize(
    ("losses", "accuracy", "kind"),
    [([2.3, 2.3], 0.1, "useless"), ([4.0, 3.6], 0.3, "diverged"), ([2.3, 2.2], 0.11, None)],
)
def test_verdict(losses: list[float], accuracy: float, kind: str | None) -> None:
    facts = run_of(losses, losses, classes=list("0123456789"), metrics={"test_accuracy": accuracy},
                   confusion=np.full((10, 10), 5))  # fmt: skip
    found = verdict(facts)
    assert (found.kind if found else None) == kind
    assert (kind is None) == ('role="alert"' not in read(facts).source)


def test_verdict_of_numbers() -> None:
    assert verdict(house_facts()) is None
    bad = house_facts(metrics={"test_mae": 9.0, "test_r2": -0.1})
    assert verdict(bad).kind == "useless" and "no better than always giving" in read(bad).text()


def test_shorter_training_is_advised_only_for_a_clear_rise() -> None:
    told = "The test loss rose by"
    assert told not in read(run_of(FLAT, [0.5, 0.30, 0.31, 0.32])).text()  # 7 %
    rising = run_of(FLAT, [0.5, 0.30, 0.35, 0.40])
    assert told in read(rising).text()
    better = [{**row, "val_accuracy": 0.9 + 0.01 * i} for i, row in enumerate(rising.history)]
    assert told not in read(replace(rising, history=better)).text()


@pytest.mark.parametrize("facts", [DIGITS, house_facts(), run_of(FLAT, FLAT)])
def test_four_to_six_different_commands(facts: ReportFacts) -> None:
    commands = [one.command for one in chosen(facts)]
    assert 4 <= len(commands) == len(set(commands)) <= 6
    assert all(command in read(facts).text() for command in commands)


def test_other_optimizer_comes_with_its_usual_rate() -> None:
    facts = run_of(FLAT, FLAT, options={"optimizer": "sgd", "lr": 0.1})
    assert "liuli train --data mnist --optimizer adam" in [one.command for one in chosen(facts)]


def test_given_commands_are_not_advised_again() -> None:
    given = ["liuli train --data fashion-mnist"]
    facts = run_of(FLAT, FLAT, next_commands=given)
    assert given[0] not in [one.command for one in chosen(facts)]
    assert read(facts).text().count(given[0]) == 1


def test_commands_keep_what_the_user_chose() -> None:
    facts = run_of(FLAT, FLAT, options={"model": "my nets.py:big", "lr": 0.5, "out": "runs/x"})
    command = command_with(facts, seed=3)
    words = ["liuli", "train", "--data", "mnist", "--model", "my nets.py:big", "--lr", "0.5",
             "--seed", "3"]  # fmt: skip
    assert shlex.split(command) == words
    assert command_with(facts, lr=0.1 / 3).endswith("--lr 0.0333")

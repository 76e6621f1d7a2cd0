"""Filters and feature maps in the report, and the page of pictures alone."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liuli.report import FilterFacts, LayerMaps, MapFacts, ReportFacts, write_gallery
from liuli.report.filters import SHOWN, picture_of
from liuli.report.gallery import _missing
from liuli.report.maps import LAYERS, chosen
from liuli.report.png import GLASS, NEGATIVE, POSITIVE, png, sheet, signed
from tests.report.examples import digit_facts, house_facts
from tests.report.pages import Page, outside, read

DRAW = np.random.default_rng(4)


def filters(count: int = 6, channels: int = 1, side: int = 5, **others: object) -> FilterFacts:
    before, after = DRAW.normal(0, 1, (2, count, channels, side, side))
    facts = {"kind": "Conv2d", "before": before, "after": after, "total": count, **others}
    return FilterFacts("conv1", **facts)  # type: ignore[arg-type]


def maps(layers: int = 3, channels: int = 4, **others: object) -> MapFacts:
    found = [LayerMaps(f"conv{i}", "Conv2d", DRAW.normal(0, 1, (channels, 28 >> i, 28 >> i)))
             for i in range(layers)]  # fmt: skip
    facts = {"index": 3, "true": 7, "answer": 1, "probability": 0.514, **others}
    return MapFacts(np.zeros((28, 28), np.uint8), found, **facts)  # type: ignore[arg-type]


def sizes(page: Page) -> list[tuple[int, int]]:
    """Width and height of every sheet, as the PNG itself says."""
    starts = [base64.b64decode((each["src"] or "").partition(",")[2]) for each in
              page.named("img", "sheet")]  # fmt: skip
    return [struct.unpack(">II", data[16:24]) for data in starts]


# --- sheets ---------------------------------------------------------------------------------------
def test_a_sheet_holds_every_picture_in_its_place() -> None:
    pictures = [np.full((2, 3, 4), 100 + i, np.uint8) for i in range(5)]
    made = sheet(pictures, 3, gap=1)
    assert made.shape == (5, 11, 4)
    for i, picture in enumerate(pictures):
        top, left = 3 * (i // 3), 4 * (i % 3)
        assert (made[top : top + 2, left : left + 3] == picture).all()
    assert not made[2].any() and not made[:, 3].any() and not made[3:, 8:].any()
    clear = sheet([np.zeros((2, 2, 4), np.uint8)], 1)
    assert (clear == GLASS).all()
    assert len(zlib.decompress(rows_of(png(made)))) == 5 * (1 + 11 * 4)


def rows_of(file: bytes) -> bytes:
    """The packed rows of a PNG."""
    start = file.index(b"IDAT")
    (length,) = struct.unpack(">I", file[start - 4 : start])
    return file[start + 4 : start + 4 + length]


def test_filters_are_red_and_blue_on_one_scale() -> None:
    pixels = picture_of([[[1.0, -2.0, 0.0]]], largest=2.0)[0]
    assert (pixels[0, :3] == POSITIVE).all() and (pixels[1, :3] == NEGATIVE).all()
    assert pixels[:, 3].tolist() == [128, 255, 0]
    assert (signed([[4.0]], 8.0)[0, 0, 3], signed([[4.0]])[0, 0, 3]) == (128, 255)


def test_filters_of_three_channels_have_their_colours() -> None:
    red = np.zeros((3, 1, 1))
    red[0] = 1.0
    assert picture_of(red, 1.0)[0, 0].tolist() == [255, 128, 128, 255]
    text = read(digit_facts(filters=filters(channels=3))).text()
    assert "in its own colours" in text and "Red adds" not in text


# --- the sections ---------------------------------------------------------------------------------
def test_filters_before_and_after() -> None:
    one = filters(8)
    page = read(digit_facts(filters=one))
    assert sizes(page) == [(35, 11), (35, 11)]
    assert "Layer conv1 slides 8 filters of 5 × 5" in page.text()
    assert f"Number {one.moved().argmax()} changed most" in page.text()
    assert "学习之前" in page.text("zh-CN") and "学习之后" in page.text("zh-CN")
    assert all(each["alt"] for each in page.named("img"))


def test_without_the_first_ones_only_the_last_are_shown() -> None:
    page = read(digit_facts(filters=filters(before=None)))
    assert len(sizes(page)) == 1
    assert "one scale" not in page.text() and "changed most" not in page.text()


def test_many_filters_and_many_channels() -> None:
    text = read(digit_facts(filters=filters(SHOWN + 4, channels=16, side=3))).text()
    assert f"The first {SHOWN} are shown." in text and "mean over the 16 channels" in text


def test_weights_of_neurons_are_called_so() -> None:
    text = read(digit_facts(filters=filters(4, side=28, kind="Linear", total=128))).text()
    assert "Layer conv1 has 128 neurons" in text and "slides" not in text
    assert "The first 4 are shown." in text


@pytest.mark.parametrize("strange", [np.nan, np.inf, 0.0])
def test_filters_that_are_no_numbers(strange: float) -> None:
    full = np.full((2, 1, 3, 3), strange)
    read(digit_facts(filters=FilterFacts("conv1", "Conv2d", full, full, 2)))
    layer = LayerMaps("conv1", "Conv2d", full[0])
    read(digit_facts(maps=MapFacts(np.zeros((28, 28), np.uint8), [layer])))


def test_maps_layer_by_layer() -> None:
    page = read(digit_facts(maps=maps(channels=20)))
    text = page.text()
    assert [f"conv{i} · Conv2d" in text for i in range(4)] == [True, True, True, False]
    assert "20 maps of 14 × 14; the first 16" in text
    assert "test example 3" in text and "It is: 7" in text
    assert "The network says: 1 (51\u00a0%)" in text
    assert [height for _, height in sizes(page)] == [2 * 28 + 2, 2 * 14 + 1, 2 * 7 + 1]
    assert "20 张 14 × 14 的特征图；显示前 16 张" in page.text("zh-CN")


def test_the_network_begins_with_the_whole_picture() -> None:
    """Also where the neuron shown is a convolution's, which sees a small part."""
    facts = digit_facts(maps=maps())
    small = replace(facts.neuron, inputs=np.ones((3, 3)), weights=np.ones((3, 3)), picture=None)
    for one in (replace(facts, neuron=small), replace(facts, neuron=small, misread=[]),
                replace(facts, neuron=small, maps=None)):  # fmt: skip
        assert "input · 784 numbers" in read(one).text()


def test_maps_of_a_file() -> None:
    text = read(digit_facts(maps=maps(index=None, true=None, source="<my> photo.png"))).text()
    assert "<my> photo.png" in text and "It is:" not in text and "conv0" in text


def test_a_deep_network_is_shown_where_its_shapes_change() -> None:
    shapes = [(16, 32, 32)] * 20 + [(32, 16, 16)] * 20 + [(64, 8, 8)] * 20
    layers = [LayerMaps(str(i), "Conv2d", np.zeros(shape)) for i, shape in enumerate(shapes)]
    shown = [layer.name for layer in chosen(layers)]
    assert len(shown) == LAYERS and shown == sorted(shown, key=int)
    assert {"0", "20", "40", "59"} <= set(shown)
    long = [LayerMaps(str(i), "Conv2d", np.zeros((i + 1, 2, 2))) for i in range(40)]
    assert len(chosen(long)) == LAYERS and chosen(long)[-1] is long[-1]
    assert chosen(layers[:LAYERS]) == layers[:LAYERS]
    text = read(digit_facts(maps=MapFacts(np.zeros((32, 32), np.uint8), layers))).text()
    assert "48 more layers are not shown" in text


def test_a_report_without_pictures_has_no_such_sections() -> None:
    page = read(house_facts())
    assert not {"filters", "maps"} & {each.get("id") for each in page.named("section")}


# --- the page of pictures -------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh"])
def test_gallery(language: str, tmp_path: Path) -> None:
    facts = digit_facts(filters=filters(), maps=maps())
    page = Page(write_gallery(tmp_path / "p.html", facts, language=language).read_text("utf-8"))
    assert page.complaints == outside(page) == []
    assert [each.get("id") for each in page.named("section")] == ["filters", "maps", "misread"]
    checked = [each["id"] for each in page.named("input") if "checked" in each]
    assert checked == [f"to-{language}"]


def test_gallery_says_what_there_is_not(tmp_path: Path) -> None:
    def text(facts: ReportFacts) -> str:
        return Page(write_gallery(tmp_path / "p.html", facts).read_text("utf-8")).text()

    assert "no convolution, so there are no feature maps" in text(digit_facts(filters=filters()))
    assert "sees no pictures" in text(house_facts()) and "north & west" in text(house_facts())
    assert _missing(digit_facts(maps=maps())) == ["intro"]

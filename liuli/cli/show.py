"""`liuli show`: filters, feature maps and mistakes of a network, as a page or in letters."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.photo import Digit, read_digit
from ..errors import CommandError, LiuliError
from ..nn import Module
from ..report import FilterFacts, LayerMaps, MapFacts, ReportFacts, write_gallery
from ..report.maps import chosen
from ..train import Trainer
from . import runs
from .arguments import Arguments, shown
from .console import complain
from .drawing import as_letters, beside, shrunk
from .gathering import judged
from .guard import DONE
from .program import spelled
from .runs import Run
from .seeing import filters_of, maps_of
from .settings import TABLES
from .sources import Source, as_seen, examples, picture_size, source_of
from .words import say

PAGE = "pictures.html"
FILTERS, CHANNELS, MISTAKES = 12, 3, 10  # how much is shown in letters


def command(arguments: Arguments) -> int:
    """Write the page, or print. Errors: LL748 without a run, LL986 for a folder that is none."""
    if not arguments.places:
        raise CommandError("LL748", fix=spelled(["show", runs.latest() or "runs/001"]))
    run = runs.opened(arguments.places[0])
    picture = _picture(run, arguments.places[1:])
    model = run.network()
    facts = facts_of(run, model, picture, _source(run))
    if "text" in arguments.options:
        print("\n".join(lines_of(facts)))
        return DONE
    path = Path(arguments.get("out") or run.folder / PAGE)
    written = write_gallery(path, facts, language=arguments.language).resolve()
    print(say("pictures", path=written.as_uri()))
    if facts.maps is None:
        print(say("note", note=say("no_maps")))
    if "open" in arguments.options and not webbrowser.open(written.as_uri()):
        complain(say("no_browser"))
    return DONE


def _picture(run: Run, places: list[str]) -> tuple[str, Digit] | None:
    """A picture of the user's to follow. Errors: LL983, LL998 for what is none, or too much."""
    if len(places) > 1:
        raise CommandError("LL983", command="show", word=shown(places[1]), near="")
    if not places:
        return None
    path = Path(places[0])
    if run.look["kind"] != "pictures" or path.suffix.lower() in TABLES:
        raise CommandError("LL998", path=run.folder, given=path, data=run.settings.data)
    return path.name, read_digit(path)


def _source(run: Run) -> Source | None:
    """What the run learned from; None, and a remark, where that is no longer there."""
    try:
        return source_of(replace(run.settings, data=run.facts["data_file"] or run.settings.data))
    except LiuliError as error:
        complain(say("no_data", data=run.settings.data))
        complain("  " + str(error).partition("\n")[0])
        return None


def facts_of(run: Run, model: Module, picture: tuple[str, Digit] | None,
             source: Source | None) -> ReportFacts:  # fmt: skip
    """Everything that is shown: the part of the report's facts that are pictures."""
    found: dict[str, Any] = {}
    if source is not None:
        found = judged(Trainer(model).predict(source.test), source)
        found |= {"test_size": len(source.test), "target": run.settings.target or ""}
    pictures = run.look["kind"] == "pictures"
    return ReportFacts(
        title=str(run.folder),
        command=run.facts["command"],
        data=run.settings.data,
        task="classify" if run.look["classes"] else "regress",
        classes=run.look["classes"] or (),
        filters=filters_of(run, model, _size(run, source)) if pictures else None,
        maps=_maps(run, model, picture, source) if pictures else None,
        **found,
    )


def _size(run: Run, source: Source | None) -> tuple[int, int] | None:
    """The height and width of the run's pictures."""
    if source is not None:
        return picture_size(source)
    side = round(float(run.look["sizes"][0]) ** 0.5)
    return side, side


def _maps(run: Run, model: Module, picture: tuple[str, Digit] | None,
          source: Source | None) -> MapFacts | None:  # fmt: skip
    """The way of the user's picture, else of the first test example, through the network."""
    if picture is not None:
        name, digit = picture
        return maps_of(model, as_seen(digit.array[None], run.look)[0], digit.array, source=name)
    if source is None:
        return None
    first = int(source.test.targets[0])
    return maps_of(model, examples(source, 1)[0], source.test.inputs[0], index=0, true=first)


# --- in letters -----------------------------------------------------------------------------------
def lines_of(facts: ReportFacts) -> list[str]:
    """The same in letters, for a terminal."""
    lines = []
    if facts.filters is not None:
        lines += _filter_lines(facts.filters)
    if facts.maps is not None:
        lines += _map_lines(facts, facts.maps)
    else:
        lines += [say("no_maps"), ""]
    if facts.misread and facts.task == "classify":
        lines.append(say("mistakes", count=min(MISTAKES, len(facts.misread))))
        lines += [say("mistake", index=one.index, true=facts.class_name(one.true),
                      read=facts.class_name(one.predicted), probability=one.probability)
                  for one in facts.misread[:MISTAKES]]  # fmt: skip
    return lines


def _filter_lines(one: FilterFacts) -> list[str]:
    total, _, height, width = (one.total, *one.after.shape[1:])
    small = one.kind.startswith("Conv")
    count = min(FILTERS if small else CHANNELS, len(one.after))
    lines = [say("filters" if small else "neurons", layer=one.layer, kind=one.kind, total=total,
                 height=height, width=width, count=count), say("signs"), ""]  # fmt: skip
    sides = {"filters_before": one.before, "filters_after": one.after}
    known = {name: [shrunk(each.mean(axis=0)) for each in values[:count]]
             for name, values in sides.items() if values is not None}  # fmt: skip
    largest = max(float(np.abs(values).max()) for values in known.values())
    for name, values in known.items():
        drawn = [as_letters(each, largest) for each in values]
        lines += [say(name), *beside(drawn, between=" | "), ""]
    return lines


def _map_lines(facts: ReportFacts, one: MapFacts) -> list[str]:
    assert one.answer is not None
    what = one.source or say("test_example", index=one.index)
    lines = [say("maps", what=what, answer=facts.class_name(one.answer),
                 probability=one.probability), ""]  # fmt: skip
    for layer in chosen(list(one.layers)):
        lines += [_head(layer), *beside([as_letters(each) for each in _strongest(layer)]), ""]
    return lines


def _head(layer: LayerMaps) -> str:
    channels, height, width = layer.values.shape
    return say("map", name=layer.name, kind=layer.kind, channels=channels, height=height,
               width=width, count=min(CHANNELS, channels))  # fmt: skip


def _strongest(layer: LayerMaps) -> Any:
    """The maps with most in them."""
    order = np.argsort(-np.abs(layer.values).sum(axis=(1, 2)), kind="stable")[:CHANNELS]
    return layer.values[np.sort(order)]

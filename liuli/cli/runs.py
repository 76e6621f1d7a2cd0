"""Run folders: runs/001 and so on, each with everything that one training made.

run.json            the settings, and how examples are prepared: written before training
history.jsonl       a row an epoch
checkpoints/        where training stands: `--resume` goes on from there
filters.safetensors the first layer's filters before learning
model.safetensors   the trained network
model.py            the user's file, if the network came from one
results.json        what was reached
report.html         the report
digit.png           a digit of the test, to try `liuli predict` on
"""

from __future__ import annotations

import json
import math
import shutil
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import CommandError
from ..files import write_text_atomic
from ..nn import Module
from ..nn.saving import load, save
from ..train.lock import RunLock
from .networks import build, classes_in, is_file, load_file, parted
from .settings import Settings
from .sources import Sizes, Source

RUNS = Path("runs")
VERSION = 1


class Run:
    """The folder of one run, and what run.json says."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        self.settings = Settings(**facts["settings"])

    @property
    def look(self) -> dict[str, Any]:
        """How examples are prepared for this network."""
        look: dict[str, Any] = self.facts["look"]
        return look

    @property
    def sizes(self) -> Sizes:
        """How many numbers go in and out. Runs of the first version do not tell the shape."""
        inputs, outputs, *shapes = self.look["sizes"]
        side = math.isqrt(inputs)
        old = [1, side, side] if self.look["kind"] == "pictures" else [inputs]
        return Sizes(inputs, outputs, tuple(shapes[0] if shapes else old))

    def lock(self) -> RunLock:
        """While the block runs, nobody else writes here. Errors: LL927 if somebody does."""
        return RunLock(self.folder)

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def model_file(self) -> Path:
        """The trained network."""
        return self.folder / "model.safetensors"

    @property
    def model(self) -> str:
        """The network as `build` takes it; a user's file is the copy in this folder."""
        if not is_file(self.settings.model):
            return self.settings.model
        return f"{self.folder / 'model.py'}:{parted(self.settings.model)[1]}"

    @property
    def history(self) -> Path:
        """The rows of the epochs."""
        return self.folder / "history.jsonl"

    def write(self, name: str, value: Any) -> None:
        """A JSON file in the folder, whole or not at all."""
        text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
        write_text_atomic(self.folder / name, text + "\n")

    def results(self) -> dict[str, Any]:
        """What results.json says; nothing if the training is not complete."""
        with suppress(OSError, ValueError):
            found = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        return {}

    def keep(self, model: Module) -> None:
        """Save the trained network with its structure; one that cannot be told, its numbers."""
        if model_is_plain(model):
            save(model, self.model_file)
        else:
            save(model.state_dict(), self.model_file)

    def network(self) -> Module:
        """The trained network, in evaluation mode. Errors: LL986 if it is not trained yet."""
        if not self.model_file.exists():
            command = f"liuli train --resume {self.folder}"
            raise CommandError("LL986", path=self.folder, part=self.model_file.name, fix=command)
        own: list[type] = []
        if is_file(self.settings.model):
            own = classes_in(load_file(self.folder / "model.py"))
        made = load(self.model_file, classes=own)
        if not isinstance(made, Module):
            weights, made = made, build(self.model, self.sizes)
            made.load_state_dict(weights)
        return made.eval()


def model_is_plain(model: Module) -> bool:
    """Whether the structure can be written down: every part knows what it was made with."""
    return all(getattr(part, "_made_with", None) is not None for part in model.modules())


def opened(path: str) -> Run:
    """The run in a folder. Errors: LL986 if it is none."""
    folder = Path(path)
    facts: Any = None
    with suppress(OSError, ValueError):
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if not _is_whole(facts):
        part = "run.json" if folder.is_dir() else path
        raise CommandError("LL986", path=path, part=part, fix=latest())
    return Run(folder, facts)


def _is_whole(facts: Any) -> bool:
    """Whether run.json has what is read from it."""
    if not isinstance(facts, dict) or facts.get("version") != VERSION:
        return False
    names = {field.name for field in fields(Settings)}
    parts = (facts.get("settings"), facts.get("look"))
    return all(isinstance(part, dict) for part in parts) and parts[0].keys() == names  # type: ignore[union-attr]


def latest() -> str:
    """The newest run that is there, for somebody who mistyped it."""
    return next((str(folder) for number, folder in sorted(_numbered(RUNS), reverse=True)), "")


def new_folder(wanted: str | None) -> Path:
    """A folder that belongs to nobody yet: the wanted one, else the next free number.

    Errors: LL985 if there is something in it already, LL994 if it cannot be made.
    """
    try:
        if wanted is not None:
            return _made(Path(wanted))
        RUNS.mkdir(exist_ok=True)
        while True:  # another process may take the same number at the same moment
            folder = RUNS / f"{max([0, *(n for n, _ in _numbered(RUNS))]) + 1:03}"
            with suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        raise CommandError("LL994", path=error.filename or wanted or RUNS, fix="--out FOLDER",
                           reason=error.strerror or str(error)) from None  # fmt: skip


def _made(folder: Path) -> Path:
    """The folder of `--out`, new or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        own = (folder / "run.json").exists() if folder.is_dir() else False
        fix = f"liuli train --resume {folder}" if own else f"--out {folder}-2"
        raise CommandError("LL985", path=folder, fix=fix)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _numbered(runs: Path) -> list[tuple[int, Path]]:
    """The folders with a number for a name."""
    with suppress(OSError):
        return [(int(each.name), each) for each in runs.iterdir() if each.name.isdecimal()]
    return []


def begin(folder: Path, settings: Settings, source: Source, **facts: Any) -> Run:
    """Write run.json, and a copy of the user's file: from then on the run can be resumed."""
    facts = {
        "version": VERSION,
        **facts,
        "settings": settings.to_json(),
        "look": source.look,
        "data_file": str(Path(settings.data).resolve()) if settings.is_table else None,
        "sha256": source.sha256,
        "train_examples": len(source.train),
    }
    run = Run(folder, facts)
    if is_file(settings.model):
        shutil.copyfile(parted(settings.model)[0], folder / "model.py")
    run.write("run.json", facts)
    return run


def discard(folder: Path) -> None:
    """Remove the folder of a training that broke off before anything was learned."""
    history = folder / "history.jsonl"
    learned = history.exists() and history.stat().st_size
    if learned or (folder / "checkpoints").exists():
        return
    for name in ("run.json", "model.py", "history.jsonl", "filters.safetensors"):
        with suppress(OSError):
            (folder / name).unlink()
    with suppress(OSError):  # something of somebody else's is in it
        folder.rmdir()

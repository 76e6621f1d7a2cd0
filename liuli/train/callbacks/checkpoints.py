"""The callback that writes checkpoints, and the best network."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import ArgumentError
from ...nn.saving import save
from .base import Callback, Logs
from .stopping import Best, watched


class ModelCheckpoint(Callback):
    """Write where training stands into `folder`: after every epoch, every n batches, on Ctrl-C.

    `every` is "epoch", or a number of batches. A checkpoint is whole or not there at all, and
    the one before stays until it is; `Trainer.load_checkpoint(folder)` goes on from the newest.
    Within `pause` seconds after one no other is written, but at the end there always is one.
    With `save_best` the network with the best `monitor` is kept beside them as
    `best.safetensors`.

    Example:
        >>> from liuli.train import ModelCheckpoint
        >>> callback = ModelCheckpoint("checkpoints", every=100)
    """

    last = True

    def __init__(self, folder: str | Path, every: str | int = "epoch", *, save_best: bool = False,
                 monitor: str = "val_loss", mode: str = "auto",
                 pause: float = 0.0) -> None:  # fmt: skip
        if every != "epoch" and not (isinstance(every, int) and every > 0):
            raise ArgumentError("LL602", argument="every", value=repr(every),
                                choices="'epoch', or a number of batches above 0")  # fmt: skip
        self.folder, self.every, self.save_best = Path(folder), every, save_best
        self.best = Best(monitor, mode if save_best or mode != "auto" else "min")
        self.pause = pause
        self.latest: Path | None = None
        self._written = -math.inf  # when

    def each_batch(self) -> bool:
        return self.every != "epoch"

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.every != "epoch" and (batch + 1) % int(self.every) == 0:
            self._write_in_time()

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.save_best:
            value = watched(self.best.monitor, logs)
            if self.best.improves(value):
                self.best.value = value
                self.folder.mkdir(parents=True, exist_ok=True)
                save(self.trainer.model.state_dict(), self.folder / "best.safetensors")
        last = epoch + 1 == self.trainer.epochs or self.trainer.stop_training
        if last:
            self._write()
        elif self.every == "epoch":
            self._write_in_time()

    def on_interrupt(self, signal: str) -> None:
        self._write()

    def _write_in_time(self) -> None:
        if time.monotonic() - self._written >= self.pause:
            self._write()

    def _write(self) -> None:
        self.latest = self.trainer.save_checkpoint(self.folder)
        self._written = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best.value}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.best.value = state["best"]

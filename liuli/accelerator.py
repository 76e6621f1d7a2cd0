"""`liuli.accelerator`: what programs ask about the machine's accelerator. There is none here."""

from __future__ import annotations

from typing import Any, NoReturn

from .devices import Device
from .errors import DeviceError

__mirrors__ = "torch"


def is_available() -> bool:
    """Whether there is an accelerator that tensors can live on: no."""
    return False


def device_count() -> int:
    """How many accelerators can be used: 0."""
    return 0


def current_accelerator(check_available: bool = False) -> Device | None:
    """The accelerator's device: None, so that programs choose the CPU."""
    return None


def _none() -> NoReturn:
    raise DeviceError("LL503")


def current_device_index() -> int:
    """The number of the accelerator in use. Errors: LL503 as there is none."""
    _none()


def set_device_index(device: Any) -> None:
    """Choose an accelerator by number. Errors: LL503 as there is none."""
    _none()


def synchronize(device: Any = None) -> None:
    """Wait for the accelerator. Errors: LL503 as there is none."""
    _none()

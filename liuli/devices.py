"""Devices: what is here, and if not, why not.

Liuli computes on the CPU. `cuda` is a name it knows, so that programs can ask for it and be
told the reason why it is not available.
"""

from __future__ import annotations

from .errors import DeviceError

KINDS = ("cpu", "cuda", "meta")


class Device:
    """A place to compute, as `liuli.device("cpu")` gives it; equal to its text."""

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, device: str | Device | int, index: int | None = None) -> None:
        if isinstance(device, Device):
            self.type, self.index = device.type, device.index
            return
        if isinstance(device, int):
            device = f"cuda:{device}"
        kind, _, number = str(device).partition(":")
        if kind not in KINDS or (number and not number.isdecimal()):
            raise DeviceError("LL501", device=device, kinds=", ".join(KINDS))
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str(self) == other
        if not isinstance(other, Device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


class Layout:
    """How the numbers of a tensor lie in memory: a name that PyTorch's programs pass on."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"liuli.{self.name}"


class MemoryFormat(Layout):
    """In which order the axes lie in memory: a wish that changes no number, and is not followed."""

    __slots__ = ()


CPU = Device("cpu")
strided = Layout("strided")  # the one layout: a regular step along every axis
contiguous_format = MemoryFormat("contiguous_format")
preserve_format = MemoryFormat("preserve_format")
channels_last = MemoryFormat("channels_last")
channels_last_3d = MemoryFormat("channels_last_3d")


def require(device: str | Device | int | None) -> Device:
    """The device as asked for, if tensors can live there. Errors: LL502 if they cannot."""
    if device is None:
        return CPU
    found = Device(device)
    if found.type != "cpu":
        raise DeviceError("LL502", device=found)
    return CPU

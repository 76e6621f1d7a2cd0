"""`liuli.cuda`: what programs ask about GPUs, with the answers of a CPU.

Questions are answered (there is none), seeds are taken and have nothing to seed, and whatever
needs a GPU says why it cannot be.
"""

from __future__ import annotations

from typing import Any, NoReturn

from .errors import DeviceError

__mirrors__ = "torch"


def is_available() -> bool:
    """Whether tensors can live on a GPU: no."""
    return False


def is_initialized() -> bool:
    """Whether a GPU is in use: no."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a GPU computes in bfloat16: there is none. On the CPU bfloat16 works."""
    return False


def device_count() -> int:
    """How many GPUs can be used: 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed the GPU's generator: there is none. `liuli.manual_seed` seeds the CPU's."""


def manual_seed_all(seed: int) -> None:
    """Seed all GPUs' generators: there are none."""


def empty_cache() -> None:
    """Give back memory that is held on GPUs: there is none."""


def memory_allocated(device: Any = None) -> int:
    """Bytes in use on a GPU: 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that were in use on a GPU: 0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """Bytes held on a GPU: 0."""
    return 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """Forget the most bytes that were in use on a GPU."""


def _none() -> NoReturn:
    raise DeviceError("LL502", device="cuda")


def synchronize(device: Any = None) -> None:
    """Wait for a GPU. Errors: LL502 says why there is none."""
    _none()


def set_device(device: Any) -> None:
    """Choose a GPU. Errors: LL502 says why there is none."""
    _none()


def current_device() -> int:
    """The number of the GPU in use. Errors: LL502 says why there is none."""
    _none()


def get_device_name(device: Any = None) -> str:
    """The name of a GPU. Errors: LL502 says why there is none."""
    _none()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """What a GPU can do. Errors: LL502 says why there is none."""
    _none()

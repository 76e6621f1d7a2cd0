"""What the first batch of a training shows: inputs far outside of what layers begin with."""

from __future__ import annotations

from typing import Any

from .. import rng
from ..autodiff.describe import warn
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..nn import BatchNorm1d, LayerNorm, Module, RMSNorm

WIDE = 10.0  # numbers beyond it are not what first weights are made for
_SCALING = (BatchNorm1d, LayerNorm, RMSNorm)


def warn_of_inputs(model: Any, x: Any) -> None:
    """Warns (LL443) if the first layer with weights is given numbers far from 0.

    Asked is what arrives there, so a network that scales its inputs itself is left in peace, and
    so is one that begins with a normalisation, or looks up whole numbers in a table.
    """
    low, high = _range(x)
    if isinstance(model, Module) and max(-low, high) > WIDE:
        layer, seen = _first_layer(model, x)
        low, high = _range(seen)
        if layer is not None and not isinstance(layer, _SCALING) and max(-low, high) > WIDE:
            pixels = low >= 0 and high <= 255 and high > 100
            fix = "x = x / 255" if pixels else "x = (x - x.mean(0)) / x.std(0)"
            warn("LL443", low=low, high=high, layer=type(layer).__name__, fix=fix)


def _range(x: Any) -> tuple[float, float]:
    """The least and the greatest of fractions; of anything else 0 and 0."""
    if not isinstance(x, Tensor) or not x.dtype.is_floating_point or not x._array.size:
        return 0.0, 0.0
    return float(x._array.min()), float(x._array.max())


@no_grad()
def _first_layer(model: Module, x: Tensor) -> tuple[Module | None, Any]:
    """The first layer with weights of its own that a call reaches, and what it is given.

    The network is asked about one example, in evaluation mode; nothing of it changes.
    """
    reached: list[tuple[Module, Any]] = []

    def note(layer: Module, args: tuple[Any, ...]) -> None:
        reached.append((layer, args[0] if args else None))

    layers = [each for each in model.modules() if each._parameters]
    modes = [(each, each.training) for each in model.modules()]
    before = rng.default_generator.get_state()
    handles = [each.register_forward_pre_hook(note) for each in layers]
    model.eval()
    try:
        model(x[:1])
    except Exception:  # whatever it is, the step that follows says it
        reached.clear()
    finally:
        for handle in handles:
            handle.remove()
        for each, mode in modes:
            each.training = mode
        rng.default_generator.set_state(before)
    return reached[0] if reached else (None, None)

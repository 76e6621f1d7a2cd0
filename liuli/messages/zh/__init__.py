"""The Chinese texts by code, one module a group of codes."""

from ..text import Text
from . import (
    arguments,
    commands,
    convolutions,
    datasets,
    files,
    gradients,
    layers,
    optimizers,
    pooling,
    programs,
    shapes,
    tables,
    training,
    values,
)

TEXTS: dict[str, Text] = {
    **shapes.TEXTS,
    **values.TEXTS,
    **gradients.TEXTS,
    **arguments.TEXTS,
    **programs.TEXTS,
    **layers.TEXTS,
    **convolutions.TEXTS,
    **optimizers.TEXTS,
    **pooling.TEXTS,
    **files.TEXTS,
    **datasets.TEXTS,
    **tables.TEXTS,
    **training.TEXTS,
    **commands.TEXTS,
}

"""The English texts by code, one module a group of codes."""

from ..text import Text
from . import arguments, gradients, programs, shapes, values

TEXTS: dict[str, Text] = {
    **shapes.TEXTS,
    **values.TEXTS,
    **gradients.TEXTS,
    **arguments.TEXTS,
    **programs.TEXTS,
}

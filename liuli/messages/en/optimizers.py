"""English texts: optimizers and schedules."""

from ..text import Text

TEXTS: dict[str, Text] = {}

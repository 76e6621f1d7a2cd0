"""English texts: training."""

from ..text import Text

TEXTS: dict[str, Text] = {}

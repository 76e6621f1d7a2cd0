"""English texts: layers."""

from ..text import Text

TEXTS: dict[str, Text] = {}

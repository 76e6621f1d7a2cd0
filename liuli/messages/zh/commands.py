"""Chinese texts: the command line."""

from ..text import Text

TEXTS: dict[str, Text] = {}

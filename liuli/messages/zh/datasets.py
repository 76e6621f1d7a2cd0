"""Chinese texts: data sets, loaders and downloads."""

from ..text import Text

TEXTS: dict[str, Text] = {}

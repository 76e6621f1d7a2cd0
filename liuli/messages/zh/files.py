"""Chinese texts: files of models."""

from ..text import Text

TEXTS: dict[str, Text] = {}

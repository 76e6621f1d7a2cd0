"""English texts: tables and photographs."""

from ..text import Text

TEXTS: dict[str, Text] = {}

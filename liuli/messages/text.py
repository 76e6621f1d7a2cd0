"""What one catalogue entry is."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """`says` states the fact with its numbers; `tries` is a line to paste, or empty."""

    says: str
    tries: str = ""

"""What one catalogue entry is."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """The words of one code, with the facts of the raise site as `{placeholders}`.

    `says` states the fact with its two disagreeing numbers; `tries` is a line to paste, or empty;
    `why` tells how it comes about and what to do, for `liuli.errors.explain` and docs/errors.md.
    """

    says: str
    tries: str = ""
    why: str = ""

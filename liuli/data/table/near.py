"""Names that look alike, to suggest after a slip of the pen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(name: str, names: Iterable[str]) -> str:
    """The one of `names` that is most like `name`, upper and lower case alike; "" if none is."""
    by_lower = {other.casefold(): other for other in names}
    found = difflib.get_close_matches(name.strip().casefold(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""

"""Who writes the page of a compiled step.

How to explain a program is known on a floor above; the compiler only asks. Whoever imports Liuli
has `PAGES.make`, which loads `liuli.explaining` when it is first called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Pages:
    """`make` takes what `Explanation` takes, and gives one; `liuli` puts it here."""

    make: Callable[..., Any]


PAGES = Pages()

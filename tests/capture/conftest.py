"""Programs after three rounds, and every test with a loop of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import liuli
from liuli.capture import loop as capture_loop
from tests.capture.loops import forget


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(capture_loop, "patience", lambda notes: 3)
    monkeypatch.setattr(capture_loop, "FIRST", 0)
    forget()
    with liuli.settings.using(capture=True):
        yield
    forget()

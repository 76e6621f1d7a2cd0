"""How many threads a training is given."""

from __future__ import annotations

import pytest

from liuli import get_num_threads, settings
from liuli.cli.cores import cores_for


def test_small_networks_get_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIULI_NUM_THREADS", raising=False)
    before = get_num_threads()
    with cores_for(109_184, 64):
        assert get_num_threads() == 1
    assert get_num_threads() == before
    with cores_for(10_000_000, 64):
        assert get_num_threads() == before


def test_a_number_that_was_asked_for_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIULI_NUM_THREADS", "3")
    with cores_for(10, 1):
        assert get_num_threads() == 3
    monkeypatch.delenv("LIULI_NUM_THREADS")
    with settings.using(num_threads=2), cores_for(10, 1):
        assert get_num_threads() == 2


def test_the_threads_are_put_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIULI_NUM_THREADS", raising=False)
    before = get_num_threads()
    with pytest.raises(ZeroDivisionError), cores_for(10, 1):
        raise ZeroDivisionError
    assert get_num_threads() == before

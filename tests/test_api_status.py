"""The list of PyTorch's names says what is true: nothing is called there that is not."""

from __future__ import annotations

import pytest

from tests.golden.make_api_status import (
    PAGE,
    counts,
    json_text,
    load,
    page_text,
    renewed,
    status_of,
)
from tests.sources import PACKAGE

RENEW = "run `python -m tests.golden.make_api_status`"

needs_package = pytest.mark.skipif(
    not (PACKAGE / "__init__.py").exists(), reason="liuli/__init__.py is not there yet"
)


@needs_package
def test_names_are_true() -> None:
    written = load()
    fresh = renewed(written)
    old = {row["name"]: row for row in written}
    wrong = [
        f"{row['name']}: {row['status']}, the list has {old.get(row['name'], {}).get('status')}"
        for row in fresh
        if old.get(row["name"]) != row
    ]
    assert not wrong, f"{RENEW}\n" + "\n".join(wrong)
    assert json_text(written) == json_text(fresh), RENEW


@needs_package
def test_page_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(renewed(load())), RENEW


def test_names_stand_once() -> None:
    names = [row["name"] for row in load()]
    assert sorted(set(names)) == sorted(names)


@needs_package
def test_status_can_fail() -> None:
    absent = {"name": "liuli.cat", "kind": "function", "where": "liuli.no_such_name"}
    assert counts()["liuli.cat"] and status_of(absent) == "missing"
    untested = {"name": "liuli.no_such_case", "kind": "function", "where": "liuli.Tensor"}
    assert status_of(untested) == "missing"
    later = {"name": "nn.NoSuchLayer", "kind": "layer", "where": "liuli.nn.NoSuchLayer"}
    assert status_of(later) == "later"

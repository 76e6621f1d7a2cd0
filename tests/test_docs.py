"""The documentation is true: examples of pages and docstrings run, and print what they say."""

from __future__ import annotations

import doctest
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.documents import python_source
from tests.public import public_callables
from tests.sources import PACKAGE, ROOT, module_name, python_files

PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# Modules that need one of these are left out where it is not installed.
OPTIONAL = frozenset({"llvmlite"})

needs_package = pytest.mark.skipif(
    not (PACKAGE / "__init__.py").exists(), reason="liuli/__init__.py is not there yet"
)


def run_document(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a page's examples in a process of their own, in an empty folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests" / "documents.py"), str(page)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def run_examples(tests: list[doctest.DocTest]) -> str:
    """Run doctests; return the report of failures, empty if there are none."""
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    for test in tests:
        runner.run(test, out=report.append)
    return "".join(report)


def examples_of(item: object, name: str, module: ModuleType | None = None) -> list[doctest.DocTest]:
    """The doctests in an object's docstrings; `liuli` and `np` are there to use."""
    names = dict(vars(module)) if module else {}
    names.update(liuli=importlib.import_module("liuli"), np=np)
    finder = doctest.DocTestFinder(exclude_empty=True)
    return finder.find(item, name, module=module, globs=names)


def import_or_skip(name: str) -> ModuleType:
    """Import a module of ours; skip the test where its optional dependency is absent."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OPTIONAL:
            pytest.skip(f"{name} needs {error.name}")
        raise


@needs_package
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page(page: Path, tmp_path: Path) -> None:
    result = run_document(page, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


MODULES = [
    module_name(PACKAGE, path) for path in python_files(PACKAGE) if path.name != "__main__.py"
]


@needs_package
@pytest.mark.parametrize("name", MODULES)
def test_module_docstrings(name: str) -> None:
    module = import_or_skip(name)
    report = run_examples(examples_of(module, name, module))
    assert not report, report


@needs_package
def test_generated_docstrings() -> None:
    """Public functions made by a factory: no module's own doctests include them."""
    liuli = importlib.import_module("liuli")
    report = ""
    for name, item in public_callables(liuli):
        home = sys.modules[item.__module__]
        item = getattr(item, "__guarded__", item)
        if getattr(item, "__globals__", None) is vars(home) or isinstance(item, type):
            continue
        report += run_examples(examples_of(item, name))
    assert not report, report


# The tests above can fail:


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```python\nraise KeyError('oh')\n```\n", "KeyError"),
        ("a\n\n```python\nx = 1\n```\n\n```python\nprint(x + 1)  # -> 3\n```\n", "page.md:8"),
        ("```python\nimport warnings\n\nwarnings.warn('careful')\n```\n", "careful"),
        ("```python\nx = 1\n", "never closed"),
    ],
)
def test_page_fails(text: str, complaint: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    result = run_document(page, tmp_path)
    assert result.returncode != 0
    assert complaint in result.stderr


def test_page_passes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    shell = "```bash\nrm nothing\n```\n"
    text = shell + "- item\n  ```python\n  y = '琉璃'\n  print(y)  # -> 琉璃\n  ```\n"
    page.write_text(text, encoding="utf-8")
    result = run_document(page, tmp_path)
    assert result.returncode == 0, result.stderr
    assert "2 statements" in result.stdout


def test_page_keeps_line_numbers() -> None:
    text = "# Title\n\n````text\n```python\nno\n```\n````\n\n```python\nyes = 1\n```"
    assert python_source(text).split("\n").index("yes = 1") == text.split("\n").index("yes = 1")
    assert "no" not in python_source(text)


def test_docstring_fails() -> None:
    def wrong() -> None:
        """
        >>> 1 + 1
        3
        """

    tests = doctest.DocTestFinder().find(wrong, "wrong", globs={})
    assert "Expected" in run_examples(tests)

"""House rules: short functions and modules, kind signatures, docstrings, a light import.

Every rule is a function that returns complaints, and has tests that show that it complains.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.public import public_callables
from tests.sources import PACKAGE, ROOT, code_lines, parse, python_files, sizes

FUNCTION_LINES, LONG_FUNCTION_LINES = 40, 60
MODULE_LINES = 500
PARAMETERS, POSITIONAL = 8, 2
SIZE_TOLERANCE = 1.5

# A module whose signatures are those of another library says so: `__mirrors__ = "torch"`.
MIRRORED = {"torch", "torchvision", "keras", "sklearn"}

PROJECT = ("liuli", "tests", "docs", "bench", "examples", ".github", ".ci")
BINARY = {".gz", ".npy", ".npz", ".png", ".jpg", ".safetensors", ".ttf", ".woff2", ".wav", ".pyc"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions of a file, nested ones and methods too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def function_complaints(source: str) -> list[str]:
    """Functions whose body has too many code lines."""
    counted, lines = code_lines(source), source.splitlines()
    complaints: list[str] = []
    for node in functions(ast.parse(source)):
        body = range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)
        length = len(counted.intersection(body))
        limit = LONG_FUNCTION_LINES if has_reason(node, lines) else FUNCTION_LINES
        if length > limit:
            complaints.append(f"line {node.lineno}: {node.name} has {length} lines of {limit}")
    return complaints


def has_reason(node: Function, lines: list[str]) -> bool:
    """Whether the def line, or the line above it or its decorators, says `# long: reason`."""
    first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
    places = {node.lineno, node.lineno - 1, first - 1}
    return any(re.search(r"#\s*long:\s*\S", lines[place - 1]) for place in places if place > 0)


def module_complaints(source: str) -> list[str]:
    """A module with too many code lines."""
    length = len(code_lines(source))
    return [f"{length} code lines of {MODULE_LINES}"] if length > MODULE_LINES else []


def encoding_complaints(source: str) -> list[str]:
    """Text files opened without naming an encoding: it would differ between systems."""
    return [
        f"line {node.lineno}: {ast.unparse(node)[:60]} names no encoding"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and opens_text(node) and not names_encoding(node)
    ]


def called_name(node: ast.Call) -> tuple[str, str]:
    """(receiver, name) of a call: `a.b.open()` is ("a.b", "open"), `open()` is ("", "open")."""
    if isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value), node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else ""


def opens_text(node: ast.Call) -> bool:
    """Whether a call opens, reads or writes a file as text."""
    receiver, name = called_name(node)
    if name in ("read_text", "write_text"):
        return True
    if name not in ("open", "fdopen", "TemporaryFile", "NamedTemporaryFile"):
        return False
    if name == "open" and receiver in ("os", "webbrowser", "gzip", "zipfile", "tarfile", "Image"):
        return False
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "mode")]
    modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    modes = [mode for mode in modes if re.fullmatch(r"[rwxabt+]{1,4}", mode)]
    binary = any("b" in mode for mode in modes)
    return not (binary or (name.endswith("File") and not modes))


def names_encoding(node: ast.Call) -> bool:
    """Whether a call passes an encoding."""
    _, name = called_name(node)
    positional = {"read_text": 1, "write_text": 2}.get(name)
    return any(word.arg == "encoding" for word in node.keywords) or (
        positional is not None and len(node.args) >= positional
    )


def star_complaints(source: str) -> list[str]:
    """Star imports: nobody can see what they bind."""
    return [
        f"line {node.lineno}: star import from {node.module}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]


def docstring_complaints(package: ModuleType) -> list[str]:
    """Public functions and classes without a docstring."""
    return [
        f"{name} has no docstring"
        for name, item in public_callables(package)
        if not (own_doc(item) or "").strip()
    ]


def own_doc(item: Any) -> str | None:
    """A docstring; a class does not inherit its base's, for it says what the class is."""
    return item.__doc__ if isinstance(item, type) else inspect.getdoc(item)


def signature_complaints(package: ModuleType) -> list[str]:
    """Public callables with many parameters, or with more than two that may be positional."""
    complaints: list[str] = []
    for name, item in public_callables(package):
        for label, function in signatures(name, item):
            home = sys.modules.get(getattr(function, "__module__", ""))
            if getattr(home, "__mirrors__", None) not in MIRRORED:
                complaints += parameter_complaints(label, function)
    return complaints


def signatures(name: str, item: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions behind a public callable: itself, or a class's constructor and methods."""
    if not isinstance(item, type):
        yield name, item
        return
    for key, value in vars(item).items():
        function = getattr(value, "__func__", value)
        if inspect.isfunction(function) and (key == "__init__" or not key.startswith("_")):
            # A static method has no `self` to leave out of the count.
            yield f"{name}.{key}", function if isinstance(value, staticmethod) else Bound(function)


class Bound:
    """A method as its caller sees it: without `self`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self.__module__ = function.__module__
        self.__signature__ = inspect.Signature(parameters)

    def __call__(self) -> None:
        """Only the signature matters."""


def parameter_complaints(name: str, function: Callable[..., Any]) -> list[str]:
    """What is wrong with one signature."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some callables have no signature
        return []
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, _EITHER)]
    complaints: list[str] = []
    if len(parameters) > PARAMETERS:
        complaints.append(f"{name} has {len(parameters)} parameters of {PARAMETERS}")
    if len(positional) > POSITIONAL:
        extra = ", ".join(positional[POSITIONAL:])
        complaints.append(f"{name}: make keyword-only (put `*` before): {extra}")
    return complaints


_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD


def third_party_modules(statement: str, allowed: str) -> list[str]:
    """Third-party packages that a statement loads in a new process, except `allowed`."""
    code = (
        "import sys, numpy\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "for name in sorted(set(sys.modules) - before):\n"
        "    if getattr(sys.modules[name], '__file__', None): print(name)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stderr
    packages = {line.partition(".")[0] for line in result.stdout.split()}
    known = {*sys.stdlib_module_names, "numpy", allowed}
    return sorted(name for name in packages - known if not name.startswith("_sysconfigdata"))


def project_files(root: Path) -> list[Path]:
    """The project's own files: its folders, and what lies at the top."""
    files = [path for path in root.iterdir() if path.is_file()] if root.is_dir() else []
    for name in PROJECT:
        files += (path for path in (root / name).rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix not in BINARY and path.name != ".git")


def text_complaints(path: Path) -> list[str]:
    """A file that is not UTF-8, or that speaks of one machine or of work left undone."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    return [
        f"line {number}: {found.group()!r}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in UNWANTED
        if (found := pattern.search(line))
    ]


UNWANTED = (
    # Somebody's own folders. (A web address may have a folder of that name.)
    re.compile(r"(?<![\w.>)}\]-])/(?:home|root|Users|work|mnt)/[\w.-]+"),
    re.compile(r"\b[A-Za-z]:\\+Users\\+\w+"),
    re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b"),
)

has_files = pytest.mark.skipif(not python_files(PACKAGE), reason="liuli/ has no files yet")
needs_package = pytest.mark.skipif(
    not (PACKAGE / "__init__.py").exists(), reason="liuli/__init__.py is not there yet"
)


@has_files
@pytest.mark.parametrize(
    "rule",
    [function_complaints, module_complaints, encoding_complaints, star_complaints],
    ids=["functions", "modules", "encodings", "stars"],
)
def test_sources(rule: Callable[[str], list[str]]) -> None:
    complaints = [
        f"{path.relative_to(ROOT).as_posix()}: {complaint}"
        for path in python_files(PACKAGE)
        for complaint in rule(path.read_text(encoding="utf-8"))
    ]
    assert not complaints, "\n" + "\n".join(complaints)


@needs_package
@pytest.mark.parametrize(
    "rule", [docstring_complaints, signature_complaints], ids=["docstrings", "signatures"]
)
def test_public_names(rule: Callable[[ModuleType], list[str]]) -> None:
    package = importlib.import_module("liuli")
    assert any(public_callables(package))
    complaints = rule(package)
    assert not complaints, "\n" + "\n".join(complaints)


def test_mirrors_are_known() -> None:
    for path in python_files(PACKAGE):
        for node in parse(path).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__mirrors__":
                assert ast.literal_eval(node.value) in MIRRORED, path


@needs_package
def test_import_loads_only_numpy() -> None:
    assert third_party_modules("import liuli", "liuli") == []


@pytest.mark.parametrize(("title", "length", "limit"), list(sizes(PACKAGE)), ids=str)
def test_size(title: str, length: int, limit: int) -> None:
    # The end of every test run prints the sizes; only a large excess is a failure.
    assert length <= SIZE_TOLERANCE * limit, f"{title}: {length:,} code lines of {limit:,}"


def test_project_texts() -> None:
    complaints = [
        f"{path.relative_to(ROOT).as_posix()}: {complaint}"
        for path in project_files(ROOT)
        for complaint in text_complaints(path)
    ]
    assert not complaints, "\n" + "\n".join(complaints)


def test_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


# The rules can fail:


def body(lines: int, above: str = "", after: str = "") -> str:
    """A function with so many lines of code, and others that do not count."""
    inside = ['    """Text.', "", "    More text.", '    """', "    # comment", ""]
    return "\n".join([above, f"def f():{after}", *inside, *["    x = 1"] * lines])


@pytest.mark.parametrize(
    ("source", "count"),
    [
        (body(40), 0),
        (body(41), 1),
        (body(60, above="# long: one table"), 0),
        (body(60, above="# long: one table\n@decorator"), 0),
        (body(60, after="  # long: one table"), 0),
        (body(60, above="# long:"), 1),
        (body(61, above="# long: one table"), 1),
        ("class A:\n" + re.sub("(?m)^", "    ", body(41)), 1),
        ('def f():\n    x = """' + "\n" * 40 + '"""', 1),
    ],
)
def test_function_lines_fail(source: str, count: int) -> None:
    assert len(function_complaints(source)) == count


def test_module_lines_fail() -> None:
    head = '"""Docstring."""\n\n# comment\n'
    assert module_complaints(head + "x = 1\n" * 500) == []
    assert module_complaints(head + "x = 1\n" * 501) == ["501 code lines of 500"]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("open('a')", 1),
        ("open('a', 'w')", 1),
        ("open('a', mode='rb')", 0),
        ("open('a', 'w', encoding='utf-8')", 0),
        ("path.open()", 1),
        ("path.open('rb')", 0),
        ("path.read_text()", 1),
        ("path.read_text('utf-8')", 0),
        ("path.write_text(text)", 1),
        ("path.write_text(text, encoding='utf-8')", 0),
        ("tempfile.NamedTemporaryFile('w')", 1),
        ("tempfile.NamedTemporaryFile()", 0),
        ("os.open('a', 0); gzip.open('a')", 0),
    ],
)
def test_encoding_fails(source: str, count: int) -> None:
    assert len(encoding_complaints(source)) == count


def test_star_fails() -> None:
    assert star_complaints("from liuli.ops import *\nfrom liuli import nn") == [
        "line 1: star import from liuli.ops"
    ]


def fake_package(source: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with the source's names, all of them public."""
    module = ModuleType("fakeliuli")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(source, vars(module))
    return module


def test_docstring_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "class A:\n    'Text.'\n"
        "class B(A): pass\n"
        "def f(): 'Text.'\n"
        "def g(): ' '\n"
        "def _h(): pass\n"
        "number = 3\n"
    )
    complaints = docstring_complaints(fake_package(source, monkeypatch))
    assert complaints == [
        "fakeliuli.B has no docstring",
        "fakeliuli.g has no docstring",
    ]


SIGNATURES = """
def good(a, b, *, c, d, e, f, g, h): ...
def many(a, b, *, c, d, e, f, g, h, i): ...
def positional(a, b, c): ...
class Good:
    def __init__(self, a, b, *more, **options): ...
    def method(self, a, b, *, c): ...
    @staticmethod
    def static(a, b, *, c): ...
    def _private(self, a, b, c): ...
class Bad:
    def __init__(self, a, b, c): ...
    @classmethod
    def make(cls, a, b, c): ...
"""


def test_signature_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints = signature_complaints(fake_package(SIGNATURES, monkeypatch))
    assert complaints == [
        "fakeliuli.Bad.__init__: make keyword-only (put `*` before): c",
        "fakeliuli.Bad.make: make keyword-only (put `*` before): c",
        "fakeliuli.many has 9 parameters of 8",
        "fakeliuli.positional: make keyword-only (put `*` before): c",
    ]


def test_mirrors_excuse_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = fake_package("__mirrors__ = 'torch'" + SIGNATURES, monkeypatch)
    assert signature_complaints(mirror) == []
    other = fake_package("__mirrors__ = 'nobody'" + SIGNATURES, monkeypatch)
    assert signature_complaints(other)


def test_import_fails() -> None:
    assert "hypothesis" in third_party_modules("import hypothesis", "liuli")
    assert third_party_modules("import numpy.random, json, ctypes, sysconfig", "liuli") == []


def test_sizes_grow(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "op.py").write_text("# comment\nx = 1\n\ny = 2\n", encoding="utf-8")
    (tmp_path / "storage.py").write_text('"""Text."""\nx = 1\n', encoding="utf-8")
    assert [length for _, length, _ in sizes(tmp_path)] == [3, 0]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"plain text", 0),
        (b"\xff\xfe", 1),
        ("data in /" + "home/someone/data", 1),
        ("data in C:\\" + "Users\\someone", 1),
        ("see https://example.org/" + "home/page", 0),
        ("# TO" + "DO: later", 1),
        ("FIX" + "ME", 1),
    ],
)
def test_text_fails(content: bytes | str, count: int, tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert len(text_complaints(path)) == count


def test_project_files_are_found() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in project_files(ROOT)}
    assert {"README.md", ".ci/run", "tests/test_house.py", ".github/workflows/ci.yml"} <= names

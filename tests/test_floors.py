"""The house has floors: a file imports from floors below its own, or from its own folder.

Every rule is a function from a package folder to a list of complaints, and has tests that show
that it complains.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tests.sources import PACKAGE, module_name, parse, python_files

FLOORS = (
    ("errors", "messages", "settings"),
    (
        "dtypes",
        "devices",
        "limits",
        "threads",
        "crew",
        "waiting",
        "memory",
        "storage",
        "places",
        "kept",
        "files",
        "rng",
    ),
    ("ops",),
    ("autodiff",),
    ("functions",),
    ("accelerator", "autograd", "backends", "cuda", "linalg", "special"),
    ("nn", "optim", "data", "compiler"),
    ("explaining",),
    ("capture",),
    ("diagnostics", "distributed"),
    ("train",),
    ("interop", "keras", "compat", "report", "zoo", "scratch", "tune"),
    ("lab", "cli"),
    ("__main__",),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
ROOF = len(FLOORS)  # liuli/__init__.py: above all floors
LOOSE = (0, 1)  # floors of single files, which may import one another
# For type checkers only; at run time these are put there from above: the methods of Tensor, and who
# makes the page that a compiled step returns.
TYPED_FROM_ABOVE = {
    ("liuli.autodiff.tensor", "liuli.functions.methods"),
    ("liuli.compiler.step", "liuli.explaining.page"),
}


@dataclass(frozen=True)
class Import:
    """One first-party import: who, what, where, and under which circumstances."""

    importer: str
    target: str
    line: int
    function: str  # the enclosing function, empty at module level
    typing_only: bool

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.target}"


class Imports(ast.NodeVisitor):
    """Collects the first-party imports of one module."""

    def __init__(self, name: str, is_package: bool, modules: frozenset[str]) -> None:
        self.name = name
        self.folder = name if is_package else name.rpartition(".")[0]
        self.modules = modules
        self.top = name.partition(".")[0]
        self.functions: list[str] = []
        self.typing_only = False
        self.found: list[Import] = []

    def add(self, target: str, line: int) -> None:
        if target == self.top or target.startswith(self.top + "."):
            function = self.functions[-1] if self.functions else ""
            self.found.append(Import(self.name, target, line, function, self.typing_only))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = self.resolve(node.module or "", node.level)
        for alias in node.names:
            # `from liuli.ops import op` imports the module op, if there is one.
            inner = f"{source}.{alias.name}"
            self.add(inner if inner in self.modules else source, node.lineno)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called in ("import_module", "__import__") and node.args:
            text = "".join(literal_start(node.args[0]))
            level = len(text) - len(text.lstrip("."))
            self.add(self.resolve(text[level:], level).rstrip("."), node.lineno)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        before = self.typing_only
        self.typing_only = before or ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body:
            self.visit(statement)
        self.typing_only = before
        for statement in node.orelse:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self.functions.append(getattr(node, "name", "lambda"))
        self.generic_visit(node)
        self.functions.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit_FunctionDef(node)

    def resolve(self, name: str, level: int) -> str:
        """The absolute name of a module that an import names relatively."""
        if level == 0:
            return name
        base = self.folder.split(".")
        base = base[: len(base) - level + 1]
        return ".".join([*base, name] if name else base)


def literal_start(node: ast.expr) -> Iterator[str]:
    """The constant text that a string expression begins with."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr) and node.values:
        yield from literal_start(node.values[0])
    elif isinstance(node, ast.BinOp):
        yield from literal_start(node.left)


def modules_of(package: Path) -> dict[str, Path]:
    """Dotted name to file, for each module of the package."""
    return {module_name(package, path): path for path in python_files(package)}


def imports_of(package: Path) -> list[Import]:
    """All first-party imports of the package."""
    modules = modules_of(package)
    found: list[Import] = []
    for name, path in modules.items():
        visitor = Imports(name, path.name == "__init__.py", frozenset(modules))
        visitor.visit(parse(path))
        found += visitor.found
    return found


def lazy_imports(package: Path) -> list[Import]:
    """Modules named by strings in an `__init__.py` that has `__getattr__`: its lazy table."""
    modules = modules_of(package)
    found: list[Import] = []
    for name, path in modules.items():
        tree = parse(path)
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if path.name != "__init__.py" or "__getattr__" not in functions:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                target = name + text if text.startswith(".") else text
                if target in modules:
                    found.append(Import(name, target, node.lineno, "__getattr__", False))
    return found


def place(module: str) -> tuple[int | None, str]:
    """(floor, name of the folder or file directly below the package); None: no such floor."""
    parts = module.split(".")
    return (FLOOR_OF.get(parts[1]), parts[1]) if len(parts) > 1 else (ROOF, "")


def floor_complaints(package: Path) -> list[str]:
    """Files on no floor, and imports that go up or sideways (those for type checkers too)."""
    complaints = [
        f"{name} is on no floor: add it to FLOORS"
        for name in modules_of(package)
        if place(name)[0] is None
    ]
    for found in imports_of(package) + lazy_imports(package):
        (own, home), (other, source) = place(found.importer), place(found.target)
        if own is None or other is None:
            continue
        if found.typing_only and (found.importer, found.target) in TYPED_FROM_ABOVE:
            continue
        sideways = own == other and own not in LOOSE and home != source
        if other > own or sideways:
            way = "sideways" if sideways else "up"
            complaints.append(f"{found} ({way}: from floor {own} to floor {other})")
    return complaints


def hidden_complaints(package: Path) -> list[str]:
    """First-party imports inside functions, except `__getattr__` of an `__init__.py`."""
    paths = modules_of(package)
    return [
        f"{found} (hidden in the function {found.function})"
        for found in imports_of(package)
        if found.function
        and not (paths[found.importer].name == "__init__.py" and found.function == "__getattr__")
    ]


def cycle_complaints(package: Path) -> list[str]:
    """Cycles of module-level imports, each as the path that closes it."""
    modules = modules_of(package)
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for found in imports_of(package):
        if not found.function and not found.typing_only:
            graph[found.importer] |= executed(found, modules)
    done: set[str] = set()
    cycles: list[str] = []
    for name in graph:
        walk(name, graph, [], done, cycles)
    return cycles


def executed(found: Import, modules: dict[str, Path]) -> set[str]:
    """Modules that one import runs: its target, and packages around it that are not ours."""
    parts = found.target.split(".")
    names = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    around = {name for name in names if (found.importer + ".").startswith(name + ".")}
    return ((names - around) | {found.target}) & modules.keys()


def walk(
    name: str, graph: dict[str, set[str]], path: list[str], done: set[str], cycles: list[str]
) -> None:
    """Depth-first search; an edge back into `path` closes a cycle."""
    if name in path:
        cycles.append(" -> ".join([*path[path.index(name) :], name]))
    elif name not in done:
        for target in sorted(graph[name]):
            walk(target, graph, [*path, name], done, cycles)
        done.add(name)


def children(package: Path) -> set[str]:
    """Names of the modules and folders directly in the package."""
    names = {path.stem for path in package.glob("*.py")}
    names |= {path.name for path in package.iterdir() if path.is_dir()}
    return {name for name in names if not name.startswith("_")}


def name_complaints(package: Path) -> list[str]:
    """Children of the package that share their name with an object its `__init__.py` binds."""
    modules = modules_of(package)
    init = package / "__init__.py"
    complaints: list[str] = []
    for node in ast.walk(parse(init)) if init.exists() else []:
        bound: list[str] = []
        if isinstance(node, ast.ImportFrom):
            source = Imports(package.name, True, frozenset()).resolve(node.module or "", node.level)
            for alias in node.names:
                if f"{source}.{alias.name}" not in modules:
                    bound.append(alias.asname or alias.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.append(node.name)
        complaints += [
            f"{package.name}.{name} is an object, and a module or folder too: importing that "
            f"would overwrite the object"
            for name in sorted(children(package) & set(bound))
        ]
    return complaints


def overwritten(package: ModuleType, names: set[str]) -> list[str]:
    """Names of children that lead, from the imported package, to something callable."""
    return sorted(name for name in names if callable(getattr(package, name, None)))


has_files = pytest.mark.skipif(not python_files(PACKAGE), reason="liuli/ has no files yet")


@has_files
@pytest.mark.parametrize(
    "rule",
    [floor_complaints, hidden_complaints, cycle_complaints, name_complaints],
    ids=["floors", "hidden", "cycles", "names"],
)
def test_package(rule) -> None:
    complaints = rule(PACKAGE)
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.skipif(
    not (PACKAGE / "__init__.py").exists(), reason="liuli/__init__.py is not there yet"
)
def test_no_name_is_overwritten() -> None:
    assert not overwritten(importlib.import_module("liuli"), children(PACKAGE))


# The rules can fail:


def plant(folder: Path, files: dict[str, str]) -> Path:
    """Write a small package called liuli."""
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / "liuli" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "liuli"


CLEAN = {
    "__init__.py": "from liuli import nn\nfrom liuli.autodiff import tensor\n",
    "errors.py": "from liuli import settings\n",
    "settings.py": "import typing\nif typing.TYPE_CHECKING:\n    from liuli import errors\n",
    "ops/__init__.py": "from .op import Op\nfrom liuli.ops.add import add\n",
    "ops/op.py": "from ..errors import Error\n",
    "ops/add.py": "from . import op\n",
    "autodiff/__init__.py": "def __getattr__(name):\n    from liuli.autodiff import table\n",
    "autodiff/table.py": "import liuli.ops.op\n\ndef f():\n    import json\n",
    "nn/__init__.py": "from liuli.autodiff import tensor\n",
}


def test_clean_package_passes(tmp_path: Path) -> None:
    package = plant(tmp_path, CLEAN)
    rules = (floor_complaints, hidden_complaints, cycle_complaints, name_complaints)
    assert [rule(package) for rule in rules] == [[], [], [], []]


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"ops/op.py": "import liuli.autodiff"}, r"op, line 1: .*up: from floor 2 to floor 3"),
        ({"ops/op.py": "from liuli import tensor"}, "imports liuli .*up"),
        ({"ops/op.py": "from ..nn.linear import Linear"}, "imports liuli.nn.linear"),
        ({"nn/a.py": "from liuli import optim", "optim/__init__.py": ""}, "sideways"),
        ({"train/a.py": "from ..lab import page", "lab/page.py": ""}, "imports liuli.lab.page"),
        ({"errors.py": "try:\n    import liuli.rng\nexcept ImportError:\n    pass"}, "up"),
        ({"ops/a.py": "def f():\n    from liuli.nn import x"}, "up"),
        ({"ops/a.py": "import typing as t\nif t.TYPE_CHECKING:\n    import liuli.nn"}, "up"),
        ({"ops/a.py": "from importlib import import_module\nimport_module('liuli.nn')"}, "up"),
        ({"ops/__init__.py": "T = {'x': 'liuli.nn.x'}\ndef __getattr__(n): ...",
          "nn/x.py": ""}, "imports liuli.nn.x .*up"),
        ({"utils.py": ""}, "liuli.utils is on no floor"),
    ],
)  # fmt: skip
def test_floors_fail(files: dict[str, str], complaint: str, tmp_path: Path) -> None:
    found = floor_complaints(plant(tmp_path, files))
    assert len(found) == 1
    assert re.search(complaint, found[0])


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"nn/a.py": "def f():\n    from liuli.ops import add"}, 1),
        ({"nn/a.py": "class A:\n    async def f(self):\n        import liuli.ops"}, 1),
        ({"nn/a.py": "import importlib\nf = lambda: importlib.import_module('liuli.ops')"}, 1),
        ({"nn/a.py": "def f(n):\n    return __import__(f'liuli.ops.{n}')"}, 1),
        ({"nn/a.py": "def __getattr__(name):\n    from . import b"}, 1),
        ({"nn/__init__.py": "def helper():\n    from . import b"}, 1),
        ({"nn/a.py": "def f():\n    import llvmlite"}, 0),
    ],
)
def test_hidden_fails(files: dict[str, str], count: int, tmp_path: Path) -> None:
    assert len(hidden_complaints(plant(tmp_path, files))) == count


@pytest.mark.parametrize(
    ("files", "cycle"),
    [
        ({"rng.py": "import liuli.files", "files.py": "from . import rng"},
         "liuli.files -> liuli.rng -> liuli.files"),
        ({"ops/__init__.py": "from liuli.ops.add import add", "ops/add.py": "from . import Op"},
         "liuli.ops -> liuli.ops.add -> liuli.ops"),
        ({"ops/a.py": "from .b import b", "ops/b.py": "from .c import c",
          "ops/c.py": "if True:\n    from .a import a"},
         "liuli.ops.a -> liuli.ops.b -> liuli.ops.c -> liuli.ops.a"),
        ({"rng.py": "import liuli.messages.en", "messages/__init__.py": "import liuli.rng",
          "messages/en.py": ""}, "liuli.messages -> liuli.rng -> liuli.messages"),
        ({"rng.py": "import liuli.rng"}, "liuli.rng -> liuli.rng"),
    ],
)  # fmt: skip
def test_cycles_fail(files: dict[str, str], cycle: str, tmp_path: Path) -> None:
    assert cycle_complaints(plant(tmp_path, files)) == [cycle]


@pytest.mark.parametrize(
    "files",
    [
        {"__init__.py": "from liuli.autodiff import tensor", "tensor.py": ""},
        {"__init__.py": "from .compiler.trace import trace as compile", "compile/a.py": ""},
        {"__init__.py": "def device(): ...", "device.py": ""},
    ],
)
def test_names_fail(files: dict[str, str], tmp_path: Path) -> None:
    assert len(name_complaints(plant(tmp_path, files))) == 1


def test_overwritten_fails() -> None:
    package = ModuleType("liuli")
    vars(package).update(tensor=lambda: None, nn=ModuleType("liuli.nn"))
    assert overwritten(package, {"tensor", "nn", "rng"}) == ["tensor"]

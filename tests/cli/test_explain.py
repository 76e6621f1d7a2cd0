"""`liuli explain`: of a run, of a step in a file, and of what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from liuli.compiler.machine import available
from tests.cli.conftest import Liuli

native = pytest.mark.skipif(not available(), reason="llvmlite is not here")

STEP = """
import liuli
from liuli import nn

model = nn.Linear(5, 3)
optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
x, y = liuli.randn(16, 5), liuli.randn(16, 3)

def step(x, y):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    return loss

compiled = liuli.compile(step)
for _ in range(4):
    compiled(x, y)

uncalled = liuli.compile(step)
fallen = liuli.compile(lambda: liuli.ones(2).sum().item())

def make():
    return liuli.compile(step), x, y

def bare():
    return liuli.compile(step)

def nothing():
    return 3

def wants(n):
    return liuli.compile(step)

def broken():
    return 1 / 0
"""


@pytest.fixture
def step(folder: Path) -> Path:
    path = folder / "net.py"
    path.write_text(STEP, encoding="utf-8")
    return path


@native
@pytest.mark.parametrize("name", ["compiled", "make"])
def test_a_step_in_a_file(liuli: Liuli, step: Path, name: str) -> None:
    said = liuli("explain", f"net.py:{name}")
    assert (said.code, said.err) == (0, "")
    assert "step: 1 program (native" in said.out
    assert "net.py:11  loss = nn.functional.mse_loss(model(x), y)" in said.out
    assert "%0" not in said.out


@native
def test_options(liuli: Liuli, step: Path) -> None:
    assert "%0 float32[16,5]  x" in liuli("explain", "net.py:make", "--graph").out
    text = liuli("explain", "net.py:make", "--llvm", "k0_contract").out
    assert "define void @k0_contract" in text and "program 1" not in text
    code = liuli("explain", "net.py:make", "--asm", "k0_contract").out
    assert "k0_contract:" in code and "define" not in code
    said = liuli("explain", "net.py:make", "--asm", "k99")
    assert said.code == 2 and "LL731" in said.err and "k0_contract" in said.err
    assert "内核" in liuli("explain", "net.py:make", "--lang", "zh").out


@pytest.mark.filterwarnings("always::UserWarning")
def test_a_step_that_runs_eagerly(liuli: Liuli, step: Path) -> None:
    said = liuli("explain", "net.py:fallen")
    assert said.code == 0 and "runs eagerly" in said.out
    assert said.out.count("LL702") == 1 and said.err == ""  # told once


@native
@pytest.mark.parametrize("data", ["kinds", "prices"])
def test_a_run_with_a_table(liuli: Liuli, data: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(data)
    assert liuli("train", "--data", path, "--epochs", "1", "--quiet", "--out", "r").code == 0
    said = liuli("explain", "r")
    assert (said.code, said.err) == (0, "")
    assert "training_step: 1 program (native" in said.out
    assert "step:3  loss = loss_function(model(x), y)" in said.out
    assert "exp_avg" in said.out  # Adam
    assert "compiled now, for this page alone; the run itself trained eagerly: " in said.out
    assert "run 0 times" not in said.out


@native
def test_a_run_says_how_it_trained(liuli: Liuli, kinds: Path) -> None:
    options = ["--epochs", "1", "--model", "linear", "--quiet", "--eager", "--out", "r"]
    assert liuli("train", "--data", kinds, *options).code == 0
    text = Path("r/results.json").read_text(encoding="utf-8")
    assert '"compiled": false' in text
    assert "trained eagerly, as --eager asked for" in " ".join(liuli("explain", "r").out.split())
    Path("r/results.json").write_text(text.replace("false", "true"), encoding="utf-8")
    assert "the run itself trained compiled too" in liuli("explain", "r").out
    Path("r/results.json").unlink()
    said = liuli("explain", "r").out
    assert "compiled now, for this page alone\n" in said and "itself trained" not in said


NET = """
from liuli import nn

class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.last = nn.Linear(inputs, outputs)

    def forward(self, x):
        if x.mean().item() > 1e9:
            print("big")
        return self.last(x)
"""


def test_a_run_with_a_network_of_ones_own(liuli: Liuli, kinds: Path) -> None:
    Path("mine.py").write_text(NET, encoding="utf-8")
    words = ["--data", kinds, "--model", "mine.py:Net", "--epochs", "1", "--quiet", "--out", "r"]
    assert liuli("train", *words).code == 0
    said = liuli("explain", "r")
    assert "lines of model.py are those of mine.py" in said.out and "model.py:10" in said.out
    assert "compiled now" not in said.out
    assert said.out.count("LL702") == 1 and said.err == ""


@native
def test_a_run_with_pictures_that_is_not_trained_yet(liuli: Liuli, folder: Path) -> None:
    assert liuli("train", "--epochs", "1", "--model", "linear", "--quiet", "--out", "r").code == 0
    (folder / "r" / "model.safetensors").unlink()
    assert "float32[64,1,28,28]" in liuli("explain", "r").out


WRONG = {
    "": "LL745",
    "nowhere": "LL986",
    "nowhere.py:step": "LL945",
    "net.py": "LL990",
    "net.py:": "LL990",
    "net.py:compild": "LL990",
    "net.py:x": "LL990",
    "net.py:nothing": "LL746",
    "net.py:wants": "LL746",
    "net.py:uncalled": "LL747",
    "net.py:bare": "LL747",
    "net.py:broken": "LL991",
    "net.py:make more": "LL983",
    "net.py:make --llvm": "LL981",
    "net.py:make --kernel k0": "LL980",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_be_explained(liuli: Liuli, step: Path, words: str) -> None:
    said = liuli("explain", *words.split())
    assert said.code == 2 and WRONG[words] in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("text", ["def f(:", "\0", "raise SystemExit(3)", "import nowhere_at_all"])
def test_files_that_are_no_programs(liuli: Liuli, folder: Path, text: str) -> None:
    (folder / "net.py").write_text(text, encoding="utf-8")
    said = liuli("explain", "net.py:f")
    assert said.code == 2 and "LL991" in said.err


def test_the_near_name_is_told(liuli: Liuli, step: Path) -> None:
    assert "liuli explain net.py:compiled" in liuli("explain", "net.py:compild").err


def test_help(liuli: Liuli) -> None:
    said = liuli("explain", "--help")
    assert said.code == 0 and "FILE.py:NAME" in said.out and "(step, x, y)" in said.out
    assert "explain" in liuli("--help").out

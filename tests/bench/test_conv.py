"""The networks of `python -m bench conv`, their arithmetic and weights, and what must hold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import liuli
from bench import conv
from bench.conv_nets import NETS, ConvProblem
from bench.peers import Figures, Peer
from bench.workers.conv import COMPARED, losses
from bench.workers.steps.conv_written_out import Liuli, network
from liuli import zoo

SIZES = {"SimpleConvNet": 433_890, "DeepConvNet": 123_552, "LeNet-5": 44_426, "ResNet-20": 272_474,
         "VGG-11": 9_225_610}  # fmt: skip
TWINS: dict[str, Any] = {
    "SimpleConvNet": zoo.simple_conv_net, "DeepConvNet": zoo.deep_conv_net,
    "LeNet-5": lambda: zoo.lenet5(padding=0), "ResNet-20": zoo.resnet20,
    "VGG-11": lambda: zoo.vgg11(10, image_size=32),
}  # fmt: skip


# --- the networks -----------------------------------------------------------------------------
@pytest.mark.parametrize("name", NETS)
def test_parameters_are_those_of_the_modules(name: str) -> None:
    problem = ConvProblem(name)
    model = network(liuli, problem)
    assert [tuple(p.shape) for p in model.parameters()] == [p.shape for p in problem.parameters()]
    assert sum(p.numel() for p in model.parameters()) == SIZES[name]
    assert ConvProblem.from_json(problem.to_json()) == problem


@pytest.mark.parametrize("name", NETS)
def test_networks_are_those_of_the_zoo(name: str) -> None:
    """With equal weights: equal scores."""
    mine, twin = network(liuli, ConvProblem(name)).eval(), TWINS[name]().eval()
    with liuli.no_grad():
        for theirs, value in zip(twin.parameters(), mine.parameters(), strict=True):
            theirs.copy_(value)
        x = liuli.randn(2, *NETS[name].image)
        np.testing.assert_allclose(mine(x).numpy(), twin(x).numpy(), rtol=1e-4, atol=1e-5)


def test_weights_begin_at_a_scale_that_is_kept() -> None:
    for value, parameter in zip(ConvProblem("VGG-11").start(),
                                ConvProblem("VGG-11").parameters(), strict=True):  # fmt: skip
        if parameter.inputs > 0:
            assert value.std() * math.sqrt(parameter.inputs / 2) == pytest.approx(1, abs=0.05)
        else:
            assert (value == -parameter.inputs).all()


def test_flop_of_the_books_networks() -> None:
    """As worked out by hand; the first convolution has no gradient of its input."""
    first, second, third = 24 * 24 * 30 * 25, 4320 * 100, 100 * 10
    assert ConvProblem("SimpleConvNet").flop == 200 * (2 * first + 3 * second + 3 * third)
    assert ConvProblem("DeepConvNet", dropout=False).flop == ConvProblem("DeepConvNet").flop


def test_only_dropout_is_left_out() -> None:
    whole, less = (ConvProblem("DeepConvNet", dropout=on).layers for on in (True, False))
    assert [layer for layer in whole if layer not in less] == [("dropout", 0.5)] * 2


def test_eager_and_compiled_steps_have_the_same_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    layers = [layer for layer in NETS["SimpleConvNet"].layers if layer != ("linear", 100)]
    monkeypatch.setitem(NETS, "tiny", replace(NETS["SimpleConvNet"], batch=3, layers=layers))
    problem = ConvProblem("tiny", count=2)
    found = [losses(Liuli(problem, 1, how)) for how in ("", "compiled")]
    assert COMPARED >= 5  # the last one is compiled
    assert found[0]["begin"] == pytest.approx(found[1]["begin"], rel=1e-5)
    assert found[0]["loss"] == pytest.approx(found[1]["loss"], rel=1e-4) != found[0]["begin"]


# --- what is asked for ------------------------------------------------------------------------
def peer(name: str, *steps: float, loss: float = 0.5, slowest: float = 0.2) -> Peer:
    """A peer with these us a step."""
    facts = {"loss": loss, "begin": 2.5, "slowest": slowest, "first": 0.3, "import": 0.1,
             "kernels": 90, "distinct": 30, "compiling": 0.1}  # fmt: skip
    return Peer(name, "", rounds=[{"step": s, "peak": 90.0} for s in steps], facts=facts)


def measured(*others: Peer, ours: tuple[float, ...] = (30e3, 28e3, 29e3)) -> dict[str, Peer]:
    """We, others, and a limit of 200 GFLOP/s, at which DeepConvNet takes 26.2 ms."""
    limit = Peer("limit", "", rounds=[{"gflops": 190.0}, {"gflops": 200.0}])
    return {one.name: one for one in (peer(conv.OURS, *ours), limit, *others)}


def failed(found: dict[str, Peer], net: str = "DeepConvNet") -> list[str]:
    return [check.says for check in conv.checks(found, ConvProblem(net)) if not check.held]


def test_all_holds() -> None:
    found = measured(peer("torch", 60e3, 60e3, 60e3), peer("keras", 50e3, 50e3, 50e3))
    assert not failed(found)
    assert len(list(conv.checks(found, ConvProblem("DeepConvNet")))) == 6


def test_the_median_of_ratios_decides_and_the_better_of_keras_counts() -> None:
    found = measured(
        peer("torch", 53e3, 60e3, 52e3), peer("torch best", 1, 1, 1),
        peer("keras", 60e3, 10e3, 60e3), peer("keras function", 40e3, 60e3, 43e3),
    )  # fmt: skip
    torch, keras = failed(found)
    assert "1.79 (1.77 to 2.14) times as fast as torch" in torch
    assert "1.33 (0.36 to 1.48) times as fast as keras" in keras


def test_the_best_round_is_held_against_the_limit() -> None:
    [says] = failed(measured(ours=(90e3, 31.5e3, 90e3)))
    assert "83 % of the limit" in says
    assert not failed(measured(ours=(90e3, 30.5e3, 90e3)))


def test_times_pytorch_or_the_limit() -> None:
    full = ConvProblem("VGG-11").flop / 200e3  # us at the limit
    slow = peer("torch", *[2 * full] * 3)
    assert not failed(measured(slow, ours=(full * 1.5,) * 3), "VGG-11")
    assert failed(measured(slow, ours=(full * 1.6,) * 3), "VGG-11")
    assert not failed(measured(peer("torch", 1, 1, 1), ours=(full * 1.1,) * 3), "VGG-11")


def test_losses_of_everyone_are_compared() -> None:
    steps = [90e3] * 3
    assert not failed(measured(peer("torch best", *steps, loss=0.501)))
    assert not failed(measured(peer("keras", *steps, loss=0.504)))
    for wrong in (0.504, float("nan")):
        [says] = failed(measured(peer("torch best", *steps, loss=wrong)))
        assert "the first loss of torch best is 0.0e+00" in says
    other = peer("torch", *steps)
    other.facts["begin"] = 2.6
    assert failed(measured(other))


def test_compiling_is_quick_and_nothing_is_compiled_twice() -> None:
    found = measured()
    found[conv.OURS].facts["slowest"] = 0.81
    [says] = failed(found)
    assert "0.81 s (limit 0.8)" in says
    assert not failed(found, "ResNet-20")
    found[conv.OURS].facts["distinct"] = 90
    [says] = failed(found, "ResNet-20")
    assert "90 kernels are 90 different ones" in says


def test_without_ourselves_nothing_holds() -> None:
    found = {**measured(), conv.OURS: Peer(conv.OURS, "", why_not="broken")}
    assert failed(found) == ["DeepConvNet could not be measured: broken"]
    assert "broken" in conv.table(found, ConvProblem("DeepConvNet"))


def test_who_takes_part() -> None:
    assert conv.takes_part("keras", ConvProblem("LeNet-5"))
    assert not conv.takes_part("keras", ConvProblem("VGG-11"))
    assert conv.takes_part("torch", ConvProblem("VGG-11"))


def test_table() -> None:
    found = measured(peer("torch best", 60e3, 56e3, 58e3, loss=2.25))
    lines = conv.table(found, ConvProblem("DeepConvNet"))
    assert ("| torch best | 58.00 (56.00) | 2.00 (2.00) | 45 (47) | 0.20 | 90 | 2.250000 |"
            in lines)  # fmt: skip
    assert "5240.8 MFLOP take 26.20 ms" in lines
    assert "90 kernels, 30 of them compiled, 0.10 s" in lines


# --- whole processes --------------------------------------------------------------------------
def figures(whole: float, accuracy: float = 98.9) -> list[Figures]:
    return [{"whole": whole, "train": whole / 2, "peak": 200.0, "accuracy": accuracy}] * 3


def test_whole_processes() -> None:
    def lost(**found: list[Figures]) -> list[str]:
        return [check.says for check in conv.whole_checks(found) if not check.held]

    assert not lost(liuli=figures(10), torch=figures(20))
    [says] = lost(liuli=figures(10), torch=figures(19))
    assert "1.90" in says
    [says] = lost(liuli=figures(10, 97.0))
    assert "liuli: accuracy 97.00" in says
    assert lost(torch=figures(19)) == ["LeNet-5 could not be measured"]


def test_whole_table() -> None:
    """468 batches an epoch of 194 MFLOP each: 4.54 s at 200 GFLOP/s."""
    lines = conv.whole_table({"liuli": figures(10), "torch best": figures(20)}, 200.0)
    assert "| liuli | 10.00 (10.00) | 1.00 (1.00) | 5.00 (5.00) | 91 (91) | 200 | 98.90 |" in lines
    assert "| torch best | 20.00 (20.00) | 2.00 (2.00) |" in lines


def test_a_script_that_fails_says_why(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "conv_torch.py").write_text("raise ValueError('no')", encoding="utf-8")
    monkeypatch.setattr(conv, "WORKERS", tmp_path)
    assert conv.one("torch best", "conv_torch.py", sys.executable) == []
    assert "torch best: not measured: ValueError: no" in capsys.readouterr().out

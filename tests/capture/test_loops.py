"""Loops as tutorials write them: the same numbers, captured or not; and captured they are."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.autodiff.state import STATE
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, ran, same

ROUNDS = 14


def train(model: Any, optimizer: Any, data: Any, after: Any = None) -> list[Any]:
    """The loop of every tutorial."""
    losses = []
    for i, (x, y) in enumerate(data):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if after is not None:
            after(i)
    return [losses, model]


OPTIMIZERS = {
    "sgd": lambda p: liuli.optim.SGD(p, lr=0.1),
    "momentum": lambda p: liuli.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "adam": lambda p: liuli.optim.Adam(p, lr=0.01),
    "adamw": lambda p: liuli.optim.AdamW(p, lr=0.01),
    "rmsprop": lambda p: liuli.optim.RMSprop(p, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        return train(model, OPTIMIZERS[name](model.parameters()), batches(ROUNDS))

    assert same(loop) >= 8


@pytest.mark.parametrize("layer", [lambda: nn.Dropout(0.4), lambda: nn.LayerNorm(8), nn.GELU,
                                   lambda: nn.Softmax(1)])  # fmt: skip
def test_layers(layer: Any) -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), layer(), nn.Linear(8, 3))
        made = train(model, liuli.optim.SGD(model.parameters(), lr=0.1), batches(ROUNDS))
        return made, liuli.rand(3)  # the generator is where eager code leaves it

    assert same(loop) >= 8


def test_batch_norm() -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
        return train(model, liuli.optim.SGD(model.parameters(), lr=0.1), batches(ROUNDS))

    same(loop)


def test_embedding_and_attention() -> None:
    def loop() -> Any:
        embed, head = nn.Embedding(7, 4), nn.Linear(4, 3)
        optimizer = liuli.optim.Adam([*embed.parameters(), *head.parameters()], lr=0.01)
        losses = []
        rng = np.random.default_rng(0)
        for _ in range(ROUNDS):
            words = liuli.tensor(rng.integers(0, 7, (2, 5)))
            h = embed(words)
            h = F.softmax(h @ h.transpose(1, 2) / 2.0, dim=-1) @ h
            loss = F.cross_entropy(head(h.mean(1)), words[:, 0] % 3)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss)
        return losses, embed, head

    assert same(loop) >= 8


# --- where synchronisations and zero_grad stand -------------------------------------------------
@pytest.mark.parametrize("place", ["first", "before backward", "last"])
@pytest.mark.parametrize("every", [1, 3, 0])
def test_places(place: str, every: int) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        losses = []
        for i, (x, y) in enumerate(batches(ROUNDS)):
            if place == "first":
                optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if place == "before backward":
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if place == "last":
                optimizer.zero_grad()
            if every and i % every == 0:
                losses.append(loss.item())
        return losses, loss, model, [p.grad is None for p in model.parameters()]

    assert same(loop) >= 8


def test_item_before_the_step() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        losses = []
        for x, y in batches(30):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            losses.append(loss.item())
            optimizer.step()
        return losses, model

    same(loop)


def test_accuracy_in_the_loop() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        right, total = 0, liuli.zeros(())
        for x, y in batches(30):
            optimizer.zero_grad()
            out = model(x)
            loss = F.cross_entropy(out, y)
            loss.backward()
            optimizer.step()
            right += (out.argmax(1) == y).sum().item()
            total = total + loss.detach()
        return right, total, model

    assert same(loop) >= 8


def test_losses_are_kept_and_printed() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.0)
        kept, texts = [], []
        for x, y in batches(ROUNDS):
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            kept.append(loss)
            texts += [repr(loss), f"{loss:.3f}", str(loss.shape), loss.requires_grad,
                      loss.is_leaf, str(loss.grad_fn), str(type(loss)), loss.dtype,
                      loss.grad_fn.place.line]  # fmt: skip
        return kept, texts, sum(kept)

    assert same(loop) >= 8


# --- what changes from round to round -----------------------------------------------------------
def test_ragged_last_batch_and_evaluation() -> None:
    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 3))
        optimizer = liuli.optim.Adam(model.parameters(), lr=0.01)
        seen = []
        for _ in range(3):
            model.train()
            seen += train(model, optimizer, [*batches(6), *batches(1, rows=2)])[0]
            model.eval()
            with liuli.no_grad():
                seen += [F.cross_entropy(model(x), y).item() for x, y in batches(3)]
        return seen, model

    assert same(loop) >= 8


def test_scheduler() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.5)
        scheduler = liuli.optim.lr_scheduler.StepLR(optimizer, 2, 0.7)
        return train(model, optimizer, batches(ROUNDS), lambda i: scheduler.step())

    assert same(loop) >= 8


def test_gradient_clipping() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.5)
        norms = []
        for x, y in batches(ROUNDS):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.1))
            optimizer.step()
        return norms, model

    same(loop)


def test_two_optimizers() -> None:
    def loop() -> Any:
        maker, judge = mlp(2, 8, 5), mlp(5, 8, 1)
        one = liuli.optim.Adam(maker.parameters(), lr=0.01)
        two = liuli.optim.Adam(judge.parameters(), lr=0.01)
        seen = []
        for x, _ in batches(24):
            fake = maker(liuli.randn(6, 2))
            two.zero_grad()
            judged = F.binary_cross_entropy_with_logits(judge(x), liuli.ones(6, 1))
            judged = judged + F.binary_cross_entropy_with_logits(
                judge(fake.detach()), liuli.zeros(6, 1))  # fmt: skip
            judged.backward()
            two.step()
            one.zero_grad()
            made = F.binary_cross_entropy_with_logits(judge(fake), liuli.ones(6, 1))
            made.backward()
            one.step()
            seen += [judged.item(), made.item()]
        return seen, maker, judge

    same(loop)


def test_accumulation() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(4 * ROUNDS)):
            (F.cross_entropy(model(x), y) / 4).backward()
            if i % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
        return model

    assert same(loop) >= 8


def test_frozen_and_thawed() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def after(i: int) -> None:
            if i in (8, 16):
                model[0].weight.requires_grad_(i == 16)

        return train(model, optimizer, batches(30), after), [p.grad for p in model.parameters()]

    assert same(loop) >= 8


def test_layers_are_added() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)

        def after(i: int) -> None:
            if i == 8:
                model.append(nn.Linear(3, 3))
                optimizer.add_param_group({"params": model[-1].parameters(), "lr": 0.2})

        return train(model, optimizer, batches(30), after)

    assert same(loop) >= 8


@pytest.mark.parametrize("how", ["data", "load", "copy", "replace", "numpy"])
def test_weights_changed_by_hand(how: str) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        first = {k: v.clone() for k, v in model.state_dict().items()}

        def after(i: int) -> None:
            w = model[0].weight
            if i % 5 != 4:
                return
            if how == "data":
                w.data.mul_(0.5)
            elif how == "load":
                model.load_state_dict(first)
            elif how == "copy":
                with liuli.no_grad():
                    w.copy_(w * 0.5)
            elif how == "replace":
                w.data = w.data * 0.5
            else:
                w.detach().numpy()[:] *= 0.5

        return train(model, optimizer, batches(30), after)

    assert same(loop) >= 8


def test_gradients_are_read() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen = []
        for i, (x, y) in enumerate(batches(20)):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            if i % 4 == 0:
                seen.append(model[0].weight.grad.abs().sum())
            held = model[0].bias.grad
            optimizer.step()
            seen += [model[2].weight.grad, held, held is model[0].bias.grad, held.shape]
        return seen, model

    assert same(loop) >= 8


# --- errors -------------------------------------------------------------------------------------
def test_backward_twice() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        texts = []
        for x, y in batches(ROUNDS):
            optimizer.zero_grad()
            out = model(x)
            loss = F.cross_entropy(out, y, reduction="none").mean()
            loss.backward()
            optimizer.step()
            for t in (loss, out):
                with pytest.raises(LiuliError) as error:
                    t.sum().backward()
                texts.append(str(error.value))
        return texts, model

    assert same(loop) >= 8


def test_retained_graphs() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches(ROUNDS):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward(retain_graph=True)
            loss.backward()
            optimizer.step()
        return loss, model, [p.grad for p in model.parameters()]

    same(loop)


def test_a_label_out_of_range() -> None:
    def loop() -> Any:
        model, criterion = mlp(5, 8, 3), nn.CrossEntropyLoss()
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        texts = []
        for i, (x, y) in enumerate(batches(20)):
            if i == 12:
                y[2] = 7
            try:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
            except LiuliError as error:
                texts += [str(error), model[0].weight.grad, *map(liuli.clone, model.parameters())]
        return texts, loss, model

    assert same(loop) >= 8


def test_a_round_is_left() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen = []
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if i % 7 == 6:
                seen.append(loss)
                continue
            loss.backward()
            if i % 5 == 4:
                continue
            optimizer.step()
        return seen, loss, model, [p.grad for p in model.parameters()]

    assert same(loop) >= 8


# --- memory -------------------------------------------------------------------------------------
@pytest.mark.parametrize("view", [False, True])
@pytest.mark.parametrize("when", ["between rounds", "before step"])
def test_a_buffer_is_used_again(when: str, view: bool) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        buffer = np.zeros((6, 5), np.float32)
        for x, y in batches(ROUNDS):
            buffer[:] = x.numpy()
            given = liuli.from_numpy(buffer).view(6, 5) if view else liuli.from_numpy(buffer)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(given), y)
            loss.backward()
            if when == "before step":
                buffer[:] = -1
            optimizer.step()
        return loss, model

    assert same(loop) >= 8


def test_the_same_data_in_every_round() -> None:
    def loop() -> Any:
        (x, y), *_ = batches(1)
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)

        def after(i: int) -> None:
            if i == 10:
                x.mul_(2.0)

        return train(model, optimizer, ((x, y) for _ in range(ROUNDS)), after)

    assert same(loop) >= 8


def test_views_that_live() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen = []
        for x, y in batches(ROUNDS):
            optimizer.zero_grad()
            x = x.view(6, 5)
            out = model(x).reshape(2, 3, 3)
            flat = out.view(6, 3)
            row = flat[0]
            loss = F.cross_entropy(flat, y)
            loss.backward()
            optimizer.step()
            with liuli.no_grad():
                out.mul_(2.0)
            seen += [row, flat, x]
        return seen, model

    assert same(loop) >= 8


def test_functions_of_raw_tensors() -> None:
    def loop() -> Any:
        w = liuli.ones(5, 3, requires_grad=True)
        for x, y in batches(30):
            loss = F.cross_entropy(x @ w, y)
            loss.backward()
            with liuli.no_grad():
                w -= 0.1 * w.grad
                w.grad = None
        return w

    assert same(loop) == 0


def test_numbers_that_change() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(ROUNDS)):
            optimizer.zero_grad()
            (F.cross_entropy(model(x), y) * (1.0 + i)).backward()
            optimizer.step()
        return model

    same(loop)


def test_hooks_run_in_every_round() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen: list[Any] = []

        def after(i: int) -> None:
            if i == 8:
                model[0].weight.register_hook(lambda g: seen.append(1))

        return train(model, optimizer, batches(30), after), seen

    assert same(loop) >= 3


# --- beside -------------------------------------------------------------------------------------
def test_threads() -> None:
    def loop() -> Any:
        made: list[Any] = [None] * 3

        def work(k: int) -> None:
            model = nn.Linear(5, 3)
            with liuli.no_grad():
                model.weight.fill_(0.1)
                model.bias.fill_(0.1)
            made[k] = train(model, liuli.optim.SGD(model.parameters(), lr=0.1), batches(ROUNDS))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return [m[0] for m in made]

    same(loop)


def test_a_pending_tensor_is_read_by_another_thread() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        seen: list[Any] = []
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            if i % 6 == 5:
                t = threading.Thread(target=lambda x=loss: seen.append(x.item()))
                t.start()
                t.join()
            loss.backward()
            optimizer.step()
        return seen, model

    assert same(loop) >= 8


def test_switched_off() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        return train(model, liuli.optim.SGD(model.parameters(), lr=0.1), batches(ROUNDS))

    assert ran(loop, False).compiled == 0
    assert STATE.capture is None

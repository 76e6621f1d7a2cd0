"""backward, grad, detach, no_grad and the flags around them."""

from __future__ import annotations

from tests.golden.cases.case import Table, frozen, integers, normal, positive

TABLE = Table("autograd")

# In each, x (2, 3) wants a gradient and c (2, 3) wants none.
TEXTS = {
    "Tensor.backward": (
        "(x * x).sum().backward()\nx.grad",
        "(x * c).sum().backward()\n(x * c).sum().backward()\nx.grad",
        "(x * x).backward(c)\nx.grad",
        "(x * x).backward(gradient=T.ones_like(x))\nx.grad",
        "y = x.exp().sum()\ny.backward(retain_graph=True)\ny.backward()\nx.grad",
        "x.sum().backward()\nx.grad.requires_grad, x.grad.dtype == x.dtype",
        "(x.sum() * 0).backward()\nx.grad",
        "x.max().backward()\nx.grad",
        "x[0].sum().backward()\nx.grad",
        "y = x * 2\nz = y + y * y\nz.sum().backward()\nx.grad",
        "y = x\nfor _ in range(50):\n    y = y * 1.01\ny.sum().backward()\nx.grad",
        "a, b = x.unbind(0)\n(a * 2).sum().backward()\nx.grad",
        "T.stack([x, x * 2]).sum().backward()\nx.grad",
        "y = x * 2\ny.sum().backward()\ny.grad is None, x.grad",
        "w = c.clone().requires_grad_()\n(x @ w.t()).sum().backward()\nx.grad, w.grad",
        "w = c.clone().double().requires_grad_()\n(x * w).sum().backward()\nw.grad.dtype",
        "(x.double() * 2).sum().backward()\nx.grad",
        "(x.detach() * x).sum().backward()\nx.grad",
        "(x ** 2).sum().backward(inputs=[x])\nx.grad",
        "y = x.clone()\ny.sum().backward()\nx.grad is not None, y.is_leaf, x.is_leaf",
    ),
    "Tensor.grad": (
        "x.grad is None",
        "x.sum().backward()\nx.grad = None\nx.grad",
        "x.sum().backward()\nx.grad.zero_()\nx.grad",
        "x.sum().backward()\nx.grad.mul_(2)\nx.grad",
        "x.grad = T.ones_like(x)\n(x * 2).sum().backward()\nx.grad",
        "x.sum().backward()\ng = x.grad\nx.sum().backward()\ng is x.grad, g",
        "x.sum().backward()\nx.grad.data.fill_(3)\nx.grad",
        "x.sum().backward()\nx.grad.norm()",
    ),
    "Tensor.detach": (
        "(x.detach() * x)",
        "x.detach().requires_grad, x.detach().is_leaf",
        "x.detach()",
        "(x * 2).detach().requires_grad",
    ),
    "Tensor.detach_": ("y = x * 2\ny.detach_()\ny.requires_grad, y",),
    "Tensor.requires_grad_": (
        "y = c.clone().requires_grad_()\n(y * y).sum().backward()\ny.grad",
        "c.clone().requires_grad_(True).requires_grad",
        "y = T.zeros(2).requires_grad_()\ny.requires_grad_(False)\ny.requires_grad",
        "y = c.clone()\ny.requires_grad_() is y",
    ),
    "Tensor.requires_grad": (
        "y = c.clone()\ny.requires_grad = True\n(y * 3).sum().backward()\ny.grad",
        "(x + c).requires_grad, (c + c).requires_grad, (x > 0).requires_grad",
        "x.argmax().requires_grad, x.long().requires_grad",
        "[t.requires_grad for t in x.max(1)]",
        "[t.requires_grad for t in x.topk(2)]",
    ),
    "Tensor.is_leaf": ("x.is_leaf, (x * 2).is_leaf, c.is_leaf, (c * 2).is_leaf",),
    "Tensor.grad_fn": ("x.grad_fn is None, (x * 2).grad_fn is None, (c * 2).grad_fn is None",),
    "Tensor.retain_grad": (
        "y = x * 2\ny.retain_grad()\n(y * y).sum().backward()\ny.grad",
        "x.retain_grad()\n(x * x).sum().backward()\nx.grad",
    ),
    "Tensor.register_hook": (
        "y = x * 2\ny.register_hook(lambda g: g * 10)\ny.sum().backward()\nx.grad",
        "x.register_hook(lambda g: g.clamp(max=0.5))\n(x * 2).sum().backward()\nx.grad",
        "seen = []\nx.register_hook(lambda g: seen.append(g.sum().item()))\n"
        "(x * 2).sum().backward()\nseen, x.grad",
        "y = x * 2\nh = y.register_hook(lambda g: g * 10)\nh.remove()\ny.sum().backward()\nx.grad",
    ),
    "Tensor.data": (
        "x.data, x.data.requires_grad",
        "y = c.clone().requires_grad_()\ny.data.add_(1)\ny",
        "y = c.clone().requires_grad_()\ny.data = y.data * 2\ny",
        "y = c.clone().requires_grad_()\ny.data = T.zeros(2)\ny.shape",
    ),
    "liuli.no_grad": (
        "with T.no_grad():\n    y = x * 2\ny.requires_grad, y",
        "with T.no_grad():\n    y = x * 2\n(y * x)",
        "y = c.clone().requires_grad_()\nwith T.no_grad():\n    y -= 0.1 * c\ny, y.requires_grad",
        "y = c.clone().requires_grad_()\nwith T.no_grad():\n    y[0] = 0\ny.requires_grad, y",
        "f = T.no_grad()(lambda t: t * 2)\nf(x).requires_grad",
        "@T.no_grad()\ndef f(t):\n    return t * 2\nf(x).requires_grad",
        "with T.no_grad():\n    with T.enable_grad():\n        y = x * 2\ny.requires_grad",
        "with T.no_grad():\n    z = T.zeros(2, requires_grad=True)\nz.requires_grad",
    ),
    "liuli.enable_grad": ("with T.enable_grad():\n    y = x * 2\ny.requires_grad",),
    "liuli.inference_mode": ("with T.inference_mode():\n    y = x * 2\ny.requires_grad, y * 1",),
    "liuli.set_grad_enabled": (
        "with T.set_grad_enabled(False):\n    y = x * 2\ny.requires_grad",
        "with T.set_grad_enabled(True):\n    y = x * 2\ny.requires_grad",
    ),
    "liuli.is_grad_enabled": (
        "a = T.is_grad_enabled()\nwith T.no_grad():\n    b = T.is_grad_enabled()\na, b",
    ),
    "liuli.autograd.grad": (
        "T.autograd.grad((x * x).sum(), x)",
        "T.autograd.grad((x * x).sum(), [x])",
        "T.autograd.grad(x * x, x, grad_outputs=c)",
        "y = x * 2\nT.autograd.grad((y * y).sum(), (x, y))",
        "T.autograd.grad((x ** 3).sum(), x, create_graph=True)[0]",
        "g, = T.autograd.grad((x ** 3).sum(), x, create_graph=True)\n(g * c).sum()",
        "g, = T.autograd.grad(x.tanh().sum(), x, create_graph=True)\n"
        "h, = T.autograd.grad(g.sum(), x, create_graph=True)\nh",
        "g, = T.autograd.grad(x.softmax(1)[:, 0].sum(), x, create_graph=True)\ng.pow(2).sum()",
        "g, = T.autograd.grad((x @ x.t()).sigmoid().sum(), x, create_graph=True)\n"
        "(g.norm() - 1) ** 2",
        "y = c.clone().requires_grad_()\nT.autograd.grad((x * 2).sum(), [x, y], allow_unused=True)",
        "T.autograd.grad(x.sum(), x)\nx.grad is None",
    ),
    "liuli.autograd.backward": ("T.autograd.backward([(x * x).sum(), x.sum()])\nx.grad",),
    "Tensor.clone": (
        "y = x.clone()\ny.is_leaf, y.requires_grad, y",
        "y = x.clone().detach().requires_grad_(True)\ny.is_leaf",
    ),
    "Tensor.numpy": ("x.detach().numpy()", "c.numpy().sum().dtype.name"),
    "Tensor.item": ("x.sum().item()",),
    "liuli.autograd.functional.jacobian": (
        "T.autograd.functional.jacobian(lambda t: t.exp().sum(1), c)",
    ),
    "liuli.autograd.functional.hessian": (
        "T.autograd.functional.hessian(lambda t: (t ** 3).sum(), c)",
    ),
}
for name, texts in TEXTS.items():
    for text in texts:
        TABLE.add(text, name=name, x=normal(2, 3), c=frozen(2, 3))

# Second derivatives of the functions that networks are made of.
SECOND = """
x.exp()
x.log()
x.sqrt()
x.tanh()
x.sigmoid()
x.pow(3)
x ** 0.5
1 / x
x.relu()
x.sin() * x.cos()
x.log_softmax(1)
x.softmax(1)
x.logsumexp(1)
x.norm(dim=1)
x.std(1)
x.var(1)
x.prod(1)
x.cumsum(1) ** 2
x.max(1).values ** 2
x[:, 1:] * x[:, :-1]
x.t() @ x
x.gather(1, T.tensor([[0], [2]])) ** 2
T.where(x > 1, x * x, x ** 3)
T.cat([x, x * x]) ** 2
x.clamp(0.5, 2) ** 2
F.gelu(x)
F.silu(x)
F.softplus(x)
F.elu(-x)
F.layer_norm(x, (3,))
F.mse_loss(x, T.zeros_like(x))
F.cross_entropy(x, T.tensor([0, 2]))
F.binary_cross_entropy_with_logits(x, T.ones_like(x))
F.linear(x, x)
"""
for row in SECOND.split("\n"):
    if row:
        text = f"y = {row}\ng, = T.autograd.grad(y.sum(), x, create_graph=True)\ng"
        if row in ("x.relu()", "x.softmax(1)", "x.log_softmax(1)", "F.layer_norm(x, (3,))"):
            # The sum alone has a gradient of nothing, or only of rounding.
            text = text.replace("y.sum()", "(y ** 3).sum()")
        TABLE.add(text, name="liuli.autograd.grad", x=positive(2, 3))

# A network and its step, all together.
TABLE.add(
    "h = (x @ w.t() + b).relu()\nloss = F.cross_entropy(h @ v.t(), t)\nloss",
    name="nn.functional.cross_entropy",
    x=frozen(4, 3), w=normal(5, 3), b=normal(5), v=normal(3, 5), t=integers(4, high=3),
)  # fmt: skip
TABLE.add(
    "w = a.clone().requires_grad_()\nlosses = []\nfor step in range(5):\n"
    "    loss = ((x @ w - y) ** 2).mean()\n    w.grad = None\n    loss.backward()\n"
    "    with T.no_grad():\n        w -= 0.1 * w.grad\n    losses.append(loss.item())\nw, losses",
    name="Tensor.backward", x=frozen(6, 3), a=frozen(3), y=frozen(6),
)  # fmt: skip

"""The third tutorial's network through `Trainer.fit`, from nothing to the test accuracy."""

from __future__ import annotations

from bench.workers.scripts.parts import BATCH, DEVIATION, EPOCHS, MEAN, Parts

parts = Parts()

import liuli  # noqa: E402
from liuli import nn  # noqa: E402
from liuli.data import MNIST  # noqa: E402
from liuli.data.transforms import Compose, Normalize, ToTensor  # noqa: E402
from liuli.train import Trainer  # noqa: E402

parts.done("import")

transform = Compose([ToTensor(), Normalize((MEAN,), (DEVIATION,))])
training = MNIST(train=True, transform=transform)
testing = MNIST(train=False, transform=transform)
parts.done("load")

liuli.manual_seed(0)
model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
)
optimizer = liuli.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
trainer = Trainer(model, "cross_entropy", optimizer, metrics=["accuracy"])
trainer.fit(training, epochs=EPOCHS, batch_size=BATCH, verbose=0)
parts.done("train")

accuracy = trainer.evaluate(testing)["accuracy"]
parts.done("evaluate")
parts.tell(100 * accuracy)

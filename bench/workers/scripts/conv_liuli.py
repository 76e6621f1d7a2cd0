"""LeNet-5 through `Trainer.fit`, from nothing to the test accuracy, as SimpleChains' example."""

from __future__ import annotations

from bench.workers.scripts.parts import Parts

parts = Parts()

import liuli  # noqa: E402
from liuli.data import MNIST  # noqa: E402
from liuli.data.transforms import ToTensor  # noqa: E402
from liuli.train import Trainer  # noqa: E402
from liuli.zoo import lenet5  # noqa: E402

parts.done("import")

training, testing = (MNIST(train=train, transform=ToTensor()) for train in (True, False))
parts.done("load")

liuli.manual_seed(0)
model = lenet5(padding=0)
optimizer = liuli.optim.Adam(model.parameters(), lr=3e-4)
trainer = Trainer(model, "cross_entropy", optimizer, metrics=["accuracy"])
trainer.fit(training, epochs=10, batch_size=128, verbose=0)
parts.done("train")

accuracy = trainer.evaluate(testing)["accuracy"]
parts.done("evaluate")
parts.tell(100 * accuracy)

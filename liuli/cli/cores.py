"""How many threads a training is given, where nobody has said: small networks get one.

Two threads that multiply small matrices wait for each other most of the time, and on a computer
that does other things as well they wait much longer: the default run took 5 seconds with one
thread and 28 with two on two CPUs that were half busy. With one thread it also gives the same
numbers on every number of CPUs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..settings import current, threads_from_environment, using

SMALL = 2**24  # products of a number and a weight, in one pass of a batch through the network


@contextmanager
def cores_for(products: int, batch_size: int) -> Iterator[None]:
    """Inside, one thread works if the network is small; a number that was asked for stands.

    `products` is how many times a number is multiplied by a weight for one example.
    """
    asked = current.num_threads or threads_from_environment()
    if asked or products * batch_size > SMALL:
        yield
        return
    with using(num_threads=1):
        yield

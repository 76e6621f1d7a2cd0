"""What this machine can do at most."""

from __future__ import annotations

import pytest

from liuli.compiler.machine import available
from liuli.compiler.targets import Target
from liuli.explaining.peaks import byte_rate, flop_rate


@pytest.mark.skipif(not available(), reason="llvmlite is not here")
def test_the_machines_limits() -> None:
    """Only that they are possible: a processor of this century, and no miracle."""
    target = Target.host()
    assert 1e9 < flop_rate(target, 8) < flop_rate(target) < 1e12
    assert 1e8 < byte_rate(target, 2**18) < 1e13
    assert byte_rate(target, 100) == byte_rate(target, 1)  # measured once

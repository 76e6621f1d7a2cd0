"""What a compiled step is made of: its page, its kernels, their costs and this machine's limits.

Nothing here is needed to compile or to run. `step.explain()` loads it when it is first called.
"""

from .page import Explanation

__all__ = ["Explanation"]

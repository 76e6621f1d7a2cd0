"""`liuli.optim`: optimizers and schedules, as `torch.optim` has them."""

import sys as _sys

from ..functions import calls as _calls
from ..functions import names as _names
from . import lr_scheduler
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD

__all__ = [
    "ASGD", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "lr_scheduler",
]  # fmt: skip

_LATER = ("Adafactor", "LBFGS", "Muon", "SparseAdam")

_calls.guard_classes(globals())
_calls.guard_classes(vars(lr_scheduler))
_names.name_files(_sys.modules[__name__])
__getattr__ = _names.lookup(_sys.modules[__name__], _LATER, {})

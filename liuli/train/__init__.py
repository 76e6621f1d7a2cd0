"""Training: the one loop, metrics, callbacks, history, checkpoints."""

from ..functions import calls as _calls
from .callbacks import (
    Callback,
    CSVLog,
    EarlyStopping,
    JSONLog,
    LambdaCallback,
    LRSchedule,
    ModelCheckpoint,
    Progress,
    StopOnNaN,
    Watch,
)
from .checkpoint import newest_checkpoint, save_checkpoint
from .history import History
from .lock import RunLock
from .metrics import F1, MAE, MSE, R2, Accuracy, Confusion, Metric, Precision, Recall, TopK
from .signals import Interrupted
from .trainer import Trainer

__all__ = [
    "F1",
    "MAE",
    "MSE",
    "R2",
    "Accuracy",
    "CSVLog",
    "Callback",
    "Confusion",
    "EarlyStopping",
    "History",
    "Interrupted",
    "JSONLog",
    "LRSchedule",
    "LambdaCallback",
    "Metric",
    "ModelCheckpoint",
    "Precision",
    "Progress",
    "Recall",
    "RunLock",
    "StopOnNaN",
    "TopK",
    "Trainer",
    "Watch",
    "newest_checkpoint",
    "save_checkpoint",
]

_calls.guard_classes(globals())
_calls.guard_methods(Trainer, "fit", "evaluate", "predict")

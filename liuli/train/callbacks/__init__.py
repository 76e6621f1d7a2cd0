"""Callbacks: what `fit` tells while it trains."""

from .base import Callback, Callbacks, LambdaCallback
from .checkpoints import ModelCheckpoint
from .logs import CSVLog, JSONLog
from .progress import Progress
from .schedule import LRSchedule
from .stopping import EarlyStopping, StopOnNaN
from .watching import Watch

__all__ = [
    "CSVLog",
    "Callback",
    "Callbacks",
    "EarlyStopping",
    "JSONLog",
    "LRSchedule",
    "LambdaCallback",
    "ModelCheckpoint",
    "Progress",
    "StopOnNaN",
    "Watch",
]

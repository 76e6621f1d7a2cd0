"""`liuli.data.table`: learning from one's own tables.

`read_table` reads a file, `prepare` parts its rows into training and test, and learns from the
training rows a `Recipe`: how a row becomes the numbers a network takes. The recipe is saved with
the model, so that predictions read new tables in the same way.
"""

from .frame import Table
from .parts import Prepared, prepare, split
from .predictions import predicted, write_predictions, write_submission
from .reading import read_table
from .recipe import Recipe

__all__ = [
    "Prepared",
    "Recipe",
    "Table",
    "predicted",
    "prepare",
    "read_table",
    "split",
    "write_predictions",
    "write_submission",
]

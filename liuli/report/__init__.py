"""The report of a run: one offline HTML page with pictures, in English and Chinese.

This folder trains nothing: it takes plain facts and writes a page. Each section is a module; the
words are in `words_en` and `words_zh`, the drawing in `svg` and `png`.
"""

from .facts import (
    FilterFacts,
    LayerFacts,
    LayerMaps,
    MapFacts,
    Misread,
    NeuronFacts,
    ReportFacts,
)
from .gallery import write_gallery
from .page import write_report
from .verdict import verdict

__all__ = [
    "FilterFacts",
    "LayerFacts",
    "LayerMaps",
    "MapFacts",
    "Misread",
    "NeuronFacts",
    "ReportFacts",
    "verdict",
    "write_gallery",
    "write_report",
]

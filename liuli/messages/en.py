from collections import defaultdict
from .text import Text
TEXTS: dict[str, Text] = defaultdict(lambda: Text("?"))

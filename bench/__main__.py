"""The command line of the benchmarks: `python -m bench engine --peer torch=PYTHON`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# Each is a module beside this one.
BENCHES = (
    "accuracy", "capture", "conv", "conv-sweep", "crowds", "engine", "layers", "mlp", "probes",
    "script", "start", "sweep",
)  # fmt: skip


def main() -> int:
    """Run one benchmark by name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=BENCHES)
    parser.add_argument("--rounds", type=int, default=9, help="measured rounds a library")
    parser.add_argument("--pause", type=float, default=0.2, help="idle seconds between rounds")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=PYTHON",
        help="a peer and the Python that has it; may repeat",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="sweeps: a few points only")
    parser.add_argument("--only", metavar="WORD", help="accuracy: what has the word in its name")
    arguments = parser.parse_args()
    if arguments.quick and not arguments.name.endswith("sweep"):
        parser.error("--quick is for sweeps")
    peers = dict(peer.split("=", 1) for peer in arguments.peer)
    if arguments.only and arguments.name != "accuracy":
        parser.error("--only is for accuracy")
    more: dict[str, object] = {"quick": True} if arguments.quick else {}
    more |= {"only": arguments.only} if arguments.only else {}
    bench = import_module(f".{arguments.name.replace('-', '_')}", __package__)
    return int(bench.main(arguments.rounds, arguments.pause, peers, **more))


if __name__ == "__main__":
    sys.exit(main())

"""The command line of the benchmarks: `python -m bench engine --peer torch=PYTHON`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# Each is a module beside this one.
BENCHES = (
    "accuracy", "capture", "crowds", "engine", "layers", "mlp", "probes", "script", "start", "sweep"
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
    parser.add_argument("--quick", action="store_true", help="sweep: a few points only")
    arguments = parser.parse_args()
    if arguments.quick and arguments.name != "sweep":
        parser.error("--quick is for sweep")
    peers = dict(peer.split("=", 1) for peer in arguments.peer)
    more = {"quick": True} if arguments.quick else {}
    bench = import_module(f".{arguments.name}", __package__)
    return int(bench.main(arguments.rounds, arguments.pause, peers, **more))


if __name__ == "__main__":
    sys.exit(main())

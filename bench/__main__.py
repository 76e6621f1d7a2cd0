"""The command line of the benchmarks: `python -m bench engine --peer torch=PYTHON`."""

from __future__ import annotations

import argparse
import sys

from . import accuracy, engine, mlp

BENCHES = {"accuracy": accuracy.main, "engine": engine.main, "mlp": mlp.main}


def main() -> int:
    """Run one benchmark by name."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--rounds", type=int, default=9, help="measured rounds a library")
    parser.add_argument("--pause", type=float, default=0.2, help="idle seconds between rounds")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=PYTHON",
        help="a peer and the Python that has it; may repeat",
    )  # fmt: skip
    arguments = parser.parse_args()
    peers = dict(peer.split("=", 1) for peer in arguments.peer)
    return BENCHES[arguments.name](arguments.rounds, arguments.pause, peers)


if __name__ == "__main__":
    sys.exit(main())

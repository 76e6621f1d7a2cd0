"""How many threads run a program: decided by the clock, since results do not depend on it.

Two threads are faster than one if there is work for both, and if nobody else wants the processors.
Neither is known beforehand. So most runs have the number of threads that was best so far, and now
and then half or twice as many are matched with it: stretches of a few milliseconds in turn, the
best of five. Only such pairs tell something, since the machine itself is faster and slower from
one moment to the next. A match that lost time is followed by a peace of fifty times what it lost:
looking costs about 2 %.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TypeAlias

STRETCH = 0.005  # seconds of a program's own time, longer than processors stay with one thread
PAIRS = 5  # stretches of a match, for each side, at most
PRICE = 50  # a match is waited out so many times what it lost,
LEAST, MOST = 0.03, 5.0  # but for at least (doubled by each match that is lost) and at most so long
GAIN = 0.95  # who is to win a pair must take less than this share of the time
CLEAR = 2.0  # times as long: no further pair is needed

Stretch: TypeAlias = tuple[float, int]  # seconds, runs


def rungs(most: int) -> list[int]:
    """The numbers of threads that are tried: 1, ... most/4, most/2, most."""
    found = [most]
    while found[-1] > 1:
        found.append(found[-1] // 2)
    return found[::-1]


class Crew:
    """The threads of one program: so many `threads` for the next runs, until `tell` is due.

    That is when the runs have taken `stretch` seconds in all.
    """

    def __init__(self, most: int) -> None:
        self.rungs = rungs(most)
        self.home = len(self.rungs) - 1
        self.stretch = 0.0
        self.matches = self.moves = 0
        self.times: dict[int, float] = {}  # rung -> seconds of a run, when it was last seen
        self.threads = 0
        self._life = self._live()
        next(self._life)

    def __str__(self) -> str:
        known = sorted(self.times.items())
        times = ", ".join(f"{1e6 * each:.0f} us with {self.rungs[i]}" for i, each in known)
        return f"{self.rungs[self.home]} of at most {self.rungs[-1]} threads; {times or 'no time'}"

    def tell(self, seconds: float, runs: int) -> None:
        """What the last stretch took; then it is known what is next."""
        self._life.send((seconds, runs))

    def _live(self) -> Generator[None, Stretch, None]:
        """Stay, and have the matches that are due."""
        peace, rested, least = {-1: 0.0, 1: 0.0}, 0.0, LEAST
        while True:
            seconds, _ = yield from self._run(self.home)
            rested += seconds
            for step in peace:
                peace[step] -= seconds
                rung = self.home + step
                news = rested > LEAST and self._seems_better(rung)
                if 0 <= rung < len(self.rungs) and (peace[step] <= 0 or news):
                    won, lost = yield from self._match(rung)
                    rested, least = 0.0, LEAST if won else 2 * least
                    peace[step] = min(max(least, PRICE * lost), MOST)
                    if won:
                        self.home, peace = rung, {step: 0.0, -step: LEAST}
                        self.moves += 1
                    break

    def _match(self, rung: int) -> Generator[None, Stretch, tuple[bool, float]]:
        """Whether another number of threads is better, and the seconds that looking has lost."""
        self.matches += 1
        wins = losses = 0
        lost = 0.0
        while max(wins, losses) <= PAIRS // 2:
            yield from self._run(self.home)
            here = self.times[self.home]
            seconds, runs = yield from self._run(rung)
            lost += seconds - runs * here
            share = self.times[rung] / here
            wins, losses = wins + (share < GAIN), losses + (share >= GAIN)
            if not 1 / CLEAR < share < CLEAR:
                return share < 1, lost
        return wins > losses, lost

    def _run(self, rung: int) -> Generator[None, Stretch, Stretch]:
        """A stretch with so many threads.

        The first run does not count as knowledge, unless it is long: threads wake, caches fill.
        """
        first = 0.0, 0
        if self.rungs[rung] != self.threads:
            self.threads, self.stretch = self.rungs[rung], 0.0
            first = yield
        self.stretch = STRETCH
        if first[0] < STRETCH or not self.times:
            stretch = yield
        else:
            stretch, first = first, (0.0, 0)
        self.times[rung] = stretch[0] / stretch[1]
        return first[0] + stretch[0], first[1] + stretch[1]

    def _seems_better(self, rung: int) -> bool:
        """Whether the last stretch with other threads was clearly better than the one just now."""
        return self.times.get(rung, math.inf) < GAIN * self.times[self.home]

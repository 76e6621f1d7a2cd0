"""How many threads run a program: decided by the clock, since results do not depend on it.

Two threads are faster than one if there is work for both, and if nobody else wants the processors.
Neither is known beforehand. So most runs have the number of threads that was best so far, and now
and then half or twice as many are tried for a stretch of a few milliseconds. A try that lost time
is followed by a peace of fifty times what it lost: looking costs at most 2 %.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

STRETCH = 0.005  # seconds of a program's own time, longer than processors stay with one thread
PRICE = 50  # a try is waited out so many times what it lost,
LEAST, MOST = 0.1, 5.0  # but for at least and at most so many seconds
GAIN = 0.95  # more threads must take less than this share of the time: others want processors too
KEEP = 0.75  # of what is known about a number of threads, at its next stretch
STOP = 4  # times the best known time: more is no news of the threads, the machine stood still

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
        self.tries = self.moves = 0
        self._known: dict[int, tuple[float, float]] = {}
        self.threads = 0
        self._life = self._live()
        next(self._life)

    def __str__(self) -> str:
        known = sorted(self._known)
        times = ", ".join(f"{1e6 * self.each(i):.0f} us with {self.rungs[i]}" for i in known)
        return f"{self.rungs[self.home]} of at most {self.rungs[-1]} threads; {times or 'no time'}"

    def tell(self, seconds: float, runs: int) -> None:
        """What the last stretch took; then it is known what is next."""
        self._life.send((seconds, runs))

    def each(self, rung: int) -> float:
        """Seconds of a run with so many threads, as far as is known; lately counts most."""
        seconds, runs = self._known[rung]
        return seconds / runs

    def _live(self) -> Generator[None, Stretch, None]:
        """Stay, and try what is due."""
        peace = {-1: 0.0, 1: 0.0}
        while True:
            seconds, _ = yield from self._run(self.home)
            for step in peace:
                peace[step] -= seconds
                rung = self.home + step
                if 0 <= rung < len(self.rungs) and (peace[step] <= 0 or self._better(rung)):
                    seconds, runs = yield from self._run(rung)
                    self.tries += 1
                    lost = seconds - runs * self.each(self.home)
                    peace[step] = min(max(LEAST, PRICE * lost), MOST)
                    if self._better(rung):
                        self.home, peace = rung, {step: 0.0, -step: LEAST}
                        self.moves += 1
                    break

    def _run(self, rung: int) -> Generator[None, Stretch, Stretch]:
        """A stretch with so many threads.

        The first run does not count as knowledge, unless it is long: threads wake, caches fill.
        """
        first = 0.0, 0
        if self.rungs[rung] != self.threads:
            self.threads, self.stretch = self.rungs[rung], 0.0
            first = yield
        self.stretch = STRETCH
        if first[0] < STRETCH or not self._known:
            stretch = yield
        else:
            stretch, first = first, (0.0, 0)
        self._learn(rung, *stretch)
        return first[0] + stretch[0], first[1] + stretch[1]

    def _learn(self, rung: int, seconds: float, runs: int) -> None:
        if self._known:
            seconds = min(seconds, STOP * runs * min(map(self.each, self._known)))
        before = self._known.get(rung, (0.0, 0.0))
        self._known[rung] = before[0] * KEEP + seconds, before[1] * KEEP + runs

    def _better(self, rung: int) -> bool:
        """Whether what is known speaks for another number of threads."""
        limit = GAIN if rung > self.home else 1.0
        return rung in self._known and self.each(rung) < limit * self.each(self.home)

"""How many threads run a program: the decision, with invented times."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuli.crew import GAIN, LEAST, STRETCH, Crew, rungs

Times = dict[int, float]
US = 1e-6
QUIET: Times = {1: 400 * US, 2: 250 * US, 4: 300 * US, 8: 500 * US}
CROWDED: Times = {1: 400 * US, 2: 900 * US, 4: 5000 * US, 8: 9000 * US}


class Clock:
    """A program that takes invented times, and what its runs took with each number of threads."""

    def __init__(self, crew: Crew, times: Times | Callable[[int], float]) -> None:
        self.crew, self.times = crew, times
        self.spent: Times = {}
        self.now = self.used = 0.0
        self.runs = self.made = 0

    def run(self, seconds: float) -> Clock:
        """Run as long as that, as `Program` does."""
        crew, until = self.crew, self.now + seconds
        while self.now < until:
            if self.made and self.used >= crew.stretch:
                crew.tell(self.used, self.made)
                self.used, self.made = 0.0, 0
            threads = crew.threads
            if callable(self.times):
                count, took = 1, self.times(threads)
            else:  # all runs until the next look at once
                left = min(crew.stretch - self.used, until - self.now)
                count = max(1, ceil(left / self.times[threads]))
                took = count * self.times[threads]
            self.spent[threads] = self.spent.get(threads, 0.0) + took
            self.now, self.used = self.now + took, self.used + took
            self.runs, self.made = self.runs + count, self.made + count
        return self

    @property
    def home(self) -> int:
        """The number of threads that is thought best."""
        return self.crew.rungs[self.crew.home]


@pytest.mark.parametrize(
    ("most", "tried"), [(1, [1]), (2, [1, 2]), (3, [1, 3]), (6, [1, 3, 6]), (16, [1, 2, 4, 8, 16])]
)
def test_what_is_tried(most: int, tried: list[int]) -> None:
    assert rungs(most) == tried


def test_one_thread_stays_one() -> None:
    clock = Clock(Crew(1), {1: 3 * US}).run(0.3)
    assert clock.crew.matches == 0 and set(clock.spent) == {1}


@pytest.mark.parametrize(("times", "best"), [(QUIET, 2), (CROWDED, 1)])
@pytest.mark.parametrize("most", [2, 4, 8])
def test_200_runs_are_enough_for_two_numbers(times: Times, best: int, most: int) -> None:
    clock = Clock(Crew(most), times)
    while clock.runs < 100 * len(clock.crew.rungs):
        clock.run(times[best])
    assert clock.home == best


def test_a_neighbour_comes_and_goes() -> None:
    clock = Clock(Crew(8), QUIET).run(1.0)
    for times, best in [(CROWDED, 1), (QUIET, 2)] * 3:
        clock.times = times
        assert clock.run(3.0).home == best


def test_a_neighbour_that_comes_is_noticed_at_once() -> None:
    """Not only at the next try: what was known about one thread is now the better."""
    clock = Clock(Crew(2), QUIET).run(1.0)
    clock.times = CROWDED
    assert clock.run(LEAST + 12 * STRETCH).home == 1


@st.composite
def valleys(draw: st.DrawFn) -> Times:
    """Times that fall towards the best number of threads, by 15 % at least, and rise from it."""
    tried = rungs(draw(st.sampled_from([1, 2, 3, 4, 8, 16])))
    best = draw(st.integers(0, len(tried) - 1))
    times = {tried[best]: draw(st.floats(2 * US, 0.02))}
    for side in (range(best + 1, len(tried)), range(best - 1, -1, -1)):
        last = times[tried[best]]
        for i in side:
            times[tried[i]] = last = last * draw(st.floats(1.15, 10))
    return times


@settings(max_examples=30, deadline=None)
@given(valleys())
def test_the_best_is_found_and_looking_is_cheap(times: Times) -> None:
    clock = Clock(Crew(max(times)), times).run(30 * max(times.values()))
    clock.run(4 * len(times) * LEAST)
    best = min(times, key=times.__getitem__)
    assert clock.home == best
    before, runs = clock.now, clock.runs
    clock.run(max(1.0, 300 * max(times.values())))
    assert clock.now - before <= 1.06 * (clock.runs - runs) * times[best] + 2 * max(times.values())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.5, 1.5), min_size=7, max_size=200), st.booleans())
def test_noise_is_no_news(noise: list[float], two: bool) -> None:
    """Runs that vary by half their time: still mostly the better number of threads."""
    times: Times = {1: 400 * US, 2: 250 * US} if two else {1: 250 * US, 2: 400 * US}
    drawn = iter(range(10**9))
    clock = Clock(Crew(2), lambda n: times[n] * noise[next(drawn) % len(noise)]).run(3.0)
    assert clock.spent[2 if two else 1] > 0.9 * clock.now


def test_a_single_stop_of_the_machine_is_survived() -> None:
    """The best number is found again, although a run with it took a whole second."""
    stops = {1000: 1.0, 9000: 0.3}
    runs = iter(range(10**9))
    clock = Clock(Crew(2), lambda n: stops.get(next(runs), QUIET[n])).run(8.0)
    assert clock.home == 2
    assert clock.spent[2] > 0.9 * clock.now


def test_a_stop_in_a_try_is_survived() -> None:
    """The first of all tries meets it; soon there is another one."""
    runs = iter(range(10**9))
    clock = Clock(Crew(2), lambda n: 1.0 if n == 2 and next(runs) < 1 else QUIET[n]).run(10.0)
    assert clock.home == 2
    assert clock.spent[1] < 6.0


def test_stalls_in_tries_are_paid_for() -> None:
    """Each run with two threads waits for a slice of time: looking costs 3 % even so."""
    clock = Clock(Crew(2), {1: 400 * US, 2: 0.04}).run(20.0)
    assert clock.home == 1
    assert clock.spent[2] < 0.03 * clock.now


def test_a_draw_goes_to_fewer_threads() -> None:
    """Back to two threads only for a gain of 5 %: others may want the processor."""
    for share, best in [(1.1, 1), (GAIN + 0.01, 1), (GAIN - 0.01, 2)]:
        clock = Clock(Crew(2), CROWDED).run(1.0)
        clock.times = {1: 400 * US, 2: share * 400 * US}
        assert clock.run(5.0).home == best


def test_what_it_says() -> None:
    crew = Crew(2)
    assert str(crew) == "2 of at most 2 threads; no time"
    assert str(Clock(crew, QUIET).run(0.05).crew) == (
        "2 of at most 2 threads; 400 us with 1, 250 us with 2"
    )

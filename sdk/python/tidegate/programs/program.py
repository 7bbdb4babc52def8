"""A program at work: what it asks for goes out, what ends comes in, and both are compared with its history.

The link is how the program and the engine talk: `exchange(actions, wait, partly)` hands over what was asked for, empties the list and
gives the next turn, or `None` if there is none yet and it is not waited for. `partly` are maps of which some items are waited for and
not all.
"""

from __future__ import annotations

import threading

from tidegate.programs import places
from tidegate.programs.jobs import Job, seconds
from tidegate.programs.problems import NonDeterminism, Suspended
from tidegate.programs.progress import Bar
from tidegate.programs.replay import Replay


class Program:
    """One run of a program. `first` is the first turn that it is given, with all of its history."""

    def __init__(self, link, first, shows_progress=None):
        self.link = link
        self.replay = Replay()
        self.shows_progress = shows_progress
        self.ends = {}
        self.jobs = []
        self.problem = None
        # One thread of the program at a time, and the one that sends what was asked for while the program goes on.
        self.lock = threading.RLock()
        self.replay.feed(first)
        self.advance()

    # Asking.

    def ask(self, action, what, digest, place=None):
        """Asks for something; gives the number that its end will have."""
        with self.lock:
            self.check()
            while self.replay.repeats() and self.advance():
                pass  # what it had seen when it first asked for this
            note = {"place": place or places.of_caller(), "what": what, "digest": digest}
            return self.sure(self.replay.ask, action, note)

    def job(self, action, what, digest, letter, name, count, size=None):
        """Asks for a call or a map; gives its job."""
        with self.lock:
            number = self.ask(action, what, digest)
            job = Job(self, number, letter, name, count, size, self.now())
            self.ends[number] = job.take
            self.jobs.append(job)
            if self.replay.unsent:
                self.link.has_news(self)
            return job

    def now(self):
        """The time of the last turn, in seconds since 1970: the same whenever the program comes here."""
        return seconds(self.replay.at)

    # Waiting.

    def wait_for(self, futures, enough=None, timeout=None, shows_progress=True):
        """Waits until `enough` of the futures have ended; all of them by default."""
        enough = len(futures) if enough is None else enough
        open_ = [future for future in futures if future._told is None]
        ended = len(futures) - len(open_)
        if ended >= enough:
            return
        with self.lock:
            for future in open_:
                future.job.is_wanted = True
            late = self.timer(timeout) if timeout is not None else []
            bar = Bar(len(futures), shows_progress if self.shows_progress is None else self.shows_progress)
            try:
                while ended < enough and not late:
                    bar.show(ended)
                    self.go_on(lambda: told(open_), self.partly(open_, enough - ended))
                    open_ = [future for future in open_ if future._told is None]
                    ended = len(futures) - len(open_)
                bar.show(ended)
            finally:
                bar.end()
            if ended < enough:
                raise TimeoutError(f"{told(open_)} did not end within {timeout} seconds")

    def partly(self, open_, enough):
        """Numbers of the maps of which only some items are waited for."""
        wanted = {}
        for future in open_:
            wanted[future.job] = wanted.get(future.job, 0) + 1
        return {job.number for job, count in wanted.items() if enough < len(open_) or count < job.waiting}

    def sleep(self, span_s):
        """Waits for this long, in the time of the run: what has passed stays passed."""
        with self.lock:
            over = self.timer(span_s)
            while not over:
                self.go_on(lambda: f"{span_s} seconds to pass")

    def timer(self, span_s):
        """A list that has something in it once the time has passed."""
        span_ms = max(0, round(span_s * 1000))
        over = []
        number = self.ask({"timer": {"after": f"{span_ms}ms"}}, f"a timer of {span_s} seconds", "")
        self.ends[number] = over.append
        return over

    def go_on(self, for_what, partly=frozenset()):
        """Waits for the next turn."""
        self.check()
        if not self.advance():
            if self.replay.repeats():
                self.sure(self.replay.must_not_wait, for_what(), places.of_caller())
            self.step(wait=True, partly=partly)

    def look(self):
        """Takes what there is, and waits for nothing."""
        with self.lock:
            self.check()
            while self.advance() or (not self.replay.repeats() and self.step(wait=False)):
                pass

    def finish(self):
        """The program has come to its end."""
        with self.lock:
            self.check()
            self.sure(self.replay.must_not_end)

    # Turns.

    def step(self, wait, partly=frozenset()):
        """Hands over what was asked for; whether a turn came back."""
        turn = self.sure(self.link.exchange, self.replay.unsent, wait, partly)
        if turn is not None:
            self.replay.feed(turn)
            self.advance()
        return turn is not None

    def advance(self):
        """Takes a turn of history, if there is one to take."""
        turn = self.replay.take()
        if turn is None:
            return False
        for entry in turn.entries:
            take = self.ends.get(entry.get("ended"))
            if take is not None:
                take(entry)
        return True

    def check(self):
        """A program that has gone astray, or has ended its turn, goes no further, whatever it catches."""
        if self.problem is not None:
            raise self.problem

    def sure(self, do, *arguments):
        """Does something that may show that the program can go no further."""
        try:
            return do(*arguments)
        except (NonDeterminism, Suspended) as problem:
            self.problem = problem
            raise


def told(futures):
    """Futures in words."""
    names = dict.fromkeys(future.job.name for future in futures)
    count = f"{len(futures)} calls of " if len(futures) > 1 else ""
    return count + ", ".join(names)

"""A bar that shows how many calls have ended, on a terminal."""

from __future__ import annotations

import sys

WIDTH = 40


class Bar:
    """Drawn on stderr; nothing where that is no terminal."""

    def __init__(self, total, wanted=True):
        self.total = total
        self.is_shown = bool(wanted) and total > 1 and sys.stderr is not None and sys.stderr.isatty()
        self.drawn = None

    def show(self, done):
        if not self.is_shown or done == self.drawn:
            return
        self.drawn = done
        full = WIDTH * done // self.total
        print(f"\r  {'█' * full}{'·' * (WIDTH - full)} {done}/{self.total} ", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.drawn is not None:
            print(file=sys.stderr)

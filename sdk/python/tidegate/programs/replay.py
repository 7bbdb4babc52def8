"""A program beside its history: what it asks for is compared with what it asked for before, and is new from where history ends.

Knows no network and no clock. History comes in turns. A program takes them one after the other, each when it can go no further
without it, so that what it can see when it asks for something is what it could see the first time: `seen`, the number of the last
turn it had taken, is noted with everything that it asks for.
"""

from __future__ import annotations

import linecache
from collections import deque

from tidegate.programs.problems import NonDeterminism

EVERYTHING = float("inf")


class Turn:
    """What a program learns at once."""

    def __init__(self, number, at):
        self.number = number
        self.at = at
        self.entries = []


class Replay:
    """How far a program has come in its history."""

    def __init__(self):
        self.recorded = []
        self.turns = deque()
        self.taken = 0
        self.at = None
        self.asked = 0
        self.unsent = []

    def feed(self, told):
        """Adds a turn as the engine tells it. Its `past` is there once, in the first one."""
        turn = None
        for entry in (*told.get("past", ()), *told["new"]):
            if "turn" in entry:
                turn = Turn(entry["turn"], entry["at"])
                self.turns.append(turn)
            elif "asked" in entry:
                self.recorded.append(entry)
            elif turn is not None:
                turn.entries.append(entry)

    def take(self):
        """The next turn that the program may see before it asks for anything more; `None` if there is none yet."""
        if not self.turns or self.turns[0].number > self.seen_at_most():
            return None
        turn = self.turns.popleft()
        self.taken, self.at = turn.number, turn.at
        return turn

    def seen_at_most(self):
        """The last turn that the program had seen when it first asked for what it has to ask for next."""
        if not self.repeats():
            return EVERYTHING
        return self.note_of(self.recorded[self.asked]).get("seen", EVERYTHING)

    def repeats(self):
        """Whether history has something that the program has not asked for yet."""
        return self.asked < len(self.recorded)

    def ask(self, action, note):
        """Asks for `action`, and gives its number. A repetition must be the same as its `note` says."""
        number = self.asked
        if self.repeats():
            self.compare(number, note)
        else:
            self.unsent.append({"id": number, **action, "note": {**note, "seen": self.taken}})
        self.asked += 1
        return number

    def compare(self, number, note):
        recorded = self.recorded[number]
        before = self.note_of(recorded)
        same = {key: before.get(key) == note.get(key) for key in ("what", "digest")}
        if all(same.values()):
            return
        if same["what"]:
            difference = "the same function with other arguments"
        else:
            difference = f"{note['what']} instead of {before.get('what', 'something else')}"
        raise NonDeterminism(
            f"the program does not do again what it did before: {difference}\n"
            f"  expected  {self.line(number, before)}, asked at {recorded.get('at', '?')}\n"
            f"  came      {self.line(number, note)}\n{ADVICE}"
        )

    def must_not_wait(self, for_what, place):
        """The program waits although history says that it went on."""
        if self.repeats():
            before = self.note_of(self.recorded[self.asked])
            raise NonDeterminism(
                f"the program waits where it went on before\n"
                f"  expected  {self.line(self.asked, before)}\n"
                f"  came      waiting for {for_what} at {place}{text_at(place)}\n{ADVICE}"
            )

    def must_not_end(self):
        """The program ends although history says that it went on."""
        if self.repeats():
            before = self.note_of(self.recorded[self.asked])
            raise NonDeterminism(
                f"the program ends where it went on before\n  expected  {self.line(self.asked, before)}\n"
                f"  came      its end\n{ADVICE}"
            )

    def sent(self):
        """What has been asked for since this was last called."""
        unsent, self.unsent = self.unsent, []
        return unsent

    @staticmethod
    def note_of(entry):
        note = entry.get("note")
        return note if isinstance(note, dict) else {}

    @staticmethod
    def line(number, note):
        place = note.get("place", "an unknown place")
        return f"#{number} {note.get('what', 'something else')} at {place}{text_at(place)}"


def text_at(place):
    """The line of the user's file, as it is now."""
    file, _, line = place.partition(" in ")[0].rpartition(":")
    text = linecache.getline(file, int(line)).strip() if line.isdigit() else ""
    return f": {text}" if text else ""


ADVICE = (
    "A program that goes on must ask for the same things in the same order: what it does between calls may not depend on time,\n"
    "chance, files or variables of its surroundings. Mend it and start it again, or set TIDEGATE_ANEW=1 to give up its run and begin anew."
)

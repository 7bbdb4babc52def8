"""The least of an engine: one run of a program in this process, its history, and functions that are carried out at once."""

import json
from datetime import datetime, timezone

from tidegate.programs import calls, external
from tidegate.programs.program import Program
from tidegate.programs.values import decode


class Killed(BaseException):
    """The program ends here, at whatever it does."""


class Engine:
    """Remembers what a program asks for, and what became of it. `held` are functions whose calls do not end."""

    def __init__(self):
        # What earlier turns had, what the one under way was given, and what came since.
        self.past, self.given, self.new = [], [], [{"started": True}]
        self.turn = 0
        self.calls = []
        self.held = set()
        self.waiting = []
        self.ending = None

    def program(self, dies_after=None):
        """The program, started for the first time or again. It is killed when it hands over for the time `dies_after`."""
        return Program(Link(self, dies_after), self.begin_turn(), shows_progress=False)

    def begin_turn(self):
        """The turn under way, or the next one."""
        if not self.given:
            self.turn += 1
            self.given = [{"at": now(), **entry} for entry in [{"turn": self.turn}, *self.new]]
            self.new = []
        return json.loads(json.dumps({"turn": self.turn, "past": self.past, "new": self.given}))

    def answer(self, actions):
        actions = json.loads(json.dumps(actions, allow_nan=False))
        self.past, self.given = self.past + self.given, []
        for action in actions:
            if "id" not in action:
                self.ending = action
                continue
            number = action.pop("id")
            self.past.append({"at": now(), "asked": number, **action})
            if "timer" in action:
                self.waiting.append((number, None, None))
            else:
                self.ask(number, action)

    def ask(self, number, action):
        if "call" in action:
            return self.carry_out(number, {}, action["call"]["input"])
        map = action["map"]
        results = [
            self.carry_out(number, {"index": index} if map["each"] else None, {**map["with"], "item": item})
            for index, item in enumerate(map["inputs"])
        ]
        self.new.append({"ended": number, "result": None if map["each"] else results})

    def carry_out(self, number, entry, event):
        name = event["function"]["name"]
        if name in self.held:
            return self.waiting.append((number, entry, event))
        self.calls.append(name)
        try:
            told = {"result": calls.answer(event)}
        except calls.Failure as failure:
            detail = {key: value for key, value in failure.told.items() if key not in ("error", "message")}
            told = {"failed": {"error": failure.told["error"], "message": failure.told["message"], "detail": detail}}
        if entry is None:
            return told["result"]
        self.new.append({"ended": number, **entry, **json.loads(json.dumps(told))})

    def release(self):
        """What was held ends."""
        self.held.clear()
        waiting, self.waiting = self.waiting, []
        for number, entry, event in waiting:
            if event is None:
                self.new.append({"ended": number, "result": None})
            else:
                self.carry_out(number, entry, event)

    def run_external(self, main, *args):
        """Runs a program that is a function; its result, and how often it was called."""
        from tidegate.programs import arguments, parcels
        from tidegate.programs.values import Packer

        packer = Packer()
        item = arguments.encoded(packer, args, {})
        told = {"function": parcels.pack(main, packer), "item": item}
        turns = 0
        while self.ending is None:
            turns += 1
            assert self.new or self.waiting, "the program waits for what nobody will do"
            if not self.new:
                self.release()
            turn = {"orchestration": "main", "run": "r1", "key": None, "input": told, **self.begin_turn()}
            self.answer(external.answer(turn)["actions"])
        if "fail" in self.ending:
            raise AssertionError(self.ending["fail"])
        return decode(self.ending["complete"]), turns


class Link:
    """How a program of this process and the engine talk."""

    def __init__(self, engine, dies_after):
        self.engine = engine
        self.left = dies_after

    def exchange(self, actions, wait, partly):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed
        self.engine.answer(actions)
        actions.clear()
        if not self.engine.new:
            if not wait:
                return None
            self.engine.release()
        told = self.engine.begin_turn()
        del told["past"]
        return told

    def has_news(self, program):
        pass


def now():
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")

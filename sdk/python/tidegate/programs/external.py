"""Programs that are functions themselves: one turn of such a program.

The program runs from its beginning with the history that it is given. Where it waits for what is not in there, it is left, and what it has
asked for is the answer; it is called again when there is news. No process waits meanwhile.
"""

from __future__ import annotations

from tidegate.programs import calls, surroundings
from tidegate.programs.parcels import unpack
from tidegate.programs.problems import NonDeterminism, Suspended
from tidegate.programs.program import Program
from tidegate.programs.values import Packer, decode


class External:
    """The link of a program that is given its history."""

    # How often a program may look for news in vain before it is left: what it sees cannot change meanwhile.
    LOOKS_MAX = 2

    def __init__(self):
        self.looks = 0
        self.asked = 0

    def exchange(self, actions, wait, partly):
        if len(actions) != self.asked:
            self.looks, self.asked = 0, len(actions)
        self.looks += 1
        if not wait and self.looks < self.LOOKS_MAX:
            return None
        for action in actions:
            prepare(action, partly)
        raise Suspended

    def has_news(self, program):
        pass  # it is sent at the end of the turn


def prepare(action, partly):
    """The end of a map is news once, where all of it is waited for: its items then tell of failures in their results."""
    map = action.get("map")
    if map is None or action["id"] in partly or "retry" in map:
        return
    map["each"] = False
    map["with"]["returns"] = True


def answer(turn):
    """Carries out one turn."""
    told = turn["input"]
    program = Program(External(), turn, shows_progress=False)
    try:
        with surroundings.of(program):
            main = unpack(told["function"])
            args = [decode(value) for value in told["item"]["args"]]
            kwargs = {name: decode(value) for name, value in told["item"].get("kwargs", {}).items()}
            result = main(*args, **kwargs)
            program.finish()
            ending = {"complete": Packer(names_classes=True).encode(result)}
    except Suspended:
        return {"actions": program.replay.unsent}
    except NonDeterminism as problem:
        return {"actions": [{"fail": {"error": "NonDeterminism", "message": str(problem)}}]}
    except (KeyboardInterrupt, SystemExit, Exception) as error:
        if isinstance(program.problem, Suspended):
            return {"actions": program.replay.unsent}
        failed = calls.failure(error)
        detail = {key: value for key, value in failed.items() if key not in ("error", "message")}
        ending = {"fail": {"error": failed["error"], "message": failed["message"], "detail": detail}}
    for action in program.replay.unsent:
        prepare(action, ())
    return {"actions": [*program.replay.unsent, ending]}

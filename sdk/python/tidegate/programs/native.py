"""Programs that run beside the engine: a turn is asked for over HTTP, and answered with what the program has asked for meanwhile.

The link answers a turn when the program waits, and a moment after it has asked for something while it goes on computing. A turn is
under way only where there is news; where the program has something to say and no turn is, it raises an event for its run, which
begins one.
"""

from __future__ import annotations

import threading
import uuid

from tidegate.programs.problems import RunEnded, ServerProblem
from tidegate.programs.runs import how_it_ended

# How long one request waits for a turn, in seconds.
WAIT_S = 20

# How long a program may go on asking before what it has asked for is sent, in seconds.
PAUSE_S = 0.01

EVENT = "orchestration.event"


class Native:
    """The link of a program that runs here."""

    def __init__(self, client, run):
        self.client = client
        self.run = run["id"]
        self.instance = run["key"]
        self.turn = 0  # the last that was got
        self.is_under_way = False
        self.answering = None
        self.unread = []
        self.sender = None

    def first(self, is_new):
        """The first turn, with all of history. A run that goes on may have to be told that its program is back."""
        if is_new:
            return self.wait()
        turn = self.get(0)
        if turn is None:
            self.wake()
        return turn or self.wait()

    def exchange(self, actions, wait, partly):
        """Hands over what was asked for; the next turn."""
        self.hand_over(actions)
        if self.unread:
            return self.unread.pop(0)
        if self.is_under_way:
            self.answer([])
        return self.wait() if wait else self.get(0)

    def hand_over(self, actions):
        if not actions:
            return
        if not self.is_under_way:
            self.wake()
            self.unread.append(self.wait())
        self.answer(actions)
        actions.clear()

    def has_news(self, program):
        """The program has asked for something, and may not wait for a while."""
        if self.sender is None:
            self.sender = Sender(self, program)
            self.sender.start()
        self.sender.news.set()

    def end(self, actions, ending):
        """Hands over the rest, and how the program has ended."""
        self.hand_over([*actions, ending])
        self.client.close()

    # Requests.

    def wait(self):
        while True:
            turn = self.get(WAIT_S)
            if turn is not None:
                return turn

    def get(self, wait_s):
        """The next turn, if it is under way within `wait_s` seconds."""
        past = "" if self.turn == 0 else "&past=false"
        path = f"/v1/runs/{self.run}/turn?after={self.turn}&wait={wait_s}s{past}"
        answer = self.client.send("GET", path, wait_s=wait_s)
        if answer.status == 200:
            self.turn = answer.told["turn"]
            self.is_under_way = True
            return answer.told
        if answer.status in (202, 204):
            return None
        raise self.problem(answer)

    def answer(self, actions):
        """Ends the turn that is under way."""
        path = f"/v1/runs/{self.run}/turns/{self.turn}"
        again = self.answering == self.turn
        self.answering = self.turn
        answer = self.client.send("POST", path, {"actions": actions})
        if answer.status not in (200, 202, 204, 409):
            raise self.problem(answer)
        if answer.status == 409 and not (again or answer.again):
            raise self.conflict()
        self.is_under_way = False

    def wake(self):
        """Begins a turn although there is no news."""
        event = {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": "/tidegate/program",
            "type": EVENT,
            "subject": self.instance,
            "data": {"name": "program.asks"},
        }
        self.client.ask("POST", "/v1/events", event, {"Content-Type": "application/cloudevents+json"})

    def conflict(self):
        """Somebody else has answered the turn, or ended the run."""
        if self.client.ask("GET", f"/v1/runs/{self.run}").told.get("ended_at"):
            return RunEnded(how_it_ended(self.client, self.run))
        return RunEnded(f"another process carries out the run {self.run}, too: give each program that runs at a time an id of its own")

    def problem(self, answer):
        if answer.status in (404, 410):
            return RunEnded(how_it_ended(self.client, self.run))
        detail = answer.told.get("detail") if isinstance(answer.told, dict) else answer.told
        return ServerProblem(f"run {self.run}: {detail}", answer.status)


class Sender(threading.Thread):
    """Sends what a program has asked for while it goes on."""

    def __init__(self, link, program):
        super().__init__(name="tidegate-sender", daemon=True)
        self.link = link
        self.program = program
        self.news = threading.Event()
        self.pause = threading.Event()

    def run(self):
        while True:
            self.news.wait()
            self.pause.wait(PAUSE_S)
            self.news.clear()
            with self.program.lock:
                try:
                    self.link.hand_over(self.program.replay.unsent)
                except Exception as problem:
                    # The program meets it where it waits next.
                    self.program.problem = self.program.problem or problem
                    return

"""What one action of a program asks for: a call, or a map. It hands ends to futures."""

from __future__ import annotations

from datetime import datetime

from tidegate.programs.futures import Future


class Job:
    """A call, or a map with its items in chunks of `size`."""

    def __init__(self, program, number, letter, name, count, size=None, created=None):
        self.program = program
        self.number = number
        self.letter = letter
        self.name = name
        self.size = size
        self.created = created
        self.futures = [Future(self, index) for index in range(count)]
        self.waiting = count
        self.is_wanted = False

    def take(self, entry):
        """An entry of history that tells of an end."""
        at = seconds(entry["at"])
        if "failed" in entry:
            self.fail(entry, at)
        elif "index" in entry:
            self.end_chunk(entry["index"], entry["result"], at)
        elif self.letter == "A":
            self.end_chunk(0, entry["result"], at)
        elif self.waiting:
            # The items of a map whose ends were told one by one have ended before.
            for index, told in enumerate(entry.get("result") or ()):
                if told is not None:
                    self.end_chunk(index, told, at)

    def fail(self, entry, at):
        failed = entry["failed"]
        detail = failed.get("detail") if isinstance(failed.get("detail"), dict) else {}
        if "index" in entry and "items" in detail:
            self.end_chunk(entry["index"], detail["items"], at)
            return
        told = {"failed": failed, "at": at, "from": detail.get("from"), "to": detail.get("to")}
        futures = self.chunk(entry["index"]) if "index" in entry else self.futures
        for future in futures:
            self.end(future, told)

    def chunk(self, index):
        """The futures of input number `index`."""
        if self.size is None:
            return self.futures[index : index + 1]
        return self.futures[index * self.size : (index + 1) * self.size]

    def end_chunk(self, index, told, at):
        told = told if self.size is not None else [told]
        for future, item in zip(self.chunk(index), told):
            item["at"] = at
            self.end(future, item)

    def end(self, future, told):
        if future._told is None:
            self.waiting -= 1
        future.end(told)


def seconds(at):
    """A point in time as the engine writes it, in seconds since 1970."""
    text = at[:-1] if at.endswith("Z") else at
    whole, _, fraction = text.partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + (float(f"0.{fraction}") if fraction else 0.0)

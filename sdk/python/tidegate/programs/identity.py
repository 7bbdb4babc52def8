"""Which run a program belongs to: one that was started again goes on with the run that it had not ended.

Without an id of its own, a program is its script and the arguments of that: the workflow is called after the script, and the key of the
run begins with a digest of the arguments and of how many executors the program has made before. A program in a call is known by the
function and by what all attempts of the call share.
"""

from __future__ import annotations

import os
import re
import sys
import uuid

from tidegate.programs import surroundings
from tidegate.programs.digests import digest


class Identity:
    """The workflow and the key of a program's runs. `lasts` is False where nobody could start the program again."""

    def __init__(self, id, scheduler, count):
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        call = surroundings.call()
        self.lasts = bool(id or script or call)
        if id:
            name, rest = str(id), str(id)
        elif call:
            name, rest = f"in-{call.function}", call.function
        elif script:
            name, rest = os.path.splitext(os.path.basename(script))[0], os.path.realpath(script)
        else:
            name, rest = "session", uuid.uuid4().hex
        word = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "program"
        self.workflow = f"{word}-{scheduler}-{digest(rest)[:8]}"
        self.key = str(id) if id else f"{call.key}.{len(call.executors)}" if call else digest(sys.argv, count)
        if not self.key.isascii() or len(self.key) > 200:
            raise ValueError("an id of an executor is at most 200 characters of ASCII")

    def new_key(self):
        """A key for a new run."""
        return f"{self.key}~{uuid.uuid4().hex[:12]}"

    def owns(self, key):
        """Whether the run with this key is one of the program."""
        return bool(key) and key.rpartition("~")[0] == self.key

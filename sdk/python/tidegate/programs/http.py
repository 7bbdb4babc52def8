"""Requests to the server: JSON over one kept connection, sent again where the server was not there.

Every request that this package sends may be sent twice: starts have keys, answers the number of their turn, events an id.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

from tidegate.programs.problems import ServerProblem

# How long to try where the server is not there, in seconds, and how long to wait before the next try.
PATIENCE_S = 60
PAUSE_S = 0.1


class Client:
    """Talks to one server. `find` gives its address, also after it has moved."""

    def __init__(self, find):
        self.find = find
        self.connection = None

    def send(self, method, path, body=None, headers=None, wait_s=0):
        """Status and answer. `wait_s` is how long the server may take on purpose. `again` of the answer: whether it was sent twice."""
        tries, since = 0, time.monotonic()
        while True:
            try:
                status, told = self.once(method, path, body, headers, wait_s + PATIENCE_S)
                if status != 503:
                    return Answer(status, told, tries > 0)
                problem = ServerProblem(text_of(told), status)
            except (OSError, http.client.HTTPException) as error:
                problem = error
            except BaseException:
                self.close()  # an answer may still be on its way
                raise
            self.close()
            tries += 1
            if time.monotonic() - since > PATIENCE_S:
                raise ServerProblem(f"the server at {self.find()} does not answer: {problem}") from problem
            if tries > 1:
                time.sleep(PAUSE_S)

    def once(self, method, path, body, headers, timeout_s):
        if self.connection is None:
            host = urlsplit(self.find())
            kind = http.client.HTTPSConnection if host.scheme == "https" else http.client.HTTPConnection
            self.connection = kind(host.hostname, host.port, timeout=timeout_s)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.sock.settimeout(timeout_s)
        data = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        kind = {"Content-Type": "application/json"} if data is not None else {}
        self.connection.request(method, path, data, {**kind, **(headers or {})})
        response = self.connection.getresponse()
        text = response.read()
        return response.status, parsed(text)

    def ask(self, method, path, body=None, headers=None, expect=(200, 201, 202, 204), wait_s=0):
        """The same where nothing but success is expected."""
        answer = self.send(method, path, body, headers, wait_s)
        if answer.status not in expect:
            raise ServerProblem(f"{method} {path}: {text_of(answer.told)}", answer.status)
        return answer

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Answer:
    """What the server said, and whether it was asked more than once."""

    def __init__(self, status, told, again):
        self.status = status
        self.told = told
        self.again = again


def parsed(text):
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text.decode("utf-8", "replace")


def text_of(told):
    """What a problem says."""
    if not isinstance(told, dict):
        return str(told)
    parts = [told.get("detail") or told.get("title") or json.dumps(told), told.get("help")]
    return "; ".join(part for part in parts if part)

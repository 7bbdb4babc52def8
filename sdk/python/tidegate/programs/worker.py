"""The process in which functions and turns run: it takes one call after another over the AWS Lambda Runtime API (2018-06-01).

An answer and the request for the next call travel together on one connection.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from tidegate.programs import calls

ROOT = "/2018-06-01/runtime/"


class Api:
    """One connection to the server of this process."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.ask = self.request("GET", "invocation/next")

    def request(self, method, path, body=b""):
        return b"%s %s%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s" % (
            *(part.encode("latin-1") for part in (method, ROOT, path, self.address)), len(body), body
        )  # fmt: skip

    def next(self):
        """Id, key and event of the next call."""
        self.socket.sendall(self.ask)
        return self.call()

    def answer(self, path, told):
        """Answers a call; gives the next one."""
        body = json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
        self.socket.sendall(self.request("POST", path, body) + self.ask)
        self.response()
        return self.call()

    def call(self):
        head, body = self.response()
        return header(head, b"lambda-runtime-aws-request-id"), header(head, b"idempotency-key"), json.loads(body)

    def response(self):
        """Head, in lower case, and body of the next response."""
        unread = self.unread
        while (end := unread.find(b"\r\n\r\n")) < 0:
            unread += self.receive()
        head = unread[: end + 2].lower()
        length = int(header(head, b"content-length") or 0)
        parts, missing = [unread[end + 4 :]], length - (len(unread) - end - 4)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        unread = b"".join(parts)
        self.unread = unread[length:]
        return head, unread[:length]

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise SystemExit(0)  # the server has closed it: there is nothing left to do
        return data


def header(head, name):
    """The value of a header; `None` where it is not there."""
    at = head.find(b"\r\n%s:" % name)
    if at < 0:
        return None
    at += len(name) + 3
    return head[at : head.index(b"\r\n", at)].strip().decode("latin-1")


def serve():
    """Answers calls for as long as there are any."""
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    request, key, event = api.next()
    while True:
        path, told = one(request, key, event)
        # What the call has written must be in the pipe before its answer is: that is how it is told whose it is.
        sys.stdout.flush()
        sys.stderr.flush()
        request, key, event = api.answer(path, told)


def one(request, key, event):
    """Where the answer to a call goes, and what it is."""
    try:
        if "orchestration" in event:
            from tidegate.programs import external

            return f"invocation/{request}/response", external.answer(event)
        return f"invocation/{request}/response", calls.answer(event, key or request)
    except calls.Failure as failure:
        told = dict(failure.told)
    except Exception as error:  # of this package: those of the user have become failures before
        told = calls.failure(error)
    if told.get("traceback"):
        print(told["traceback"].rstrip(), file=sys.stderr)
    told["errorType"], told["errorMessage"] = told.pop("error"), told.pop("message")
    return f"invocation/{request}/error", told

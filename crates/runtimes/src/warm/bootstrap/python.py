"""Loads a Python handler and serves it over the AWS Lambda Runtime API (2018-06-01).

Speaks HTTP/1.1 on one kept-alive connection. An answer and the request for the next call travel together, so a call
costs one round trip. Imports as little as it can: a handler's start is its user's waiting time.
"""

import json
import os
import socket
import sys
import time

BOOTSTRAP = "<tidegate bootstrap>"
ROOT = "/2018-06-01/runtime/"
IS_COROUTINE = 0x80  # CO_COROUTINE of inspect, which is slow to import


class StartError(Exception):
    """The handler cannot be loaded; `kind` is the error's name as AWS Lambda gives it."""

    def __init__(self, kind, message, cause=None):
        super().__init__(message)
        self.kind = kind
        self.cause = cause


class Api:
    """One connection to the runtime API."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.next_request = self.request("GET", "invocation/next")

    def request(self, method, path, body=b"", headers=""):
        head = f"{method} {ROOT}{path} HTTP/1.1\r\nHost: {self.address}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        return head.encode("latin-1") + body

    def next(self):
        self.socket.sendall(self.next_request)
        return self.response()

    def answer_and_next(self, path, body, headers=""):
        self.socket.sendall(self.request("POST", path, body, headers) + self.next_request)
        self.response()
        return self.response()

    def post(self, path, body, headers=""):
        self.socket.sendall(self.request("POST", path, body, headers))
        self.response()

    def response(self):
        """Headers (names in lower case) and body of the next response."""
        unread = self.unread
        while (end := unread.find(b"\r\n\r\n")) < 0:
            unread += self.receive()
        lines = unread[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = end + 4
        end = start + int(headers.get("content-length", 0))
        if len(unread) < end:
            parts = [unread]
            missing = end - len(unread)
            while missing > 0:
                parts.append(self.receive())
                missing -= len(parts[-1])
            unread = b"".join(parts)
        self.unread = unread[end:]
        return headers, unread[start:end]

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise SystemExit(0)  # whoever started us has closed the API: there is nothing left to do
        return data


class Context:
    """What a handler is told about the call, with the names of AWS Lambda's Python context."""

    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
    log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
    identity = None
    client_context = None

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.idempotency_key = headers.get("idempotency-key")
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def load(name):
    """The handler that `module.function` names."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot or not module_name or not function_name:
        raise StartError("Runtime.MalformedHandlerName", f"the handler '{name}' is not of the form 'module.function'")
    import importlib

    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise StartError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", error)
    except ImportError as error:
        raise StartError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}", error)
    handler = getattr(module, function_name, None)
    if handler is None:
        raise StartError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    if not callable(handler):
        raise StartError("Runtime.HandlerNotFound", f"'{function_name}' of module '{module_name}' cannot be called")
    code = getattr(handler, "__code__", None)
    if code is not None and code.co_flags & IS_COROUTINE:
        raise StartError(
            "Runtime.HandlerNotSupported",
            f"Handler '{function_name}' is an async function: call asyncio.run() in a plain one",
        )
    return handler


def log_to_stderr():
    """Gives the root logger a handler, as AWS Lambda does, if the user's code uses logging and has given it none."""
    logging = sys.modules.get("logging")
    if logging is not None and not logging.getLogger().handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("[%(levelname)s] %(name)s: %(message)s"))
        logging.getLogger().addHandler(handler)


def report(error, kind=None, request_id=None):
    """The error as JSON, in the form of AWS Lambda; also logs it."""
    import traceback

    cause = getattr(error, "cause", None) if isinstance(error, StartError) else error
    frames = cause.__traceback__ if cause is not None else None
    while frames is not None and frames.tb_frame.f_code.co_filename == BOOTSTRAP:
        frames = frames.tb_next
    kind = kind or type(error).__name__
    stack = traceback.format_tb(frames)
    print(f"[ERROR] {kind}: {error}\n{''.join(stack)}".rstrip(), file=sys.stderr)
    # The log names the files where they are; the answer where AWS Lambda has them, as its callers know them.
    root = os.environ.get("LAMBDA_TASK_ROOT")
    if root:
        stack = [frame.replace(f'File "{root}/', 'File "/var/task/') for frame in stack]
    body = {"errorMessage": str(error), "errorType": kind, "requestId": request_id or "", "stackTrace": stack}
    return json.dumps(body).encode(), f"Lambda-Runtime-Function-Error-Type: {kind}\r\n"


def call(handler, headers, body):
    """Path, body and headers of the answer to one call."""
    request_id = headers["lambda-runtime-aws-request-id"]
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        result = handler(json.loads(body), Context(headers))
    except Exception as error:
        return f"invocation/{request_id}/error", *report(error, request_id=request_id)
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return f"invocation/{request_id}/response", text.encode(), ""
    except (TypeError, ValueError, RecursionError) as error:
        error = ValueError(f"Unable to marshal response: {error}")
        return f"invocation/{request_id}/error", *report(error, "Runtime.MarshalError", request_id)


def main():
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        kind = getattr(error, "kind", None) if isinstance(error, StartError) else None
        api.post("init/error", *report(error, kind))
        sys.exit(1)
    log_to_stderr()
    headers, body = api.next()
    while True:
        answer = call(handler, headers, body)
        # What the call has written must be in the pipe before its answer is: that is how it is told whose it is.
        sys.stdout.flush()
        sys.stderr.flush()
        headers, body = api.answer_and_next(*answer)


main()

"""Lambda functions for cases: what a case says a function does, as Python source in a zip archive."""

import builtins
import io
import json
import zipfile

def source(semantics):
    """The module `handler` of a function that behaves as `semantics` says."""
    match semantics["class"]:
        case "identity":
            return "def handler(event, context):\n    return event\n"
        case "const":
            return f"def handler(event, context):\n    return {semantics['value']!r}\n"
        case "const_repeat":
            return f"def handler(event, context):\n    return {semantics['char']!r} * {semantics['count']}\n"
        case "python_repr_prefix":
            return f"def handler(event, context):\n    return {semantics['prefix']!r} + str(event)\n"
        case "sleep_identity":
            return (
                "import time\n\n\ndef handler(event, context):\n"
                f"    time.sleep({semantics['seconds']})\n    return event\n"
            )
        case "raise":
            return raising(semantics["errorType"], semantics["errorMessage"])
        case other:
            raise ValueError(f"no function behaves as `{other}`")


def raising(kind, message):
    """Raises on its second line, as the recorded functions did, so that its trace reads like theirs."""
    text = json.dumps(message)
    own = "" if hasattr(builtins, kind) else f"\n\nclass {kind}(Exception):\n    pass\n"
    return f"def handler(event, context):\n    raise {kind}({text})\n{own}"


def archive(semantics):
    """The zip archive of such a function."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
        # A fixed time makes the same function the same archive.
        info = zipfile.ZipInfo("handler.py", (2020, 1, 1, 0, 0, 0))
        info.external_attr = 0o644 << 16
        zipped.writestr(info, source(semantics))
    return content.getvalue()

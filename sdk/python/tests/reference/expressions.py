"""As much of JSONata as the compiler writes: names, fields, numbers, lists, ranges, conditions and a few functions."""

import re

NOTHING = object()

_TOKEN = re.compile(r'\s*(?:(\d+)|`([^`]*)`|"([^"]*)"|(\$?[A-Za-z_]\w*)|(\.\.|[()\[\]{}.,?:=*+-]))')


def evaluate(text, names):
    """The value of an expression; `names` gives that of a name, or NOTHING."""
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        assert found, f"cannot read {text[place:]!r}"
        kinds = ("number", "name", "string", "name", "sign")
        kind, value = next((kind, value) for kind, value in zip(kinds, found.groups()) if value is not None)
        tokens.append(("sign" if kind == "sign" else kind, value))
        place = found.end()
    parser = _Parser(tokens, names)
    value = parser.condition()
    assert not parser.tokens, f"{text!r}: cannot read from {parser.tokens[0]}"
    return value


class _Parser:
    def __init__(self, tokens, names):
        self.tokens = tokens
        self.names = names
        self.variables = {}

    def peek(self, *signs):
        return bool(self.tokens) and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs

    def take(self, sign=None):
        kind, value = self.tokens.pop(0)
        assert sign is None or (kind, value) == ("sign", sign), f"{sign} expected, {value} found"
        return value

    def condition(self):
        value = self.comparison()
        if not self.peek("?"):
            return value
        self.take("?")
        first = self.condition()
        self.take(":")
        second = self.condition()
        return first if value not in (False, NOTHING, None, 0, "") else second

    def comparison(self):
        value = self.sum()
        if self.peek("="):
            self.take("=")
            return value == self.sum()
        return value

    def sum(self):
        value = self.product()
        while self.peek("+", "-"):
            sign, other = self.take(), self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self):
        value = self.path()
        while self.peek("*"):
            self.take("*")
            value *= self.path()
        return value

    def path(self):
        value = self.primary()
        while self.peek("."):
            self.take(".")
            value = field(value, self.tokens.pop(0)[1])
        return value

    def primary(self):
        kind, value = self.tokens.pop(0)
        if kind == "number":
            return int(value)
        if kind == "string":
            return value
        if kind == "name":
            if value == "function":
                return self.function()
            if value.startswith("$") and self.peek("("):
                return call(value, self.arguments(")"))
            return self.variables[value] if value in self.variables else self.names(value)
        if value == "(":
            inner = self.condition()
            self.take(")")
            return inner
        assert value == "[", value
        items = []
        while not self.peek("]"):
            item = self.condition()
            if self.peek(".."):
                self.take("..")
                items += range(item, self.condition() + 1)
            elif item is not NOTHING:
                items.append(item)
            if self.peek(","):
                self.take(",")
        self.take("]")
        return items

    def arguments(self, end):
        self.take("(")
        found = []
        while not self.peek(end):
            found.append(self.condition())
            if self.peek(","):
                self.take(",")
        self.take(end)
        return found

    def function(self):
        self.take("(")
        name = self.tokens.pop(0)[1]
        self.take(")")
        self.take("{")
        depth, body = 1, []
        while depth:
            token = self.tokens.pop(0)
            depth += (token == ("sign", "{")) - (token == ("sign", "}"))
            body.append(token)

        def called(value):
            inner = _Parser(body[:-1], self.names)
            inner.variables = {**self.variables, name: value}
            return inner.condition()

        return called


def field(value, name):
    if isinstance(value, list):
        found = []
        for item in value:
            inner = field(item, name)
            if inner is not NOTHING:
                found += inner if isinstance(inner, list) else [inner]
        return found or NOTHING
    return value.get(name, NOTHING) if isinstance(value, dict) else NOTHING


def call(name, arguments):
    value = arguments[0]
    if name == "$exists":
        return value is not NOTHING
    if name == "$count":
        return 0 if value is NOTHING else len(value) if isinstance(value, list) else 1
    if name == "$keys":
        return list(value)
    if name == "$type":
        return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "other"
    if name == "$filter":
        return [] if value is NOTHING else [item for item in value if arguments[1](item)]
    return {"$sum": sum, "$min": min, "$max": max}[name](value)


def template(value, names):
    """A value with its expressions evaluated; members that give nothing are left out."""
    if isinstance(value, dict):
        found = {key: template(inner, names) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not NOTHING}
    if isinstance(value, list):
        return [template(item, names) for item in value]
    if isinstance(value, str) and value.startswith("{%") and value.endswith("%}"):
        return evaluate(value[2:-2], names)
    return value

#!/usr/bin/env python3
"""Makes crates/runtimes/src/aws/table/services.bin from the service models of botocore.

The table has what it takes to write a request and to read its answer, for every service: protocol, hosts, operations,
shapes. No documentation, no constraints, no paginators. Run it in an environment with botocore and commit what it
writes; it prints the version of botocore that it read, and how large the table is.

    pip install botocore && python3 scripts/aws_services.py

Layout of the file: the length of the index in four bytes, little endian; the index, a line `name offset length` for
each service, sorted by name, offsets from the end of the index; then one zlib stream of JSON for each service. The keys
of that JSON are in crates/runtimes/src/aws/table.rs.
"""

import json
import re
import struct
import sys
import zlib
from pathlib import Path

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

TARGET = Path(__file__).resolve().parents[1] / "crates/runtimes/src/aws/table/services.bin"

# Of those that a service speaks the first that we speak too.
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2"]

SCALARS = {
    "string": "s",
    "character": "s",
    "integer": "i",
    "long": "i",
    "bigint": "i",
    "short": "i",
    "byte": "i",
    "float": "f",
    "double": "f",
    "bigdecimal": "f",
    "boolean": "o",
    "blob": "b",
}
TIMESTAMPS = {None: "t", "unixTimestamp": "tu", "iso8601": "ti", "rfc822": "th"}
LOCATIONS = {"uri": "u", "querystring": "q", "header": "h", "headers": "H", "statusCode": "s"}


def words(text):
    """The words of a name, as the AWS SDK for Java 2 splits names (its class CodegenNamingUtils)."""
    text = re.sub(r"[^A-Za-z0-9]+", " ", text)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return text.split()


def pascal_case(text):
    return "".join(word[:1].upper() + word[1:].lower() for word in words(text))


def java_name(service_id):
    """What the SDK calls a service: without a leading Amazon or AWS, and without a trailing Service."""
    text = re.sub(r"^(Amazon|AWS)(?=[ A-Z])", "", service_id).strip()
    return re.sub(r" ?Service$", "", text)


def exception_name(shape):
    if shape.endswith("Fault"):
        shape = shape[: -len("Fault")]
    elif shape.endswith("Exception"):
        return pascal_case(shape)
    return pascal_case(shape) + "Exception"


class Shapes:
    """The shapes of one service, each once."""

    def __init__(self, model):
        self.model = model
        self.list = []
        self.known = {}

    def of(self, name, traits=None):
        """The number of the shape `name`, with the traits of the member that it is of."""
        shape = {**self.model[name], **(traits or {})}
        kind = shape["type"]
        if kind == "structure" and shape.get("document"):
            return self.scalar("d")
        if kind == "timestamp":
            return self.scalar(TIMESTAMPS[shape.get("timestampFormat")])
        if kind in SCALARS:
            return self.scalar(SCALARS[kind])
        flat = bool(shape.get("flattened"))
        key = (name, flat)
        if key not in self.known:
            self.known[key] = len(self.list)
            self.list.append(None)
            self.list[self.known[key]] = {
                "structure": self.structure,
                "list": self.array,
                "map": self.map,
            }[kind](shape, flat)
        return self.known[key]

    def scalar(self, code):
        if code not in self.known:
            self.known[code] = len(self.list)
            self.list.append(code)
        return self.known[code]

    def structure(self, shape, _flat):
        members = {}
        for name, member in shape["members"].items():
            if self.model[member["shape"]].get("eventstream"):
                raise Streams
            members[name] = self.member(name, member)
        entry = {"m": members}
        if "payload" in shape:
            entry["p"] = shape["payload"]
        return {"S": entry}

    def member(self, name, member):
        traits = {key: member[key] for key in ("timestampFormat", "flattened") if key in member}
        target = self.model[member["shape"]]
        entry = {"s": self.of(member["shape"], traits)}
        if member.get("locationName", name) != name:
            entry["n"] = member["locationName"]
        if member.get("queryName"):
            entry["q"] = member["queryName"]
        if member.get("location"):
            entry["l"] = LOCATIONS[member["location"]]
        if member.get("streaming") or target.get("streaming"):
            entry["r"] = True
        if member.get("xmlAttribute"):
            entry["a"] = True
        if member.get("idempotencyToken"):
            entry["i"] = True
        if member.get("jsonvalue"):
            entry["j"] = True
        space = member.get("xmlNamespace") or target.get("xmlNamespace")
        if isinstance(space, dict):
            entry["x"] = [space["uri"], space.get("prefix", "")]
        return entry

    def array(self, shape, flat):
        entry = {"s": self.of(shape["member"]["shape"], shape["member"].get("timestampFormat") and {
            "timestampFormat": shape["member"]["timestampFormat"]})}
        if shape["member"].get("locationName"):
            entry["n"] = shape["member"]["locationName"]
        if flat:
            entry["f"] = True
        return {"L": entry}

    def map(self, shape, flat):
        entry = {"s": self.of(shape["value"]["shape"])}
        if shape["key"].get("locationName"):
            entry["k"] = shape["key"]["locationName"]
        if shape["value"].get("locationName"):
            entry["v"] = shape["value"]["locationName"]
        if flat:
            entry["f"] = True
        return {"M": entry}


class Streams(Exception):
    """The operation streams events, which is not for a single call."""


def operation(shapes, spec):
    entry = {}
    if spec["http"]["method"] != "POST":
        entry["m"] = spec["http"]["method"]
    if spec["http"]["requestUri"] != "/":
        entry["u"] = spec["http"]["requestUri"]
    given, result = spec.get("input"), spec.get("output")
    if given:
        entry["i"] = shapes.of(given["shape"])
        if given.get("locationName"):
            entry["n"] = given["locationName"]
        if given.get("xmlNamespace"):
            entry["x"] = given["xmlNamespace"]["uri"]
    if result:
        entry["o"] = shapes.of(result["shape"])
        if result.get("resultWrapper"):
            entry["w"] = result["resultWrapper"]
    prefix = spec.get("endpoint", {}).get("hostPrefix")
    if prefix:
        entry["h"] = prefix
    if spec.get("authtype") == "none" or spec.get("auth") == ["smithy.api#noAuth"]:
        entry["a"] = True
    checksum = spec.get("httpChecksum", {})
    if checksum.get("requestChecksumRequired") or checksum.get("requestAlgorithmMember"):
        entry["c"] = True
    return entry


def hosts(loader, name, partitions, metadata):
    """Where the service is: a host with `{region}` in it, or one for all regions and the region that signs."""
    entry, found = {}, {}
    try:
        provider = EndpointProvider(loader.load_service_model(name, "endpoint-rule-set-1"), partitions)
        for region in ("us-east-1", "eu-west-3"):
            endpoint = provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False)
            scheme = (endpoint.properties.get("authSchemes") or [{}])[0]
            host = re.sub(r"^https://", "", endpoint.url).rstrip("/")
            found[region] = (host.replace(region, "{region}"), scheme)
    except Exception as error:
        print(f"{name}: the usual host, as its rules need more: {error}", file=sys.stderr)
        return entry
    # us-east-1 of a few old services is the global endpoint; another region shows where the others are.
    host, scheme = found["eu-west-3"]
    if host != f"{metadata['endpointPrefix']}.{{region}}.amazonaws.com":
        entry["h"] = host
    if scheme.get("signingRegion") and "{region}" not in host:
        entry["r"] = scheme["signingRegion"]
    return entry


def service(loader, name, partitions):
    model = loader.load_service_model(name, "service-2")
    metadata = model["metadata"]
    spoken = metadata.get("protocols") or [metadata["protocol"]]
    protocol = next((known for known in PROTOCOLS if known in spoken), None)
    if not protocol:
        print(f"{name}: speaks only {spoken}", file=sys.stderr)
        return None
    if protocol == "json":
        protocol = "json" + metadata.get("jsonVersion", "1.1")
    names = java_name(metadata["serviceId"])
    entry = {"p": protocol, "j": pascal_case(names), "v": metadata["apiVersion"], "e": metadata["endpointPrefix"]}
    if metadata.get("signingName", metadata["endpointPrefix"]) != metadata["endpointPrefix"]:
        entry["s"] = metadata["signingName"]
    if metadata.get("targetPrefix"):
        entry["t"] = metadata["targetPrefix"]
    if protocol == "rest-xml" and metadata.get("xmlNamespace"):
        entry["x"] = metadata["xmlNamespace"]
    entry.update({"a": hosts(loader, name, partitions, metadata)})
    shapes, operations = Shapes(model["shapes"]), {}
    for title, spec in model["operations"].items():
        try:
            operations[title] = operation(shapes, spec)
        except Streams:
            pass
    entry["o"] = operations
    entry["c"] = errors(model)
    # Shapes that a streaming operation had begun are nobody's; they keep their place, so that numbers stay.
    entry["l"] = ["s" if shape is None else shape for shape in shapes.list]
    return re.sub(r"[ -]", "", names.lower()), entry


def errors(model):
    """Codes of errors, by the name that the SDK gives the exception."""
    codes = {}
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            codes[shape.get("error", {}).get("code", name)] = exception_name(name)
            codes.setdefault(name, exception_name(name))
    usual = {code for code, name in codes.items() if name == code}
    return {"same": sorted(usual), "other": {code: codes[code] for code in sorted(codes) if code not in usual}}


def main():
    loader = Loader()
    partitions = loader.load_data("partitions")
    table = {}
    for name in loader.list_available_services("service-2"):
        try:
            found = service(loader, name, partitions)
        except UnknownServiceError:
            continue
        if found:
            table[found[0]] = found[1]
    streams, index, offset = [], [], 0
    for name in sorted(table):
        text = json.dumps(table[name], separators=(",", ":"), sort_keys=True).encode()
        stream = zlib.compress(text, 9)
        index.append(f"{name} {offset} {len(stream)}\n")
        streams.append(stream)
        offset += len(stream)
    head = "".join(index).encode()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(struct.pack("<I", len(head)) + head + b"".join(streams))
    operations = sum(len(entry["o"]) for entry in table.values())
    print(f"botocore {botocore.__version__}: {len(table)} services, {operations} operations, "
          f"{TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()

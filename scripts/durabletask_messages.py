#!/usr/bin/env python3
"""Makes crates/server/src/durabletask/messages from the protocol's description in the package durabletask.

Only what messages carry: names of fields, their types and numbers. Run it in an environment with durabletask and commit what
it writes.

    pip install durabletask && python3 scripts/durabletask_messages.py
"""

import importlib.metadata
import re
import subprocess
from pathlib import Path

from durabletask.internal import orchestrator_service_pb2 as protocol
from google.protobuf import descriptor

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "crates/server/src/durabletask/messages"

FIELD = descriptor.FieldDescriptor
SCALARS = {FIELD.TYPE_STRING: ("string", "String"), FIELD.TYPE_INT32: ("int32", "i32"), FIELD.TYPE_BOOL: ("bool", "bool")}
# Wrapped scalars are what they wrap.
WELL_KNOWN = {
    "google.protobuf.StringValue": "String",
    "google.protobuf.Int32Value": "i32",
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.Timestamp": "prost_types::Timestamp",
    "google.protobuf.Duration": "prost_types::Duration",
    "google.protobuf.Value": "prost_types::Value",
    "google.protobuf.Empty": "()",
}


def snake(name):
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("_i_d", "_id")
    return f"r#{name}" if name in {"type", "move", "ref"} else name


def pascal(name):
    return name[0].upper() + name[1:]


def message_type(field):
    return WELL_KNOWN.get(field.message_type.full_name, pascal(field.message_type.name))


def plain(field):
    """The attribute and the Rust type of a field, without what says how often it is there."""
    if field.type == FIELD.TYPE_MESSAGE:
        return "message", message_type(field)
    if field.type == FIELD.TYPE_ENUM:
        return f'enumeration = "{field.enum_type.name}"', "i32"
    return SCALARS[field.type]


def is_map(field):
    return field.type == FIELD.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


def struct(message, recursive):
    lines = [f"/// `{message.name}`.", "#[derive(Clone, PartialEq, prost::Message)]", f"pub(crate) struct {pascal(message.name)} {{"]
    seen = set()
    for field in message.fields:
        group = field.containing_oneof
        if group is not None and not group.name.startswith("_"):
            if group.name in seen:
                continue
            seen.add(group.name)
            tags = ", ".join(str(each.number) for each in group.fields)
            name = f"{pascal(message.name)}{pascal(group.name)}"
            lines += [f'    #[prost(oneof = "{name}", tags = "{tags}")]', f"    pub(crate) {snake(group.name)}: Option<{name}>,"]
            continue
        if is_map(field):
            key, value = (field.message_type.fields_by_name[part] for part in ("key", "value"))
            (key_kind, key_type), (kind, rust) = plain(key), plain(value)
            attribute = f'btree_map = "{key_kind}, {kind}"'
            rust = f"std::collections::BTreeMap<{key_type}, {rust}>"
        else:
            attribute, rust = plain(field)
            if field.is_repeated:
                attribute, rust = f"{attribute}, repeated", f"Vec<{rust}>"
            elif field.type == FIELD.TYPE_MESSAGE or group is not None:
                boxed = field.type == FIELD.TYPE_MESSAGE and field.message_type.name in recursive
                attribute = f"{attribute}, optional" + (", boxed" if boxed else "")
                rust = f"Option<Box<{rust}>>" if boxed else f"Option<{rust}>"
        lines += [f'    #[prost({attribute}, tag = "{field.number}")]', f"    pub(crate) {snake(field.name)}: {rust},"]
    lines.append("}")
    for group in message.oneofs:
        if group.name.startswith("_"):
            continue
        name = f"{pascal(message.name)}{pascal(group.name)}"
        lines += [f"/// One of `{message.name}.{group.name}`.", "#[derive(Clone, PartialEq, prost::Oneof)]", f"pub(crate) enum {name} {{"]
        for field in group.fields:
            kind, rust = plain(field)
            lines += [f'    #[prost({kind}, tag = "{field.number}")]', f"    {pascal(field.name)}({rust}),"]
        lines.append("}")
    return lines


def enumeration(of):
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", of.name).upper() + "_"
    derives = "Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration"
    lines = [f"/// `{of.name}`.", f"#[derive({derives})]", "#[repr(i32)]", f"pub(crate) enum {of.name} {{"]
    for value in of.values:
        name = "".join(word.capitalize() for word in value.name.removeprefix(prefix).split("_"))
        lines.append(f"    {name} = {value.number},")
    return [*lines, "}"]


# The files, each with the message that it begins with; enumerations are in the first.
FILES = [
    ("history", "What has happened to an instance.", "OrchestrationInstance"),
    ("turns", "What a turn is given, and what it asks for.", "ScheduleTaskAction"),
    ("instances", "What clients ask of instances.", "CreateInstanceRequest"),
    ("entities", "Entities, their operations, and what clients ask of them.", "SignalEntityRequest"),
    ("work", "What is given to workers.", "AbandonActivityTaskRequest"),
]


def main():
    file = protocol.DESCRIPTOR
    made = f"//! Made by scripts/durabletask_messages.py from the description in durabletask {importlib.metadata.version('durabletask')}."
    messages = list(file.message_types_by_name.values())
    starts = [next(place for place, each in enumerate(messages) if each.name == first) for _, _, first in FILES]
    lines = ["//! Messages of the Durable Task protocol (`TaskHubSidecarService`).", "//!", made, ""]
    lines += [f"mod {name};" for name in sorted(name for name, _, _ in FILES)] + [""]
    lines += [f"pub(crate) use {name}::*;" for name, _, _ in FILES]
    allowed = "dead_code, unused_imports, clippy::enum_variant_names, clippy::wildcard_imports"
    lines[4:4] = [f'#![allow({allowed}, reason = "the protocol has more than is read here, and is one")]', ""]
    write(TARGET.with_suffix(".rs"), lines)
    for (name, about, _), start, end in zip(FILES, starts, [*starts[1:], len(messages)]):
        lines = [f"//! {about}", "//!", made, "", "use super::*;", ""]
        if start == 0:
            lines += [line for of in file.enum_types_by_name.values() for line in enumeration(of)]
        for message in messages[start:end]:
            lines += struct(message, {"TaskFailureDetails"} if message.name == "TaskFailureDetails" else set())
        write(TARGET / f"{name}.rs", lines)


def write(path, lines):
    path.parent.mkdir(exist_ok=True)
    rustfmt = ["rustfmt", "--edition", "2024", "--config-path", str(ROOT)]
    formatted = subprocess.run(rustfmt, input="\n".join(lines) + "\n", check=True, capture_output=True, text=True)
    path.write_text(formatted.stdout)


main()

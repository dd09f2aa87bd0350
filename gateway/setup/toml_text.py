"""A configuration as commented TOML: every key, with its meaning, unit and bounds."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, inspect

from gateway.setup.about import ABOUT


def toml_text(config: Struct) -> str:
    """TOML that reads back as `config`. Keys without a value are shown as comments."""
    about = ABOUT[type(config)]
    lines = [f"# {about['']}"]
    for field in msgspec.structs.fields(config):
        value = getattr(config, field.name)
        if value in ([], None):
            lines += ["", f"# {about[field.name]}", *_absent(field.type, field.name)]
            continue
        for part in value if isinstance(value, list) else [value]:
            lines += ["", f"# {about[field.name]}"]
            header = f"[[{field.name}]]" if isinstance(value, list) else f"[{field.name}]"
            lines += [header, *_section(part, field.name)]
    return "\n".join(lines) + "\n"


def _absent(annotation: Any, name: str) -> Iterator[str]:
    """A section that may be there once, or any number of times, and is not: as comments."""
    kind = inspect.type_info(annotation)
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    header = f"[{name}]"
    if isinstance(kind, inspect.UnionType):
        kind = next(one for one in kind.types if isinstance(one, inspect.StructType))
    elif isinstance(kind, inspect.ListType):
        kind, header = kind.item_type, f"[[{name}]]"
    if isinstance(kind, inspect.StructType):
        yield f"# {header}"
        given = {field.name: None for field in msgspec.structs.fields(kind.cls) if field.required}
        for line in _section(kind.cls(**given), name):
            yield line if line.startswith("#") else f"# {line}"


def _section(section: Struct, path: str) -> Iterator[str]:
    """The keys of a section, then the sections in it, as TOML wants them."""
    inner: list[str] = []
    about = ABOUT[type(section)]
    for field in msgspec.structs.fields(section):
        value = getattr(section, field.name)
        words = about[field.name]
        if isinstance(value, Struct):
            name = f"{path}.{field.name}"
            inner += ["", f"# {words}", f"[{name}]", *_section(value, name)]
            continue
        comment = " ".join(part for part in (words, _bounds(field.type)) if part)
        if comment:
            yield f"# {comment}"
        yield f"# {field.name} = ..." if value is None else f"{field.name} = {_toml(value)}"
    yield from inner


def _bounds(annotation: Any) -> str:
    kind = inspect.type_info(annotation)
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    for one in kinds:
        one = one.type if isinstance(one, inspect.Metadata) else one
        if isinstance(one, inspect.IntType) and one.ge is not None:
            return f"({one.ge} to {one.le})"
        if isinstance(one, inspect.LiteralType) and len(one.values) > 1:
            return f"({' or '.join(map(_toml, one.values))})"
    return ""


def _toml(value: Any) -> str:
    """Booleans, integers and strings: JSON writes them as TOML reads them."""
    return json.dumps(value, ensure_ascii=False)

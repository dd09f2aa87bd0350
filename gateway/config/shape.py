"""Explains why a TOML document does not fit a configuration type, key by key.

msgspec decides what fits, but stops at the first thing that does not; this goes on.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import Struct, inspect

from gateway.config.problems import Problem, shown

UNITS = {
    "_ms": " ms",
    "_s": " s",
    "_mb": " MB",
    "_ml_per_min": " mL/min",
    "_pulses": " pulses",
    "_litres": " L",
}


def shape_problems(document: Mapping[str, Any], shape: type[Struct]) -> list[Problem]:
    """Everything in the document that `shape` refuses, in the order of the type's fields."""
    return list(_section(document, shape, ""))


def _section(found: Any, shape: type[Struct], key: str) -> Iterator[Problem]:
    if not isinstance(found, Mapping):
        yield Problem(key, f"a section with {', '.join(shape.__struct_fields__)}", shown(found))
        return
    known = {field.name: field for field in msgspec.structs.fields(shape)}
    for name in found:
        if name not in known:
            yield _unknown(name, list(known), key)
    for name, field in known.items():
        path = f"{key}.{name}" if key else name
        if name in found:
            yield from _value(found[name], field.type, path)
        elif field.required:
            yield Problem(path, _described(field.type, path), "nothing", "Add this key.")


def _value(found: Any, wanted: Any, key: str) -> Iterator[Problem]:
    kind = _kind(wanted)
    if isinstance(kind, inspect.StructType):
        yield from _section(found, kind.cls, key)
        return
    if isinstance(kind, inspect.ListType) and isinstance(found, list):
        if isinstance(kind.item_type, inspect.StructType):
            for number, item in enumerate(found, start=1):
                yield from _section(item, kind.item_type.cls, f"{key}[no. {number}]")
        if _fits_length(len(found), kind):
            return
        yield Problem(key, _described(wanted, key), f"{len(found)}")
        return
    try:
        msgspec.convert(found, wanted)
    except msgspec.ValidationError:
        yield Problem(key, _described(wanted, key), shown(found))


def _fits_length(length: int, kind: inspect.ListType) -> bool:
    return (kind.min_length or 0) <= length and (
        kind.max_length is None or length <= kind.max_length
    )


def _unknown(name: str, known: list[str], section: str) -> Problem:
    nearest = get_close_matches(name, known, n=1, cutoff=0.5)
    bare = name.replace("_", "").replace("-", "").isalnum()
    spelled = name if bare else shown(name)
    return Problem(
        f"{section}.{spelled}" if section else spelled,
        f"one of the keys of {f'section {section}' if section else 'the file'}",
        "an unknown key",
        f"Did you mean {nearest[0]}?" if nearest else f"Known here: {', '.join(known)}.",
    )


def _kind(wanted: Any) -> inspect.Type:
    """The type itself, where it may also be absent or carries a description."""
    kind = inspect.type_info(wanted)
    if isinstance(kind, inspect.UnionType):
        kind = next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _described(wanted: Any, key: str) -> str:
    match kind := _kind(wanted):
        case inspect.IntType():
            unit = next((unit for ending, unit in UNITS.items() if key.endswith(ending)), "")
            return f"a whole number from {kind.ge} to {kind.le}{unit}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return " or ".join(f'"{value}"' for value in kind.values)
        case inspect.ListType():
            return f"{kind.min_length} to {kind.max_length} sections [[{key}]]"
        case inspect.StructType():
            return f"a section [{key}]"
        case inspect.StrType(max_length=None):
            return "text in quotes"
        case inspect.StrType(pattern=None):
            return f"text of {kind.min_length} to {kind.max_length} characters"
        case inspect.StrType():
            return (
                f"text of {kind.min_length} to {kind.max_length} characters that fits "
                f"{kind.pattern}"
            )
    raise TypeError(f"{key}: no words for {kind}; teach gateway/config/shape.py this type")

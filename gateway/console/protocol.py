"""PROTOCOL.md's tables, made from the structs that are sent: `python -m gateway.console.protocol`
writes them anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, inspect

from gateway.runtime.counts import PumpCounts
from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.recent import LastRefusal, LastSale
from gateway.runtime.requests import REQUESTS, Typed
from gateway.runtime.status import PumpSnapshot, Snapshot
from gateway.runtime.surroundings import Surroundings

PAGE = Path(__file__).with_name("PROTOCOL.md")
SHOWN = (Snapshot, PumpSnapshot, OpenDeclaration, LastSale, LastRefusal, PumpCounts, Surroundings)
PARTS = (Typed,)
"""Of requests."""


def with_tables(page: str) -> str:
    """The page with its tables as the structs are now."""
    for mark, lines in (("status", _shown()), ("requests", _requests())):
        begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = before + begin + "\n" + "\n".join(lines) + "\n\n" + end + after
    return page


def _shown() -> Iterator[str]:
    yield "| of | field | kind |"
    yield "|---|---|---|"
    for struct in SHOWN:
        for field in msgspec.structs.fields(struct):
            yield f"| {struct.__name__} | `{field.encode_name}` | {_kind(field.type)} |"


def _requests() -> Iterator[str]:
    yield "| `do` | field | kind | |"
    yield "|---|---|---|---|"
    for struct in (*REQUESTS, *PARTS):
        for field in msgspec.structs.fields(struct):
            must = "required" if field.required else f"otherwise `{field.default}`"
            tag = struct.__struct_config__.tag or f"{_name(struct)}: a part"
            yield f"| `{tag}` | `{field.encode_name}` | {_kind(field.type)} | {must} |"


def _kind(annotation: Any) -> str:
    return _said(inspect.type_info(annotation))


def _said(kind: inspect.Type) -> str:
    """With its bounds, as a stranger needs them."""
    match kind:
        case inspect.Metadata(type=inner):
            return _said(inner)
        case inspect.UnionType(types=types):
            return " or ".join(map(_said, types))
        case inspect.IntType(ge=int(least), le=int(most)):
            return f"number, {least} to {most}"
        case inspect.StrType(pattern=str(pattern)):
            return f"text like `{pattern}`"
        case inspect.StrType(max_length=int(most)):
            return f"text, at most {most}"
        case inspect.ListType(item_type=item):
            return f"list of {_said(item)}"
        case inspect.StructType(cls=cls):
            return _name(cls)
        case inspect.BoolType():
            return "true or false"
        case inspect.NoneType():
            return "null"
        case inspect.IntType():
            return "number"
        case _:
            return "text"


def _name(cls: type[Struct]) -> str:
    return cls.__name__


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))

"""Sales read without the patterns of their fields, which are then checked once for each value.

A backlog is mostly sales, and they say the same names again and again: to check each field of
each of them takes half of the time that reading takes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, defstruct
from msgspec.inspect import (
    Field,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from gateway.core.facts import SaleCompleted
from gateway.core.fields import UtcTime

MOST_KNOWN = 10_000
"""Values of one field that are remembered as fitting."""
_EACH_ITS_OWN = frozenset({"sale", "started"})
"""No two sales have these alike, so that nothing of them is worth remembering."""


def times_fit(times: Iterable[str]) -> bool:
    """Is each the text of an instant, as `UtcTime` says?"""
    return all(map(_TIME, times))


def sales_fit(sales: Sequence[Any]) -> bool:
    """Does each text of these `LooseSale`s fit what `SaleCompleted` says of it? Then they are that
    from now on."""
    if not all(check.fit(sales) for check in _CHECKS):
        return False
    for sale in sales:
        sale.__class__ = SaleCompleted
    return True


class _Text(NamedTuple):
    """A field of a sale that has a pattern."""

    field: Field
    bounds: StrType
    optional: bool


class _Check:
    def __init__(self, text: _Text) -> None:
        name = text.field.name
        self._get = attrgetter(name)
        self._search = _search(text.bounds)
        self._remember = name not in _EACH_ITS_OWN
        self._known: set[str | None] = {None}  # which the type has judged

    def fit(self, sales: Sequence[Any]) -> bool:
        new = set(map(self._get, sales)) - self._known
        if not all(map(self._search, new)):
            return False
        if self._remember and new:
            if len(self._known) + len(new) > MOST_KNOWN:
                self._known = {None}
            self._known |= new
        return True


def _texts() -> Iterator[_Text]:
    sale = type_info(SaleCompleted)
    assert isinstance(sale, StructType)  # noqa: S101  # as every fact is
    for field in sale.fields:
        kinds = list(_kinds(field.type))
        optional = any(isinstance(kind, NoneType) for kind in kinds)
        for kind in kinds:
            if isinstance(kind, StrType) and kind.pattern is not None:
                yield _Text(field, kind, optional)


def _kinds(of: Type) -> Iterator[Type]:
    """The type itself, or what it is a union of."""
    if isinstance(of, Metadata):
        yield from _kinds(of.type)
    elif isinstance(of, UnionType):
        for one in of.types:
            yield from _kinds(one)
    else:
        yield of


def _loose(text: _Text) -> tuple[str, Any] | tuple[str, Any, Any]:
    """The field without its pattern, and with every other bound."""
    bounds = Meta(min_length=text.bounds.min_length, max_length=text.bounds.max_length)
    of: Any = Annotated[str, bounds]
    if text.optional:
        of |= None
    name, default = text.field.name, text.field.default
    return (name, of) if text.field.required else (name, of, default)


def _search(kind: Type) -> Any:
    """As msgspec uses a pattern."""
    assert isinstance(kind, StrType) and kind.pattern is not None  # noqa: S101, PT018
    return re.compile(kind.pattern).search


_TEXTS = list(_texts())
_CHECKS = [_Check(text) for text in _TEXTS]
_TIME = _search(*_kinds(type_info(UtcTime)))
LooseSale: Any = defstruct(
    "LooseSale",
    list(map(_loose, _TEXTS)),
    bases=(SaleCompleted,),
    frozen=False,
    kw_only=True,
    forbid_unknown_fields=True,
)
"""Read without looking at any pattern; `sales_fit` makes it a `SaleCompleted`."""

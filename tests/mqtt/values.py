"""Hypothesis strategies made from message types."""

from typing import Any

import msgspec
from hypothesis import strategies as st


def values_of(wanted: Any) -> st.SearchStrategy[Any]:
    """JSON values that a msgspec type accepts, within all its bounds."""
    return _values(msgspec.inspect.type_info(wanted))


def _values(info: msgspec.inspect.Type) -> st.SearchStrategy[Any]:
    kinds = msgspec.inspect
    if isinstance(info, kinds.Metadata):
        return _values(info.type)
    if isinstance(info, kinds.StructType):
        fields = {field.encode_name: _values(field.type) for field in info.fields}
        return st.fixed_dictionaries(fields)
    if isinstance(info, kinds.ListType | kinds.VarTupleType):
        least = info.min_length or 0
        most = max(least, 4) if info.max_length is None else min(info.max_length, max(least, 4))
        return st.lists(_values(info.item_type), min_size=least, max_size=most)
    if isinstance(info, kinds.UnionType):
        return st.one_of([_values(each) for each in info.types])
    if isinstance(info, kinds.LiteralType):
        return st.sampled_from(info.values)
    if isinstance(info, kinds.IntType):
        return st.integers(info.ge, info.le)
    if isinstance(info, kinds.BoolType):
        return st.booleans()
    if isinstance(info, kinds.NoneType):
        return st.none()
    assert isinstance(info, kinds.StrType), info
    ascii_only = st.characters(min_codepoint=32, max_codepoint=126)
    if info.pattern is None:
        return st.text(min_size=info.min_length or 0, max_size=info.max_length)
    texts = st.from_regex(info.pattern, fullmatch=True, alphabet=ascii_only)
    return texts.filter(lambda text: len(text) <= (info.max_length or 10_000))

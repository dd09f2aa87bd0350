"""Every reason that an audit passes on is known again, and said in the page's language."""

import ast
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.parse import BadLine, parse
from gateway.audit.problems import Findings, Place
from gateway.audit.reasons import BOOK, code_of, said
from gateway.core.facts import FACT_TYPES
from gateway.core.log import Entry
from gateway.words import LANGUAGES, catalogue
from mqtt.export import ExportHeader
from mqtt.seal import Seal
from tests.words.test_words import fields

ROOT = Path(__file__).resolve().parents[2]
RAISED = {"SealInvalid", "KeyRefused", "BadLine", "Unusable", "MessageRejected"}
SOURCES: dict[str, tuple[str, ...]] = {
    "mqtt/seals.py": ("verify",),
    "mqtt/ring.py": ("key_of", "_reach", "reach", "central_ring"),
    "mqtt/payloads.py": ("_read",),
    "gateway/audit/ledger_keys.py": ("key_of", "_centrals_key"),
    "gateway/audit/parse.py": ("parse", "_entry", "_only"),
    "gateway/audit/part.py": ("__init__",),
    "gateway/audit/run.py": ("verify",),
    "mqtt/delivery.py": ("_refuse_fork",),
}
"""Files, and the functions in them whose words may come to an auditor."""
FOREIGN = (
    *("not_utf8", "truncated", "malformed", "nested", "no_canonical"),
    *("gzip_cut", "gzip_sum", "gzip_length", "gzip_magic", "gzip_method", "gzip_data"),
    *("of_type", "at_field", "got", "expected", "length_least", "length_most", "pattern"),
    *("least", "most", "field_missing", "field_unknown", "value_other", "value_wrong"),
    *("integer_range", "number_range"),
)
"""Of libraries' words, and those that wrap them."""


def sentences(source: str, functions: tuple[str, ...]) -> Iterator[str]:
    """What these functions may say, each value in it as a number."""
    for function in ast.walk(ast.parse((ROOT / source).read_text())):
        if isinstance(function, ast.FunctionDef) and function.name in functions:
            for node in ast.walk(function):
                text = _text(node)
                if text is not None and " " in text.strip():
                    yield text


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "7"  # type: ignore[misc]
            for part in node.values
        )
    return None


def test_both_languages_have_each_reason_with_the_same_fields() -> None:
    first, *others = [catalogue(language, BOOK) for language in LANGUAGES]
    for other in others:
        assert first.keys() == other.keys()
        for code, sentence in first.items():
            assert fields(sentence) == fields(other[code]), code


def test_what_our_own_readers_say_is_known_again() -> None:
    found: set[str] = set()
    for source, functions in SOURCES.items():
        for text in sentences(source, functions):
            code = code_of(text) or code_of(f"key 7 was replaced: {text}")
            assert code is not None, f"{source}: {text}"
            found.add(code)
    assert len(found) > 15
    assert found <= catalogue("en", BOOK).keys()


@pytest.mark.parametrize(
    ("text", "indonesian"),
    [
        ("seal of gateway 'a', expected 'b'", "segel dengan gateway 'a', seharusnya 'b'"),
        (
            "key 00ff was replaced: it is good for 1 to 4 of epoch 3 and 7 on, not for 5 of "
            "epoch 3",
            "kunci 00ff sudah diganti: kunci itu berlaku untuk 1 s/d 4 dari epoch 3 dan 7 dan "
            "seterusnya, tidak untuk 5 dari epoch 3",
        ),
        (
            "unknown key 00ff of central: none of central's that may still be believed",
            "kunci 00ff dari pusat tidak dikenal: bukan kunci pusat yang masih boleh dipercaya",
        ),
        (
            "sale.completed: Expected `int`, got `str` - at `$.volume_ml`",
            "sale.completed: seharusnya `int`, ditemukan `str`, pada `$.volume_ml`",
        ),
        ("burnt and lost on 3", "burnt and lost on 3"),
        ("", ""),
    ],
)
def test_a_reason_in_both_languages(text: str, indonesian: str) -> None:
    assert said(text, "en") == text
    assert said(text, "id") == indonesian


def raised(read: Callable[[], object]) -> str:
    """What a library says of nonsense; empty where it reads it."""
    try:
        read()
    except (msgspec.DecodeError, BadLine, EOFError, zlib.error, gzip.BadGzipFile) as error:
        return str(error)
    return ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(data=st.data())
def test_whatever_is_wrong_with_a_field(data: Any) -> None:
    kind = data.draw(st.sampled_from([*FACT_TYPES.values(), Entry, Seal, ExportHeader]))
    names = data.draw(st.sets(st.sampled_from(sorted(kind.__struct_encode_fields__))))
    value = {name: data.draw(JSON) for name in names} | data.draw(
        st.sampled_from([{}, {"colour": 1}])
    )
    text = raised(lambda: msgspec.convert(value, kind))
    if text:
        assert code_of(text) is not None, text
        assert said(text, "id") != text


@given(
    line=st.binary(max_size=40)
    | JSON.map(lambda value: json.dumps({"entry": value}).encode())
    | JSON.map(lambda value: json.dumps({"seal": value}, separators=(",", ":")).encode())
    | st.binary(max_size=20).map(lambda rest: b'{"entry":' + rest + b"}")
)
def test_whatever_a_line_is(line: bytes) -> None:
    text = raised(lambda: parse(line))
    assert text
    assert code_of(text) is not None, text
    assert said(text, "id") != text


PACKED = gzip.compress(b"a line\n" * 50, mtime=0)


@given(
    at=st.integers(0, len(PACKED) - 1),
    byte=st.integers(0, 255),
    end=st.integers(2, len(PACKED)),
)
def test_whatever_is_wrong_with_packed_data(at: int, byte: int, end: int) -> None:
    damaged = bytes([*PACKED[:at], byte, *PACKED[at + 1 :]])[:end]
    text = raised(lambda: gzip.GzipFile(fileobj=BytesIO(damaged)).read())
    if text:
        assert code_of(text) is not None, text
        assert said(text, "id") != text


def test_nested_too_deeply_is_known_too() -> None:
    text = raised(lambda: parse(b'{"entry":' + b"[" * 100_000))
    assert said(text, "id") != text


def test_a_problem_says_its_reason_in_the_language_that_is_asked_for() -> None:
    findings = Findings()
    why = "Object missing required field `pump` - at `$.data`"
    findings.add("fact", Place("a.jsonl", 7, 6), "fact_fields", why=f"sale.completed: {why}")
    (problem,) = findings.kept
    assert problem.said("en").endswith(f"found sale.completed: {why}")
    assert problem.said("id").endswith(
        "ditemukan sale.completed: isian wajib `pump` tidak ada, pada `$.data`"
    )
    findings.add("seal", Place("a", 1), "seal_invalid", why="x" * 5000)
    assert len(findings.kept[-1].said("id")) < 400
    odd = "Object contains unknown field `\n` - at `$`"
    findings.add("line", Place("a", 1), "line_format", why=odd)
    assert findings.kept[-1].said("id").endswith("ada isian `\\n` yang tidak dikenal, pada `$`")


def test_no_reason_is_left_without_a_use() -> None:
    ours = {
        code_of(text) or code_of(f"key 7 was replaced: {text}")
        for source, functions in SOURCES.items()
        for text in sentences(source, functions)
    }
    plain = {"none_believed", "unknown", "entry_form", "no_export"}
    nested = {"reach_and", "reach_to", "reach_on", "reach_epoch", "revoked_by_root"}
    nested |= {"seals_no_more", "good_for", "good_for_epoch", "no_line", "line_of_other_kind"}
    assert catalogue("en", BOOK).keys() - ours - set(FOREIGN) - plain - nested == set()

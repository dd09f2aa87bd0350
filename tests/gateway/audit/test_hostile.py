"""Whatever a file holds, the audit ends within bounds, and never calls it clean."""

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.part import Unusable
from gateway.core.facts import GrantClosed
from mqtt.export import MAX_LINE_BYTES
from tests.gateway.audit.scribe import Scribe, judged, rewritten
from tests.gateway.store.samples import refusal

EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    scribe.say(refusal(1), GrantClosed(grant_no=2, spent_ml=0, why="expired"))
    scribe.seal()
    folder = tmp_path_factory.mktemp("sound")
    return scribe.write(folder / "a.jsonl", acknowledged=7).read_bytes()


def clean(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        return judged(path).clean
    except Unusable:
        return False


def test_every_flipped_bit_is_found(sound: bytes, tmp_path: Path) -> None:
    """One bit of every seventh byte, so each of the eight in turn; the fuzz below takes all."""
    path = tmp_path / "a.jsonl"
    assert clean(path, sound)
    for at in range(0, len(sound), 7):
        flipped = bytearray(sound)
        flipped[at] ^= 1 << at // 7 % 8
        assert not clean(path, bytes(flipped)), (at, flipped[at])


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_bit_there_is(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for bit in range(len(sound) * 8):
        flipped = bytearray(sound)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not clean(path, bytes(flipped)), bit


def test_a_flipped_bit_with_a_digest_made_to_fit(sound: bytes, tmp_path: Path) -> None:
    """Of an entry or the header: then chain, seals or fields find it, not the digest."""
    lines = sound.splitlines(keepends=True)
    path = tmp_path / "a.jsonl"
    size = 0
    for number, line in enumerate(lines[:-1]):
        if line.startswith(b'{"seal"'):
            continue
        for at in range(0, len(line) - 1, 11):
            changed = [*lines]
            flipped = bytearray(line)
            flipped[at] ^= 1 << at % 8
            changed[number] = bytes(flipped)
            rewritten(path, changed)
            holder = number == 0 and b'"holder":"gateway"' not in flipped
            assert holder or not clean(path, path.read_bytes()), (number, at)
            size += 1
    assert size > 200


@EXAMPLES
@given(data=st.data())
def test_bytes_cut_doubled_and_put_in(
    sound: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sound)))
    until = data.draw(st.integers(at, min(len(sound), at + 2000)))
    put = data.draw(st.binary(max_size=40) | st.just(sound[at:until] * 2))
    changed = sound[:at] + put + sound[until:]
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    assert clean(path, changed) == (changed == sound)


@pytest.mark.parametrize(
    "line",
    [
        b'{"entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"entry":{"sequence":' + b"9" * 5000 + b"}}",
        b'{"entry":{"sequence":1e400}}',
        b'{"entry":{}}',
        b'{"entry":{"prevhash":7,"sequence":7}}',
        b'{"entry":"\xff"}',
        b'{"seal":{}}',
        b'{"seal":[],"seal":[]}',
        b'{"checkpoint":{}}',
        b'{"export":{}}',
        b'{"end":{}}',
        b"null",
        b"",
    ],
    ids=lambda line: line[:24].decode(errors="replace"),
)
def test_a_line_of_ill_will_is_one_problem_among_sound_ones(
    sound: bytes, tmp_path: Path, line: bytes
) -> None:
    lines = sound.splitlines(keepends=True)
    path = rewritten(tmp_path / "a.jsonl", [*lines[:6], line + b"\n", *lines[6:]])
    result = judged(path)
    assert result.findings.counts["line"] + result.findings.counts["fact"] == 1
    assert result.total.entries == 7


def test_a_line_without_end_is_not_read_into_memory(sound: bytes, tmp_path: Path) -> None:
    header = sound.splitlines(keepends=True)[0]
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(header + b"x" * (50 * MAX_LINE_BYTES)))
    found = [str(problem) for problem in judged(path).findings.kept]
    assert f"expected a line feed within {MAX_LINE_BYTES} bytes, found none" in found[0]


def test_damaged_gzip(sound: bytes, tmp_path: Path) -> None:
    packed = gzip.compress(sound)
    path = tmp_path / "a.jsonl.gz"
    assert clean(path, packed)
    for at in range(10, len(packed), 5):
        flipped = bytearray(packed)
        flipped[at] ^= 1 << at % 8
        if not unpacks_to(sound, bytes(flipped)):
            assert not clean(path, bytes(flipped))
        assert not clean(path, packed[:at])


def unpacks_to(content: bytes, packed: bytes) -> bool:
    """Deflate has bits that mean nothing, such as those that fill the last byte."""
    try:
        return gzip.decompress(packed) == content
    except (OSError, EOFError, zlib.error):
        return False

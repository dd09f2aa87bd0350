"""The writer of exports: order, digest, and what a failure leaves behind."""

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785

from mqtt.export import ExportEnd, ExportHeader, new_export, write_export
from mqtt.seals import Signer
from tests.mqtt.parties import EPOCH, GATEWAY, GATEWAY_KEY, INCARNATION, Log

SIGNER = Signer(GATEWAY_KEY, GATEWAY, INCARNATION, EPOCH)


def header(**changes: Any) -> ExportHeader:
    usual: dict[str, Any] = {
        "gateway": GATEWAY,
        "incarnation": INCARNATION,
        "holder": "gateway",
        "from_sequence": 1,
        "through": 5,
    }
    return ExportHeader(**(usual | changes))


def written(seals_at: list[int], checkpoint: Any = None) -> tuple[list[bytes], ExportEnd]:
    log = Log()
    log.stop(5)
    log.append("sale.later", {"naïve": 1.5})
    seals = [SIGNER.seal("ledger", at, "ab" * 32) for at in seals_at]
    entries = map(msgspec.structs.asdict, log.entries)
    file = io.BytesIO()
    end = write_export(file, header(through=6), entries, seals, checkpoint=checkpoint)
    return file.getvalue().splitlines(keepends=True), end


def test_each_seal_stands_behind_its_entry_and_the_rest_at_the_end() -> None:
    lines, end = written([2, 2, 6, 9])
    read = [json.loads(line) for line in lines]
    assert [next(iter(line)) for line in read] == [
        *("export", "entry", "entry", "seal", "seal", "entry", "entry", "entry", "entry"),
        *("seal", "seal", "end"),
    ]
    assert (end.entries, end.seals) == (6, 4)
    assert read[-1]["end"] == {"entries": 6, "seals": 4, "sha256": end.sha256}
    assert end.sha256 == hashlib.sha256(b"".join(lines[:-1])).hexdigest()


def test_every_line_is_canonical_json() -> None:
    lines, _ = written([6], checkpoint=header())
    assert lines[1].startswith(b'{"checkpoint":{')
    for line in lines:
        assert line == rfc8785.dumps(json.loads(line)) + b"\n"


def test_an_empty_ledger_has_an_export_too() -> None:
    file = io.BytesIO()
    assert write_export(file, header(through=0), [], []).entries == 0
    assert len(file.getvalue().splitlines()) == 2


def test_a_compressed_file_depends_on_its_content_alone(tmp_path: Path) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz", "c.jsonl"):
        with new_export(tmp_path / name) as file:
            file.write(b"x" * 1000)
    first, second = ((tmp_path / f"{name}.jsonl.gz").read_bytes() for name in "ab")
    assert first == second
    assert gzip.decompress(first) == (tmp_path / "c.jsonl").read_bytes() == b"x" * 1000


def test_a_failure_leaves_no_file_and_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with pytest.raises(OSError, match="No space"):
        _half_written(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError), new_export(path):
        pass
    assert path.read_bytes() == b"mine"


def _half_written(path: Path) -> None:
    with new_export(path) as file:
        file.write(b"half")
        raise OSError("No space left on device")

"""`takar ledger verify` and `export`, on ledgers sound and damaged."""

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.cli import takar
from gateway.core.chain import GENESIS, entry_hash
from gateway.core.facts import Charge
from gateway.store.anchor import anchor_path
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from mqtt.keys import make_private, write_public
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session


@pytest.fixture
def private(tmp_path: Path) -> Ed25519PrivateKey:
    folder = tmp_path / "keys" / GATEWAY
    folder.mkdir(parents=True)
    return make_private(folder / f"{GATEWAY}.pem")


@pytest.fixture
def path(tmp_path: Path, private: Ed25519PrivateKey) -> Path:
    """A closed ledger of 9 entries with seals at 3, 6 and 9, as `takar init` places it."""
    folder = tmp_path / "gateway"
    folder.mkdir()
    path = folder / "ledger.sqlite3"
    ledger = Ledger.create(path, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)
    for number in range(1, 10):
        ledger.commit([(refusal(number), TIME)], seal=number % 3 == 0)
    ledger.close()
    return path


@pytest.fixture
def running(path: Path, private: Ed25519PrivateKey) -> Iterator[Ledger]:
    ledger = Ledger.open(path, private, gateway=GATEWAY)
    yield ledger
    ledger.close()


def files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def edit(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_sound_ledger_and_its_folder_are_untouched(cli: CliRunner, path: Path) -> None:
    before = files(path)
    for given in (path, path.parent):
        done = cli.invoke(takar, ["ledger", "verify", str(given)])
        assert done.output == (
            f"{path}: 9 entries, 3 seals through entry 9, anchor at entry 9: nothing wrong\n"
        )
        assert done.exit_code == 0
    assert files(path) == before


@pytest.mark.parametrize(
    ("statement", "first", "count"),
    [
        (
            "UPDATE entries SET body = replace(body, '00000004', '00000FFF') WHERE sequence = 4",
            "entry 4: expected content with the hash",
            1,
        ),
        ("DELETE FROM entries WHERE sequence = 4", "entry 4: expected this entry", 2),
        ("DELETE FROM entries WHERE sequence = 9", "seal at entry 9: expected entry 9", 2),
        (
            "UPDATE seals SET seal = replace(seal, 'epoch\":1', 'epoch\":7') WHERE sequence = 3",
            "seal at entry 3: expected a valid seal of this gateway, found the signature of",
            1,
        ),
        ("UPDATE meta SET commit_no = 8", "database, which is shorter than its anchor", 2),
    ],
)
def test_the_first_bad_entry_is_named(
    cli: CliRunner, path: Path, statement: str, first: str, count: int
) -> None:
    edit(path, statement)
    before = files(path)
    done = cli.invoke(takar, ["ledger", "verify", str(path)])
    lines = done.output.splitlines()
    assert lines[0].startswith(first)
    assert len(lines) == count + 1
    assert lines[-1].endswith(f"anchor at entry 9: {count} wrong")
    assert done.exit_code == 1
    assert files(path) == before


def test_a_file_that_is_no_database_is_a_finding(cli: CliRunner, path: Path) -> None:
    path.write_bytes(b"\0" * 4096)
    done = cli.invoke(takar, ["ledger", "verify", str(path)])
    assert done.exit_code == 1
    assert "ledger_damaged" in done.output


def test_a_damaged_page_is_a_finding_with_counts(cli: CliRunner, path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(b'"00000005"')
    content[at + 3] ^= 1
    path.write_bytes(content)
    done = cli.invoke(takar, ["ledger", "verify", str(path)])
    assert done.output.startswith("entry 5: expected content with the hash")
    assert "9 entries" in done.output.splitlines()[-1]
    assert done.exit_code == 1


def test_the_key_may_be_given_and_must_be_the_gateways(
    cli: CliRunner, path: Path, private: Ed25519PrivateKey, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "keys")
    done = cli.invoke(takar, ["ledger", "verify", str(path)])
    assert done.exit_code == 2
    assert "no key of kupang-01" in done.output
    assert "--keys" in done.output

    auditor = tmp_path / "auditor"
    auditor.mkdir()
    write_public(auditor / f"{GATEWAY}.pem", private.public_key())
    assert cli.invoke(takar, ["ledger", "verify", str(path), "--keys", str(auditor)]).exit_code == 0

    write_public(auditor / f"{GATEWAY}.pem", Ed25519PrivateKey.generate().public_key())
    done = cli.invoke(takar, ["ledger", "verify", str(path), "--keys", str(auditor)])
    assert done.output.startswith("seal at entry 3: expected a valid seal")
    assert "unknown key" in done.output
    assert done.exit_code == 1


def test_a_running_gateways_ledger_can_be_checked(
    cli: CliRunner, path: Path, running: Ledger
) -> None:
    running.commit([(refusal(10), TIME)], seal=True)
    names = sorted(files(path))
    done = cli.invoke(takar, ["ledger", "verify", str(path)])
    assert "10 entries, 4 seals through entry 10, anchor at entry 10: nothing" in done.output
    running.commit([(refusal(11), TIME)])
    assert sorted(files(path)) == names


def test_a_copy_with_its_log_leaves_no_file_behind(
    cli: CliRunner, path: Path, running: Ledger, tmp_path: Path
) -> None:
    running.commit([(refusal(10), TIME)])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.anchor"):
        shutil.copy(path.with_name(name), copy / name)
    before = files(copy / "any")
    done = cli.invoke(takar, ["ledger", "verify", str(copy)])
    assert "10 entries" in done.output
    assert done.exit_code == 0
    assert files(copy / "any") == before

    (copy / "ledger.sqlite3-wal").unlink()
    done = cli.invoke(takar, ["ledger", "verify", str(copy)])
    assert "shorter than its anchor: expected entry 10" in done.output
    assert done.exit_code == 1


def test_an_export_can_be_checked_with_a_json_tool(
    cli: CliRunner, path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "ledger.jsonl"
    done = cli.invoke(takar, ["ledger", "export", str(path), "--output", str(target)])
    assert done.output == "9 entries, 3 seals\n"
    *text, last = target.read_bytes().splitlines(keepends=True)
    lines = [json.loads(line) for line in text]
    assert lines[0]["export"] == {
        "format": "takar-export",
        "version": 1,
        "gateway": GATEWAY,
        "incarnation": INCARNATION,
        "holder": "gateway",
        "from": 1,
        "through": 9,
        "goes_on": False,
        "prevhash": GENESIS,
    }
    digest = hashlib.sha256(b"".join(text)).hexdigest()
    assert json.loads(last) == {"end": {"entries": 9, "seals": 3, "sha256": digest}}
    order = [next(iter(line)) for line in lines[1:]]
    assert order == ["entry", "entry", "entry", "seal"] * 3
    entries = [line["entry"] for line in lines if "entry" in line]
    seals = [line["seal"] for line in lines if "seal" in line]

    prevhash, hashes = GENESIS, {}
    for sequence, entry in enumerate(entries, start=1):
        assert (entry["sequence"], entry["prevhash"]) == (sequence, prevhash)
        prevhash = hashes[sequence] = entry_hash(entry)
    assert [seal["sequence"] for seal in seals] == [3, 6, 9]
    assert all(seal["head"] == hashes[seal["sequence"]] for seal in seals)

    printed = cli.invoke(takar, ["ledger", "export", str(path.parent)])
    assert printed.stdout == target.read_text()
    packed = tmp_path / "ledger.jsonl.gz"
    cli.invoke(takar, ["ledger", "export", str(path), "--output", str(packed)])
    assert gzip.decompress(packed.read_bytes()) == target.read_bytes()
    again = cli.invoke(takar, ["ledger", "export", str(path), "--output", str(target)])
    assert again.exit_code == 1
    assert f"{target} is there already" in again.output


def test_a_missing_ledger_is_named(cli: CliRunner, tmp_path: Path) -> None:
    for action in ("verify", "export"):
        asked = ["ledger", action, str(tmp_path)]
        elsewhere = cli.invoke(takar, asked)
        assert elsewhere.exit_code == 2
        assert "there is no ledger.sqlite3 in" in elsewhere.output
        anchor_path(tmp_path / "ledger.sqlite3").touch()
        lost = cli.invoke(takar, asked)
        assert lost.exit_code == 1
        assert "the ledger is missing" in lost.output
        anchor_path(tmp_path / "ledger.sqlite3").unlink()


def test_reading_that_is_given_up_is_no_damage(path: Path) -> None:
    """As where the disk that an export is written to is full, or a pipe's reader has gone."""
    with LedgerReader(path) as reader:
        rows = reader._rows("SELECT sequence FROM entries")
        assert next(rows)
    assert isinstance(rows, Generator)
    rows.close()


def test_an_export_names_fills_that_are_not_in_it(
    running: Ledger, path: Path, cli: CliRunner
) -> None:
    running.commit([(refusal(10), TIME)], put_session=session(7, Charge(3, 1873), Charge(5, 2500)))
    done = cli.invoke(takar, ["ledger", "export", str(path)])
    assert done.exit_code == 0
    assert "pump 1: a fill of dh-1001-a is open and not in it" in done.stderr
    assert done.stderr.endswith("by grant: 1,873 L of 3, 2,500 L of 5\n")


def test_what_a_dead_card_had_not_sealed_is_sealed_in_its_export(
    running: Ledger, path: Path, cli: CliRunner
) -> None:
    running.commit([(refusal(10), TIME)])
    key = path.parent.parent / "keys" / GATEWAY / f"{GATEWAY}.pem"
    for more, sealed in (([], 9), (["--seal-with", str(key)], 10)):
        done = cli.invoke(takar, ["ledger", "export", str(path), *more])
        seals = [json.loads(line) for line in done.stdout.splitlines() if '"seal":{' in line[:9]]
        newest = seals[-1]["seal"]
        assert (newest["sequence"], newest["type"]) == (sealed, "ledger")
    assert newest["head"] == running.last().hash

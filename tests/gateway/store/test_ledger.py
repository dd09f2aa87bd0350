"""What the ledger's writer promises."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import GENESIS
from gateway.core.open_session import OpenSession
from gateway.core.recovery import close_estimated
from gateway.core.units import MAX_SAFE_INTEGER
from gateway.store.anchor import anchor_path, read_anchor
from gateway.store.errors import LedgerDamaged, LedgerInUse, StoreFailed
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from mqtt.batches import check_batch
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session

Open = Callable[[], Ledger]


def test_entries_are_chained_and_sealed_as_the_contract_says(ledger: Ledger) -> None:
    first = ledger.commit([(refusal(1), TIME), (refusal(2), TIME)])
    second = ledger.commit([(refusal(3), TIME)], seal=True)

    assert [entry.id for entry in first + second] == [f"{INCARNATION}/{n}" for n in (1, 2, 3)]
    assert first[0].prevhash == GENESIS
    assert first[1].prevhash == first[0].hash
    assert ledger.entries_after(0, 10) == first + second
    (seal,) = ledger.every_seal()
    assert check_batch(first + second, seal, f"takar/{GATEWAY}") == ledger.head.hash
    ledger.seals.verify(seal, "ledger")


def test_a_reader_beside_the_writer_sees_each_commit(ledger: Ledger, path: Path) -> None:
    with LedgerReader(path) as reader:
        ledger.commit([(refusal(n), TIME) for n in range(1, 6)])
        assert [entry.sequence for entry in reader.entries_after(2, 2)] == [3, 4]
        assert reader.entry_at(5) == ledger.entry_at(5)
        assert reader.entry_at(6) is None
        assert (reader.hash_at(0), reader.hash_at(5)) == (GENESIS, ledger.head.hash)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.connection.execute("DELETE FROM entries")


def test_everything_is_there_again_after_opening(ledger: Ledger, open_ledger: Open) -> None:
    ledger.commit([(refusal(1), TIME)], put_session=session(ledger.next_session_no()), seal=True)
    ledger.acknowledge(1)
    head, boot = ledger.head, ledger.boot
    ledger.close()

    again = open_ledger()
    assert again.head == head
    assert again.boot == boot + 1
    assert again.open_sessions() == [session(1)]
    assert again.next_session_no() == 2
    assert again.acknowledged_through() == 1
    assert again.commit([(refusal(2), TIME)])[0].prevhash == head.hash


def test_an_acknowledgement_only_rises_and_never_passes_the_head(ledger: Ledger) -> None:
    ledger.commit([(refusal(n), TIME) for n in range(1, 6)])
    ledger.acknowledge(4)
    ledger.acknowledge(2)
    assert ledger.acknowledged_through() == 4
    with pytest.raises(ValueError, match="acknowledged through 6, but the ledger ends at 5"):
        ledger.acknowledge(6)
    (level,) = ledger.connection.execute("PRAGMA synchronous").fetchone()
    assert level == 2


def test_a_fact_beyond_its_bounds_is_not_written(ledger: Ledger) -> None:
    bad = msgspec.structs.replace(refusal(1), card="not a uid")
    with pytest.raises(ValueError, match="card"):
        ledger.commit([(refusal(1), TIME), (bad, TIME)])
    with pytest.raises(ValueError, match="time"):
        ledger.commit([(refusal(1), "yesterday")])
    with pytest.raises(ValueError, match="metered_ml"):
        ledger.commit(
            put_session=msgspec.structs.replace(session(1), metered_ml=MAX_SAFE_INTEGER + 1)
        )
    with pytest.raises(ValueError, match="empty ledger"):
        ledger.commit(seal=True)
    assert ledger.head.sequence == 0
    assert ledger.commit([(refusal(1), TIME)])[0].sequence == 1


def test_a_crash_between_commit_and_anchor_is_made_good(
    ledger: Ledger, open_ledger: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.commit([(refusal(1), TIME)])

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(ledger._anchor, "write", fail)
    with pytest.raises(StoreFailed) as caught:
        ledger.commit([(refusal(2), TIME)])
    assert caught.value.committed
    assert caught.value.reopen
    with pytest.raises(StoreFailed, match="must be opened again"):
        ledger.commit([(refusal(3), TIME)])
    ledger.close()

    again = open_ledger()
    assert again.head.sequence == 2
    assert read_anchor(anchor_path(path)).sequence == 2


def test_a_second_writer_is_refused(ledger: Ledger, open_ledger: Open) -> None:
    ledger.commit([(refusal(1), TIME)])
    with pytest.raises(LedgerInUse, match="stop that gateway first"):
        open_ledger()


def test_a_missing_ledger_is_an_error_and_is_not_made(path: Path, open_ledger: Open) -> None:
    with pytest.raises(LedgerDamaged, match="the ledger is missing"):
        open_ledger()
    assert list(path.parent.iterdir()) == []


def test_a_ledger_is_made_once(written: Path, private: Ed25519PrivateKey) -> None:
    with pytest.raises(FileExistsError):
        Ledger.create(written, private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1)


def test_another_gateways_ledger_is_refused(written: Path, private: Ed25519PrivateKey) -> None:
    with pytest.raises(LedgerDamaged, match="ledger of kupang-01, expected kupang-02"):
        Ledger.open(written, private, gateway="kupang-02")


def test_the_fill_open_at_a_crash_is_closed_once(ledger: Ledger, open_ledger: Open) -> None:
    ledger.commit(put_session=session(ledger.next_session_no()))
    ledger.close()

    again = open_ledger()
    (left,) = again.open_sessions()
    assert isinstance(left, OpenSession)
    facts = close_estimated(
        left, boot=again.boot, uptime_ms=5, clock="good", counted=False, single_channel=False
    )
    again.commit([(fact, TIME) for fact in facts], drop_session=left.pump, seal=True)

    third = again.entries_after(0, 10)
    assert [entry.type for entry in third] == ["sale.completed", "flow.uncounted"]
    assert again.open_sessions() == []

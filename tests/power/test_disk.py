"""The model disk forgets what was not synced, and keeps what was."""

import random

from tests.power.disk import Disk, File, Garbage, Truncate, Write, torn, written
from tests.power.survivors import ALL, Content, Survivors


def all_states(disk: Disk) -> list[Content]:
    return list(Survivors(disk, "seed").states(ALL))


def test_a_synced_disk_has_one_state() -> None:
    disk = Disk({"a": b"old"})
    disk.names["a"].pending.append(Write(0, b"new"))
    disk.names["a"].sync()
    assert all(state == {"a": b"new"} for state in all_states(disk))


def test_a_synced_file_is_lost_with_its_name() -> None:
    disk, file = Disk({}), File()
    disk.pending_names.append({"a": file})
    file.pending.append(Write(0, b"new"))
    file.sync()
    assert {tuple(state) for state in all_states(disk)} == {(), ("a",)}
    disk.sync_names()
    assert {tuple(state) for state in all_states(disk)} == {("a",)}


def test_a_rename_is_whole_or_not_at_all() -> None:
    disk = Disk({"a": b"old", "a.new": b"new"})
    disk.pending_names.append({"a.new": None, "a": disk.names["a.new"]})
    assert {tuple(sorted(state.items())) for state in all_states(disk)} == {
        (("a", b"new"),),
        (("a", b"old"), ("a.new", b"new")),
    }


def test_writes_reach_the_disk_in_any_order() -> None:
    disk = Disk({"a": b"...."})
    disk.names["a"].pending = [Write(0, b"1"), Write(1, b"2")]
    contents = {state["a"] for state in all_states(disk)}
    assert {b"....", b"1...", b".2..", b"12.."} <= contents


def test_what_lies_between_reads_as_zeros() -> None:
    assert written(b"ab", [Write(4, b"c"), Truncate(6), Truncate(1)]) == b"a"
    assert written(b"ab", [Write(4, b"c"), Truncate(6)]) == b"ab\0\0c\0"


def test_garbage_takes_the_place_of_what_was_there() -> None:
    assert written(b"abc", [Garbage(1, b"....")]) == b"a.."
    assert written(b"abc", [Garbage(4096, b"....")]) == b"abc"


def test_a_write_is_torn_at_sectors() -> None:
    chance = random.Random(7)
    new = bytes(range(1, 5)) * 384
    for _ in range(50):
        after = written(bytes(2048), torn(Write(100, new), chance, garbage=False))
        for start, end in ((100, 512), (512, 1024), (1024, 1536), (1536, 1636)):
            piece = after[start:end].ljust(end - start, b"\0")
            assert piece in (new[start - 100 : end - 100], bytes(end - start))

"""Vehicles and people as the pages show them: of the newest cache, and empty without one."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.console.names import Names, NamesOf
from tests.gateway.console.cache import CONTENT, SUPERVISOR, write


def test_the_newest_file_is_read(tmp_path: Path) -> None:
    async def go() -> None:
        path = write(tmp_path)
        of = NamesOf(path)
        first = await of.now()
        assert [one.plate for one in first.vehicles] == ["AST/0007", "DH 1001 A", "DH 77 X"]
        assert first.people == {SUPERVISOR: "maria"}
        assert first.policy.override_day_ml == 40_000
        assert await of.now() is first
        replaced = tmp_path / "new"
        replaced.write_text(json.dumps({"content": CONTENT | {"subjects": {}}}))
        replaced.replace(path)
        assert (await of.now()).vehicles == []

    asyncio.run(go())


@pytest.mark.parametrize("text", [None, "", "{", '{"content": 7}', '{"content": {"cards": []}}'])
def test_one_that_does_not_read_names_nobody(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "allocation.json"
    if text is not None:
        path.write_text(text)
    found = asyncio.run(NamesOf(path).now())
    assert found == Names()
    assert found.plate("dh-77-x") == "DH 77 X"

"""The bill of materials is CycloneDX, says what is pinned, and is the same bytes each time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from scripts.sbom import bill, pinned

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(__file__).parent / "cyclonedx_schema"


def validator() -> Draft7Validator:
    read = {file.name: json.loads(file.read_text()) for file in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (f"http://cyclonedx.org/schema/{name}", Resource.from_contents(content))
        for name, content in read.items()
    )
    return Draft7Validator(read["bom-1.6.schema.json"], registry=registry)


def test_it_is_cyclonedx() -> None:
    assert [error.message for error in validator().iter_errors(bill())] == []
    assert list(validator().iter_errors(bill() | {"bomFormat": "SPDX"}))
    nameless = {"type": "library", "version": "1"}
    assert list(validator().iter_errors(bill() | {"components": [nameless]}))


def test_it_names_whatever_a_gateway_installs() -> None:
    found = {c["name"]: c.get("version") for c in bill()["components"]}
    lock = (ROOT / "requirements" / "run.lock").read_text()
    assert found == {
        **{name: version for name, (version, _) in pinned(lock).items()},
        "python3-lgpio": None,
        "python3-spidev": None,
    }
    assert lock.count("==") >= len(found) - 2 > 40
    hashes = [p for c in bill()["components"] for p in c.get("properties", [])]
    assert len(hashes) == lock.count("--hash=sha256:")


def test_what_is_asked_for_is_among_it() -> None:
    document = bill()
    (of_takar,) = document["dependencies"]
    refs = {component["bom-ref"] for component in document["components"]}
    assert of_takar["ref"] == document["metadata"]["component"]["bom-ref"]
    assert len(of_takar["dependsOn"]) > 15
    assert set(of_takar["dependsOn"]) <= refs


def test_the_same_commit_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two")]
    for file in files:
        command = [sys.executable, "-I", "-S", str(ROOT / "scripts" / "sbom.py"), str(file)]
        subprocess.run(command, check=True, cwd=tmp_path)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert json.loads(files[0].read_text()) == bill()


def test_a_lock_file_that_pins_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="NAME==VERSION"):
        pinned("# nothing\n")

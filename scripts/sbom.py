"""What the package is made of, as a CycloneDX 1.6 document: scripts/sbom.py [FILE].

From requirements/run.in, run.lock and pyproject.toml alone, so that the same commit gives the same
bytes on any machine; needs no package. Every pinned version is a component with the hashes of all
its wheels, of which one is installed.
"""

import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)")
_HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")
_WANTED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
DEBIAN = ("python3-lgpio", "python3-spidev")
"""Taken from the system on a Raspberry Pi, by whatever version is there."""


def pinned(lock: str) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by name, of a lock file's text. ValueError: nothing is pinned in it."""
    found: dict[str, tuple[str, list[str]]] = {}
    name = ""
    for line in lock.splitlines():
        if match := _PINNED.match(line):
            name = match["name"]
            found[name] = match["version"], []
        if name:
            found[name][1].extend(_HASH.findall(line))
    if not found:
        raise ValueError("expected a lock file with lines NAME==VERSION, found none")
    return found


def bill(root: Path = ROOT) -> dict[str, Any]:
    """The document."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lock = (root / "requirements" / "run.lock").read_text()
    packages = pinned(lock)
    takar = f"pkg:generic/takar@{project['version']}"
    wanted = [_normal(name) for name in _wanted((root / "requirements" / "run.in").read_text())]
    direct = [_purl(name, packages[name][0]) for name in wanted]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, takar + lock)}",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application",
                "bom-ref": takar,
                "name": "takar",
                "version": project["version"],
                "description": project["description"],
                "purl": takar,
            },
        },
        "components": [
            *(_component(name, *packages[name]) for name in sorted(packages)),
            *(_system(name) for name in DEBIAN),
        ],
        "dependencies": [{"ref": takar, "dependsOn": sorted(direct)}],
    }


def _component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    purl = _purl(name, version)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "properties": [
            {"name": "takar:distribution:sha256", "value": each} for each in sorted(hashes)
        ],
    }


def _system(name: str) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{name}"
    return {"type": "library", "bom-ref": purl, "name": name, "scope": "optional", "purl": purl}


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wanted(requirements: str) -> list[str]:
    """Names in a file of requirements, without its comments."""
    return [match[0] for line in requirements.splitlines() if (match := _WANTED.match(line))]


def main() -> None:
    text = json.dumps(bill(), indent=1, sort_keys=True) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()

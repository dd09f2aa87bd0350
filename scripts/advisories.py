"""Known vulnerabilities of what is pinned: scripts/advisories.py [--renew DATABASE].

Without an option it compares requirements/*.lock with requirements/advisories.json, an extract of
the Python Packaging Authority's advisory database that holds what concerns these packages, and
with whoever answers to `pip-audit` where that is installed. `--renew` makes the extract anew from
a clone of that database (repository advisory-database of pypa). Exit status 1: something is to be
done; it is said what.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.sbom import pinned  # noqa: E402  # also where this file is run by itself

REQUIREMENTS = ROOT / "requirements"
EXTRACT = REQUIREMENTS / "advisories.json"
WAIVERS = REQUIREMENTS / "waivers.toml"
LOCKS = ("run", "test")


class Finding(NamedTuple):
    package: str
    version: str
    advisory: str
    summary: str


def versions() -> dict[str, str]:
    """What is pinned, by name, in any of the lock files."""
    found = {}
    for lock in LOCKS:
        text = (REQUIREMENTS / f"{lock}.lock").read_text()
        found |= {name: version for name, (version, _) in pinned(text).items()}
    return found


def findings(
    pins: dict[str, str], extract: dict[str, Any], waivers: dict[str, Any]
) -> Iterator[Finding]:
    """Advisories that hold for a pinned version, without those waived; and what is wrong with
    the waivers and the extract themselves."""
    looked = date.fromisoformat(extract["looked"])
    missing = sorted(set(pins) - set(extract["packages"]))
    for name in missing:
        yield Finding(name, pins[name], "not looked up", "renew requirements/advisories.json")
    waived = {entry["id"]: entry for entry in waivers.get("waived", [])}
    met = set()
    for advisory in extract["advisories"]:
        name = advisory["package"]
        if name not in pins or not holds(advisory, pins[name]):
            continue
        waiver = waived.get(advisory["id"])
        met.add(advisory["id"])
        if waiver is None:
            yield Finding(name, pins[name], advisory["id"], advisory["summary"])
        elif waiver["until"] < looked:
            over = f"its waiver ended on {waiver['until']}: {waiver['reason']}"
            yield Finding(name, pins[name], advisory["id"], over)
    for waived_id in sorted(waived.keys() - met):
        package = waived[waived_id]["package"]
        yield Finding(package, pins.get(package, "-"), waived_id, "a waiver of nothing: remove it")


def ended(waivers: dict[str, Any], today: date) -> Iterator[str]:
    """Waivers that are over today, though they were not at the last look. Said, and no failure: a
    commit that was good stays good, and cannot turn bad by the calendar; the next look fails."""
    for entry in waivers.get("waived", []):
        if entry["until"] < today:
            what = f"{entry['id']} for {entry['package']}"
            yield f"WARNING: the waiver of {what} ended on {entry['until']}"


def holds(advisory: dict[str, Any], version: str) -> bool:
    """Whether the version is among those affected."""
    return version in advisory["versions"] or any(
        _within(each, Version(version)) for each in advisory["ranges"]
    )


def _within(events: list[dict[str, str]], version: Version) -> bool:
    """By the rules of the OSV format: the last event that is not newer than the version."""
    affected = False
    for event in events:
        (kind, at) = next(iter(event.items()))
        if kind == "introduced" and (at == "0" or version >= Version(at)):
            affected = True
        elif (kind == "fixed" and version >= Version(at)) or (
            kind == "last_affected" and version > Version(at)
        ):
            affected = False
    return affected


def renew(database: Path) -> dict[str, Any]:
    """The extract for what is pinned now, from a clone of the database."""
    pins = versions()
    return {
        "looked": datetime.now(UTC).date().isoformat(),
        "database_of": _git(database, "log", "-1", "--format=%cs").strip(),
        "commit": _git(database, "rev-parse", "HEAD").strip(),
        "packages": sorted(pins),
        "advisories": [entry for name in sorted(pins) for entry in _advisories(database, name)],
    }


def _advisories(database: Path, name: str) -> Iterator[dict[str, Any]]:
    import yaml

    for path in _git(database, "ls-tree", "-r", "--name-only", "HEAD", f"vulns/{name}/").split():
        told = yaml.safe_load(_git(database, "show", f"HEAD:{path}"))
        if told.get("withdrawn"):
            continue
        for affected in told["affected"]:
            if affected["package"]["name"].lower().replace("_", "-") != name:
                continue
            yield {
                "id": told["id"],
                "aliases": sorted(told.get("aliases", [])),
                "package": name,
                "summary": " ".join(told["details"].split())[:200],
                "ranges": [
                    r["events"] for r in affected.get("ranges", []) if r["type"] == "ECOSYSTEM"
                ],
                "versions": [v for v in affected.get("versions", []) if not _is_version(v)],
            }


def _is_version(text: str) -> bool:
    """Then the ranges say it."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _git(database: Path, *command: str) -> str:
    program = ("git", "-C", str(database), *command)
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout  # noqa: S603


def asked() -> tuple[list[Finding], int]:
    """What the registry's own advisories say by `pip-audit`, and of how many packages it says
    nothing."""
    audit = shutil.which("pip-audit")
    found: list[Finding] = []
    silent = 0
    if audit is None:
        return found, len(versions())
    for lock in LOCKS:
        file = str(REQUIREMENTS / f"{lock}.lock")
        command = (audit, "-r", file, "--disable-pip", "--require-hashes", "--format", "json")
        ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        if not ran.stdout.startswith("{"):
            raise SystemExit(f"pip-audit could not look: {ran.stderr.strip()[-300:]}")
        for package in json.loads(ran.stdout)["dependencies"]:
            silent += "skip_reason" in package
            for told in package.get("vulns", []):
                summary = " ".join(told["description"].split())[:200]
                found.append(Finding(package["name"], package["version"], told["id"], summary))
    return found, silent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renew", type=Path, metavar="DATABASE")
    database = parser.parse_args().renew
    if database is not None:
        EXTRACT.write_text(json.dumps(renew(database), indent=1) + "\n")
    extract = json.loads(EXTRACT.read_text())
    waivers = tomllib.loads(WAIVERS.read_text())
    waived = {entry["id"] for entry in waivers.get("waived", [])}
    found = list(findings(versions(), extract, waivers))
    online, silent = asked()
    found += [finding for finding in online if finding.advisory not in waived]
    said = [f"{each.package} {each.version}: {each.advisory}: {each.summary}" for each in found]
    said += ended(waivers, datetime.now(UTC).date())
    said += [
        f"{len(versions())} packages against {len(extract['advisories'])} advisories of "
        f"{extract['database_of']}, looked at on {extract['looked']}; "
        f"pip-audit said nothing of {silent}"
    ]
    sys.stdout.write("\n".join(said) + "\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

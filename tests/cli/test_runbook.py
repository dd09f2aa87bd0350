"""docs/RUNBOOK.md names only what there is: commands, events, metrics, verdicts, words."""

import re
import runpy
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]

from gateway.cli import takar
from gateway.core.facts import FACT_TYPES
from gateway.core.reasons import Fault, Reason
from gateway.doctor.codes import CODES
from gateway.runtime.snapshots import DRIFTED, LEFT_ON, UNAUTHORISED
from tests.gateway.metrics.readings import asks_for_nothing_else, read_busy

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "RUNBOOK.md"
TEXT = PAGE.read_text()
HEAD, *SECTIONS = re.split(r"^## ", TEXT, flags=re.M)
TITLE = HEAD.partition("\n")[0].removeprefix("# ")
"""Of all that has no heading of its own."""
CALLS = (
    "Reader dead",
    "Pico unplugged",
    "Card not recognised",
    "SD card worn",
    "Power flaky",
    "Clock wrong",
    "Broker down",
    "Disk full",
    "Gateway replaced",
    "Totals disagree",
)
RULES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "operation" / "prometheus" / "alerts.yml").read_text()
)["groups"][0]["rules"]
OTHERS = [
    "apt-get",
    "cat",
    "df",
    "dmesg",
    "du",
    "getent",
    "grep",
    "hwclock",
    "ip",
    "journalctl",
    "last",
    "ls",
    "mv",
    "lsusb",
    "openssl",
    "systemctl",
    "tail",
    "timedatectl",
]
"""Debian's own programs that it uses."""
LABELS = {
    "code": {code.value for code in Reason},
    "fault": {fault.value for fault in Fault},
    "alarm": {DRIFTED, LEFT_ON, UNAUTHORISED},
    "source": {"ntp", "rtc", "none"},
}
EVENTS = {
    event
    for call in runpy.run_path(str(ROOT / "scripts" / "log_events.py"))["log_calls"]()
    for event in call.events
}


def anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(line) for line in re.findall(r"^#+ (.*)$", page.read_text(), flags=re.M)}


def named(label: str) -> Iterator[str]:
    """What stands in backticks on the lines of this label."""
    for line in re.findall(rf"^- {label}: (.*)$", TEXT, flags=re.M):
        yield from re.findall(r"`([^`]+)`", line)


def commands() -> Iterator[str]:
    """Each of a block's, and those of ours within a sentence."""
    for block in re.findall(r"```sh\n(.*?)```", TEXT, flags=re.S):
        for line in block.strip().splitlines():
            yield from line.strip().split(" | ")
    yield from re.findall(r"`((?:sudo )?takar [^`]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.S))


def test_the_ten_calls_are_answered_in_the_same_way() -> None:
    assert tuple(section.partition("\n")[0] for section in SECTIONS) == CALLS
    for section in SECTIONS:
        marks = ["**Seen.**", "- Log: ", "- Metrics: ", "- Doctor: ", "- Ledger: ", "**Do.**"]
        places = [section.index(mark) for mark in [*marks, "**Over**"]]
        assert places == sorted(places)


@pytest.mark.parametrize("line", [*commands()])
def test_each_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line.removeprefix("sudo "))
    if words[0] != "takar":
        assert words[0] in OTHERS
        return
    command: click.Command = takar
    words = words[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command)
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    options = {
        name: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }
    for word in words:
        assert not word.startswith("--") or word == "--help" or word in options, word
    given = {options[word].name for word in words if word in options}
    missing = {each.name for each in options.values() if each.required} - given
    assert not missing or "--help" in words


def test_each_event_is_one_that_is_logged() -> None:
    searched = re.findall(r"TAKAR_EVENT=(\w+)", TEXT)
    assert {*named("Log"), *searched} <= EVENTS


def test_each_metric_and_label_is_there() -> None:
    told = read_busy()
    for word in named("Metrics"):
        label = re.fullmatch(r'(\w+)="(\w+)"', word)
        if label:
            assert label[2] in LABELS[label[1]]
        else:
            assert word in told or f"{word}_bucket" in told, word


def test_each_verdict_of_the_doctor_is_one() -> None:
    said = re.findall(r"doctor says `(\w+)`(?: or `(\w+)`)?", TEXT)
    assert {*named("Doctor"), *(code for codes in said for code in codes if code)} <= set(CODES)


def test_each_fact_is_one_of_the_ledger_s() -> None:
    facts = {word for word in named("Ledger") if "." in word}
    assert facts
    assert facts <= set(FACT_TYPES)


def test_each_sentence_is_what_displays_say() -> None:
    said = {
        text
        for file in (ROOT / "gateway" / "words").rglob("*.toml")
        for text in tomllib.loads(file.read_text()).values()
    }
    quoted = set(re.findall("“([^”]+)”", TEXT))
    assert quoted
    shortened = {quote for quote in quoted if any(text.startswith(quote) for text in said)}
    assert quoted == shortened


def test_each_link_leads_somewhere() -> None:
    for target, part in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", TEXT):
        page = PAGE.parent / target if target else PAGE
        assert page.exists(), target
        assert not part or part in anchors(page), part


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_alert_leads_to_its_heading(rule: dict[str, Any]) -> None:
    page, _, heading = rule["annotations"]["runbook_url"].partition("#")
    assert ROOT / page == PAGE
    assert heading in {anchor(call) for call in (*CALLS, TITLE)}
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in ("warning", "critical")
    asks_for_nothing_else(rule["expr"])
    for label, values in re.findall(r'(code|fault|alarm)=~?"([^"]+)"', rule["expr"]):
        assert set(values.split("|")) <= LABELS[label]


def test_each_call_has_an_alert() -> None:
    led_to = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in RULES}
    assert led_to == {anchor(call) for call in (*CALLS, TITLE)}


@pytest.mark.parametrize("fault", [*Fault])
def test_each_fault_of_a_pump_has_one_alert(fault: Fault) -> None:
    told = [
        re.fullmatch(r'takar_pump_faulted{fault(=|=~|!~)"([^"]*)"} == 1', rule["expr"])
        for rule in RULES
    ]
    found = [one for one in told if one and (fault in one[2].split("|")) != (one[1] == "!~")]
    assert len(found) == 1


def test_a_station_that_says_nothing_any_more_has_an_alert() -> None:
    """A dead Pi tells no 0: its series ends."""
    absent = [rule["alert"] for rule in RULES if re.search(r"absent|unless", rule["expr"])]
    assert absent == ["TakarGatewayGone", "TakarNothingHeard"]

"""The verdict as one page of words and figures, before it is text or PDF."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway import VERSION
from gateway.audit.figures import Figures, Row, Table
from gateway.audit.remarks import Remarks
from gateway.audit.result import Result
from gateway.audit.wording import Wording


@dataclass(frozen=True, slots=True)
class Page:
    """What is on it, from top to bottom."""

    title: str
    clean: bool
    outcome: str
    checked: str
    period: tuple[str, str]
    ledgers: Table
    heads: Table
    sold: Table
    events: Table
    keys: tuple[str, list[str]]
    problems: tuple[str, list[str]]
    limits: tuple[str, list[str]]
    signed: str
    signature: Row
    made: str


def make_page(result: Result, language: str, zone: ZoneInfo) -> Page:
    """The page in a language of gateway/words, times in the city's zone."""
    words = Wording(language, zone)
    figures, remarks = Figures(result, words), Remarks(result, words)
    total, say, number = result.total, words.say, words.number
    count = result.findings.total
    outcome = ("clean", "problem")[count] if count < 2 else "problems"
    times = (words.time(total.first_time), words.time(total.last_time))
    return Page(
        title=say("title"),
        clean=result.clean,
        outcome=say(outcome, count=number(count)),
        checked=say(
            "checked",
            entries=number(total.entries),
            files=number(sum(len(one.files) for one in result.ledgers)),
            seals=number(sum(one.seals for one in result.ledgers)),
        ),
        period=(
            say("period"),
            say("period_of", first=times[0], last=times[1]) if total.entries else say("nothing"),
        ),
        ledgers=figures.ledgers(),
        heads=figures.heads(),
        sold=figures.sold(),
        events=figures.events(),
        keys=(say("keys"), list(remarks.keys())),
        problems=(say("wrong"), list(remarks.problems())),
        limits=(say("limits"), list(remarks.limits())),
        signed=say("signed"),
        signature=(say("place"), say("name"), say("signature")),
        made=say("made", version=VERSION),
    )

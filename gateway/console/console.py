"""What all pages share."""

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.config.types import GatewayConfig
from gateway.console.access.attempts import Attempts
from gateway.console.access.forms import Forms
from gateway.console.access.sessions import Sessions, SignedIn
from gateway.console.asking import Asker
from gateway.console.closed import Closed
from gateway.console.feed import Feed
from gateway.console.kept import Kept
from gateway.console.names import NamesOf
from gateway.console.pages import Pages, utc_text
from gateway.console.sales import Found, search
from gateway.console.streams import Streams
from gateway.console.words import Words
from gateway.core.facts.declared import DECLARED_MODE
from gateway.doctor.verdict import Verdict
from gateway.paper.printed import Printed, receipts_folder
from gateway.paper.work import Workshop
from gateway.runtime.control import control_path

SESSION = "takar_sesi"
VISITOR = "takar_tamu"
"""Ties the forms of somebody who has not signed in to their browser."""
HOME = "/"
SIGN_IN = "/masuk"
RECENT = 8


class Console:
    def __init__(self, config: GatewayConfig) -> None:
        self.config = config
        self.numbers = [pump.number for pump in config.pumps]
        self.third_parties = any(pump.mode == DECLARED_MODE for pump in config.pumps)
        """Whether fills at their stations are declared here."""
        self.feed = Feed(Path(config.gateway.status_socket))
        self.asker = Asker(control_path(config.gateway.status_socket))
        self.pages = Pages(
            config.console.language, ZoneInfo(config.gateway.city_timezone), config.gateway.name
        )
        self.streams = Streams(self.feed)
        self.sessions = Sessions(time.monotonic)
        self.attempts = Attempts(time.monotonic)
        self.forms = Forms()
        self.workshop = Workshop()
        state = Path(config.gateway.state_dir)
        self.ledger = state / "ledger.sqlite3"
        self.names = NamesOf(state / "allocation.json")
        self.printed = Printed(receipts_folder(config))
        self.closed: Kept[list[Closed]] = Kept()
        self.health: Kept[list[Verdict]] = Kept()
        self._recent: Kept[Found] = Kept()

    def signed_in(self, request: Request, *, used: bool = True) -> SignedIn | None:
        """`used`: a person did something, so that the session goes on."""
        return self.sessions.of(request.cookies.get(SESSION), used=used)

    def token(self, request: Request) -> str:
        """For the forms of a page for this browser, which has a cookie of ours."""
        return self.forms.token(self.cookie(request) or "")

    def cookie(self, request: Request) -> str | None:
        """By which this browser is known."""
        if self.signed_in(request, used=False) is not None:
            return request.cookies[SESSION]
        return request.cookies.get(VISITOR)

    def words(self, request: Request) -> Words:
        """In the language of this browser."""
        return self.pages.words(self.pages.language(request))

    def news(self, language: str) -> str:
        """What stands above every page of a person who is signed in: silence, and trouble."""
        return self.pages.part(
            "news.html", language, feed=self.feed, since=utc_text(self.feed.since)
        )

    def signed_page(
        self,
        request: Request,
        person: SignedIn,
        template: str,
        status: int = 200,
        **values: object,
    ) -> Response:
        """A page for who is signed in, with what came of their last forms."""
        told, person.told = person.told, []
        return self.pages.page(
            request,
            template,
            status,
            person=person,
            told=told,
            token=self.token(request),
            third_parties=self.third_parties,
            news=self.news(self.pages.language(request)),
            **values,
        )

    async def recent(self) -> Found:
        """The last sales, read again when there is a new one."""
        newest = self.feed.newest
        state = [pump.last_sale.sale for pump in newest.pumps if pump.last_sale] if newest else None
        names = await self.names.now()
        return await self._recent.of(state, lambda: search(self.ledger, names, limit=RECENT))


def pump_of(request: Request) -> int:
    """The number in the address; 404 for a pump that is none of this gateway's."""
    number: int = request.path_params["number"]
    if number not in console_of(request).numbers:
        raise HTTPException(404)
    return number


def console_of(request: Request) -> Console:
    console: Console = request.app.state.console
    return console

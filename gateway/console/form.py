"""A form of the attendant's, from the page to the answer: who is signed in, what was typed, what
is asked of the gateway, and how it is told. What each form is about stands in its own module."""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.access.forms import FormRefused
from gateway.console.access.sessions import SignedIn, Told
from gateway.console.asking import NotAnswered
from gateway.console.console import HOME, SIGN_IN, Console, console_of, pump_of
from gateway.console.entered import Mistaken
from gateway.console.words import Words
from gateway.runtime.requests import Request as Asked

log = logging.getLogger(__name__)

Values = Callable[[Request], Awaitable[dict[str, object]]]
"""What a page needs beside what was typed. HTTPException 404: there is no such page."""

DONE = 303
"""Status of the way on."""
_FIELD = re.compile(r"`\$(?:\.\w+)*?\.(\w+)`")
"""In msgspec's words for what a request may not hold."""


async def nothing(_request: Request) -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Given:
    """A form that was sent."""

    request: Request
    console: Console
    by: str
    """Who is signed in, as the ledger names them."""
    fields: dict[str, str]
    words: Words

    @property
    def pump(self) -> int:
        """That of the address, which is one of this gateway's."""
        return int(self.request.path_params["number"])

    def text(self, field: str) -> str:
        """Without spaces at its ends; may be empty."""
        return self.fields.get(field, "").strip()

    def must(self, field: str) -> str:
        """The same; Mistaken where it is empty."""
        text = self.text(field)
        if not text:
            raise Mistaken("field_empty", field=self.words(f"field_{field}"))
        return text

    def whole(self, field: str) -> int | None:
        """A number that the page itself had put there; None where it put none."""
        text = self.fields.get(field, "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise FormRefused("form_broken")
        return int(text)


@dataclass(frozen=True, slots=True)
class Form:
    ask: Callable[[Given], Asked]
    """Mistaken: what was typed cannot be asked for."""
    tell: Callable[[Given, dict[str, Any]], Told]
    """What to say of what the gateway has done."""
    template: str | None = None
    """Of its own page, which comes back with what was typed where it was not taken. None: it
    stands on another page, which says so."""
    then: str = HOME
    """Where to go on."""
    fields: tuple[str, ...] = ()
    """What a person types or chooses."""
    values: Values = nothing

    async def show(self, request: Request) -> Response:
        person = console_of(request).signed_in(request)
        if person is None:
            return RedirectResponse(SIGN_IN, 303)
        return await self._page(request, person, {})

    async def take(self, request: Request) -> Response:
        """Once: a form that is sent again while it is on its way, or after it was done, does
        nothing more, and shows what the first one did."""
        console = console_of(request)
        person = console.signed_in(request)
        if person is None:
            return await self._signed_out(request)
        if "number" in request.path_params:
            pump_of(request)
        try:
            fields = await console.forms.read(request, console.cookie(request))
        except FormRefused as refused:
            if self.template is None or refused.code == "form_foreign":
                raise
            text = console.words(request)(refused.code)
            return await self._page(request, person, refused.fields, text, 400)
        if self.template is None:
            # What stands on a pump's card waits for no other form: a stop least of all.
            return await self._taken(request, console, person, fields)
        once = fields.get("once")
        if not once:
            raise FormRefused("form_broken")
        async with person.turn:
            if once in person.sent:
                return RedirectResponse(self.then, DONE)
            response = await self._taken(request, console, person, fields)
            if response.status_code == DONE:
                person.sent.append(once)
            return response

    async def _taken(
        self, request: Request, console: Console, person: SignedIn, fields: dict[str, str]
    ) -> Response:
        words = console.words(request)
        given = Given(request, console, person.name, fields, words)
        status = 400
        try:
            asked = self.ask(given)
            _check(asked, words)
            answer = await console.asker.ask(asked)
            if answer.done is not None:
                person.told.append(self.tell(given, answer.done))
                return RedirectResponse(self.then, DONE)
            status = 409
            log.info(
                "refused at the console: %s",
                answer.code,
                extra={"event": "form_refused", "code": answer.code},
            )
            values = {**fields, **answer.values}
            text = words.why(answer.code, values)
        except Mistaken as mistaken:
            text = words.filled(mistaken.code, mistaken.values)
        except NotAnswered as error:
            if self.template is None:
                raise
            log.warning(
                "the gateway did not answer: %s", error, extra={"event": "gateway_unanswered"}
            )
            text, status = words("gateway_silent"), 503
        if self.template is None:
            person.told.append(Told(text, bad=True))
            return RedirectResponse(self.then, DONE)
        return await self._page(request, person, fields, text, status)

    async def _page(
        self,
        request: Request,
        person: SignedIn,
        typed: dict[str, str],
        mistake: str | None = None,
        status: int = 200,
    ) -> Response:
        if self.template is None:
            raise HTTPException(404)
        values = await self.values(request)
        values |= {"typed": typed, "mistake": mistake, "once": secrets.token_hex(16)}
        return console_of(request).signed_page(request, person, self.template, status, **values)

    async def _signed_out(self, request: Request) -> Response:
        """Says that nothing was done, and gives back what was typed."""
        console = console_of(request)
        if not self.fields:
            return RedirectResponse(SIGN_IN, 303)
        try:
            fields = await console.forms.typed(request)
        except FormRefused as refused:
            fields = refused.fields
        typed = {name: fields[name] for name in self.fields if fields.get(name)}
        return console.pages.page(request, "signed_out.html", 403, typed=typed)


def _check(asked: Asked, words: Words) -> None:
    """By the bounds that the gateway has for it, so that the field can be named."""
    try:
        msgspec.json.decode(msgspec.json.encode(asked), type=Asked)
    except msgspec.ValidationError as error:
        found = _FIELD.search(str(error))
        code = f"field_{found[1]}" if found is not None else ""
        field = words(code) if words.has(code) else words("field_other")
        raise Mistaken("field_wrong", field=field) from error

"""`/masuk`: an attendant signs in with their card at a pump's reader and the digits that the pump's
display shows then, or with a code."""

import asyncio
import logging
import re
import secrets
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.access.codes import matches, nobodys
from gateway.console.access.forms import FormRefused
from gateway.console.asking import NotAnswered
from gateway.console.console import HOME, SESSION, SIGN_IN, VISITOR, Console, console_of
from gateway.console.streams import Reader
from gateway.runtime.refusals import Refusal
from gateway.runtime.requests import AskSignIn, BeginSignIn, ConfirmSignIn, NoteLockOut, NoteSignIn

log = logging.getLogger(__name__)

ASK_EVERY_S = 0.5
MOST_WAITING = 20
TYPING_S = 30
"""As the gateway has it."""
DIGITS = "[0-9]{6}"


@dataclass(slots=True)
class CardWaiting:
    """A browser that waits for a card, then for the digits."""

    pump: int
    ticket: str
    source: str
    until_s: float
    tapped: bool = False


class SignIn:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._waiting: OrderedDict[str, CardWaiting] = OrderedDict()
        self._checking = asyncio.Lock()
        self._checker = ThreadPoolExecutor(1, thread_name_prefix="codes")
        self._nobody = nobodys()

    def waiting(self, request: Request) -> CardWaiting | None:
        visitor = request.cookies.get(VISITOR, "")
        one = self._waiting.get(visitor)
        if one is not None and time.monotonic() > one.until_s:
            del self._waiting[visitor]
            return None
        return one if one is not None and one.source == _source(request) else None

    async def begin_card(self, request: Request, pump: int) -> None:
        """FormRefused or NotAnswered: why not. Who begins again and again without a card keeps
        others out, and is locked out like who tries codes."""
        source = _source(request)
        if self._console.attempts.locked_s(_cards(source)):
            raise FormRefused("locked")
        answer = await self._console.asker.ask(BeginSignIn(pump, source))
        if answer.done is None:
            raise FormRefused("card_waits_already")
        self._console.attempts.failed(_cards(source))
        done = answer.done
        self._waiting[request.cookies[VISITOR]] = CardWaiting(
            pump,
            str(done["ticket"]),
            source,
            time.monotonic() + int(done["seconds"]),
        )
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)

    async def look(self, one: CardWaiting) -> None:
        """Has the card come?"""
        if one.tapped:
            return
        answer = await self._console.asker.ask(AskSignIn(one.ticket))
        if answer.done is None:
            one.until_s = 0.0
        elif answer.done["tapped"]:
            one.tapped = True
            one.until_s = time.monotonic() + TYPING_S

    async def by_digits(self, request: Request, one: CardWaiting, digits: str) -> str:
        """Whose card it was. FormRefused, NotAnswered: nobody is signed in."""
        attempts, key = self._console.attempts, _cards(one.source)
        if re.fullmatch(DIGITS, digits) is None:
            raise FormRefused("digits_six")
        answer = await self._console.asker.ask(ConfirmSignIn(one.ticket, one.source, digits))
        if answer.done is None:
            again = answer.code == Refusal.DIGITS_WRONG and answer.values["tries"]
            if not again:
                self._waiting.pop(request.cookies.get(VISITOR, ""), None)
            if answer.code == Refusal.DIGITS_WRONG:
                attempts.failed(key)
            raise FormRefused("why_digits_wrong" if again else "why_sign_in_over")
        self._waiting.pop(request.cookies.get(VISITOR, ""), None)
        attempts.succeeded(key)
        return str(answer.done["by"])

    async def by_code(self, request: Request, name: str, code: str) -> str:
        """Whose code it is. FormRefused, NotAnswered: nobody is signed in."""
        source, attempts = _source(request), self._console.attempts
        keys = (f"from {source}", f"name {name.casefold()}")
        if attempts.locked_s(*keys):
            raise FormRefused("locked")
        if self._checking.locked():
            raise FormRefused("busy")
        async with self._checking:
            codes = self._console.config.console_codes
            entry = next((one for one in codes if one.name.casefold() == name.casefold()), None)
            stored = entry.scrypt if entry is not None else self._nobody
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(self._checker, matches, code, stored)
        if entry is None or not right:
            await self._failed(source, name, keys)
            raise FormRefused("wrong_code")
        await self._console.asker.ask(NoteSignIn(entry.name, source))
        attempts.succeeded(*keys)
        return entry.name

    async def _failed(self, source: str, name: str, keys: tuple[str, str]) -> None:
        log.warning("a wrong code from %s", source, extra={"event": "console_code_wrong"})
        locked = self._console.attempts.failed(keys[0], name=keys[1])
        if locked is None:
            return
        log.error(
            "locked for %d s: %d wrong codes from %s",
            locked.seconds,
            locked.failures,
            source,
            extra={"event": "console_locked"},
        )
        known = {one.name.casefold(): one.name for one in self._console.config.console_codes}
        note = NoteLockOut(source, known.get(name.casefold(), ""), locked.failures, locked.seconds)
        try:
            await self._console.asker.ask(note)
        except NotAnswered as error:
            log.error(
                "the lock-out is not in the ledger: %s",
                error,
                extra={"event": "console_lock_unrecorded"},
            )


async def choose(request: Request) -> Response:
    """Both ways to sign in."""
    console = console_of(request)
    if console.signed_in(request) is not None:
        return RedirectResponse(HOME, 303)
    return _page(request, "sign_in.html")


async def with_code(request: Request) -> Response:
    console = console_of(request)
    fields = await console.forms.read(request, request.cookies.get(VISITOR))
    name, code = fields.get("name", "").strip(), fields.get("code", "")
    if not name or not code:
        return _page(request, "sign_in.html", 400, told="name_and_code")
    try:
        who = await _of(request).by_code(request, name, code)
    except FormRefused as refused:
        return _page(request, "sign_in.html", 403, told=refused.code, name=name)
    return _signed_in(request, who)


async def with_card(request: Request) -> Response:
    """Begin to wait for a card at a pump."""
    console = console_of(request)
    fields = await console.forms.read(request, request.cookies.get(VISITOR))
    number = fields.get("pump", "")
    if number not in map(str, console.numbers):
        raise FormRefused("form_broken")
    await _of(request).begin_card(request, int(number))
    return RedirectResponse(f"{SIGN_IN}/kartu", 303)


async def wait_for_card(request: Request) -> Response:
    """The page that says which pump; once the card has come, it asks for the digits."""
    one = _of(request).waiting(request)
    if one is None:
        return RedirectResponse(SIGN_IN, 303)
    await _of(request).look(one)
    return _page(request, "card.html", waiting=one)


async def with_digits(request: Request) -> Response:
    console, sign_in = console_of(request), _of(request)
    fields = await console.forms.read(request, request.cookies.get(VISITOR))
    one = sign_in.waiting(request)
    if one is None:
        return _page(request, "sign_in.html", 403, told="why_sign_in_over")
    try:
        who = await sign_in.by_digits(request, one, re.sub(r"[\s-]", "", fields.get("digits", "")))
    except FormRefused as refused:
        if sign_in.waiting(request) is None:
            return _page(request, "sign_in.html", 403, told=refused.code)
        return _page(request, "card.html", 403, told=refused.code, waiting=one)
    return _signed_in(request, who)


async def stream(request: Request) -> Response:
    """Tells the waiting page to load again when there is news."""
    console, sign_in = console_of(request), _of(request)
    asked_s = 0.0

    async def pieces() -> dict[str, str] | None:
        nonlocal asked_s
        one = sign_in.waiting(request)
        if one is not None and time.monotonic() - asked_s >= ASK_EVERY_S:
            asked_s = time.monotonic()
            await sign_in.look(one)
        return {} if one is not None and not one.tapped else None

    return console.streams.response(request, Reader.VISITOR, pieces)


async def sign_out(request: Request) -> Response:
    console = console_of(request)
    await console.forms.read(request, console.cookie(request))
    console.sessions.end(request.cookies.get(SESSION))
    response = RedirectResponse(SIGN_IN, 303)
    response.delete_cookie(SESSION, httponly=True, samesite="strict")
    return response


def _signed_in(request: Request, name: str) -> Response:
    console = console_of(request)
    response = RedirectResponse(HOME, 303)
    token = console.sessions.begin(name)
    response.set_cookie(SESSION, token, httponly=True, samesite="strict")
    response.delete_cookie(VISITOR, httponly=True, samesite="strict")
    log.info("signed in from %s", _source(request), extra={"event": "console_signed_in"})
    return response


def _page(
    request: Request, template: str, status: int = 200, told: str | None = None, **values: object
) -> Response:
    """With a cookie that ties its forms to this browser."""
    console = console_of(request)
    visitor = request.cookies.get(VISITOR) or secrets.token_urlsafe(16)
    response = console.pages.page(
        request,
        template,
        status,
        told=told,
        numbers=console.numbers,
        codes=bool(console.config.console_codes),
        token=console.forms.token(visitor),
        **{"name": "", **values},
    )
    response.set_cookie(VISITOR, visitor, httponly=True, samesite="strict")
    return response


def _of(request: Request) -> SignIn:
    sign_in: SignIn = request.app.state.sign_in
    return sign_in


def _cards(source: str) -> str:
    return f"cards from {source}"


def _source(request: Request) -> str:
    return request.client.host if request.client is not None else "unknown"

"""What a browser posts, read strictly: nothing doubled, nothing long, nothing unprintable."""

import hashlib
import hmac
import secrets
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

BODY_BYTES = 4096
MOST_FIELDS = 20
MOST_CHARACTERS = 200
TOKEN = "token"  # noqa: S105  # a field's name
KIND = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """Nothing was changed. `code` names the sentence that says why."""

    def __init__(self, code: str, fields: dict[str, str] | None = None) -> None:
        """`fields`: what had been typed, as far as that can be read."""
        self.code = code
        self.fields = fields or {}
        super().__init__(code)


class Forms:
    """Makes and checks the token that ties a form to the browser it was made for."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, cookie: str) -> str:
        """For a form shown to the browser that has this cookie."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    async def read(self, request: Request, cookie: str | None) -> dict[str, str]:
        """The fields of a form that this console made for this browser. FormRefused otherwise."""
        fields = await self.typed(request)
        token = fields.pop(TOKEN, "")
        if cookie is None or not hmac.compare_digest(token.encode(), self.token(cookie).encode()):
            raise FormRefused("form_stale", fields)
        return fields

    async def typed(self, request: Request) -> dict[str, str]:
        """The fields of a form that one of our own pages may have sent: nothing to act on."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise FormRefused("form_foreign")
        return _fields(await _body(request), request.headers.get("content-type", ""))


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > BODY_BYTES:
                raise FormRefused("form_too_long")
    except ClientDisconnect:
        raise FormRefused("form_broken") from None  # nobody is there to be told
    return body


def _fields(body: bytes, kind: str) -> dict[str, str]:
    if kind.partition(";")[0].strip().lower() != KIND:
        raise FormRefused("form_broken")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise FormRefused("form_broken") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormRefused("form_broken")
    if any(len(text) > MOST_CHARACTERS for pair in pairs for text in pair):
        short = {name: text[:MOST_CHARACTERS] for name, text in fields.items()}
        raise FormRefused("form_too_long", short)
    if not all(text.isprintable() for pair in pairs for text in pair):
        raise FormRefused("form_broken", {name: _bare(text) for name, text in fields.items()})
    return fields


def _bare(text: str) -> str:
    """What can be shown again of what was typed."""
    return "".join(letter if letter.isprintable() else " " for letter in text)

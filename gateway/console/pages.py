"""Templates, and the language that a browser has chosen."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway.console.words import Words
from gateway.words import LANGUAGES

LANGUAGE_COOKIE = "takar_bahasa"
YEAR_S = 365 * 24 * 3600
_COMMAND = re.compile(r"`([^`]+)`")
TITLES = {"id": "Bahasa Indonesia", "en": "English"}


@cache
def _templates() -> Environment:
    """Compiled once a process."""
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["commands"] = commands
    return made


def commands(text: str) -> Markup:
    """A sentence of the catalogues as HTML: what stands between backticks is to be typed."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 # escaped


class Pages:
    def __init__(self, language: str, zone: ZoneInfo, gateway: str) -> None:
        self._default = language
        self.zone = zone
        self._gateway = gateway
        self.words = cache(lambda language: Words(language, zone))

    def language(self, request: Request) -> str:
        """By the address, else as chosen before, else the station's."""
        asked = request.query_params.get("bahasa") or request.cookies.get(LANGUAGE_COOKIE)
        return asked if asked in LANGUAGES else self._default

    def part(self, template: str, language: str, **values: object) -> str:
        """A piece of HTML."""
        words = self.words(language)
        other = self.words(next(one for one in LANGUAGES if one != language))
        about = {"t": words, "other": other, "gateway": self._gateway, "titles": TITLES}
        return _templates().get_template(template).render(about | values)

    def page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        language = self.language(request)
        here = request.url.path
        response = HTMLResponse(self.part(template, language, here=here, **values), status)
        if request.query_params.get("bahasa") == language:
            response.set_cookie(
                LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="strict"
            )
        return response


def utc_text(moment: datetime | None = None) -> str:
    """As the gateway writes times; by default now."""
    text = (moment or datetime.now(UTC)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

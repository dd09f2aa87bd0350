"""What holds for every request, whatever page it is for: whom it is addressed to, how long it is,
and what the browser may do with the answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_URL_BYTES = 1000
MOST_COOKIE_BYTES = 2000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
SAID = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """A page called by another name is not ours: that is how a foreign site would reach in."""

    def __init__(
        self,
        app: ASGIApp,
        names: frozenset[str],
        *,
        framed: tuple[str, str] | None = None,
        frames: str = "'none'",
    ) -> None:
        """`names`: hosts by which browsers may call it, without port, beside the address on which
        a request came in. `framed`: the beginning of the paths that another site may show in
        frames, and that site. `frames`: what our own pages may show in frames."""
        self._app = app
        self._names = names
        self._framed = framed
        self._policy = f"{POLICY}; frame-src {frames}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def said(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SAID | self._framing(scope["path"]))
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refused = self._refused(scope)
        app = self._app if refused is None else refused
        await app(scope, receive, said)

    def _framing(self, path: str) -> dict[str, str]:
        if self._framed is not None and path.startswith(self._framed[0]):
            return {"content-security-policy": f"{self._policy}; frame-ancestors {self._framed[1]}"}
        return {
            "content-security-policy": f"{self._policy}; frame-ancestors 'none'",
            "x-frame-options": "DENY",
        }

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if _host(headers.get("host", "")) not in {*self._names, (scope.get("server") or [""])[0]}:
            names = ", ".join(sorted(self._names))
            return PlainTextResponse(f"Call this console by its own address: {names}\n", 421)
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_URL_BYTES:
            return PlainTextResponse("That address is too long.\n", 414)
        if len(headers.get("cookie", "")) > MOST_COOKIE_BYTES:
            return PlainTextResponse("Too many cookies; remove them and try again.\n", 431)
        return None


def _host(header: str) -> str:
    """Without its port, in lower case."""
    name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
    return name.strip("[]").rstrip(".").lower()

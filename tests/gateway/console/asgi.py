"""A browser without a screen: cookies and forms, straight to the application, with no socket."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette

HOST = "127.0.0.1:8080"


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.text)
        assert found is not None, self.text
        return found[1]


@dataclass
class Browser:
    app: Starlette
    source: str = "192.168.1.5"
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Got:
        return await self._ask("GET", path, b"", headers)

    async def post(self, path: str, fields: Any = (), **headers: str) -> Got:
        """`fields`: a form's, or bytes as they are."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", **headers}
        return await self._ask("POST", path, body, headers)

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Got:
        given = {"host": HOST, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.cookies:
            given.setdefault("cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        route, _, query = path.partition("?")
        sent: list[dict[str, Any]] = []
        parts = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]

        async def receive() -> dict[str, Any]:
            if not parts:
                await asyncio.sleep(3600)
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
            "client": (self.source, 50_000),
            "server": ("127.0.0.1", 8080),
        }
        await self.app(scope, receive, send)
        start = next(m for m in sent if m["type"] == "http.response.start")
        pairs = [(k.decode(), v.decode()) for k, v in start["headers"]]
        cookies = [v for k, v in pairs if k == "set-cookie"]
        for cookie in cookies:
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        text = b"".join(m.get("body", b"") for m in sent).decode(errors="replace")
        return Got(start["status"], dict(pairs), cookies, text)


def played(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())

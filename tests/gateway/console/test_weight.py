"""The console is small: it must fit in 60 MB, beside the gateway on a Pi."""

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from gateway.config.types import ConsoleCode, ConsoleSettings, GatewayConfig, MetricsSettings
from gateway.console.access.codes import hashed
from gateway.setup.toml_text import toml_text
from tests.gateway.paper.conftest import config  # noqa: F401

NOT_HERE = {
    "gpiozero",
    "reportlab",
    "PIL",
    "escpos",
    "qrcode",
    "sqlalchemy",
    "paho",
    "amqtt",
    "rich",
    "cryptography",
}
"""What drives pumps, makes PDFs, prints, proves and delivers: other processes' work, also where the
station's health is asked for."""
EXAMINED = """
import json, sys
from pathlib import Path
import gateway.console.serving
from gateway.config.load import load_gateway
from gateway.doctor.aside import health_aside
verdicts = health_aside(load_gateway(Path(sys.argv[1])), None)
print(json.dumps([len(verdicts), sorted(sys.modules)]))
"""
MOST_KB = 60_000
WRONG_CODES = 4
PAGES = ("/masuk", "/layar", "/layar/1", "/layar/2", "/masuk?bahasa=en", "/nothing", "/")


def test_it_loads_no_driver_and_nothing_that_makes_paper(
    config: GatewayConfig,  # noqa: F811
    tmp_path: Path,
) -> None:
    written = tmp_path / "gateway.toml"
    written.write_text(toml_text(config))
    program = [sys.executable, "-c", EXAMINED, str(written)]
    verdicts, loaded = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
    assert verdicts > 0
    assert NOT_HERE & set(loaded) == set()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port: int = nobody.getsockname()[1]
        return port


@pytest.fixture
def console(
    config: GatewayConfig,  # noqa: F811
    tmp_path: Path,
) -> Iterator[tuple[int, int]]:
    """The real process, which also serves figures: its id and its port."""
    port = free_port()
    config = msgspec.structs.replace(
        config,
        gateway=msgspec.structs.replace(
            config.gateway, status_socket=str(tmp_path / "g.sock"), state_dir=str(tmp_path)
        ),
        console=ConsoleSettings(port=port),
        console_codes=[ConsoleCode(name="Ama", scrypt=hashed("right"))],
        metrics=MetricsSettings(port=free_port()),
    )
    (tmp_path / "gateway.toml").write_text(toml_text(config))
    command = [sys.executable, "-m", "gateway.cli", "console", "--config"]
    process = subprocess.Popen(
        [*command, str(tmp_path / "gateway.toml")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_pages_and_wrong_codes_do_not_make_it_grow_beyond(console: tuple[int, int]) -> None:
    pid, port = console
    for number in range(WRONG_CODES):
        source = f"127.0.0.{number + 2}"  # each has a few tries
        ask(port, source, "GET", PAGES[number % len(PAGES)])
        page, cookie = ask(port, source, "GET", "/masuk")
        token = re.search(r'name="token" value="([0-9a-f]+)"', page)
        assert token is not None
        fields = {"token": token[1], "name": f"Nobody {number}", "code": "wrong"}
        said, _ = ask(port, source, "POST", "/masuk/kode", urlencode(fields), cookie)
        assert "Nama atau kode salah." in said
    status = Path(f"/proc/{pid}/status").read_text()
    found = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if "kB" in line}
    assert found["VmHWM:"] < MOST_KB, found


def ask(
    port: int, source: str, method: str, path: str, body: str = "", cookie: str = ""
) -> tuple[str, str]:
    """The page, and the cookie that came with it."""
    with closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    ) as connection:
        headers = {"cookie": cookie} if cookie else {}
        if body:
            headers["content-type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        given = (answer.getheader("set-cookie") or "").partition(";")[0]
        return answer.read().decode(errors="replace"), given

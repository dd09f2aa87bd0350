"""Real ledgers of whatever facts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.config.types import GatewayConfig, MqttSettings
from gateway.core.facts import Fact
from gateway.setup.configurations import gateway_settings
from gateway.setup.toml_text import toml_text
from gateway.store.ledger import Ledger
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME

Write = Callable[[Sequence[Fact]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """A gateway's folder whose ledger says so; more may be written to it."""
    with ExitStack() as opened:
        ledgers: list[Ledger] = []

        def written(facts: Sequence[Fact]) -> Path:
            if not ledgers:
                private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
                path = tmp_path / GATEWAY / "ledger.sqlite3"
                path.parent.mkdir()
                own = {"gateway": GATEWAY, "incarnation": INCARNATION}
                ledgers.append(Ledger.create(path, private, epoch=1, **own))
                opened.callback(ledgers[0].close)
            ledgers[0].commit([(fact, TIME) for fact in facts])
            return ledgers[0].path

        yield written


@pytest.fixture
def config(tmp_path: Path) -> GatewayConfig:
    """Of that gateway, as it is in `tmp_path`/gateway.toml."""
    config = gateway_settings(
        GATEWAY,
        pumps=2,
        kind="simulated",
        mqtt=MqttSettings(),
        reader_poll_ms=100,
        root_key="A" * 43,
    )
    (tmp_path / "gateway.toml").write_text(toml_text(config))
    return config

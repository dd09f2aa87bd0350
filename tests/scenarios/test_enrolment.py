"""From an invitation to the first fill, and to the end of a stolen gateway: real Mosquitto, TLS."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.config.load import load_gateway
from gateway.runtime.renewing import NotRenewed, renew
from mqtt.keys import load_private
from tests.faults.records import until
from tests.scenarios.joining import NAME, City
from tests.scenarios.office import MOTORCYCLE, register

UID = "04A1B2C3D4E5F6"
QUOTA_ML = 20_000


def test_a_gateway_joins_sells_and_is_cut_off(template: Path, tmp_path: Path) -> None:
    with ExitStack() as started:
        city = City(template, tmp_path, started)
        city.office.start_central()
        city.enrol(city.invite())
        site = city.gateway(template)
        started.callback(site.close)
        site.start_forecourt()
        site.start_gateway()
        site.see("central's answer", lambda s: s.online)
        assert register(city.office, MOTORCYCLE, [UID], QUOTA_ML).grants == 2
        until(
            "the grant",
            lambda: any(
                e.data["subject"] == MOTORCYCLE.subject for e in site.entries("grant.activated")
            ),
        )
        sale = site.fill(UID, 1000)
        site.delivered()
        assert city.records().central_sales() == [sale]

        said = city.takar("revoke", NAME, "--reason", "stolen")
        assert "grants closed at full volume" in said
        assert f"the broker lets {NAME} in no more" in said
        site.see("the link to be down", lambda s: not s.online)
        config = load_gateway(site.folder / "gateway.toml")
        private = load_private(Path(config.keys.private_file))
        with pytest.raises(NotRenewed, match="revoked: stolen"):
            renew(config, private, True)

"""A central that certifies, in this process, and devices that ask it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from mqtt.authority import Authority, new_authority, new_key
from mqtt.central.central_keys import OwnKey, put_statement
from mqtt.central.certifying import Certifying
from mqtt.central.database import create_database
from mqtt.central.enrolment_tables import client_certificates
from mqtt.central.inviting import invite
from mqtt.central.tables import gateways
from mqtt.central.vouching_for import Broker
from mqtt.certificates import state
from mqtt.enrolment.asking import ask_for_certificate, ask_to_enrol
from mqtt.enrolment.code import Code
from mqtt.enrolment.messages import AnyAnswer, EnrolmentRequest
from mqtt.keys import make_private
from mqtt.seals import CENTRAL

NAME = "kupang-04"
INCARNATION = "00112233445566aa"
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


class Office:
    """Time stands still but for `pass_days`."""

    def __init__(self, folder: Path, former: "Office | None" = None) -> None:
        """`former`: the same central, restored from a backup that knows no gateway."""
        folder.mkdir()
        self.now = NOW
        self.root: Ed25519PrivateKey = former.root if former else Ed25519PrivateKey.generate()
        self.central = make_private(folder / "central.pem")
        self.engine = create_database(
            folder / "c.sqlite3", city="kupang", city_timezone="Asia/Makassar"
        )
        public = self.root.public_key()
        said = state(
            self.root,
            "key-certificate",
            CENTRAL,
            self.central.public_key(),
            serial=2 if former else 1,
            issued="2026-11-01T00:00:00.000Z",
        )
        with self.engine.begin() as connection:
            put_statement(connection, said, public, NOW)
        key = new_key()
        made = Authority(key, new_authority("kupang", key, NOW))
        self.authority: Authority = former.authority if former else made
        self.certifying = Certifying(
            self.engine,
            OwnKey(folder / "central.pem", public),
            public,
            self.authority,
            Broker("mqtt.example", 8883),
            lambda: self.now,
        )

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)

    def invite(self, name: str = NAME, days: int = 7, *, forgotten: bool = False) -> Code:
        root = self.root.public_key()
        with self.engine.begin() as connection:
            return invite(connection, name, root, days, by="Ama", now=self.now, forgotten=forgotten)

    def state(self) -> tuple[int, int]:
        """How many gateways there are, and certificates."""
        with self.engine.connect() as connection:
            return (
                connection.scalar(select(func.count()).select_from(gateways)) or 0,
                connection.scalar(select(func.count()).select_from(client_certificates)) or 0,
            )


class Device:
    """Its keys, and what it asks."""

    def __init__(self) -> None:
        self.seal = Ed25519PrivateKey.generate()
        self.tls: ec.EllipticCurvePrivateKey = new_key()

    def request(self, code: Code) -> EnrolmentRequest:
        return ask_to_enrol(code, self.seal, INCARNATION, self.tls)

    def enrol(self, office: Office, code: Code) -> AnyAnswer:
        return office.certifying.answer(self.request(code))

    def renew(self, office: Office, name: str = NAME) -> AnyAnswer:
        return office.certifying.answer(ask_for_certificate(name, self.seal, self.tls))

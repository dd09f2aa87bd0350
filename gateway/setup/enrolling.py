"""`takar enrol`: keys made on this device, and central's word for them, by an invitation's code."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from gateway.config.types import GatewayConfig
from gateway.core.fields import Incarnation
from gateway.setup.certificate_files import TlsFiles, files_of
from gateway.store.durable import replace_file
from mqtt import credentials
from mqtt.authority import new_key
from mqtt.certificates import read_statements, statement_name, write_statement
from mqtt.enrolment.asking import (
    AnswerRefused,
    ask_to_enrol,
    check_enrolment,
    refuse_another_city,
)
from mqtt.enrolment.code import read_code
from mqtt.enrolment.http import Address, ask
from mqtt.enrolment.messages import AnyAnswer, AnyRequest, EnrolmentAnswer, Former, Refusal
from mqtt.keys import load_private, make_private

log = logging.getLogger(__name__)

Ask = Callable[[Address, AnyRequest], AnyAnswer]


class EnrolmentRefused(Exception):
    """Central does not admit this device; the text says why. Nothing was taken over."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a gateway keeps what it gets."""

    private_file: Path
    """Its seal key; may be a credential."""
    statements_dir: Path
    tls: TlsFiles
    """The gateway's own user must be able to write these, to renew them."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What this device is from now on."""

    gateway: str
    city: str
    city_timezone: str
    root_key: str
    incarnation: str
    """Of the ledger that it is to begin with."""
    epoch: int
    broker_host: str
    broker_port: int
    seal_key_id: str
    """As central's `takar report --decisions` shows it."""
    central: Address


class _Begun(Struct, forbid_unknown_fields=True):
    """Kept so that a repeated attempt is the same one: central admits one device by a code."""

    incarnation: Incarnation
    former: Former | None = None
    """What came of it."""


def places_in(folder: Path) -> Places:
    """All in one folder, as `takar enrol --folder` wants it."""
    keys = folder / "keys"
    return Places(keys / "gateway.pem", keys / "central", TlsFiles(keys))


def places_of(config: GatewayConfig, folder: Path) -> Places:
    """Where a gateway that was enrolled keeps them; else as a new one in this folder."""
    tls = files_of(config)
    if tls is None or config.enrolment is None:
        return places_in(folder)
    return Places(Path(config.keys.private_file), Path(config.keys.statements_dir), tls)


def begun(places: Places) -> str | None:
    """The incarnation of an enrolment that was made or tried here; None if there was none."""
    try:
        return msgspec.json.decode(_progress(places).read_bytes(), type=_Begun).incarnation
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def enrol(code: str, central: Address, places: Places, *, by: Ask = ask) -> Enrolled:
    """Make this device's keys, have central certify them, and put everything in its place.

    Private keys do not leave the device, nor does the code. May be repeated with the same code,
    also after a power cut or an answer that was lost. `by` carries the question.

    CodeRefused, NoAnswer, AnswerRefused, EnrolmentRefused, KeyRefused or OSError: nothing but
    this device's own new key was written.
    """
    read = read_code(code)
    seal, mine = _begin(places)
    tls = new_key()
    request = ask_to_enrol(read, seal, mine.incarnation, tls, mine.former)
    answer = by(central, request)
    if isinstance(answer, Refusal):
        if answer.root_key is not None:
            refuse_another_city(answer.root_key, read)
        raise EnrolmentRefused(f"central at {central} refuses ({answer.code}): {answer.text}")
    checked = check_enrolment(answer, request, read, tls.public_key())
    _keep_statements(checked, places.statements_dir)
    places.tls.put(tls, checked.certificate, checked.authority)
    if mine.former is None:
        mine.former = Former(gateway=checked.gateway, epoch=checked.epoch)
        replace_file(_progress(places), msgspec.json.encode(mine))
    return Enrolled(
        gateway=checked.gateway,
        city=checked.city,
        city_timezone=checked.city_timezone,
        root_key=checked.root_key,
        incarnation=mine.incarnation,
        epoch=checked.epoch,
        broker_host=checked.broker_host,
        broker_port=checked.broker_port,
        seal_key_id=checked.key_certificate.key_id,
        central=central,
    )


def _progress(places: Places) -> Path:
    return places.tls.folder / "enrolment.json"


def _begin(places: Places) -> tuple[Ed25519PrivateKey, _Begun]:
    """The seal key and the incarnation, durable before central hears of them."""
    progress = _progress(places)
    folders = [places.statements_dir, places.tls.folder]
    if not credentials.is_credential(places.private_file):
        folders.append(places.private_file.parent)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    try:
        mine = msgspec.json.decode(progress.read_bytes(), type=_Begun)
    except FileNotFoundError:
        if credentials.exists(places.private_file):
            raise EnrolmentRefused(
                f"{places.private_file}: this device has a key already, so it is a gateway. Move "
                "its folder away first if it is to become another one"
            ) from None
        mine = _Begun(secrets.token_hex(8))
        replace_file(progress, msgspec.json.encode(mine))
    except msgspec.DecodeError as error:
        raise EnrolmentRefused(
            f"{progress}: expected what an enrolment left, found something else ({error}). Move "
            "the folder away, and enrol with a new code"
        ) from error
    made = credentials.exists(places.private_file)
    seal = load_private(places.private_file) if made else make_private(places.private_file)
    return seal, mine


def _keep_statements(answer: EnrolmentAnswer, folder: Path) -> None:
    """What the root says of central's keys, a file each, as a gateway reads them at its start."""
    known = {one.serial: one for one in read_statements(folder)}
    for statement in answer.statements:
        before = known.get(statement.serial)
        if before is None:
            write_statement(folder / statement_name(statement), statement)
        elif before != statement:
            raise AnswerRefused(
                f"{folder}: has another statement {statement.serial} of the root's than central"
            )

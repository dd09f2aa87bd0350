"""A device on its way to a gateway: cut off anywhere, refused, repeated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config.load import load_gateway
from gateway.config.types import MqttSettings
from gateway.setup.certificate_files import TlsFiles, files_of
from gateway.setup.configurations import gateway_settings
from gateway.setup.enrolled import begin, configured, refuse_another_ledger
from gateway.setup.enrolling import Enrolled, EnrolmentRefused, begun, enrol, places_in
from gateway.setup.rewriting import as_written, rewrite
from gateway.store.fresh import refuse_cut_off
from gateway.store.reader import LedgerReader
from mqtt.central import epochs
from mqtt.central.succession import begin_epoch
from mqtt.enrolment.asking import AnswerRefused
from mqtt.enrolment.code import CodeRefused, code_text, new_code
from mqtt.enrolment.http import Address
from mqtt.enrolment.messages import AnyAnswer, AnyRequest, Refusal
from mqtt.tls import Tls
from tests.mqtt.brokers import Settings
from tests.mqtt.enrolment.office import NAME, NOW, Device, Office

CENTRAL = Address("central.example")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def directly(office: Office) -> Callable[[Address, AnyRequest], AnyAnswer]:
    return lambda _address, request: office.certifying.answer(request)


def enrolled_at(site: Path, office: Office, code: str) -> Enrolled:
    return enrol(code, CENTRAL, places_in(site), by=directly(office))


def configure(site: Path, enrolled: Enrolled) -> Path:
    plain = gateway_settings(
        "gateway",
        pumps=1,
        kind="simulated",
        mqtt=MqttSettings(),
        reader_poll_ms=100,
        root_key=enrolled.root_key,
    )
    file = site / "gateway.toml"
    rewrite(file, configured(plain, enrolled, places_in(site), file))
    return file


def test_a_device_has_all_that_a_gateway_needs(office: Office, site: Path) -> None:
    enrolled = enrolled_at(site, office, code_text(office.invite()))
    file = configure(site, enrolled)
    assert begin(file, enrolled, by="Ama", now=NOW)
    config = load_gateway(file)
    assert (config.gateway.name, config.mqtt.host) == (NAME, "mqtt.example")
    assert config.enrolment is not None
    assert config.enrolment.host == "central.example"
    with LedgerReader(site / "gateway" / "ledger.sqlite3") as reader:
        assert reader.meta().incarnation == enrolled.incarnation
        assert [entry.type for entry in reader.every_entry()] == ["gateway.initialised"]
    Tls(config.mqtt)  # key, password and all
    assert not begin(file, enrolled, by="Ama", now=NOW)


def test_private_files_are_the_owners_alone_and_the_tls_key_is_encrypted(
    office: Office, site: Path
) -> None:
    enrolled_at(site, office, code_text(office.invite()))
    private = {path.name for path in (site / "keys").iterdir() if path.stat().st_mode & 0o077 == 0}
    assert {"gateway.pem", "tls.pem", "tls.password"} <= private
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (site / "keys" / "tls.pem").read_text()


def test_a_wrong_password_is_said(office: Office, site: Path) -> None:
    enrolled_at(site, office, code_text(office.invite()))
    tls = TlsFiles(site / "keys")
    tls.password.write_text("another")
    own = str(tls.own)
    settings = Settings(
        0,
        ca_file=str(tls.authority),
        certificate_file=own,
        key_file=own,
        key_password_file=str(tls.password),
    )
    with pytest.raises(OSError, match="expected PEM certificates and their key"):
        Tls(settings)
    assert tls.key() is None


def test_an_answer_that_is_lost_costs_nothing(office: Office, site: Path) -> None:
    code = code_text(office.invite())

    def lose(_address: Address, request: AnyRequest) -> AnyAnswer:
        office.certifying.answer(request)
        raise OSError("the cable")

    with pytest.raises(OSError, match="the cable"):
        enrol(code, CENTRAL, places_in(site), by=lose)
    assert not (site / "keys" / "tls.pem").exists()
    seal = (site / "keys" / "gateway.pem").read_bytes()
    enrolled_at(site, office, code)
    assert (site / "keys" / "gateway.pem").read_bytes() == seal
    assert office.state()[0] == 1
    enrolled_at(site, office, code)  # nor does once more


@pytest.mark.parametrize("cut", range(1, 10))
def test_cut_off_anywhere_it_is_run_again(
    office: Office, site: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """A crash before the n-th file comes into place, then the same commands again."""
    code = code_text(office.invite())
    places = 0
    replace, remove = Path.replace, Path.rmdir

    class PowerCut(Exception):
        pass

    def count() -> None:
        nonlocal places
        places += 1
        if places == cut:
            raise PowerCut

    def fail(self: Path, target: Path) -> Path:
        count()
        return replace(self, target)

    def fail_to_remove(self: Path) -> None:
        count()
        remove(self)

    def all_of_it() -> Path:
        enrolled = enrolled_at(site, office, code)
        file = configure(site, enrolled)
        begin(file, enrolled, by="Ama", now=NOW)
        return file

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        patched.setattr(Path, "rename", fail)
        patched.setattr(Path, "rmdir", fail_to_remove)
        try:
            all_of_it()
        except PowerCut:
            pass
        else:
            pytest.fail("there were fewer files")
    config = load_gateway(all_of_it())
    assert office.state()[0] == 1
    state = Path(config.gateway.state_dir)
    refuse_cut_off(state)
    assert (state / "allocation.json").exists()
    with LedgerReader(state / "ledger.sqlite3") as reader:
        assert [entry.type for entry in reader.every_entry()] == ["gateway.initialised"]
    files = files_of(config)
    assert files is not None
    assert files.ends() > NOW


def test_a_code_of_another_city_is_seen_here(office: Office, site: Path) -> None:
    other = new_code(Device().seal.public_key())
    with pytest.raises(AnswerRefused, match="the code is of another city's"):
        enrolled_at(site, office, code_text(other))
    with pytest.raises(EnrolmentRefused, match="unknown_code"):
        enrolled_at(site, office, code_text(new_code(office.root.public_key())))
    assert not (site / "keys" / "tls.pem").exists()
    assert office.state() == (0, 0)


def test_a_refusal_of_anybodys_changes_nothing(office: Office, site: Path) -> None:
    code = code_text(office.invite())
    answer = Refusal(code="revoked", text="go away")
    with pytest.raises(EnrolmentRefused, match="go away"):
        enrol(code, CENTRAL, places_in(site), by=lambda _address, _request: answer)
    enrolled_at(site, office, code)


def test_a_slip_leaves_no_trace(office: Office, site: Path) -> None:
    code = code_text(office.invite())
    with pytest.raises(CodeRefused, match="has a slip"):
        enrolled_at(site, office, code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert not site.exists()


def test_a_gateway_does_not_become_another_one(office: Office, site: Path) -> None:
    (site / "keys").mkdir(parents=True)
    (site / "keys" / "gateway.pem").write_text("a key")
    with pytest.raises(EnrolmentRefused, match="has a key already"):
        enrolled_at(site, office, code_text(office.invite()))
    assert office.state() == (0, 0)


def test_another_gateways_ledger_is_left(office: Office, site: Path) -> None:
    enrolled = enrolled_at(site, office, code_text(office.invite()))
    file = configure(site, enrolled)
    begin(file, enrolled, by="Ama", now=NOW)
    ledger = (site / "gateway" / "ledger.sqlite3").read_bytes()
    other = enrol(
        code_text(office.invite("kupang-05")),
        CENTRAL,
        places_in(site.with_name("other")),
        by=directly(office),
    )
    with pytest.raises(EnrolmentRefused, match="holds the ledger of incarnation"):
        begin(file, other, by="Ama", now=NOW)
    with pytest.raises(EnrolmentRefused, match="as nothing was enrolled here"):
        refuse_another_ledger(load_gateway(file), begun(places_in(site.with_name("bare"))))
    refuse_another_ledger(load_gateway(file), begun(places_in(site)))
    assert (site / "gateway" / "ledger.sqlite3").read_bytes() == ledger


def test_pumps_of_a_configuration_stay_and_the_file_before_is_kept(
    office: Office, site: Path
) -> None:
    enrolled = enrolled_at(site, office, code_text(office.invite()))
    file = configure(site, enrolled)
    text = file.read_text().replace('product = "pertamax"', 'product = "dexlite"')
    file.write_text(text + "# by hand\n")
    file.chmod(0o600)
    settings = as_written(file, type(load_gateway(file)))
    before = rewrite(file, configured(settings, enrolled, places_in(site), file))
    assert load_gateway(file).pumps[0].product == "dexlite"
    assert file.stat().st_mode & 0o777 == 0o600
    assert before is not None
    assert before.read_text().endswith("# by hand\n")


def test_a_central_that_has_forgotten_a_gateway_waits_for_it(
    office: Office, site: Path, tmp_path: Path
) -> None:
    """It enrolled after the backup from which central was restored, and may hold litres."""
    first = enrolled_at(site, office, code_text(office.invite()))
    restored = Office(tmp_path / "restored", office)
    with restored.engine.begin() as connection:
        begin_epoch(connection, NOW)

    def withheld() -> str:
        with restored.engine.connect() as connection:
            return epochs.mints_nothing(connection, "2026-11")

    assert not withheld()
    other = restored.invite("kupang-05", forgotten=True)
    assert "kupang-05 enrolled after the backup" in withheld()
    with pytest.raises(EnrolmentRefused, match="this device is gateway kupang-04"):
        enrolled_at(site, restored, code_text(other))
    with pytest.raises(EnrolmentRefused, match="and this one is new"):
        enrolled_at(tmp_path / "new", restored, code_text(other))
    assert "kupang-05 enrolled after the backup" in withheld()
    restored.invite("kupang-05")
    assert not withheld()
    again = enrolled_at(site, restored, code_text(restored.invite(forgotten=True)))
    assert (again.incarnation, again.seal_key_id) == (first.incarnation, first.seal_key_id)
    assert f"waits for the ledgers of {NAME}" in withheld()

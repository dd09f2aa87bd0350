"""Central with enrolment as a unit: a gateway joins it, is renewed, is stolen."""

import re

from tests.system.machine import Machine
from tests.system.station import FORECOURT, Station

NAME = "kupang-09"
CENTRAL_TOML = "/etc/takar/central.toml"
SITE = "/root/site"
REVOKED = "/var/lib/takar/broker/revoked.pem"
CODE = re.compile(r"^    ((?:[0-9A-Z]{5}-){6}[0-9A-Z]{5})$", re.MULTILINE)


def begin_enrolment(station: Station) -> None:
    """As docs/ENROLMENT.md has it."""
    machine = station.machine
    machine.run("takar", "central", "broker-files", "127.0.0.1", "--config", CENTRAL_TOML)
    # Only the path unit tells Mosquitto then.
    machine.sh(
        f"sed -i 's/^broker_reload = .*/broker_reload = \"\"/' {CENTRAL_TOML}\n"
        "ln -s /etc/mosquitto/takar/takar.conf /etc/mosquitto/conf.d/takar.conf\n"
        "systemctl restart mosquitto takar-central"
    )


def a_gateway_joins_and_is_renewed(station: Station) -> None:
    """At the forecourt of the trial's gateway, which has no certificate and gives way."""
    machine = station.machine
    machine.run("systemctl", "stop", "takar-gateway")
    said = machine.run("takar", "central", "invite", NAME, "--config", CENTRAL_TOML)
    code = CODE.search(said)
    assert code is not None, said
    machine.run(
        *("takar", "enrol", code[1], "--central", "127.0.0.1", "--simulated", "--folder", SITE)
    )
    machine.run(
        *("sed", "-i", f's|^forecourt_socket = .*|forecourt_socket = "{FORECOURT}"|'),
        f"{SITE}/gateway.toml",
    )
    _run_site(machine, session=1)
    machine.sh(f"systemctl stop site; mv {SITE}/keys/tls.pem {SITE}/keys/before.pem")
    _run_site(machine, session=2)
    assert machine.try_run("cmp", f"{SITE}/keys/tls.pem", f"{SITE}/keys/before.pem")[0] == 1


def a_stolen_gateway_is_cut_off(station: Station) -> None:
    """And central writes the list by itself, where it is lost."""
    machine = station.machine
    said = machine.run("takar", "revoke", NAME, "--reason", "stolen", "--config", CENTRAL_TOML)
    assert f"the broker lets {NAME} in no more" in said
    machine.wait("the broker to refuse it", lambda: "broker_lost" in machine.journal("site"))
    machine.sh(f"systemctl stop site; rm {REVOKED}; systemctl restart takar-central")
    assert machine.run("stat", "--format=%U %a", REVOKED) == "takar-central 644\n"


def _run_site(machine: Machine, session: int) -> None:
    """The new gateway, until it has opened its nth session at the broker."""
    machine.run(
        *("systemd-run", "--unit=site"), *("takar", "gateway", "--config", f"{SITE}/gateway.toml")
    )
    machine.wait(
        f"session {session} of {NAME}",
        lambda: machine.journal("mosquitto").count(f"u'{NAME}'") == session,
    )

"""The embedded broker as a process."""

import signal
import subprocess
import sys

from click.testing import CliRunner

from gateway.cli.broker import command
from tests.mqtt.brokers import REPOSITORY, RunningBroker
from tests.mqtt.parties import Central, Watch


def test_says_one_line_and_ends_on_sigterm_with_clients_connected(
    embedded_broker: RunningBroker, watch: Watch
) -> None:
    broker = embedded_broker
    central = Central(broker.settings, watch)
    watch.until(lambda: central.up)
    assert broker.said == f"broker ready on 127.0.0.1:{broker.settings.port}\n"
    assert broker.end(signal.SIGTERM) == 0
    assert broker.said.count("\n") == 1
    central.connection.stop()


def test_port_0_takes_a_free_one() -> None:
    arguments = [sys.executable, "-m", "gateway.cli", "broker", "--port", "0"]
    with subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as broker:
        assert broker.stdout is not None
        port = int(broker.stdout.readline().rpartition(":")[2])
        broker.terminate()
        assert 1 <= port <= 65_535
        assert broker.wait(10) == 0


def test_taken_port_is_named_with_what_to_do(embedded_broker: RunningBroker) -> None:
    port = embedded_broker.settings.port
    result = CliRunner().invoke(command, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.output
    assert "--port" in result.output

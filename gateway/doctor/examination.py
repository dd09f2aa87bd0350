"""The whole examination, from a configuration file to verdicts in a fixed order."""

from collections.abc import Callable
from pathlib import Path

from gateway.config.load import ConfigError, load_gateway
from gateway.config.types import GatewayConfig
from gateway.doctor.at_the_pumps import AtThePumps
from gateway.doctor.hands import Hands
from gateway.doctor.health import in_order, of_machine, of_running
from gateway.doctor.judging.books import judge_broker
from gateway.doctor.probes.books import Books
from gateway.doctor.probes.network import ask_central
from gateway.doctor.probes.running import look_for_gateway
from gateway.doctor.verdict import Verdict, verdict


def examine(
    file: Path, hands: Callable[[GatewayConfig], Hands], allowed: Callable[[], bool]
) -> list[Verdict]:
    """`hands`: whoever moves switches; `allowed`: asked once, whether contacts may move. Neither
    is asked while a gateway runs: then nothing at the pumps is tried."""
    try:
        config = load_gateway(file)
    except ConfigError as error:
        return [verdict("configuration_wrong", error=str(error))]
    verdicts = [verdict("configured", path=str(file))]
    books = Books(config)
    running = look_for_gateway(Path(config.gateway.status_socket))
    if running.there:
        verdicts += of_running(config, running.said)
    else:
        verdicts.append(verdict("gateway_stopped"))
        verdicts += AtThePumps(config, file, lambda: hands(config), allowed=allowed()).examine()
    verdicts += of_machine(config, books)
    if not running.there:
        verdicts.append(judge_broker(ask_central(config.mqtt, books)))
    return in_order(verdicts)

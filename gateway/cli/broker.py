"""`takar broker`: the embedded MQTT broker."""

import click

from mqtt.broker import HOST, BrokerStopped, run


@click.command("broker")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=1883,
    show_default=True,
    help="TCP port on 127.0.0.1; 0 takes a free one.",
)
def command(port: int) -> None:
    """Run the embedded MQTT broker until it is told to stop.

    For the demo and for trying things out: no users, no TLS, MQTT 3.1.1 only, on this machine
    only. Prints one line once it is ready. In production use Mosquitto.
    """
    try:
        run(port, lambda taken: click.echo(f"broker ready on {HOST}:{taken}"))
    except BrokerStopped as error:
        raise click.ClickException(str(error)) from error

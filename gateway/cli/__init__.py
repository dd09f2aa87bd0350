"""The `takar` command. Each command is a file of its own here, imported only when called."""

from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from gateway import VERSION
from gateway.cli.errors import exit_status, words

SUMMARIES = MappingProxyType(
    {
        "demo": "Show the whole system at work, with nothing but this machine.",
        "init": "Make a folder with a city, its gateways, keys and allocation.",
        "setup": "Make this machine a station: configuration, keys, services.",
        "doctor": "Try what is fitted and set up; say what is wrong and what to do.",
        "gateway": "Run the gateway of one to four pumps.",
        "shut": "Shut every valve where no gateway runs.",
        "console": "Serve the drivers' displays and the attendant's page.",
        "metrics": "Print the gateway's figures as Prometheus reads them.",
        "central": "Run central: grants out, sales in.",
        "forecourt": "Drive the simulated forecourt: tap, lift, squeeze, hang, stop.",
        "pico": "Show the co-processors, prepare or flash them.",
        "broker": "Run the embedded MQTT broker.",
        "enrol": "Make this device a gateway, by a code of central's.",
        "revoke": "Cut off a stolen gateway, and close its grants at full volume.",
        "keys": "Change and revoke keys.",
        "ledger": "Verify or export a gateway's ledger.",
        "allocation": "List, inspect and retry directives that a gateway could not use.",
        "audit": "Check exports of ledgers; ends in a page that an auditor can sign.",
        "backup": "Copy a gateway or central into a new folder, while it runs.",
        "restore": "Begin anew on a new card or machine, from a backup or without.",
        "calibrate": "Correct a pump's ratio from three draws into a test can.",
        "preset": "Choose how much the next card at a pump takes.",
        "totaliser": "Enter a dispenser's own totaliser.",
        "shift": "Open and close an attendant's shift, and see what it came to.",
        "receipt": "Print a sale's receipt.",
        "override": "Say why a supervisor allows an exception.",
        "meter": "Enter what a vehicle's odometer or hour meter shows.",
        "voucher": "Enter a paper voucher for fuel that was given while all failed.",
        "declare": "Declare what a third party's pump gave, from its receipt.",
        "register": "Change cards, vehicles, prices and rules at central.",
        "report": "Print use and efficiency by department from central's database.",
        "simulate": "Run a city under faults on simulated time; check invariants.",
        "grants": "Show where a month's litres are; return some by decision.",
        "bench": "Measure Takar against named references.",
    }
)
"""Every command with its line in `takar --help`, which therefore imports none of them."""


class LazyGroup(click.Group):
    """Finds command NAME as `command` in gateway/cli/NAME.py."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return list(SUMMARIES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in SUMMARIES:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(
                error.command_name, possibilities=SUMMARIES, ctx=ctx
            ) from None

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a foreseen error becomes one line and its exit status."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except Exception as error:
            status = exit_status(error)
            if status is None or ctx.params["debug"]:
                raise
            from gateway.cli.telling import tell_failure

            tell_failure(f"takar: {words(error)}")
            ctx.exit(status)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 fine, 1 a finding or failure, 2 wrong usage or configuration.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(VERSION, prog_name="takar", message="%(prog)s %(version)s")
def takar(*, debug: bool) -> None:
    """Quotas at a fuel pump that hold offline, and sales that survive a power cut.

    Start with `takar demo`. `takar COMMAND --help` explains a command.
    """


def main() -> None:
    """Entry point of the `takar` program."""
    takar(prog_name="takar")

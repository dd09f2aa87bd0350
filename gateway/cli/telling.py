"""What a command prints, and what a program logs: one line a line, whoever wrote the words."""

import logging
from typing import Any

import click

from gateway.cli.journal import JournalHandler, stderr_is_journal
from gateway.words.visible import visible


def tell(*lines: str, err: bool = False) -> None:
    """Print each on a line of its own; what would steer the terminal is escaped."""
    for line in lines:
        click.echo(visible(line), err=err)


def tell_failure(text: str) -> None:
    """On stderr: why a program ends. In the journal it is one line, so that whoever looks for it
    has all of it."""
    lines = text.split("\n")
    if stderr_is_journal():
        lines = [" ".join(line.strip() for line in lines)]
    tell(*lines, err=True)


class OneLine(logging.Formatter):
    """A record's message stays on its line, and so does each line of a traceback below it.

    It begins with the event's name, which docs/OPERATION.md explains."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        event = getattr(record, "event", None)
        if event is not None:
            record.message = f"{event}: {record.message}"
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(map(visible, super().formatException(ei).split("\n")))


FORM = "%(levelname)s %(name)s: %(message)s"


def log_events(form: str = FORM, level: int = logging.INFO) -> None:
    """Log from this level on: to stderr in this %-form, or where systemd has made stderr the
    journal, to it, with fields instead of a form."""
    if stderr_is_journal():
        handler: logging.Handler = JournalHandler()
        handler.setFormatter(OneLine("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(OneLine(form))
    logging.basicConfig(level=level, handlers=[handler])

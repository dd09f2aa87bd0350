"""What a command prints, and what a program logs: one line a line, whoever wrote the words."""

import logging
from typing import Any

import click

from gateway.words.visible import visible


def tell(*lines: str, err: bool = False) -> None:
    """Print each on a line of its own; what would steer the terminal is escaped."""
    for line in lines:
        click.echo(visible(line), err=err)


class OneLine(logging.Formatter):
    """A record's message stays on its line, and so does each line of a traceback below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging calls it so
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(map(visible, super().formatException(ei).split("\n")))


def log_to_stderr(form: str, level: int = logging.INFO) -> None:
    """Log from this level on, in this %-form."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(form))
    logging.basicConfig(level=level, handlers=[handler])

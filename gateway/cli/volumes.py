"""Volumes as people type them."""

import re

import click

_LITRES = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?")


def volume(text: str) -> tuple[int, int]:
    """Litres with up to 3 decimals: (volume in ml, its last digit in ml). BadParameter else."""
    match = _LITRES.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(
            f"{text!r}, expected litres as shown, with up to 3 decimals and nothing between "
            "thousands, such as 184203.55"
        )
    whole, decimals = match[1], match[2] or ""
    return int(whole) * 1000 + int(decimals.ljust(3, "0")), 10 ** (3 - len(decimals))


def volume_ml(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """Callback of an option in litres."""
    return None if text is None else volume(text)[0]

"""A slip to print, and what a printer's bytes come to without its commands."""

import re

from hardware.receipt_printer.slip import Pair, Rule, Slip, Text

SLIP = Slip(
    lines=[
        Text("BKAD Kota Kupang", strong=True),
        Rule(),
        Pair("Kendaraan", "DH 1932 BH"),
        Pair("JUMLAH", "Rp 498.575", strong=True),
    ],
    qr="kupang-01-1234-K7Q2M",
    foot=[Text("kupang-01-1234-K7Q2M", strong=True)],
)

# Epson's ESC/POS reference: each command with its parameters, a raster image with its data.
COMMAND = re.compile(
    rb"\x1b@|\x1bt.|\x1b[EaMd!].|\x1d!.|\x1dV[\x00\x01]|\x1dVB.|\x10\x04.", re.DOTALL
)
IMAGE = re.compile(rb"\x1dv0.(..)(..)", re.DOTALL)


def read(sent: bytes) -> tuple[str, list[bytes], bytes]:
    """Text, commands, and the image's bits; ValueError for a byte that is none of these."""
    text, commands, image, at = b"", [], b"", 0
    while at < len(sent):
        if found := IMAGE.match(sent, at):
            size = int.from_bytes(found[1], "little") * int.from_bytes(found[2], "little")
            image = sent[found.end() : found.end() + size]
            at = found.end() + size
        elif found := COMMAND.match(sent, at):
            commands.append(found[0])
            at = found.end()
        elif 0x20 <= sent[at] <= 0x7E or sent[at] == 0x0A:
            text += sent[at : at + 1]
            at += 1
        else:
            raise ValueError(f"byte {sent[at]:#x} at {at} is nothing that was meant")
    return text.decode("ascii"), commands, image

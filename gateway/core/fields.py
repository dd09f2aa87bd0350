"""The kinds of field that facts, directives, seals and files are made of, each with its bounds.

The published JSON Schema and the checks of every reader come from these.
"""

from typing import Annotated

from msgspec import Meta

from gateway.core.units import MAX_SAFE_INTEGER

MOST_FILL_ML = 100_000_000
"""Of one fill: 100,000 L, more than all buried tanks of a station hold, and 2,000 times what a
city's vehicle takes. Beyond it is no fuel but a fault, whoever seals it."""
MOST_GRANT_ML = 10 * MOST_FILL_ML
"""Of one grant: 1,000,000 L, more than a whole city takes in a year."""
MOST_PRICE_IDR_PER_L = 1_000_000
"""About fifty times what the dearest fuel costs."""

Count = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
Sequence = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
VolumeMl = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="millilitres")]
FillMl = Annotated[
    int, Meta(ge=0, le=MOST_FILL_ML, description="millilitres of one fill, or a part of it")
]
GrantMl = Annotated[
    int, Meta(ge=0, le=MOST_GRANT_ML, description="millilitres of one grant, or a part of it")
]
PriceIdrPerL = Annotated[
    int, Meta(ge=0, le=MOST_PRICE_IDR_PER_L, description="whole rupiah per litre")
]
AmountIdr = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="whole rupiah")]
PumpNumber = Annotated[int, Meta(ge=1, le=4)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Reading = Annotated[
    int,
    Meta(ge=0, le=99_999_999, description="kilometres, or tenths of an hour of an hour meter"),
]
MOST_TEXT_CHARACTERS = 200
Text = Annotated[str, Meta(max_length=MOST_TEXT_CHARACTERS)]
MOST_NAME_CHARACTERS = 100
PersonName = Annotated[
    str,
    Meta(min_length=1, max_length=MOST_NAME_CHARACTERS, pattern=r"^\S(.*\S)?$"),
]
ReceiptNo = Annotated[str, Meta(max_length=40, pattern=r"^[0-9A-Z]+([./-][0-9A-Z]+)*$")]
"""As a station prints it, in capitals and without spaces."""
MOST_SERIAL_CHARACTERS = 24
SERIAL_PATTERN = r"^[A-Z0-9]+(-[A-Z0-9]+)*$"
VoucherSerial = Annotated[str, Meta(max_length=MOST_SERIAL_CHARACTERS, pattern=SERIAL_PATTERN)]
"""As printed on the paper, in capitals."""
Uid = Annotated[str, Meta(pattern=r"^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Incarnation = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
UtcTime = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]{3}Z$",
        description="UTC",
    ),
]
Period = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="month in the city's zone")
]
KeyId = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{16}$", description="of SHA-256 over the raw public key"),
]
PublicKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
        description="raw Ed25519 key, base64url without padding",
    ),
]
Signature = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{85}[AQgw]$")]
HostName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        pattern=r"^[0-9A-Za-z:]([0-9A-Za-z.:-]*[0-9A-Za-z])?$",
        description="name or address of a machine",
    ),
]
Port = Annotated[int, Meta(ge=1, le=65_535)]

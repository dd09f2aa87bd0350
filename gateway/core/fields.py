"""The kinds of field that facts, directives, seals and files are made of, each with its bounds.

The published JSON Schema and the checks of every reader come from these.
"""

from typing import Annotated

from msgspec import Meta

from gateway.core.units import MAX_SAFE_INTEGER

Count = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]
Sequence = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]
VolumeMl = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="millilitres")]
AmountIdr = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER, description="whole rupiah")]
PumpNumber = Annotated[int, Meta(ge=1, le=4)]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Text = Annotated[str, Meta(max_length=200)]
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

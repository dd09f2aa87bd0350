"""Reads gateway.toml and central.toml: once, at start, refusing whatever is not understood."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Struct

from gateway.config import types
from gateway.config.problems import ConfigError, Problem
from gateway.config.sense import central_problems, gateway_problems
from gateway.config.types import CentralConfig, GatewayConfig
from gateway.core.chain import canonical
from mqtt.credentials import is_credential

__all__ = [
    "ConfigError",
    "central_config",
    "configuration_hash",
    "gateway_config",
    "load_central",
    "load_gateway",
]

ADVICE = (
    (
        FileNotFoundError,
        "`takar setup` writes it on a gateway's own machine; `takar init DIR` makes one to try.",
    ),
    (PermissionError, "Run it with sudo."),
)
MOST_BYTES = 1_000_000
"""A larger file is not a configuration."""

Config = TypeVar("Config", GatewayConfig, CentralConfig)
AnyStruct = TypeVar("AnyStruct", bound=Struct)


def load_gateway(file: Path) -> GatewayConfig:
    """The gateway's configuration with absolute paths; ConfigError names all that is wrong."""
    return gateway_config(_read(file), file)


def load_central(file: Path) -> CentralConfig:
    """Central's configuration with absolute paths; ConfigError names all that is wrong."""
    return central_config(_read(file), file)


def gateway_config(document: Mapping[str, Any], file: Path) -> GatewayConfig:
    """As `load_gateway`, from what was read; relative paths are taken from the file's folder."""
    return _checked(document, file, GatewayConfig, gateway_problems)


def central_config(document: Mapping[str, Any], file: Path) -> CentralConfig:
    """As `load_central`, from what was read; relative paths are taken from the file's folder."""
    return _checked(document, file, CentralConfig, central_problems)


def configuration_hash(config: GatewayConfig | CentralConfig) -> str:
    """SHA-256 of the configuration's canonical JSON (RFC 8785), defaults included: 64 hex."""
    return hashlib.sha256(canonical(msgspec.to_builtins(config))).hexdigest()


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        advice = next((text for kind, text in ADVICE if isinstance(error, kind)), "")
        why = error.strerror or str(error)
        raise ConfigError(file, [Problem("file", "a readable TOML file", why, advice)]) from error
    if len(content) > MOST_BYTES:
        raise ConfigError(file, [Problem("file", "at most 1 MB of TOML", "more")])
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigError(file, [Problem("file", "TOML in UTF-8", str(error))]) from error


def _checked(
    document: Mapping[str, Any],
    file: Path,
    shape: type[Config],
    problems_of: Callable[[Config], Iterator[Problem]],
) -> Config:
    try:
        config = msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        # Only a file that is wrong pays for the words.
        from gateway.config.shape import shape_problems

        raise ConfigError(file, shape_problems(document, shape)) from error
    config = _with_absolute_paths(config, file.absolute().parent)
    problems = list(problems_of(config))
    if problems:
        raise ConfigError(file, problems)
    return config


def _with_absolute_paths(section: AnyStruct, folder: Path) -> AnyStruct:
    changed: dict[str, Any] = {}
    for field in msgspec.structs.fields(section):
        value = getattr(section, field.name)
        if isinstance(value, Struct):
            changed[field.name] = _with_absolute_paths(value, folder)
        elif value is not None and _is_path(field.type, value):
            changed[field.name] = str(folder / value)
    return msgspec.structs.replace(section, **changed)


def _is_path(declared: Any, value: Any) -> bool:
    kinds = (declared, *get_args(declared))
    return types.Path in kinds or (types.PrivatePath in kinds and not is_credential(value))

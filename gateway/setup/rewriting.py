"""Put changed settings into a configuration file, commented as a new one; the old one is kept."""

import os
import shutil
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.config.load import load_central, load_gateway
from gateway.config.types import CentralConfig, GatewayConfig
from gateway.setup.toml_text import toml_text
from gateway.store.durable import replace_file
from mqtt.credentials import is_credential

Config = TypeVar("Config", GatewayConfig, CentralConfig)


def as_written(file: Path, shape: type[Config]) -> Config:
    """The settings with paths as the file has them. ConfigError if it is not sound."""
    (load_gateway if shape is GatewayConfig else load_central)(file)
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), shape)


def rewrite(file: Path, config: GatewayConfig | CentralConfig) -> Path | None:
    """Write the settings; returns where the file before is kept, None where there was none.

    Owner and mode stay. What people had written as comments is in the file before alone.
    """
    content = toml_text(config).encode()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content)
        return None
    before = file.with_name(file.name + ".before")
    shutil.copy2(file, before)
    stat = file.stat()
    replace_file(file, content)
    file.chmod(stat.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(file, stat.st_uid, stat.st_gid)
    return before


def written(path: Path, file: Path) -> str:
    """A path as a configuration file is to have it: from its own folder where it is below that.
    A credential keeps its name."""
    if is_credential(path):
        return str(path)
    folder = file.absolute().parent
    path = path.absolute()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)

"""What a Pico keeps without power: its slots, and the files of its two firmware folders."""

import json
from pathlib import Path
from typing import Any


class Memory:
    """In `path`, where one is given, so that it outlives the forecourt too."""

    def __init__(self, path: Path | None = None) -> None:
        """ValueError if the file is another kind of file."""
        self._path = path
        self._kept: dict[str, dict[str, str]] = {"slots": {}, "files": {}}
        if path is not None and path.exists():
            try:
                self._kept |= json.loads(path.read_text(encoding="utf-8"))
            except (ValueError, TypeError) as error:
                raise ValueError(f"{path}: expected a Pico's memory: {error}") from error

    @property
    def kept(self) -> dict[str, Any]:
        """Hex by slot number, hex by folder/name."""
        return self._kept

    def save(self, slot: int, data: str) -> None:
        self._kept["slots"][str(slot)] = data
        self._write()

    def change_file(self, folder: str, name: str, data: str) -> None:
        """Write on at a file's end; without a name, empty the folder."""
        files = self._kept["files"]
        if name:
            files[f"{folder}/{name}"] = files.get(f"{folder}/{name}", "") + data
        else:
            self._kept["files"] = {
                path: kept for path, kept in files.items() if not path.startswith(f"{folder}/")
            }
        self._write()

    def _write(self) -> None:
        if self._path is not None:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._kept), encoding="utf-8")
            fresh.replace(self._path)

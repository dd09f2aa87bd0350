"""Taking a new firmware over the wire into the folder that does not run.

    begin                 every valve shut, and what runs is proven: empty the spare folder
    open name size sha    one file: its bytes and the SHA-256 of them, in hex
    piece at data         its next bytes, at most 64, in hex; a piece said twice is taken once
    close                 the file is read back from flash and its hash compared
    switch n sha          all n files are there: SHA-256 over `name sha\\n` of each, by name

Only `switch` lets the new folder be tried, at the next start.
"""

from binascii import hexlify, unhexlify
from hashlib import sha256

from firmware.guard.boots import Boots
from firmware.guard.codec import Fields
from firmware.guard.port import Board


class Flashing:
    """One transfer at a time. `take` answers why it refuses, or ""."""

    def __init__(self, board: Board, boots: Boots) -> None:
        self._board, self._boots = board, boots
        self.stop()

    def stop(self) -> None:
        """Forget a transfer that has begun; what it wrote is never run."""
        self.busy = False
        self._files: dict[str, str] = {}
        self._name = ""
        self._size = 0
        self._sha = ""
        self._at = 0

    def take(self, fields: Fields) -> str:
        """One `file` message, with every valve shut and settled."""
        try:
            return self._take(fields)
        except OSError:
            self.stop()
            return "flash_failed"

    def _take(self, fields: Fields) -> str:
        step = fields["op"]
        if step == "begin":
            return self._begin()
        if not self.busy:
            return "not_begun"
        if step == "switch":
            return self._switch(fields["n"], fields["sha"])
        if step == "open":
            return self._open(fields["name"], fields["size"], fields["sha"])
        if not self._name:
            return "no_file_open"
        return self._close() if step == "close" else self._piece(fields["at"], fields["data"])

    def _begin(self) -> str:
        self.stop()
        if not self._boots.proven:
            return "not_proven"
        self._board.erase(self._boots.spare)
        self.busy = True
        return ""

    def _open(self, name: str, size: int, sha: str) -> str:
        if self._name:
            return "file_open"
        for part in name.split("/"):
            if not part or part.startswith("."):
                return "bad_name"
        if len(sha) != 64:
            return "bad_sha"
        if name in self._files:
            return "file_twice"
        self._board.append(self._boots.spare, name, b"")  # a file may be empty
        self._name, self._size, self._sha, self._at = name, size, sha, 0
        return ""

    def _piece(self, at: int, data: str) -> str:
        try:
            piece = unhexlify(data)
        except ValueError:
            return "not_hex"
        if at + len(piece) == self._at:
            return ""
        if at != self._at:
            return f"expected_at_{self._at}"
        if not piece or at + len(piece) > self._size:
            return "bad_size"
        self._board.append(self._boots.spare, self._name, piece)
        self._at += len(piece)
        return ""

    def _close(self) -> str:
        digest, at = sha256(), 0
        content = self._board.content(self._boots.spare, self._name, at)
        while content:
            digest.update(content)
            at += len(content)
            content = self._board.content(self._boots.spare, self._name, at)
        if at != self._size or hexlify(digest.digest()).decode() != self._sha:
            self.stop()
            return "bad_hash"
        self._files[self._name] = self._sha
        self._name = ""
        return ""

    def _switch(self, number: int, sha: str) -> str:
        if self._name or not number or number != len(self._files) or sha != self._whole():
            return "not_whole"
        self._boots.try_spare()
        self.stop()
        return ""

    def _whole(self) -> str:
        digest = sha256()
        for name in sorted(self._files):
            digest.update((name + " " + self._files[name] + "\n").encode())
        return hexlify(digest.digest()).decode()

"""An allocation cache as the console reads it: its content, and nothing of its seal."""

import asyncio
import json
from pathlib import Path

from gateway.console.names import Names, NamesOf

SUPERVISOR = "04AABBCCDDEE01"
CONTENT = {
    "subjects": {
        subject: {"subject": subject, "plate": plate, "department": "bkad", "tank_ml": 40_000}
        for subject, plate in (
            ("dh-1001-a", "DH 1001 A"),
            ("bkad-03", "DH 77 X"),
            ("genset-1", "AST/0007"),
        )
    },
    "cards": {
        SUPERVISOR: {"uid": SUPERVISOR, "holder": "maria", "card": "supervisor"},
        "04": {"uid": "04", "holder": "dh-1001-a", "card": "vehicle"},
    },
    "policy": {"policy": {"override_fill_ml": 20_000, "override_day_ml": 40_000}},
}


def write(folder: Path) -> Path:
    path = folder / "allocation.json"
    path.write_text(json.dumps({"content": CONTENT, "digest": "0", "seal": {}}))
    return path


def names(folder: Path) -> Names:
    return asyncio.run(NamesOf(write(folder)).now())

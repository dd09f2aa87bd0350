"""The console is small: it must fit in 60 MB, beside the gateway on a Pi."""

import json
import subprocess
import sys

NOT_HERE = {
    "gpiozero",
    "reportlab",
    "PIL",
    "escpos",
    "qrcode",
    "sqlalchemy",
    "paho",
    "amqtt",
    "rich",
}
"""What drives pumps, makes PDFs, prints and delivers: other processes' work."""


def test_it_loads_no_driver_and_nothing_that_makes_paper() -> None:
    program = "import gateway.console.serving, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert NOT_HERE & set(json.loads(done.stdout)) == set()

"""A gateway that says and answers what a test wants, to a console that is a process of its own."""

import threading
from collections.abc import Callable
from typing import Any

from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import AskSignIn, BeginSignIn, ConfirmSignIn, Request
from gateway.runtime.status import Snapshot, StatusServer
from tests.browser.eyes import Eyes
from tests.faults.station import Station
from tests.gateway.runtime.snapshots import pump, snapshot

BEAT_S = 0.3
"""Well below what a console takes for silence."""
PAIRED = {"ticket": "0" * 32, "seconds": 60}
SIGNED_IN = {"signed_in": True, "by": "attendant-01", "kind": "attendant"}


class PlayedGateway:
    def __init__(self, station: Station) -> None:
        self.folder = station.folder
        socket = station.folder / "gateway.sock"
        self.answers: dict[type[Request], Answer] = {}
        self.asked: list[Request] = []
        self.tapped = True
        """The card that a sign-in waits for has come."""
        self._said = snapshot()
        self._server = StatusServer(socket)
        self._control = ControlServer(control_path(str(socket)), self._take)
        self._over = threading.Event()
        self._beat = threading.Thread(target=self._go_on, daemon=True)
        self._beat.start()
        self.at = station.start_console()

    def says(self, **changes: Any) -> None:
        """So it is at pump 1 from now on."""
        self.tells(snapshot(pumps=[pump(**changes), pump(pump=2, product="dexlite")]))

    def tells(self, said: Snapshot) -> None:
        self._said = said
        self._server.publish(said)

    def close(self) -> None:
        self._over.set()
        self._beat.join()
        self._control.close()
        self._server.close()

    def _go_on(self) -> None:
        while not self._over.wait(BEAT_S):
            self._server.publish(self._said)

    def _take(self, request: Request, answer: Callable[[Answer], None]) -> None:
        match request:
            case BeginSignIn():
                answer(Answer(done=PAIRED))
            case AskSignIn():
                answer(Answer(done={"tapped": self.tapped}))
            case ConfirmSignIn():
                answer(Answer(done=SIGNED_IN))
            case _:
                self.asked.append(request)
                answer(self.answers.get(type(request), Answer(refused="not played")))


def begin(eyes: Eyes) -> None:
    """To sign in with a card."""
    eyes.open("/masuk")
    eyes.run("document.querySelector('button[name=pump]').click()")


def sign_in(eyes: Eyes) -> None:
    """With a card that comes at once."""
    begin(eyes)
    eyes.until("the digits' field", "document.getElementById('digits')")
    eyes.run("document.getElementById('digits').value = '471122'")
    eyes.run("document.querySelector('form[action$=angka] button').click()")
    eyes.sees("attendant-01")

"""The one way into the control loop from other threads: calls that the loop makes in order."""

from collections.abc import Callable
from queue import SimpleQueue

Item = Callable[[], None]
Inbox = SimpleQueue[Item]

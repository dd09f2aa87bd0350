"""What every rule takes and gives."""

from collections.abc import Callable
from typing import Any

from gateway.core.actions import Action
from gateway.core.session import Session

Result = tuple[Session, list[Action]]
Handler = Callable[[Session, Any, int], Result]
"""(session with the event's plain facts already noted, event, now_ns) → (session, actions)."""

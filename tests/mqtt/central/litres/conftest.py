"""An office whose gateways are online."""

from typing import Any

import pytest
from sqlalchemy import update

from mqtt.central.tables import gateways


@pytest.fixture
def linked(office: Any) -> Any:
    """Both gateways have a link."""
    with office.engine.begin() as connection:
        connection.execute(update(gateways).values(state="online"))
    return office

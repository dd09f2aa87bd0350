"""Whatever a file holds, the answer is a configuration or a ConfigError with words in it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config.load import ConfigError, central_config, gateway_config
from gateway.config.types import CentralConfig, GatewayConfig

NAMES = sorted({"x", "pump", *GatewayConfig.__struct_fields__, *CentralConfig.__struct_fields__})
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FILE = Path("/etc/takar/any.toml")


def keys_of(document: Any) -> list[list[str | int]]:
    """The path of every value in a document."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(document, dict):
        pairs = list(document.items())
    elif isinstance(document, list):
        pairs = list(enumerate(document))
    return [[key, *rest] for key, value in pairs for rest in ([], *keys_of(value))]


Read = Callable[[dict[str, Any], Path], GatewayConfig | CentralConfig]


def answer(read: Read, document: dict[str, Any]) -> GatewayConfig | CentralConfig | ConfigError:
    try:
        return read(document, FILE)
    except ConfigError as error:
        return error


def check_words(error: ConfigError) -> None:
    assert error.problems
    assert all(problem.key and problem.expected and problem.found for problem in error.problems)
    assert str(error).startswith(f"{FILE}: ")


@pytest.mark.parametrize("read", [gateway_config, central_config])
@settings(max_examples=30)
@given(document=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), VALUES))
def test_any_document_is_answered(read: Read, document: dict[str, Any]) -> None:
    # Random sections never make a whole configuration.
    error = answer(read, document)
    assert isinstance(error, ConfigError)
    check_words(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_one_change_is_answered(document: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(document)
    *path, last = data.draw(st.sampled_from(keys_of(document)))
    place: Any = changed
    for key in path:
        place = place[key]
    if isinstance(place, dict) and data.draw(st.booleans()):
        place[data.draw(st.text(max_size=8))] = place.pop(last)
    else:
        place[last] = data.draw(VALUES | st.integers(-5, 40))
    result = answer(gateway_config, changed)
    if isinstance(result, ConfigError):
        check_words(result)
    else:
        assert gateway_config(msgspec.to_builtins(result), FILE) == result

import pytest

from mqtt.topics import KINDS, Kind, parse_topic, topic_of, topic_of_all


@pytest.mark.parametrize("kind", KINDS)
def test_topic_reads_back(kind: Kind) -> None:
    assert parse_topic(topic_of("depot-1", kind)) == ("depot-1", kind)
    assert topic_of_all(kind) == f"takar/v1/+/{kind}"


@pytest.mark.parametrize("gateway", ["", "Depot", "a/b", "+", "#", "-a", "a" * 65, "a\n"])
def test_name_that_would_leave_its_topic_is_refused(gateway: str) -> None:
    with pytest.raises(ValueError, match="expected takar/v1"):
        topic_of(gateway, "ledger")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "takar/v1/depot-1",
        "takar/v2/depot-1/ledger",
        "takar/v1/depot-1/ledger/",
        "takar/v1/depot-1/ledger\n",
        "x/takar/v1/depot-1/ledger",
    ],
)
def test_topic_outside_the_contract_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="expected takar/v1"):
        parse_topic(topic)

"""A picture for which no task has the memory: refused at its submit, in each vendor's words."""

from collections.abc import Iterator

import pytest
from tests.api.servers import KEY, Api, data_uri, png, settings_for, waiting
from tests.api.vendors import BFL, DASHSCOPE, NATIVE, NOVITA, PICWISH, VENDORS, Client, Vendor

CODES = {
    DASHSCOPE.name: "InvalidParameter",
    NOVITA.name: "IMAGE_EXCEEDS_MAX_RESOLUTION",
    PICWISH.name: "400",
    NATIVE.name: "picture-size",
    BFL.name: "value_error",
}
LARGE = data_uri(png("photo", 4000, 4000))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Its tasks have 256 MiB each, less than settings allow: not enough for 16 million pixels."""
    settings = settings_for(tmp_path_factory.mktemp("small"))
    with waiting(settings.model_copy(update={"task_memory_bytes": 2**28})) as server:
        yield server


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_it_is_refused_and_leaves_nothing(small: Api, vendor: Vendor) -> None:
    before = set(small.objects.groups("inputs"))
    with Client(vendor, small.base, KEY) as client:
        reply = client.submit(LARGE)
        client.submitted()
    assert reply.status_code == (422 if vendor in {NATIVE, BFL} else 400)
    assert vendor.code(reply.json()) == CODES[vendor.name]
    assert "it is 4000x4000 px; for what is asked, a task of this server has memory for" in reply.text
    assert "at most 13.4 million pixels" in reply.text
    assert len(set(small.objects.groups("inputs")) - before) == 1


def test_what_breaks_the_rules_is_told_by_them(small: Api) -> None:
    with Client(DASHSCOPE, small.base, KEY) as client:
        client.submitted(data_uri(png("photo", 4100, 4000)))

"""KEDA's part of deploy/kubernetes: fields that it has, the database of the settings, queues of workers."""

import re
from typing import Any, Final, get_args
from urllib.parse import parse_qs, urlsplit

import jsonschema
import pytest
from tests.cluster_files import (
    KEDA,
    ROOT,
    container,
    manifests,
    of_kind,
    pods,
    settings_file,
    settings_of,
    triggers,
)
from tests.keda_schemas import SCHEMAS

from cleanplate.models.roles import RoleName

OURS: Final = [one for one in manifests() if one["apiVersion"] == KEDA]
PODS: Final = pods()
GENERAL: Final = "general"
GPU: Final = "nvidia.com/gpu"


def roles(pod: dict[str, Any]) -> set[str]:
    """Of a worker."""
    words = [word for argument in container(pod)["args"] for word in argument.split("=")]
    return set(words[words.index("--roles") + 1].split(","))


@pytest.mark.parametrize("one", OURS, ids=lambda one: one["metadata"]["name"])
def test_keda_takes_it(one: dict[str, Any]) -> None:
    jsonschema.validate(one, SCHEMAS[one["kind"]])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "scaleTargetRef", "names"), "x"),
        (("spec", "triggers", 0, "metadata", "targetQueryValue"), 20),
        (("spec", "triggers", 0, "metadata", "passwordFromSecret"), "x"),
        (("spec", "maxReplicas"), 3),
    ],
)
def test_keda_is_not_given_what_it_has_not(path: tuple[Any, ...], value: object) -> None:
    one: Any = of_kind("ScaledObject")["cleanplate-worker"]
    at = one
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(one, SCHEMAS["ScaledObject"])


def test_the_page_says_how_many_connections_there_may_be() -> None:
    scalers = [*of_kind("HorizontalPodAutoscaler").values(), *of_kind("ScaledObject").values()]
    most = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"].get("maxReplicas")
        or one["spec"]["maxReplicaCount"]
        for one in scalers
    }
    assert most.keys() == of_kind("Deployment").keys()
    connections = sum(count * settings_of(PODS[name]).database_connections for name, count in most.items())
    assert f"which are {connections}," in (ROOT / "docs" / "cluster.md").read_text()


def test_keda_asks_the_database_of_the_settings() -> None:
    url = urlsplit(settings_file()["CLEANPLATE_DATABASE_URL"])
    for _, trigger in triggers():
        asked = trigger["metadata"]
        assert (asked["host"], int(asked["port"]), asked["dbName"]) == (url.hostname, url.port, url.path[1:])
        assert [asked["sslmode"]] == parse_qs(url.query)["sslmode"]
        assert trigger["authenticationRef"]["name"] in of_kind("TriggerAuthentication")


def test_each_worker_is_scaled_by_the_queues_that_it_serves() -> None:
    known = {*get_args(RoleName), GENERAL}
    served: list[str] = []
    for name, trigger in triggers():
        (asked,) = re.findall(
            r"(?:queue|split_part\(queue, ':', 1\)) (?:= |IN )(.*)$", trigger["metadata"]["query"]
        )
        queues = set(re.findall(r"'([a-z-]+)'", asked))
        assert queues == roles(PODS[name])
        assert queues <= known
        served += queues
    assert len(served) == len(set(served)), "two Deployments would each be scaled by one queue"


def test_a_gpu_is_asked_for_where_one_is_used() -> None:
    for name, pod in PODS.items():
        wants = GPU in container(pod)["resources"]["limits"]
        assert wants == ("--device=cuda" in container(pod)["args"]), name
        assert wants == any(one["key"] == GPU for one in pod.get("tolerations", ())), name
    (gpu,) = (one for one in of_kind("ScaledObject").values() if "gpu" in one["metadata"]["name"])
    assert gpu["spec"]["minReplicaCount"] == 0

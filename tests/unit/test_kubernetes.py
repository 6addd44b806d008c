"""deploy/kubernetes: taken by Kubernetes and KEDA, pods confined, settings that exist and fit."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from tests.cluster_files import (
    KEDA,
    KUBERNETES,
    SECRETS,
    container,
    documents,
    kustomization,
    manifests,
    of_kind,
    pods,
    settings_file,
    settings_of,
)
from tests.command_lines import check_command_line
from tests.runtimes import here

from cleanplate.fill.networks import networks
from cleanplate.serving.server import _DRAIN_S
from cleanplate.settings import Settings

OLDEST, NEWEST = "1.30", "1.37"
"""Of Kubernetes: the first with a `preStop` that sleeps, and the last whose schemas are here."""
FOLDERS: Final = sorted(file.parent for file in KUBERNETES.glob("*/kustomization.yaml"))
EVERY: Final = [*manifests(), *documents(SECRETS)]
PODS: Final = pods()
SERVING: Final = {name: pod for name, pod in PODS.items() if "ports" in container(pod)}
GENERAL: Final = "general"
GPU: Final = "nvidia.com/gpu"


def named(one: dict[str, Any]) -> str:
    return f"{one['kind']}-{one['metadata']['name']}"


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("one", [one for one in EVERY if one["apiVersion"] != KEDA], ids=named)
def test_kubernetes_takes_it(one: dict[str, Any], version: str) -> None:
    assert kubernetes_validate.validate(one, version, strict=True) == version


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_is_listed(folder: Path) -> None:
    listed = kustomization(folder)
    own = [file for file in folder.glob("*.yaml") if file.name != "kustomization.yaml" and file != SECRETS]
    assert {name for name in listed["resources"] if name.endswith(".yaml")} == {file.name for file in own}
    assert all((folder / name).exists() for name in listed["resources"])
    images = {container(pod)["image"] for pod in PODS.values()}
    assert {one["name"] for one in listed["images"]} <= images


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which Debian's releases have too old")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_kustomize_builds_it(folder: Path) -> None:
    told = subprocess.run(
        ["kubectl", "kustomize", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    built = list(yaml.safe_load_all(told.stdout))
    assert told.stderr == ""
    assert {one["metadata"].get("namespace") for one in built} == {"cleanplate", None}
    assert all(one["kind"] == "Namespace" for one in built if "namespace" not in one["metadata"])
    (config,) = (one for one in built if one["kind"] == "ConfigMap")
    assert config["data"] == settings_file()
    used = {
        source["configMapRef"]["name"]
        for one in built
        if one["kind"] == "Deployment"
        for source in container(one["spec"]["template"]["spec"])["envFrom"]
        if "configMapRef" in source
    }
    assert used == {config["metadata"]["name"]}


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_confined(name: str) -> None:
    pod, own = PODS[name]["securityContext"], container(PODS[name])["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] == pod["runAsGroup"] == pod["fsGroup"] == 10001
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert PODS[name]["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & PODS[name].keys()


@pytest.mark.parametrize("name", PODS)
def test_a_pod_gets_no_settings_that_nobody_made(name: str) -> None:
    """Kubernetes would give it CLEANPLATE_PORT=tcp://10.… of a Service with the name `cleanplate`."""
    assert PODS[name]["enableServiceLinks"] is False


@pytest.mark.parametrize("name", PODS)
def test_what_is_written_has_a_volume_and_a_limit(name: str) -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in container(PODS[name])["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in PODS[name]["volumes"]}
    assert {"/data", "/tmp"} <= mounts.keys()  # noqa: S108
    assert set(mounts.values()) == volumes.keys()
    assert all(one["emptyDir"]["sizeLimit"] for one in volumes.values() if "emptyDir" in one)
    resources = container(PODS[name])["resources"]
    assert {"cpu", "memory"} <= resources["requests"].keys()
    assert "memory" in resources["limits"]


@pytest.mark.parametrize("name", SERVING)
def test_it_is_asked_whether_it_lives_and_whether_it_is_ready(name: str) -> None:
    own = container(SERVING[name])
    ports = {port["name"]: port["containerPort"] for port in own["ports"]}
    asked = {probe: own[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert {probe: one["path"] for probe, one in asked.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    (port,) = {ports[one["port"]] for one in asked.values()}
    assert settings_of(SERVING[name]).metrics_host == "0.0.0.0", "a worker's health listens there"  # noqa: S104
    told = [word for argument in own["args"] for word in argument.split("=")]
    expected = int(told[told.index("--health-port") + 1]) if "--health-port" in told else Settings().port
    assert port == expected


@pytest.mark.parametrize("name", SERVING)
def test_it_has_time_to_end(name: str) -> None:
    pod = SERVING[name]
    pause_s = container(pod).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert pod["terminationGracePeriodSeconds"] > pause_s + settings_of(pod).shutdown_grace_s + _DRAIN_S


@pytest.mark.parametrize("name", PODS)
def test_settings_exist_and_fit(name: str) -> None:
    settings_of(PODS[name])


@pytest.mark.parametrize("name", PODS)
def test_commands_are_ours(name: str) -> None:
    check_command_line(container(PODS[name])["args"])


def test_weights_that_are_fetched_exist() -> None:
    pull, *names = container(PODS["cleanplate-models"])["args"][1:]
    assert pull == "pull"
    assert set(names) <= networks(here()).keys()


def test_bodies_have_the_room_that_they_may_take() -> None:
    (data,) = (one["emptyDir"] for one in PODS["cleanplate-api"]["volumes"] if one["name"] == "data")
    assert (
        int(data["sizeLimit"].removesuffix("Gi")) * 2**30
        > settings_of(PODS["cleanplate-api"]).body_disk_bytes
    )


def test_no_secret_is_in_the_files() -> None:
    secrets = {one["metadata"]["name"]: one["stringData"] for one in documents(SECRETS)}
    assert all(value == "" for values in secrets.values() for value in values.values())
    assert not of_kind("Secret")
    assert not [name for name in settings_file() if re.search("PASSWORD|SECRET|_KEYS?$", name)]
    assert urlsplit(settings_file()["CLEANPLATE_DATABASE_URL"]).password is None


def test_what_is_named_is_there() -> None:
    secrets = {one["metadata"]["name"]: one["stringData"] for one in documents(SECRETS)}
    for pod in PODS.values():
        for source in container(pod).get("envFrom", ()):
            assert source.get("secretRef", {"name": "cleanplate"})["name"] in secrets
        claims = [one["persistentVolumeClaim"] for one in pod["volumes"] if "persistentVolumeClaim" in one]
        assert {claim["claimName"] for claim in claims} <= of_kind("PersistentVolumeClaim").keys()
    for authentication in of_kind("TriggerAuthentication").values():
        for one in authentication["spec"]["secretTargetRef"]:
            assert one["key"] in secrets[one["name"]]
    for one in [*of_kind("HorizontalPodAutoscaler").values(), *of_kind("ScaledObject").values()]:
        deployment = of_kind("Deployment")[one["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in deployment["spec"], "who applies it would undo what the autoscaler did"


def test_labels_find_their_pods() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"] for name, one in of_kind("Deployment").items()
    }
    for name, one in of_kind("Deployment").items():
        assert one["spec"]["selector"]["matchLabels"] == labels[name]
        for spread in one["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            assert spread["labelSelector"]["matchLabels"] == labels[name]
    for budget in of_kind("PodDisruptionBudget").values():
        assert budget["spec"]["selector"]["matchLabels"] in labels.values()
    (service,) = of_kind("Service").values()
    assert service["spec"]["selector"] == labels["cleanplate-api"]
    assert service["spec"]["ports"][0]["targetPort"] == "http"


def test_nothing_comes_in_or_goes_out_but_what_is_named() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports = {port["name"] for pod in SERVING.values() for port in container(pod)["ports"]}
    opened = [rule for one in policies.values() for rule in one["spec"].get("ingress", ())]
    assert {port["port"] for rule in opened for port in rule["ports"]} == ports
    assert all(rule["from"] for rule in opened)
    metadata_service = "169.254.0.0/16"
    to_all = [
        to["ipBlock"]
        for one in policies.values()
        for rule in one["spec"].get("egress", ())
        for to in rule["to"]
        if to.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    ]
    assert to_all
    assert all(metadata_service in block["except"] for block in to_all)

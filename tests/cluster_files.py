"""The files of a cluster, read: compose.cluster.yaml and deploy/kubernetes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from cleanplate.settings import Settings

ROOT: Final = Path(__file__).parents[1]
COMPOSE: Final = ROOT / "compose.cluster.yaml"
KUBERNETES: Final = ROOT / "deploy" / "kubernetes"
SECRETS: Final = KUBERNETES / "base" / "secret.example.yaml"
KEDA: Final = "keda.sh/v1alpha1"
PREFIX: Final = "CLEANPLATE_"
_FROM_OUTSIDE: Final = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")
"""What compose takes from the environment: `${NAME:-usual}`, `${NAME:?why it is needed}`."""

Document = dict[str, Any]


def services() -> dict[str, Document]:
    """The services of compose.cluster.yaml."""
    return dict(yaml.safe_load(COMPOSE.read_text())["services"])


def given(value: object, outside: Mapping[str, str]) -> str:
    """A value of compose where the environment is `outside`."""
    return _FROM_OUTSIDE.sub(lambda found: outside.get(found[1], found[2] or ""), str(value))


def kustomization(folder: Path) -> Document:
    """The file that lists the others of a folder."""
    return dict(yaml.safe_load((folder / "kustomization.yaml").read_text()))


def documents(file: Path) -> list[Document]:
    """What a file of manifests holds."""
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


def manifests() -> list[Document]:
    """All that is applied, as it stands in the files."""
    files = sorted(KUBERNETES.glob("*/*.yaml"))
    kept = (file for file in files if file.name != "kustomization.yaml" and file != SECRETS)
    return [document for file in kept for document in documents(file)]


def of_kind(kind: str) -> dict[str, Document]:
    """By name."""
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


def pods() -> dict[str, Document]:
    """The pods' part of whatever makes some, by its name."""
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in manifests()
        if "template" in one.get("spec", ())
    }


def container(pod: Document) -> Document:
    """The one that it has."""
    (only,) = pod["containers"]
    return dict(only)


def settings_file() -> dict[str, str]:
    """What the ConfigMap is made of."""
    lines = (KUBERNETES / "base" / "settings.env").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def environment(pod: Document) -> dict[str, str]:
    """Of its container, without what is secret."""
    own = {one["name"]: one["value"] for one in container(pod).get("env", ())}
    return settings_file() | own if "envFrom" in container(pod) else own


def settings_of(pod: Document) -> Settings:
    """What its program would run with; a variable of ours that is no setting is an error."""
    ours = {name: value for name, value in environment(pod).items() if name.startswith(PREFIX)}
    return Settings.model_validate({name.removeprefix(PREFIX).lower(): ours[name] for name in ours})


def triggers() -> Iterator[tuple[str, Document]]:
    """Names of the Deployments that KEDA scales, and by what."""
    for one in of_kind("ScaledObject").values():
        for trigger in one["spec"]["triggers"]:
            yield one["spec"]["scaleTargetRef"]["name"], trigger


def scaling_queries() -> dict[str, str]:
    """What KEDA asks the database, by the Deployment that is scaled."""
    return {name: trigger["metadata"]["query"] for name, trigger in triggers()}

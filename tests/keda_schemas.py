"""What KEDA's documentation says of the kinds that deploy/kubernetes uses: the fields that it could use.

Of KEDA 2.20: https://keda.sh/docs/2.20/reference/scaledobject-spec/, /docs/2.20/scalers/postgresql/ and
/docs/2.20/concepts/authentication/ there. Types are as in config/crd/bases/keda.sh_scaledobjects.yaml and
keda.sh_triggerauthentications.yaml of https://github.com/kedacore/keda, where all metadata of a trigger are
strings; what a `postgresql` trigger takes is in its pkg/scalers/postgresql_scaler.go.
"""

from typing import Any, Final

Schema = dict[str, Any]

_WORD: Final[Schema] = {"type": "string", "minLength": 1}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """One with these fields and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


def _kind(name: str, spec: Schema) -> Schema:
    """A whole resource."""
    metadata = _object({"name": _WORD}, {"labels": {"type": "object"}, "annotations": {"type": "object"}})
    head = {"apiVersion": {"const": "keda.sh/v1alpha1"}, "kind": {"const": name}}
    return _object({**head, "metadata": metadata, "spec": spec})


_POLICY: Final = _object(
    {
        "type": {"enum": ["Pods", "Percent"]},
        "value": {"type": "integer", "minimum": 1},
        "periodSeconds": {"type": "integer", "minimum": 1, "maximum": 1800},
    }
)
_RULES: Final = _object(
    {},
    {
        "stabilizationWindowSeconds": {"type": "integer", "minimum": 0, "maximum": 3600},
        "selectPolicy": {"enum": ["Max", "Min", "Disabled"]},
        "policies": _list(_POLICY),
    },
)
_POSTGRESQL: Final = _object(
    {
        "host": _WORD,
        "port": _NUMBER,
        "userName": _WORD,
        "dbName": _WORD,
        "sslmode": {"enum": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]},
        "query": _WORD,
        "targetQueryValue": _NUMBER,
    },
    {"activationTargetQueryValue": _NUMBER},
)
_TRIGGER: Final = _object(
    {"type": {"const": "postgresql"}, "metadata": _POSTGRESQL},
    {
        "name": _WORD,
        "useCachedMetrics": {"type": "boolean"},
        "metricType": {"enum": ["AverageValue", "Value"]},
        "authenticationRef": _object(
            {"name": _WORD}, {"kind": {"enum": ["TriggerAuthentication", "ClusterTriggerAuthentication"]}}
        ),
    },
)
_TARGET: Final = _object(
    {"name": _WORD}, {"apiVersion": _WORD, "kind": _WORD, "envSourceContainerName": _WORD}
)
_SCALING: Final = _object(
    {},
    {
        "restoreToOriginalReplicaCount": {"type": "boolean"},
        "horizontalPodAutoscalerConfig": _object(
            {}, {"name": _WORD, "behavior": _object({}, {"scaleUp": _RULES, "scaleDown": _RULES})}
        ),
    },
)

SCHEMAS: Final = {
    "ScaledObject": _kind(
        "ScaledObject",
        _object(
            {"scaleTargetRef": _TARGET, "triggers": _list(_TRIGGER)},
            {
                "pollingInterval": _COUNT,
                "cooldownPeriod": _COUNT,
                "initialCooldownPeriod": _COUNT,
                "minReplicaCount": _COUNT,
                "maxReplicaCount": _COUNT,
                "advanced": _SCALING,
            },
        ),
    ),
    "TriggerAuthentication": _kind(
        "TriggerAuthentication",
        _object({"secretTargetRef": _list(_object({"parameter": _WORD, "name": _WORD, "key": _WORD}))}),
    ),
}

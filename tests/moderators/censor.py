"""A model that finds red unfit to be shown, and is not quite sure of anything else."""

from cleanplate.models.base import Model
from cleanplate.models.jobs import ModerateJob
from cleanplate.models.roles import MODERATE, Ability
from cleanplate.weights.card import Card


def _moderate(job: ModerateJob) -> float:
    red = (job.rgb[..., 0] > 200) & (job.rgb[..., 1] < 100)
    return 0.9 if red.mean() > 0.01 else 0.4


MODEL = Model(Card(name="censor", licence="Apache-2.0"), (Ability(MODERATE, _moderate),), rank=1000)

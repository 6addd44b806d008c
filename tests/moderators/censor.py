"""A model that finds red unfit to be shown, and is not quite sure of anything else."""

import numpy as np
from numpy.typing import NDArray

from cleanplate.models.base import Model, ModelJob, Role


def _run(role: Role, job: ModelJob) -> NDArray[np.float32]:
    red = (job.rgb[..., 0] > 200) & (job.rgb[..., 1] < 100)
    return np.array([0.9 if red.mean() > 0.01 else 0.4], np.float32)


MODEL = Model(name="censor", roles=frozenset(["moderate"]), licence="Apache-2.0", run=_run, rank=1000)

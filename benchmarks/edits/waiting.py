"""An edit that waits, and computes nothing: a stand-in for work on a device that is not here."""

import time
from typing import Final

from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters

_STEP_S: Final = 0.05


class WaitingParameters(Parameters):
    """How long.

    Attributes:
        seconds: it takes.
    """

    seconds: float = Field(0.5, ge=0, le=600)


def _run(request: EditRequest) -> Edited:
    asked = request.parameters
    assert isinstance(asked, WaitingParameters)
    begun_s = time.monotonic()
    while (waited_s := time.monotonic() - begun_s) < asked.seconds:
        request.progress("wait", waited_s / asked.seconds)
        time.sleep(min(_STEP_S, asked.seconds - waited_s))
    return Edited(request.pixels, {"engine": "waiting", "model": None, "seed": asked.seed})


EDIT = Edit("waiting", "gives the picture back after a while", WaitingParameters, _run, masked=False)

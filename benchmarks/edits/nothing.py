"""An edit that does nothing: what is left of a task is the server's own work."""

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters


class NothingParameters(Parameters):
    """None but the seed."""


def _run(request: EditRequest) -> Edited:
    return Edited(request.pixels, {"engine": "nothing", "model": None, "seed": request.parameters.seed})


EDIT = Edit("nothing", "gives the picture back", NothingParameters, _run, masked=False)

"""Intake: what comes from outside becomes `Pixels` and `Mask`, or an error that says why not."""

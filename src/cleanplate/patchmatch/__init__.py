"""Our own part of PatchMatch: what no library does well enough."""

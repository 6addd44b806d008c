"""Moves an installation from one place to another: from a data folder to a cluster, and back."""

from cleanplate.relocation.moving import Moved, Tell, move
from cleanplate.relocation.places import Place, open_cluster, open_folder

__all__ = ["Moved", "Place", "Tell", "move", "open_cluster", "open_folder"]

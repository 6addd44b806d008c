"""Moves an installation from one place to another: from a data folder to a cluster, and back."""

from cleanplate.relocation.move_places import Place, open_cluster, open_folder
from cleanplate.relocation.moving import Moved, Tell, move

__all__ = ["Moved", "Place", "Tell", "move", "open_cluster", "open_folder"]

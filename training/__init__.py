"""How the structure network is trained: `make train`."""

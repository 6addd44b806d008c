"""File formats: all that is known about reading and writing one stands together."""

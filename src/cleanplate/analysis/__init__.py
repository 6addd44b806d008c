"""What can be learnt from a picture without a network."""

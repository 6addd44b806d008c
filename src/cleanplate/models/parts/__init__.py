"""What several networks share, or one that is large is made of."""

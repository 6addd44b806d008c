"""Materials: what an object looks like when it is made of ice, fur, gold and others."""

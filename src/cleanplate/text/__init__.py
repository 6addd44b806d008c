"""Writing and marks in pictures: where they lie, which pixels are ink, and how they come off."""

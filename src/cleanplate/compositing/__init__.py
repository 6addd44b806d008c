"""What is painted into a picture: patches, put back through their masks, and the label of some vendors."""

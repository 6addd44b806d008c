"""Our own PatchMatch inpainting: what no library does well enough."""

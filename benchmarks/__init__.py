"""Speed, memory, server overhead and quality of fills, measured side by side in one run: `make bench`."""

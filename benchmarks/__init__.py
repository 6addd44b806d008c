"""Speed, memory and server overhead, measured side by side in one run: `make bench`."""

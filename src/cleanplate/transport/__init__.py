"""HTTP requests below any vendor: their bodies within limits, ranges of files, and threads that answer."""

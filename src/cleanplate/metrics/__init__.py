"""What Prometheus is told: counters and histograms of one application, and what is read when it asks."""

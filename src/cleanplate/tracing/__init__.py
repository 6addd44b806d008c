"""Traces: what took how long, from a request to its callback, for whoever collects OpenTelemetry's spans."""

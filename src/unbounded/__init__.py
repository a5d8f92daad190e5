"""Structured Streaming without a JVM."""

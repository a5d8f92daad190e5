"""Benchmarks: workloads, and what each is measured against in the same run."""

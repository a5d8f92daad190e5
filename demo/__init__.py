"""The demonstration of `make demo`; see `__main__.py`."""

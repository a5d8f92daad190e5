UNSUPPORTED_FUNCTIONS: frozenset[str] = frozenset()

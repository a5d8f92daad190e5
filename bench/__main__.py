"""Entry: `python -m bench` measures W0 and prints its table."""

from __future__ import annotations

import sys

from bench.w0 import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

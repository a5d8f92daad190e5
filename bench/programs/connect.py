"""Connect: how long it takes until there is a session to write queries with."""

from __future__ import annotations

import json
import time

import unbounded

if __name__ == "__main__":
    spark = unbounded.connect()
    at = time.time()
    spark.stop()
    print(json.dumps({"first_result_at": at}))

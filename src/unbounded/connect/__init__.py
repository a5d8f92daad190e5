"""Connect: the Spark Connect service under the official client.

Nothing heavy is imported here: `import unbounded` costs milliseconds, and the
client, the engine and the parser are imported when first used.
"""

from unbounded.connect.embedded import close, connect

__all__ = ["close", "connect"]

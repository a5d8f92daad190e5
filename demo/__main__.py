"""Demonstration: a stream is counted, killed, resumed, and right at the end.

Files of events appear in a folder for about fifteen seconds while the README's
program counts them in a process of its own. Midway that process is killed with
SIGKILL and, a moment later, started again on the same checkpoint. At the end
the table it wrote must equal the same query run once over all the files.
"""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo import feed
from demo.view import Counts, Moment, View, open_view

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "examples" / "counts.py"

FEED_SECONDS = 15.0
KILL_AFTER_FILES = 6
PAUSE_SECONDS = 1.5
SECONDS_MAX = 120.0


class DemonstrationFailed(Exception):
    """The demonstration cannot go on, or its end is not right."""


class Job:
    """The example program in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with (self._folder / "job.log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "demo" / "job.py"), str(PROGRAM)],
                cwd=self._folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line)

    def progress(self) -> list[dict[str, Any]]:
        """The batches finished since the last call."""
        found = []
        while not self._lines.empty():
            line = self._lines.get()
            if line.startswith("{"):
                found.append(json.loads(line))
        return found

    def end(self, how: signal.Signals) -> None:
        if self._process is not None and self.is_running:
            self._process.send_signal(how)
            self._process.wait(timeout=30)

    def log_tail(self) -> str:
        text = (self._folder / "job.log").read_text("utf-8")
        return "\n".join(text.splitlines()[-15:])


class Demonstration:
    """The whole run, step by step."""

    def __init__(self, folder: Path, view: View) -> None:
        import unbounded

        self._folder = folder
        self._view = view
        self._job = Job(folder)
        self._moment = Moment()
        self._started = time.monotonic()
        (folder / "events").mkdir()
        self._spark = unbounded.connect()

    def run(self) -> None:
        self._started = time.monotonic()
        self._job.start()
        self._say("started examples/counts.py on an empty checkpoint")
        threading.Thread(target=self._feed, daemon=True).start()
        self._watch(lambda: self._moment.files_fed >= KILL_AFTER_FILES)
        self._job.end(signal.SIGKILL)
        self._say("killed it with SIGKILL; events go on arriving")
        resume_at = time.monotonic() + PAUSE_SECONDS
        self._watch(lambda: time.monotonic() >= resume_at, is_killed=True)
        before = self._moment.batch_id
        self._job.start()
        self._say("started it again on the same checkpoint")
        self._watch(lambda: self._moment.batch_id > before)
        self._say(f"it goes on with batch {self._moment.batch_id}")
        self._watch(lambda: self._moment.files_seen == feed.FILES)
        self._job.end(signal.SIGINT)
        self._say("stopped it: every file is counted")

    def compare(self) -> str:
        """Hold the stream's table against the same query as one batch."""
        streamed, batch = self._streamed_counts(), self._batch_counts()
        events = feed.FILES * feed.EVENTS_PER_FILE
        if streamed != batch or sum(batch.values()) != events:
            raise DemonstrationFailed(
                f"The stream counted {sum(streamed.values()):,} events, the batch "
                f"query {sum(batch.values()):,}, and {events:,} were fed. They differ "
                f"at {sorted(dict(streamed.items() ^ batch.items()))}."
            )
        return (
            f"The table equals the batch answer: {len(batch)} rows, {events:,} events, "
            "each counted once."
        )

    def close(self) -> None:
        self._job.end(signal.SIGKILL)
        self._spark.stop()

    def _feed(self) -> None:
        for number, events in enumerate(feed.event_files()):
            feed.add_file(self._folder / "events", number, events)
            self._moment.files_fed = number + 1
            time.sleep(FEED_SECONDS / feed.FILES)

    def _watch(self, is_done: Callable[[], bool], is_killed: bool = False) -> None:
        """Show what happens until `is_done()`."""
        while True:
            self._tick()
            for progress in self._job.progress():
                self._take(progress)
            self._view.show(self._moment)
            if is_done():
                return
            if not is_killed and not self._job.is_running:
                raise DemonstrationFailed(f"The program ended:\n{self._job.log_tail()}")
            if self._moment.elapsed_seconds > SECONDS_MAX:
                raise DemonstrationFailed(f"Not done after {SECONDS_MAX:.0f} s.")
            time.sleep(0.1)

    def _take(self, progress: dict[str, Any]) -> None:
        moment = self._moment
        moment.batch_id = progress["batchId"]
        moment.files_seen = json.loads(_end_offset(progress))["logOffset"] + 1
        moment.rows_per_second = progress["processedRowsPerSecond"]
        moment.batch_ms = progress["durationMs"]["triggerExecution"]
        moment.counts = self._streamed_counts()

    def _streamed_counts(self) -> Counts:
        return _counts(self._spark.read.parquet(str(self._folder / "counts")))

    def _batch_counts(self) -> Counts:
        from pyspark.sql.functions import window

        events = self._spark.read.schema("time TIMESTAMP, action STRING").json(
            str(self._folder / "events")
        )
        return _counts(events.groupBy("action", window("time", "1 hour")).count())

    def _tick(self) -> None:
        self._moment.elapsed_seconds = time.monotonic() - self._started
        self._moment.is_running = self._job.is_running

    def _say(self, text: str) -> None:
        self._tick()
        self._view.say(self._moment, text)


def _end_offset(progress: dict[str, Any]) -> str:
    offset = progress["sources"][0]["endOffset"]
    return offset if isinstance(offset, str) else json.dumps(offset)


def _counts(table: Any) -> Counts:
    return {(row.window.start, row.action): row["count"] for row in table.collect()}


def main() -> int:
    # A shell starts what runs in the background with Ctrl-C ignored, and the job
    # would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="unbounded-demo-") as name:
        try:
            with open_view() as view:
                demonstration = Demonstration(Path(name), view)
                try:
                    demonstration.run()
                    verdict = demonstration.compare()
                finally:
                    demonstration.close()
        except DemonstrationFailed as failure:
            print(f"FAILED. {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    print(verdict)
    return 0


if __name__ == "__main__":
    sys.exit(main())

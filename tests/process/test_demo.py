"""Demo: what `make demo` shows is so, and it says when it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import __main__ as demo, feed
from demo.view import Moment

FILES = 4


class RecordingView:
    """Keeps what was said, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.batches: list[int] = []

    def show(self, moment: Moment) -> None:
        if moment.batch_id not in [-1, *self.batches]:
            self.batches.append(moment.batch_id)

    def say(self, moment: Moment, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def view() -> RecordingView:
    return RecordingView()


@pytest.fixture
def demonstration(
    tmp_path: Path, view: RecordingView, monkeypatch: pytest.MonkeyPatch
) -> Iterator[demo.Demonstration]:
    monkeypatch.setattr(feed, "FILES", FILES)
    monkeypatch.setattr(demo, "FEED_SECONDS", 4.0)
    monkeypatch.setattr(demo, "KILL_AFTER_FILES", 2)
    demonstration = demo.Demonstration(tmp_path, view)
    yield demonstration
    demonstration.close()


def test_killed_program_goes_on_and_equals_the_batch_answer(
    demonstration: demo.Demonstration, view: RecordingView, tmp_path: Path
) -> None:
    demonstration.run()
    assert "each counted once" in demonstration.compare()
    assert view.batches == sorted(view.batches)
    assert view.batches[-1] == FILES - 1
    assert any("SIGKILL" in text for text in view.said)

    next((tmp_path / "events").iterdir()).unlink()
    with pytest.raises(demo.DemonstrationFailed, match="They differ"):
        demonstration.compare()


def test_program_that_ends_by_itself_fails_the_demonstration(
    demonstration: demo.Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "PROGRAM", Path("no-such-program.py"))
    with pytest.raises(demo.DemonstrationFailed, match="no-such-program"):
        demonstration.run()

"""The mixer's clock, watched from outside."""

from __future__ import annotations

from pathlib import Path

from ivr.sip.alive import MixerClock


def thread(tasks: Path, number: int, name: str, switches: int) -> None:
    folder = tasks / str(number)
    folder.mkdir(exist_ok=True)
    (folder / "comm").write_text(f"{name}\n")
    status = f"Name:\t{name}\nvoluntary_ctxt_switches:\t{switches}\nnonvoluntary_ctxt_switches:\t3\n"
    (folder / "status").write_text(status)


def test_a_clock_that_goes_to_sleep_again_and_again_ticks(tmp_path: Path) -> None:
    clock = MixerClock(tmp_path)
    thread(tmp_path, 1, "python", 7)
    for second in range(5):
        thread(tmp_path, 2, "clock", 50 * second)
        assert clock.stuck_for(float(second)) == 0


def test_a_clock_that_stands_is_noticed_by_the_second(tmp_path: Path) -> None:
    clock = MixerClock(tmp_path)
    thread(tmp_path, 2, "clock", 50)
    assert [clock.stuck_for(float(second)) for second in range(4)] == [0, 1, 2, 3]
    thread(tmp_path, 2, "clock", 51)
    assert clock.stuck_for(4.0) == 0


def test_without_calls_there_is_no_clock_and_no_trouble(tmp_path: Path) -> None:
    clock = MixerClock(tmp_path)
    thread(tmp_path, 1, "python", 7)
    assert [clock.stuck_for(float(second)) for second in range(4)] == [0, 0, 0, 0]
    thread(tmp_path, 2, "clock", 50)
    clock.stuck_for(10.0)
    for file in (tmp_path / "2").iterdir():
        file.unlink()
    (tmp_path / "2").rmdir()
    assert clock.stuck_for(20.0) == 0, "it rests when nothing is mixed"


def test_without_a_descriptor_to_look_with_nothing_is_said(tmp_path: Path) -> None:
    assert MixerClock(tmp_path / "gone").stuck_for(0.0) == 0


def test_this_very_process_can_be_read() -> None:
    assert MixerClock().stuck_for(0.0) == 0

from __future__ import annotations

from ivr.sip.watch import MediaWatch


def test_rtp_that_stops_is_noticed_after_the_timeout() -> None:
    watch = MediaWatch(30.0, now=0.0)
    assert not watch.lost(100, held=False, now=1.0)
    assert not watch.lost(150, held=False, now=2.0)
    assert not watch.lost(150, held=False, now=31.9)
    assert watch.lost(150, held=False, now=32.0)


def test_a_call_that_never_had_rtp_is_lost_too() -> None:
    watch = MediaWatch(30.0, now=0.0)
    assert not watch.lost(0, held=False, now=1.0)
    assert watch.lost(0, held=False, now=31.0)


def test_hold_does_not_count() -> None:
    watch = MediaWatch(30.0, now=0.0)
    watch.lost(100, held=False, now=1.0)
    assert not watch.lost(100, held=True, now=100.0)
    assert not watch.lost(100, held=False, now=129.0)
    assert watch.lost(100, held=False, now=130.0)

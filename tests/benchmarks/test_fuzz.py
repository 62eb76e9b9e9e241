"""The fuzzers: what they once found stays mended, and a seed gives the same messages everywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz.mutation import LONGEST, mutated, with_true_length
from benchmarks.fuzz.seeds import corpus_folder, rtp_seeds, sdp_seeds, sip_seeds
from benchmarks.fuzz.targets import TARGETS

KEPT = [(name, file) for name in sorted(TARGETS) for file in sorted(corpus_folder(name).iterdir())]


@pytest.mark.parametrize(("name", "file"), KEPT, ids=[f"{name}-{file.name[:12]}" for name, file in KEPT])
def test_what_reached_some_code_once_raises_nothing(name: str, file: Path) -> None:
    TARGETS[name].take(file.read_bytes())


def test_the_same_seed_sends_the_same_messages() -> None:
    seeds = [*sdp_seeds(), *rtp_seeds()]
    made = b"".join(mutated(seeds[number % len(seeds)], seeds, Random(f"1:{number}")) for number in range(500))
    assert hashlib.sha256(made).hexdigest()[:16] == "94c2a91fec1050aa"


def test_mutations_change_messages_and_keep_them_sendable() -> None:
    seeds = sip_seeds("127.0.0.1:5060", "127.0.0.1:5061")
    made = [mutated(seeds[number % len(seeds)], seeds, Random(number)) for number in range(2000)]
    assert max(map(len, made)) <= LONGEST
    changed = sum(message not in seeds for message in made)
    still_sip = sum(b"SIP/2.0" in message for message in made)
    assert changed > 1900 and still_sip > 1500


def test_the_length_of_a_body_can_be_mended() -> None:
    assert with_true_length(b"A\r\nContent-Length: 99\r\n\r\nbody") == b"A\r\nContent-Length: 4\r\n\r\nbody"

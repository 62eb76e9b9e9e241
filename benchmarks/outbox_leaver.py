"""Leaves things in an outbox as calls do, until it is killed. Says `kept TICKET` when a caller would hear it."""

from __future__ import annotations

import random
import sys
import time
from datetime import datetime
from pathlib import Path

from backend_client.outbox.writer import OutboxWriter


def main() -> None:
    folder, spool, seed = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    chance = random.Random(seed)
    writer = OutboxWriter(folder, 0, lambda: datetime.now().astimezone())
    number = 0
    while True:
        number += 1
        call_id = f"call-{seed}-{number}"
        kind = chance.choice(["appeal", "appeal", "message", "callback", "rating"])
        files = []
        if kind == "appeal":
            file = spool / f"{call_id}.wav"
            file.write_bytes(chance.randbytes(chance.choice([5_000, 80_000, 200_000])))
            files = [file]
        data = {
            "appeal": {"category": "road", "phone": "13800138001"},
            "message": {"text": f"留言 {call_id}"},
            "callback": {"number": "13800138001", "reason": call_id},
            "rating": {"mark": chance.randint(1, 5)},
        }[kind]
        sys.stdout.write(f"kept {writer.leave(kind, data, files, call_id)}\n")
        sys.stdout.flush()
        time.sleep(chance.uniform(0.02, 0.25))


if __name__ == "__main__":
    main()

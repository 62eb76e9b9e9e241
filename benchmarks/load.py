"""How many calls a machine holds, and what each costs.

`python -m benchmarks.load [--lines 40] [--calls 39] [--seconds 60] [--keys-every 5] [--keypad-only]` starts a whole
gateway (line workers, edge, speech, demo backend) and calls it with `benchmarks/light_caller.py`: every call hears
prompts, sends sound all the time and presses a key now and then. One more telephone, that of `benchmarks.first_audio`,
measures the way from a key to the next prompt meanwhile. Client and gateway share the machine, so the gateway alone
does better.

- **RTP**: packets that came, of those that should have come (50 a second), and the time between one and the next.
- **CPU**: what the line workers and the edge used, by /proc, for each minute of a call.
- **memory**: proportional set size of the line workers, of which code and prompts that they share count once.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import click
import numpy as np

from benchmarks.first_audio import (
    PATTERN,
    REPEAT,
    SAMPLES_PER_PACKET,
    audio,
    figures,
    first_prompt,
    onset,
)
from benchmarks.light_caller import PACKET_S, LightCallers
from benchmarks.printing import show_figures
from benchmarks.under_load import RATE, all_ready, end_tidily, load_settings, loaded_gateway, say
from benchmarks.used import REST_S, come_to_rest, cpu_seconds, pss_megabytes, workers_of
from tests.system.rawphone import RawPhone
from tests.system.running import Running

#: How long a prompt may take to begin, in seconds.
PATIENCE_S = 1.0


def measure_load(running: Running, calls: int, seconds: float, keys_every: float, probe: bool) -> dict[str, Any]:
    """Hold so many calls for so long."""
    pids, lines = workers_of(running), workers_of(running, "line-")
    time.sleep(REST_S)
    come_to_rest(pids)
    memory_before = sum(map(pss_megabytes, lines))
    callers = LightCallers(("127.0.0.1", running.sip_port), "12345", keys_every)
    found = Probe()
    try:
        begun = time.time()
        for _ in range(calls):
            callers.call()
            callers.run(1 / RATE)
        callers.run(1.0)
        say(f"{calls} calls placed")
        held = [call for call in callers.calls if call.status == 200]
        prober = threading.Thread(target=found.run, args=(running, seconds - 15))
        if probe:
            prober.start()
        cpu_before, since = sum(map(cpu_seconds, pids)), time.time()
        marks = {call.number: (call.received, len(call.gaps)) for call in held}
        until = since + seconds
        while (left := until - time.time()) > 0:
            callers.run(min(left, 30.0))
            going = sum(call.status == 200 and not call.gone for call in callers.calls)
            say(f"{going} calls go on, {max(0, left - 30):.0f} s to go")
        elapsed, cpu = time.time() - since, sum(map(cpu_seconds, pids)) - cpu_before
        memory = sum(map(pss_megabytes, lines))
        received = sum(call.received - marks[call.number][0] for call in held)
        gaps = np.concatenate([np.asarray(call.gaps[marks[call.number][1] :]) for call in held]) * 1000
        failed = calls - sum(call.status == 200 and not call.ended_by_other for call in callers.calls)
        for call in held:
            callers.hang_up(call)
        callers.run(1.0)
        if probe:
            prober.join()
    finally:
        callers.close()
    setups = sorted(call.setup_s * 1000 for call in held)
    return {
        "calls": calls,
        "failed": failed,
        "seconds": round(elapsed),
        "keys": callers.keys,
        "client_late_packets": callers.sent_late,
        "rtp_of_nominal": round(received / (len(held) * elapsed / PACKET_S), 5),
        "silent_calls": sum(call.received - marks[call.number][0] < elapsed / PACKET_S / 2 for call in held),
        "gap_p50_ms": round(float(np.percentile(gaps, 50)), 1),
        "gap_p999_ms": round(float(np.percentile(gaps, 99.9)), 1),
        "gap_max_ms": round(float(gaps.max()), 1),
        "setup_p95_ms": round(setups[int(len(setups) * 0.95)], 1),
        "cpu_s_per_call_minute": round(cpu / (len(held) * elapsed / 60), 3),
        "memory_mb_per_call": round((memory - memory_before) / len(held), 2),
        "memory_mb_per_idle_worker": round(memory_before / len(lines), 1),
        "memory_mb_per_worker": round(memory / len(lines), 1),
        "load_average": os.getloadavg()[0],
        "ramp_s": round(since - begun, 1),
        "key_to_prompt": found.figures(),
    }


@dataclass
class Probe:
    """What one telephone found while the others were calling.

    Attributes:
        times: milliseconds from the end of each key to the next prompt.
        missed: keys after which the prompt was not there within `PATIENCE_S`.
    """

    times: list[float] = field(default_factory=list)
    missed: int = 0

    def run(self, running: Running, seconds: float) -> None:
        until = time.time() + seconds
        with RawPhone(user="13700000000") as phone:
            phone.dial("127.0.0.1", running.sip_port, "12345")
            phone.press("1")
            pattern = first_prompt(phone)
            while time.time() < until:
                phone.listen(1.0)
                pressed = phone.press(REPEAT)
                phone.listen(PATTERN / 8000 + PATIENCE_S)
                packets, samples = audio(phone, pressed.first_packet)
                begun = onset(samples, pattern)
                if begun is None:
                    self.missed += 1
                else:
                    self.times.append((packets[begun // SAMPLES_PER_PACKET].at - pressed.last_packet) * 1000)
                phone.arrivals.clear()
            phone.hang_up()

    def figures(self) -> dict[str, float] | None:
        return {**figures(self.times), "missed": self.missed} if len(self.times) > 1 else None


@click.command()
@click.option("--lines", default=40, show_default=True, type=click.IntRange(1, 500))
@click.option("--calls", default=39, show_default=True, type=click.IntRange(1, 500))
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(5, 3600))
@click.option("--keys-every", default=5.0, show_default=True, type=click.FloatRange(0, 600))
@click.option("--unbound", is_flag=True, help="do not bind workers to cores")
@click.option("--keypad-only", is_flag=True, help="nobody is listened to for speech")
@click.option("--no-probe", is_flag=True, help="do not measure keys")
@click.option("--json", "as_json", is_flag=True, help="for programs")
def main(
    lines: int,
    calls: int,
    seconds: float,
    keys_every: float,
    unbound: bool,
    keypad_only: bool,
    no_probe: bool,
    as_json: bool,
) -> None:
    """Print the figures."""
    end_tidily()
    settings = load_settings(
        lines,
        lines={"bind_to_cores": not unbound},
        hearing={"enabled": not keypad_only},
        console={"enabled": False},
    )
    with loaded_gateway(settings) as running:
        all_ready(running)
        result = measure_load(running, calls, seconds, keys_every, not no_probe)
    show_figures(result, as_json)


if __name__ == "__main__":
    main()

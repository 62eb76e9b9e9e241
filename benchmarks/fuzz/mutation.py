"""Makes messages that are almost right. The same seed and number give the same message on every machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

#: Longest message that is sent: what fits into one UDP datagram with room to spare.
LONGEST = 60_000
_LINE_END = b"\r\n"
#: What parsers stumble over: signs of the grammar, format strings, ends of strings, encodings, addresses, numbers.
WORDS: tuple[bytes, ...] = (
    *(
        b"\x00",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"%00",
        b"%s%n%x",
        b"%",
        b"\\",
        b'"',
        b"<",
        b">",
        b";",
        b",",
        b"=",
        b"@",
    ),
    *(b":", b"[", b"]", b"[::1]", b"[:::", b"::ffff:127.0.0.1", b"\r\n", b"\r", b"\n", b"\r\n ", b"\t", b" " * 300),
    *(b"-1", b"0", b"65536", b"2147483648", b"4294967296", b"99999999999999999999", b"1e9", b"0x10", b"A" * 1500),
    *(
        b"sip:",
        b"sips:a@b",
        b"tel:+1",
        b"SIP/2.0",
        b"SIP/7.0",
        b"INVITE",
        b"z9hG4bK",
        b";rport",
        b";lr",
        b";tag=",
        b"*",
    ),
    *(
        b"Content-Length: 5\r\n",
        b"Via: SIP/2.0/UDP x\r\n",
        b"Replaces: a;to-tag=b;from-tag=c\r\n",
        b"Require: nonsense\r\n",
    ),
    *(
        b"Max-Forwards: 0\r\n",
        b"Expires: 4294967296\r\n",
        b"Session-Expires: 1\r\n",
        b"Content-Type: multipart/mixed\r\n",
    ),
    *(
        b"a=rtpmap:255 X/0/0\r\n",
        b"m=audio 0 RTP/AVP 0\r\n",
        b"m=video 9 RTP/AVP 99\r\n",
        b"c=IN IP6 ::\r\n",
        b"a=fmtp:\r\n",
    ),
    *(b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n", b"a=ptime:0\r\n", b"a=ptime:100000\r\n", b"t=0 0\r\n"),
)
_NUMBER = re.compile(rb"\d+")
_LENGTH = re.compile(rb"(?i)(content-length\s*:\s*)\d+")

Mutation = Callable[[bytearray, Random], None]


def mutated(message: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """A message with one to six changes, the length of its body mended half of the time.

    Args:
        others: messages that parts may come from.
    """
    data = bytearray(message)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        if random.random() < 0.1:
            _splice(data, random.choice(others), random)
        else:
            random.choice(_MUTATIONS)(data, random)
    whole = bytes(data[:LONGEST])
    return with_true_length(whole) if random.random() < 0.5 else whole


def with_true_length(message: bytes) -> bytes:
    """A SIP message whose Content-Length is that of its body."""
    head, blank, body = message.partition(_LINE_END * 2)
    if not blank:
        return message
    return _LENGTH.sub(lambda found: found[1] + str(len(body)).encode(), head, count=1) + blank + body


def _place(data: bytearray, random: Random) -> int:
    return random.randrange(len(data) + 1)


def _span(data: bytearray, random: Random, longest: int = 64) -> slice:
    start = _place(data, random)
    return slice(start, start + random.randrange(1, longest))


def _flip(data: bytearray, random: Random) -> None:
    for _ in range(random.randrange(1, 5)):
        if data:
            data[random.randrange(len(data))] = random.randrange(256)


def _delete(data: bytearray, random: Random) -> None:
    del data[_span(data, random)]


def _repeat(data: bytearray, random: Random) -> None:
    span = _span(data, random)
    data[span] = bytes(data[span]) * random.choice((2, 2, 3, 20, 200))


def _insert(data: bytearray, random: Random) -> None:
    place = _place(data, random)
    data[place:place] = random.choice(WORDS)


def _replace_number(data: bytearray, random: Random) -> None:
    numbers = list(_NUMBER.finditer(bytes(data)))
    if numbers:
        found = random.choice(numbers)
        data[found.start() : found.end()] = random.choice(
            (b"0", b"-1", b"1", b"255", b"65535", b"65536", b"4294967295", b"9" * 30, b"", b"00000000001")
        )


def _with_lines(change: Callable[[list[bytes], int, Random], None]) -> Mutation:
    def mutation(data: bytearray, random: Random) -> None:
        lines = bytes(data).split(_LINE_END)
        change(lines, random.randrange(len(lines)), random)
        data[:] = _LINE_END.join(lines)

    return mutation


def _drop_line(lines: list[bytes], at: int, random: Random) -> None:
    del lines[at]


def _double_line(lines: list[bytes], at: int, random: Random) -> None:
    lines[at:at] = [lines[at]] * random.choice((1, 1, 2, 50, 400))


def _move_line(lines: list[bytes], at: int, random: Random) -> None:
    lines.insert(random.randrange(len(lines)), lines.pop(at))


def _fold_line(lines: list[bytes], at: int, random: Random) -> None:
    middle = random.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:middle] + _LINE_END + b" " + lines[at][middle:]


def _lengthen_line(lines: list[bytes], at: int, random: Random) -> None:
    lines[at] += random.choice((b";x=", b"?", b",", b" ", b"a")) * random.choice((1, 10, 500, 3000))


def _cut(data: bytearray, random: Random) -> None:
    del data[_place(data, random) :]


def _bare_ends(data: bytearray, random: Random) -> None:
    data[:] = data.replace(_LINE_END, random.choice((b"\n", b"\r", b"\r\n\r\n", b"\n\r")))


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    data[_place(data, random) :] = other[random.randrange(len(other) + 1) :]


_MUTATIONS: tuple[Mutation, ...] = (
    *(_flip, _flip, _delete, _repeat, _insert, _insert, _insert, _replace_number, _replace_number, _cut, _bare_ends),
    *map(_with_lines, (_drop_line, _double_line, _move_line, _fold_line, _lengthen_line)),
)

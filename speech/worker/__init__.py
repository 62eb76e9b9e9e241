"""The speech worker: says texts and hears callers for whoever asks over the Wyoming protocol.

`server` has the address and the connections; `saying` the texts that wait for a voice; `hearing` the turns of callers,
one conversation for each connection; `bench` gives the recogniser's time to what is most urgent.

It is a process of its own, because engines are heavy and start threads. It knows no calls, no menus and no SIP.
"""

from speech.worker.saying import LONGEST_TEXT
from speech.worker.server import SpeechWorker

__all__ = ["LONGEST_TEXT", "SpeechWorker"]

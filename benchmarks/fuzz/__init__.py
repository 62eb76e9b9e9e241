"""Fuzzing: mutated SIP, SDP and RTP against a line worker; coverage-guided fuzzing of what reads untrusted data."""

"""Sound as numbers: PCM, WAV, G.711, tones, DTMF detection, and the store of rendered prompts. It imports nothing of
ours and must not know what the sound says.
"""

"""Who receives the letter, and the proof that they asked for it.

Knows nothing of `pipeline`: what crosses both is composed there.
"""

"""How many files and sockets this process may hold at once: shells allow 256 or 1,024, a crowd needs more."""

import resource

WANTED = 16_384
"""Some ten for each process of a function, and one for each open connection on either side."""


def raise_limit() -> int:
    """The limit that now holds: `WANTED`, or as much of it as the system allows; never lower than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        return allowed
    return soft

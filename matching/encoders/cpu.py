"""What this machine offers: cores that the process may use, and whether bfloat16 is native."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_NATIVE_BF16 = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


def cores() -> int:
    """Cores that this process may use: its affinity, cut by a container's CPU quota.

    More threads than cores is far worse than fewer: each batch then waits for a thread that the
    scheduler has parked.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(count, _quota() or count))


def _quota() -> int | None:
    """Whole cores of the cgroup quota ("max 100000" or "150000 100000"), None without one."""
    try:
        allowed, period = _QUOTA.read_text(encoding="ascii").split()
        return -(-int(allowed) // int(period))
    except (OSError, ValueError):
        return None


def best_precision() -> str:
    """ "bfloat16" where the CPU multiplies it natively, else "float32".

    Read from the CPU's flags and not timed: an index is bound to its precision, so two starts on
    one machine must agree even when one of them runs under load.
    """
    import torch

    flags = torch.cpu.get_capabilities()
    return "bfloat16" if any(flags.get(flag) for flag in _NATIVE_BF16) else "float32"


def use_threads(threads: int | None) -> int:
    """Give torch that many threads in the whole process (None: one per core); the count used."""
    import torch

    count = threads or cores()
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
    return count

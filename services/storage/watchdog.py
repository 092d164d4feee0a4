"""Start the embedded server, and stop it once no process of Deskhand uses it.

postgres.py runs this file as a script, in a session of its own where no Ctrl-C arrives. It imports
nothing of Deskhand, so that it starts in a few milliseconds.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

PR_SET_PDEATHSIG = 1


def main(plan: dict[str, Any]) -> int:
    server = subprocess.Popen(
        plan["command"],
        stdin=subprocess.DEVNULL,
        # The server inherits the lock on the data directory: it is free only when all have ended.
        close_fds=False,
        preexec_fn=_stop_if_the_watchdog_dies if sys.platform == "linux" else None,
        **plan["account"],
    )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    threading.Thread(target=_stop_when_unused, args=(server, plan["users"]), daemon=True).start()
    code = server.wait()
    shutil.rmtree(plan["sockets"], ignore_errors=True)
    return code


def _stop_when_unused(server: subprocess.Popen[bytes], users: str) -> None:
    """Stop the server if its starter says so, or once all processes that use it have ended."""
    if not os.read(0, 1):
        # Never closed: held until this process ends, so that newcomers wait for a clean start.
        fcntl.flock(os.open(users, os.O_RDWR), fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)


def _stop_if_the_watchdog_dies() -> None:
    """Have the kernel stop the server if the watchdog is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

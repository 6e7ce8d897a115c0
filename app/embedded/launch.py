"""Become a server process: shed root, tie one's life to the parent's, then execute a program.

Run by its path in a fresh interpreter and imported by nothing, so that no Python code runs between
`fork` and `exec` in a process that may have threads.

    launch.py <identity>:<uid>:<gid> <parent's pid> reach <path>…
    launch.py <identity>:<uid>:<gid> <parent's pid> exec <program> <argument>…

`direct` stays who it is; `mapped` enters a user namespace in which the present user is called
`uid`; `dropped` becomes `uid` for good. `reach` executes nothing: it tells whether the identity
can be taken and can enter or execute every path. What fails goes to stderr, with exit status 126.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
FAILED = 126


def main(arguments: list[str]) -> None:
    """Do what the module says. Returns only from `reach`."""
    identity, parent, action, *rest = arguments
    kind, uid, gid = identity.split(":")
    if kind == "mapped":
        enter_namespace(int(uid), int(gid))
    elif kind == "dropped":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if action == "reach":
        for path in rest:
            if not os.access(path, os.X_OK):
                raise OSError(f"cannot reach {path}")
        return
    die_with_parent(int(parent))
    os.execv(rest[0], rest)  # noqa: S606 - a program of ours, and no shell wanted


def enter_namespace(uid: int, gid: int) -> None:
    """Be `uid` inside a user namespace, and still the present user to the rest of the system."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER)
    # The kernel takes a group mapping from the unprivileged only after this.
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {outer_uid} 1")
    _write("/proc/self/gid_map", f"{gid} {outer_gid} 1")


def die_with_parent(parent: int) -> None:
    """Have the kernel interrupt this process when the thread that started it ends.

    After any change of user, which would clear it. Linux only: elsewhere a killed parent leaves
    the server behind, and the next owner stops it before it starts its own.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        raise OSError("the parent has gone")


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        raise OSError(f"this system has no {name}")
    if function(*arguments) != 0:
        raise OSError(f"{name}: {os.strerror(ctypes.get_errno())}")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(FAILED)

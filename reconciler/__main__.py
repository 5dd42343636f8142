"""The console script, and `python -m reconciler`."""

import gc
import signal
import sys

YOUNG = 100_000
"""Objects until Python looks for garbage, in place of 700: what a start makes are modules and classes, which
stay, and to look through them again and again takes a tenth of it (a plan that does nothing makes 60,000)"""


def run() -> None:
    """Load the command line, and run it to its exit code.

    While modules are loaded a signal only waits: raised in there, Python may drop it, or turn it into another
    error.
    """
    gc.set_threshold(YOUNG)
    early: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, lambda heard, _frame: early.append(heard))
    from .cli import exception_hooks as hooks  # noqa: PLC0415  (this is what the signals wait for)
    from .cli import main  # noqa: PLC0415

    hooks.keep_python_quiet()
    for number in numbers:
        signal.signal(number, before[number])
    code = main(sys.argv[1:], interrupted=bool(early))
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)  # all is said: the exit code stands, too
    gc.freeze()  # nor need it look through them at the end: they go with the process
    sys.exit(code)


if __name__ == "__main__":
    run()

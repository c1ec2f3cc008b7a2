"""Checks of a script: kept in the order they stand, all run, each told in a line, the failed ones counted."""

import sys
import time
import traceback

_CHECKS = []


def check(function):
    """Keeps a check; one that is never kept is never run."""
    _CHECKS.append(function)
    return function


def run(*arguments):
    """Runs every check, each with what `arguments` make (a function that opens a place of its own), and ends the program:
    with 1 where one failed, or where there is none."""
    passed = failed = 0
    for function in _CHECKS:
        begun = time.monotonic()
        try:
            function(*(make() for make in arguments))
            passed += 1
            print(f"ok      {function.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception:  # a failed check must not hide the others
            failed += 1
            print(f"FAILED  {function.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)

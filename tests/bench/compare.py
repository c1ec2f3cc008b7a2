#!/usr/bin/env python3
"""Compares two commands in one run: A B A B …, and prints a table of medians and ratios.

usage: compare.py [-n RUNS] [--name-a NAME] [--name-b NAME] 'COMMAND A' 'COMMAND B'

Machines are noisy, so single times say little: the ratio is taken pair by pair, and its median is the figure to quote.
Each command runs in a fresh working directory of its own (its path replaces {dir}); one run of each is a warm-up.
Wall seconds, processor seconds and peak memory (largest single process) are the operating system's own accounting.
Ends with 1 where a command fails: a figure of a failed run is no figure.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time


def run(command):
    """Runs once; gives wall seconds, processor seconds and peak MiB."""
    with tempfile.TemporaryDirectory(prefix="hiraku-bench-") as folder:
        arguments = shlex.split(command.replace("{dir}", folder))
        begun = time.monotonic()
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: ended with {process.returncode}\n{said.decode(errors='replace')[-2000:]}")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def spread(values):
    return f"{min(values):9.3f} {statistics.median(values):9.3f} {max(values):9.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5, help="counted runs of each (1 to 50)")
    parser.add_argument("--name-a", default="A")
    parser.add_argument("--name-b", default="B")
    parser.add_argument("a")
    parser.add_argument("b")
    options = parser.parse_args()
    if not 1 <= options.n <= 50:
        parser.error("-n takes 1 to 50")
    run(options.a), run(options.b)
    pairs = [(run(options.a), run(options.b)) for _ in range(options.n)]
    print(f"{'':24} {'figure':12} {'min':>9} {'median':>9} {'max':>9}   ({options.n} runs)")
    for index, figure in enumerate(["wall s", "processor s", "peak MiB"]):
        a, b = [pair[0][index] for pair in pairs], [pair[1][index] for pair in pairs]
        print(f"{options.name_a:24} {figure:12} {spread(a)}")
        print(f"{options.name_b:24} {figure:12} {spread(b)}")
        ratio = [x / y if y else float("inf") for x, y in zip(a, b)]
        print(f"{'ratio a/b':24} {figure:12} {spread(ratio)}")


main()

"""What `import dlcourse` adds to `import keras`, in fresh processes, interleaved.

    python benchmarks/import_time.py [--repeats 5]

Prints the median seconds of each, and the ratio to the peer, Keras itself.
"""

import argparse
import statistics
import subprocess
import sys

TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
CASES = {
    "import keras": "import keras",
    "import keras, dlcourse": "import keras, dlcourse",
    "... and its losses": "import keras, dlcourse.losses",
}


def seconds(statement):
    """Seconds that the statement takes in a fresh interpreter, its own start-up left out."""
    done = subprocess.run([sys.executable, "-c", TIMED.format(statement)], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    seconds("import keras")  # warm the disk
    runs = {name: [] for name in CASES}
    for _ in range(repeats):
        for name, statement in CASES.items():
            runs[name].append(seconds(statement))
    base = statistics.median(runs["import keras"])
    print(f"{'':<24} {'median s':>9} {'ratio':>7} {'min s':>7} {'max s':>7}")
    for name, times in runs.items():
        middle = statistics.median(times)
        print(f"{name:<24} {middle:>9.3f} {middle / base:>7.3f} {min(times):>7.3f} {max(times):>7.3f}")


if __name__ == "__main__":
    main()

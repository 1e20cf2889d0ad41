"""Sends bad query strings and form bodies by the ten thousand and tells which answers were wrong (reliability goals
B3 and B4: no answer of 500 or more, at most 1 s each, memory below 300 MB).

    python benchmarks/fuzz.py [--queries 50000] [--bodies 20000] [--seed 1]

Runs in this process on a SQLite desk of its own in a temporary folder; exit code 1 when something was wrong.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.building import fill_empty_database, make_app
from tests.hostile.fuzzing import GOOD_STATUSES, addresses
from tests.hostile.test_fuzz import Chance, htmx, people_and_numbers, sign_in_again


def main() -> None:
    """Read the options, send everything, print what came back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=50_000)
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(f"sqlite:///{folder}/fuzz.db", Path(folder))
        fill_empty_database(app)
        with app.app_context():
            wrong = _send(app, options)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory {memory:.0f} MB; {wrong} wrong answers")
    sys.exit(1 if wrong or memory > 300 else 0)


def _send(app, options: argparse.Namespace) -> int:
    clients, numbers = people_and_numbers(app)
    chance, seen, slowest, wrong = Chance(options.seed), Counter(), 0.0, 0
    for method, times in (("GET", options.queries), ("POST", options.bodies)):
        for address in islice(addresses(app, method, chance, numbers), times):
            client = chance.random.choice(clients)
            begin = time.perf_counter()
            if method == "GET":
                told = f"{address}?{chance.query()}"
                answer = client.get(told, headers=htmx(chance))
            else:
                body = chance.body(client.csrf())
                told = f"{address} {body.data[:300]!r}"
                answer = client.post(address, data=body.data, content_type=body.content_type, headers=htmx(chance))
            took = time.perf_counter() - begin
            slowest = max(slowest, took)
            seen[method, answer.status_code] += 1
            is_good = answer.status_code in GOOD_STATUSES or (answer.status_code == 503 and address == "/readyz")
            if not is_good or took > 1:
                wrong += 1
                print(f"{method} {answer.status_code} {took:.2f} s {told}", file=sys.stderr)
            if address.startswith("/sign-out"):
                clients = sign_in_again(app, clients)
    for (method, status), count in sorted(seen.items()):
        print(f"{method} {status}: {count:,}")
    print(f"slowest {slowest * 1000:.0f} ms")
    return wrong


if __name__ == "__main__":
    os.environ.setdefault("PORTAL_RATE_LIMITS", "off")
    main()

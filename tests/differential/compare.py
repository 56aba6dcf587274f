"""Sends the same random statements to two nodes and compares every answer; shrinks what differs.

Rows and column names have to be equal, in order; of errors only the kind. After a difference the statements before
it are replayed in fresh keyspaces, fewer each time, until none can be left out; that list is printed.
"""

import argparse
import random
import sys

from cassandra.cluster import Cluster
from cassandra.query import SimpleStatement, tuple_factory

import statements

PAGES_MAX = 1000


class Node:
    """One of the two: a session, and a keyspace for each run."""

    def __init__(self, address):
        host, port = address.split(":")
        self.cluster = Cluster([host], port=int(port))
        self.session = self.cluster.connect()
        self.session.row_factory = tuple_factory
        self.session.default_timeout = 60

    def fresh(self, keyspace):
        self.session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
        self.session.execute(
            f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
        self.session.set_keyspace(keyspace)
        for statement in statements.SCHEMA:
            self.session.execute(statement)

    def drop(self, keyspace):
        self.session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")

    def ask(self, statement, page):
        """The answer: names and rows, or the kind of the error (and, for people, its text)."""
        try:
            result = self.session.execute(SimpleStatement(statement, fetch_size=page))
            rows, pages = list(map(str, result.current_rows)), 1
            while result.has_more_pages and pages < PAGES_MAX:
                result.fetch_next_page()
                rows += map(str, result.current_rows)
                pages += 1
        except Exception as error:
            return ("error", type(error).__name__), str(error)
        # Partitions named by IN come in no promised order.
        if "k IN " in statement:
            rows.sort()
        return ("rows", result.column_names, rows), None


class Pair:
    """Both nodes."""

    def __init__(self, reference, ours):
        self.nodes = [Node(reference), Node(ours)]
        self.keyspaces = 0

    def fresh(self):
        self.keyspaces += 1
        for node in self.nodes:
            if self.keyspaces > 1:
                node.drop(f"differential_{self.keyspaces - 1}")
            node.fresh(f"differential_{self.keyspaces}")

    def differs(self, statement, page):
        """None, or both answers."""
        answers = [node.ask(statement, page) for node in self.nodes]
        return None if answers[0][0] == answers[1][0] else answers

    def replay_differs(self, before, last):
        self.fresh()
        for statement, page in before:
            for node in self.nodes:
                node.ask(statement, page)
        return self.differs(*last)


def shrink(pair, before, last):
    """As few of `before` as still make `last` differ."""
    before = [step for step in before if not step[0].startswith("SELECT")]
    size = max(1, len(before) // 2)
    while before:
        kept = before
        for start in range(0, len(before), size):
            fewer = [step for step in kept if step not in before[start:start + size]]
            if len(fewer) < len(kept) and pair.replay_differs(fewer, last):
                kept = fewer
        if len(kept) == len(before) and size == 1:
            break
        before, size = kept, max(1, size // 2)
    return before


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="HOST:PORT of the node that is believed")
    parser.add_argument("--ours", required=True, help="HOST:PORT of the node that is tested")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--differences", type=int, default=5, help="stop after so many")
    options = parser.parse_args()
    pair = Pair(options.reference, options.ours)
    asked = differences = 0
    for seed in range(options.seed, options.seed + options.rounds):
        chance = random.Random(seed)
        draw = statements.Statements(chance)
        pair.fresh()
        before = []
        for _ in range(options.steps):
            statement = draw.statement()
            page = chance.choice([1, 2, 3, 5, 100]) if statement.startswith("SELECT") else 5000
            asked += 1
            if pair.differs(statement, page):
                differences += 1
                fewest = shrink(pair, before, (statement, page))
                answers = pair.replay_differs(fewest, (statement, page))
                print(f"seed {seed}: {len(fewest)} statements, then by pages of {page}")
                for step, _ in fewest:
                    print(f"    {step};")
                print(f"    {statement};")
                for name, answer in zip(("reference", "ours"), answers or ["gone after shrinking"] * 2):
                    print(f"  {name}: {answer}", flush=True)
                break
            before.append((statement, page))
        if differences >= options.differences:
            break
    print(f"differential: statements={asked} differences={differences}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()

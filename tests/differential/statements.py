"""Random CQL over five small tables: few keys, few values, few timestamps, so that everything meets everything.

Every plain write carries its own write timestamp from a small range: ties are frequent, and the order of arrival must
not matter. Conditional writes and counters go to keys of their own, since they take timestamps from the node's clock.
"""

SCHEMA = [
    "CREATE TYPE pair (a int, b text)",
    "CREATE TABLE rows (k int, c int, v int, w text, s text STATIC, PRIMARY KEY (k, c))",
    "CREATE TABLE collections (k int, a int, b text, v int, l list<int>, st set<text>, m map<text, int>, PRIMARY KEY (k, a, b)) "
    "WITH CLUSTERING ORDER BY (a DESC, b ASC)",
    "CREATE TABLE single (k int PRIMARY KEY, v int, p pair, f frozen<list<int>>, w text)",
    "CREATE TABLE mixed (k int, j text, c int, d int, v int, s set<int> STATIC, PRIMARY KEY ((k, j), c, d)) "
    "WITH CLUSTERING ORDER BY (c ASC, d DESC)",
    "CREATE TABLE counts (k int, c int, n counter, PRIMARY KEY (k, c))",
]

TOKENS = ["-9000000000000000000", "-4069959284402364209", "-3485513579396041028", "0", "9010454139840013625"]
SMALL_LIMITS = ["", "", "", "LIMIT 1", "LIMIT 2", "LIMIT 3", "LIMIT 5", "PER PARTITION LIMIT 1", "PER PARTITION LIMIT 2 LIMIT 3"]


class Statements:
    """Draws statements from a seeded source of chance."""

    def __init__(self, chance):
        self.chance = chance

    def one(self, choices):
        return self.chance.choice(choices)

    def some(self, choices):
        return [choice for choice in choices if self.chance.random() < 0.6] or [self.one(choices)]

    def number(self, below):
        return self.chance.randrange(below)

    def int_or_null(self):
        return "null" if self.number(10) == 0 else str(self.number(5))

    def text(self):
        return self.one(["'a'", "'b'", "'c'", "''", "'zz'"])

    def text_or_null(self):
        return "null" if self.number(6) == 0 else self.text()

    def pair(self):
        return self.one(["null", "{a: 1}", "{a: 2, b: 'x'}", "{b: 'y'}"])

    def texts(self):
        return "{" + ", ".join(self.text() for _ in range(1 + self.number(3))) + "}"

    def at(self):
        return f"USING TIMESTAMP {1 + self.number(39)}"

    def at_with_ttl(self):
        # Long enough never to end during a run: what is tested is who wins a tie.
        return self.at() + (" AND TTL 100000" if self.number(5) == 0 else "")

    def statement(self):
        """Any statement; reads are half of them."""
        draw = self.chance.random()
        if draw < 0.4:
            return self.one([self.write_rows, self.write_rows, self.write_collections, self.write_single, self.write_mixed])()
        if draw < 0.5:
            return self.one([self.conditional, self.count, self.batch])()
        return self.one([self.read_rows, self.read_rows, self.read_collections, self.read_single, self.read_mixed,
                         self.read_counts])()

    def write_rows(self):
        k, c, other = self.number(4), self.number(7), self.number(7)
        values = {"v": self.int_or_null, "w": self.text_or_null, "s": self.text_or_null}
        columns = self.some(list(values))
        kind = self.number(8)
        if kind < 2:
            names = "".join(", " + column for column in columns)
            cells = "".join(", " + values[column]() for column in columns)
            return f"INSERT INTO rows (k, c{names}) VALUES ({k}, {c}{cells}) {self.at_with_ttl()}"
        if kind < 4:
            cells = ", ".join(f"{column} = {values[column]()}" for column in columns)
            return f"UPDATE rows {self.at_with_ttl()} SET {cells} WHERE k = {k} AND c = {c}"
        if kind == 4:
            return self.one([f"INSERT INTO rows (k, s) VALUES ({k}, {self.text_or_null()}) {self.at_with_ttl()}",
                             f"UPDATE rows {self.at()} SET s = {self.text()} WHERE k = {k}",
                             f"DELETE s FROM rows {self.at()} WHERE k = {k}"])
        if kind == 5:
            return f"DELETE {self.one(['', 'v', 'w', 'v, s'])} FROM rows {self.at()} WHERE k = {k} AND c = {c}"
        where = self.one(["", f"AND c > {c}", f"AND c >= {c} AND c < {other}", f"AND c > {c} AND c <= {other}", f"AND c < {c}",
                          f"AND c IN ({c}, {other})"])
        return f"DELETE FROM rows {self.at()} WHERE k = {k} {where}"

    def write_collections(self):
        k, a, b = self.number(4), self.number(3), self.text()
        key = f"k = {k} AND a = {a} AND b = {b}"
        kind = self.number(8)
        if kind < 2:
            return (f"INSERT INTO collections (k, a, b, v, l, st, m) VALUES ({k}, {a}, {b}, {self.int_or_null()}, "
                    f"[{self.number(5)}, {self.number(5)}], {self.texts()}, {{{self.text()}: {self.number(5)}}}) {self.at_with_ttl()}")
        if kind < 5:
            changes = self.some([
                self.one([f"l = l + [{self.number(5)}]", f"l = [{self.number(5)}] + l"]),
                f"st = st {self.one(['+', '-'])} {self.texts()}",
                self.one([f"m[{self.text()}] = {self.int_or_null()}", f"m = m + {{{self.text()}: 1}}", f"m = m - {self.texts()}"]),
                f"v = {self.int_or_null()}"])
            return f"UPDATE collections {self.at_with_ttl()} SET {', '.join(changes)} WHERE {key}"
        if kind == 5:
            change = self.one(["l = l - [1, 2]", "l = []", "st = {}", "m = {}", "l = [9]", f"st = {self.texts()}"])
            return f"UPDATE collections {self.at()} SET {change} WHERE {key}"
        if kind == 6:
            what = self.one(["", "v", "l", "st", f"m[{self.text()}]", f"st[{self.text()}]"])
            return f"DELETE {what} FROM collections {self.at()} WHERE {key}"
        where = self.one(["", f"AND a = {a}", f"AND a > {a}", f"AND a <= {a}", f"AND a = {a} AND b > {b}", f"AND (a, b) >= ({a}, {b})"])
        return f"DELETE FROM collections {self.at()} WHERE k = {k} {where}"

    def write_single(self):
        k, kind = self.number(4), self.number(8)
        if kind < 3:
            return (f"INSERT INTO single (k, v, p, f, w) VALUES ({k}, {self.int_or_null()}, {self.pair()}, [{self.number(3)}], "
                    f"{self.text_or_null()}) {self.at_with_ttl()}")
        if kind < 6:
            change = self.one([f"v = {self.int_or_null()}", f"p.a = {self.int_or_null()}", f"p.b = {self.text_or_null()}",
                               f"p = {self.pair()}", f"w = {self.text_or_null()}", "f = null"])
            return f"UPDATE single {self.at_with_ttl()} SET {change} WHERE k = {k}"
        return f"DELETE {self.one(['', 'v', 'p', 'p.a', 'f', 'w'])} FROM single {self.at()} WHERE k = {k}"

    def mixed_key(self):
        return f"k = {self.number(2)} AND j = {self.one(['x', 'y'])!r}"

    def write_mixed(self):
        c, d, kind = self.number(4), self.number(4), self.number(8)
        if kind < 3:
            return (f"INSERT INTO mixed (k, j, c, d, v) VALUES ({self.number(2)}, {self.one(['x', 'y'])!r}, {c}, {d}, "
                    f"{self.int_or_null()}) {self.at_with_ttl()}")
        if kind == 3:
            return f"UPDATE mixed {self.at()} SET v = {self.int_or_null()} WHERE {self.mixed_key()} AND c = {c} AND d = {d}"
        if kind == 4:
            return f"UPDATE mixed {self.at()} SET s = s {self.one(['+', '-'])} {{{c}, {d}}} WHERE {self.mixed_key()}"
        where = self.one(["", f"AND c = {c}", f"AND c = {c} AND d > {d}", f"AND c > {c}", f"AND (c, d) > ({c}, {d})",
                          f"AND (c, d) <= ({c}, {d})", f"AND c < {c}", f"AND c IN ({c}, {d}) AND d = {d}"])
        return f"DELETE FROM mixed {self.at()} WHERE {self.mixed_key()} {where}"

    def conditional(self):
        k, c = 10 + self.number(3), self.number(5)
        condition = self.one(["v = 1", "v = null", "v IN (1, 2)", "v > 2", "EXISTS", "v != 1 AND w = null", "s = 'a'"])
        return self.one([
            f"INSERT INTO rows (k, c, v) VALUES ({k}, {c}, {self.number(5)}) IF NOT EXISTS",
            f"UPDATE rows SET v = {self.number(5)} WHERE k = {k} AND c = {c} IF {condition}",
            f"DELETE FROM rows WHERE k = {k} AND c = {c} IF {self.one(['EXISTS', 'v = 2', 's = null'])}",
            f"UPDATE rows SET s = {self.text()} WHERE k = {k} IF s = {self.one(['null', self.text()])}",
            f"BEGIN BATCH UPDATE rows SET v = 3 WHERE k = {k} AND c = {c} IF {condition}; "
            f"DELETE FROM rows WHERE k = {k} AND c = {self.number(5)}; APPLY BATCH"])

    def count(self):
        return (f"UPDATE counts SET n = n {self.one(['+', '-'])} {self.number(9)} "
                f"WHERE k = {self.number(2)} AND c = {self.number(3)}")

    def batch(self):
        k = self.number(4)
        parts = [self.one([
            f"INSERT INTO rows (k, c, v) VALUES ({k}, {self.number(7)}, {self.int_or_null()})",
            f"UPDATE rows SET s = {self.text_or_null()} WHERE k = {k}",
            f"DELETE FROM rows WHERE k = {k} AND c > {self.number(7)}",
            f"DELETE v FROM rows WHERE k = {self.number(4)} AND c = {self.number(7)}",
            f"UPDATE single SET v = {self.int_or_null()} WHERE k = {self.number(4)}"]) for _ in range(1 + self.number(4))]
        return f"BEGIN {self.one(['', 'UNLOGGED'])} BATCH {self.at()} {'; '.join(parts)}; APPLY BATCH"

    def select(self, columns, table, where, order="", limits=SMALL_LIMITS):
        # Several partitions by IN come in no promised order, so a limit would cut anywhere.
        limit = "" if " IN " in where.split(" AND ")[0] else self.one(limits)
        filtering = "ALLOW FILTERING" if self.number(5) else ""
        words = ["SELECT", columns, "FROM", table, f"WHERE {where}" if where else "", order, limit, filtering]
        return " ".join(word for word in words if word)

    def read_rows(self):
        k, c, other = self.number(4), self.number(7), self.number(7)
        columns = self.one(["*", "*", "k, c, v", "c, w, s", "s, v", "DISTINCT k, s", "count(*)", "k, c, writetime(v), writetime(s)",
                            "count(v), min(v), max(c), sum(v), avg(v)", "max(w), count(s)", "v", "w", "k"])
        where = self.one([
            "", f"k = {k}", f"k = {k}", f"k = {10 + k}", f"k = {k} AND c > {c}", f"k = {k} AND c >= {c} AND c <= {other}",
            f"k = {k} AND c < {c}", f"k = {k} AND c = {c}", f"k = {k} AND c IN ({c}, {other})", f"token(k) > {self.one(TOKENS)}",
            f"token(k) >= {self.one(TOKENS)} AND token(k) < {self.one(TOKENS)}", f"v = {self.number(5)}", f"w = {self.text()}",
            f"s = {self.text()}", f"c = {c}", f"v > {self.number(5)} AND c < {c}", f"k = {k} AND v = {self.number(5)}",
            f"k IN ({k}, {self.number(4)})"])
        if "writetime" in columns:
            # Conditional writes take their timestamps from the node's clock; they are on other keys.
            where = f"k = {k}"
        order = self.one(["", "", "ORDER BY c ASC", "ORDER BY c DESC"]) if where.startswith("k = ") else ""
        return self.select(columns, "rows", where, order)

    def read_collections(self):
        k, a, b = self.number(4), self.number(3), self.text()
        columns = self.one(["*", "*", "a, b, l", "b, st", "m, v", "k, a, b", "count(*)", "m['a'], st", "writetime(v), a", "l", "st"])
        where = self.one([
            "", f"k = {k}", f"k = {k} AND a = {a}", f"k = {k} AND a > {a}", f"k = {k} AND a <= {a}", f"k = {k} AND a = {a} AND b > {b}",
            f"k = {k} AND a IN (0, 2) AND b = {b}", f"k = {k} AND a IN (0, 1)", f"k = {k} AND (a, b) > ({a}, {b})",
            f"k = {k} AND (a, b) <= ({a}, {b})", f"k = {k} AND (a, b) IN ((0, {b}), (1, {self.text()}), (2, {self.text()}))",
            f"st CONTAINS {b}", f"m CONTAINS KEY {b}", "l CONTAINS 1", "m CONTAINS 1", f"b = {b}", f"m[{b}] = 1"])
        orders = ["", "", "ORDER BY a ASC", "ORDER BY a DESC", "ORDER BY a ASC, b DESC", "ORDER BY a ASC, b ASC"]
        return self.select(columns, "collections", where, self.one(orders) if where.startswith("k = ") else "")

    def read_single(self):
        columns = self.one(["*", "*", "k, p", "p.a, p.b", "f, w", "count(p)", "writetime(v), k", "k"])
        where = self.one(["", f"k = {self.number(4)}", "k IN (0, 1, 2)", f"v = {self.number(5)}", "f = [1]", "token(k) > 0"])
        return self.select(columns, "single", where)

    def read_mixed(self):
        key, c, d = self.mixed_key(), self.number(4), self.number(4)
        columns = self.one(["*", "*", "c, d", "s", "DISTINCT k, j, s", "count(*)", "v, c", "max(v), min(d)", "s, d"])
        where = self.one([
            "", key, key, f"{key} AND c = {c}", f"{key} AND c = {c} AND d >= {d}", f"{key} AND c = {c} AND d < {d}", f"{key} AND c > {c}",
            f"{key} AND (c, d) > ({c}, {d})", f"{key} AND (c, d) < ({c}, {d})", f"{key} AND (c, d) >= ({d}, {c}) AND (c, d) <= ({c}, {d})",
            f"{key} AND c IN ({c}, {d})", f"{key} AND c IN ({c}, {d}) AND d IN ({d}, {c})", "k IN (0, 1) AND j = 'x'", f"d = {d}",
            f"s CONTAINS {c}", f"{key} AND c > {c} AND c <= 3 AND v = {d}"])
        orders = ["", "", "ORDER BY c ASC", "ORDER BY c DESC", "ORDER BY c DESC, d ASC", "ORDER BY c ASC, d ASC"]
        order = self.one(orders) if where.startswith("k = ") else ""
        if self.number(6) == 0:
            group = "GROUP BY k, j, c"
            return self.select("k, j, c, count(*), sum(v)", "mixed", where, f"{group} {order}".strip(), ["", "LIMIT 2", "PER PARTITION LIMIT 1"])
        return self.select(columns, "mixed", where, order)

    def read_counts(self):
        where = self.one(["", f"k = {self.number(2)}", f"k = {self.number(2)} AND c = {self.number(3)}"])
        return self.select(self.one(["*", "n", "sum(n)"]), "counts", where)

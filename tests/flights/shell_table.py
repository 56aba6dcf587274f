"""What `basalt shell -e` prints, read back: tables as rows of text, and text as the values it stands for."""

import ast
import datetime
import math
import re


def tables(text):
    """Every table of an output as (headings, rows); each row is a list of stripped fields."""
    lines = text.splitlines()
    found = []
    for at, line in enumerate(lines):
        # A rule of dashes under the headings; one column has no crossing in it.
        if at > 0 and re.fullmatch(r"-[-+]*", line.strip()) and lines[at - 1].strip():
            rows = []
            for row in lines[at + 1:]:
                if not row.strip() or re.fullmatch(r"\(\d+ rows?\)", row.strip()):
                    break
                rows.append(fields(row))
            found.append((fields(lines[at - 1]), rows))
    return found


def fields(line):
    return [field.strip() for field in line.split("|")]


def value(text, like):
    """The value a field stands for, in the form of `like`, the value it is compared with."""
    if text == "null" or text == "":
        return None
    if isinstance(like, bool):
        return text.lower() == "true"
    if isinstance(like, int):
        return int(text)
    if isinstance(like, float):
        return float(text)
    if isinstance(like, (set, dict)):
        return ast.literal_eval(text)
    if isinstance(like, datetime.datetime):
        moment = datetime.datetime.fromisoformat(text.replace("+0000", "+00:00").replace("Z", "+00:00"))
        return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    if isinstance(like, datetime.date):
        return datetime.date.fromisoformat(text)
    if isinstance(like, datetime.time):
        return datetime.time.fromisoformat(text[:15])
    return text


def same(found, expected):
    """Equal; floating point numbers to nine digits, since sums depend on their order."""
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected

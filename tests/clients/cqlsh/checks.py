"""What a person at the unmodified `cqlsh` does to a node, one line a check.

Address in BASALT_HOST and BASALT_PORT, the command in BASALT_CQLSH. Prints `ok NAME` or `FAIL NAME: why`; prints
`restart` and waits for a line on standard input when the runner shall kill the node and start it again. Expected
tables are written as cqlsh prints them; its column widths are compared too.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

HOST = os.environ["BASALT_HOST"]
PORT = os.environ["BASALT_PORT"]
CQLSH = os.environ["BASALT_CQLSH"]
KEYSPACE = "client_cqlsh"
SECONDS_MAX = 120
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="basalt-cqlsh-"))
CHECKS = []


def check(function):
    """Registers a check; its name is the function's with spaces."""
    CHECKS.append((function.__name__.replace("_", " "), function))
    return function


def cqlsh(*arguments, keyspace=KEYSPACE, stdin=None):
    """Runs cqlsh to its end; its exit code, standard output and standard error."""
    command = [CQLSH, HOST, PORT, "--no-color", "--encoding=utf-8", *arguments]
    if keyspace:
        command += ["-k", keyspace]
    # A home of its own keeps the history and settings of whoever runs this out of it.
    environment = dict(os.environ, HOME=str(FOLDER), TZ="UTC")
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=SECONDS_MAX, env=environment)
    # It warns when the server's version is not the very one it was built against; that is not what is tested.
    lines = [line for line in done.stdout.splitlines() if not line.startswith("WARNING: cqlsh was built against")]
    return done.returncode, "\n".join(lines), done.stderr


def output(statements, **settings):
    # Of `-e` the end is a statement of its own where it follows a semicolon.
    code, out, err = cqlsh("-e", statements.strip().rstrip(";"), **settings)
    assert code == 0, f"exit code {code}: {err} {out}"
    return out


def refused(statements):
    code, out, err = cqlsh("-e", statements)
    assert code != 0, f"exit code 0: {out}"
    return err


def table_of(text):
    """The rows of a printed table as lists of stripped fields, the heading first."""
    lines = [line for line in text.splitlines() if "|" in line]
    return [[field.strip() for field in line.split("|")] for line in lines]


def equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


@check
def connects_with_default_settings():
    code, out, err = cqlsh("-e", "SHOW VERSION", keyspace=None)
    assert code == 0, err
    assert "Cassandra" in out and "CQL spec" in out and "Native protocol v5" in out, out


@check
def creates_keyspace_type_and_tables():
    output(f"""
        DROP KEYSPACE IF EXISTS {KEYSPACE};
        CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}};
        USE {KEYSPACE};
        CREATE TYPE place (street text, zip int, tags frozen<set<text>>);
        CREATE TABLE every_type (
            k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, da date, de decimal, d double, du duration, fl float,
            i inet, sm smallint, ti tinyint, t time, ts timestamp, tx text, u uuid, tu timeuuid, vi varint, l list<int>,
            s set<text>, m map<text, bigint>, p place, fp frozen<place>, tup tuple<int, text, double>, v vector<float, 3>);
        CREATE TABLE series (k text, c int, v text, st text STATIC, PRIMARY KEY (k, c))
            WITH CLUSTERING ORDER BY (c DESC) AND comment = 'by client';
        CREATE TABLE tally (k text, c text, n counter, PRIMARY KEY (k, c));
        CREATE TABLE plain (k int PRIMARY KEY, v text, w text);
        """, keyspace=None)


@check
def describes_the_schema():
    assert KEYSPACE in output("DESCRIBE KEYSPACES").split()
    equal(sorted(output("DESCRIBE TABLES").split()), ["every_type", "plain", "series", "tally"])
    text = output("DESCRIBE TABLE series")
    for part in (f"CREATE TABLE {KEYSPACE}.series", "st text static", "PRIMARY KEY (k, c)",
                 "CLUSTERING ORDER BY (c DESC)", "comment = 'by client'"):
        assert part in text, f"{part!r} is missing in {text}"
    assert f"CREATE TYPE {KEYSPACE}.place" in output("DESCRIBE TYPE place")
    assert "Cluster:" in output("DESCRIBE CLUSTER")


@check
def described_schema_executes_again():
    text = output(f"DESCRIBE KEYSPACE {KEYSPACE}").replace(KEYSPACE, "client_cqlsh_copy")
    path = FOLDER / "schema.cql"
    path.write_text("DROP KEYSPACE IF EXISTS client_cqlsh_copy;\n" + text, encoding="utf-8")
    code, out, err = cqlsh("-f", str(path), keyspace=None)
    assert code == 0 and not err.strip(), f"{err} {out}"
    again = output("DESCRIBE KEYSPACE client_cqlsh_copy").replace("client_cqlsh_copy", KEYSPACE)
    equal(again.split(), text.replace("client_cqlsh_copy", KEYSPACE).split())
    output("DROP KEYSPACE client_cqlsh_copy")


@check
def prints_a_table():
    output("INSERT INTO plain (k, v) VALUES (1, 'one'); INSERT INTO plain (k, v, w) VALUES (2, 'two', 'zwei')")
    equal(output("SELECT * FROM plain WHERE k IN (1, 2)").strip("\n"), "\n".join([
        " k | v   | w",
        "---+-----+------",
        " 1 | one | null",
        " 2 | two | zwei",
        "",
        "(2 rows)"]))


EVERY = {
    "a": ("'ascii'", "ascii"), "b": ("-9223372036854775808", "-9223372036854775808"), "bl": ("0x00ff10", "0x00ff10"),
    "bo": ("true", "True"), "da": ("'1969-07-20'", "1969-07-20"), "de": ("-1234567890.0123456789", "-1234567890.0123456789"),
    "d": ("-0.1", "-0.1"), "du": ("1y2mo3d1h", "1y2mo3d1h"), "fl": ("1.5", "1.5"), "i": ("'2001:db8::1'", "2001:db8::1"),
    "sm": ("-32768", "-32768"), "ti": ("127", "127"), "t": ("'23:59:59.123456789'", "23:59:59.123456789"),
    "ts": ("'2013-02-08 17:05:01.234+0000'", "2013-02-08 17:05:01.234000+0000"), "tx": ("'naïve — 雪'", "naïve — 雪"),
    "u": ("123e4567-e89b-42d3-a456-426614174000",) * 2, "tu": ("acbb4220-7211-11e2-8002-000000000001",) * 2,
    "vi": ("-99999999999999999999999", "-99999999999999999999999"), "l": ("[3, 1, 3]", "[3, 1, 3]"),
    "s": ("{'b', 'a'}", "{'a', 'b'}"), "m": ("{'y': 2, 'x': -1}", "{'x': -1, 'y': 2}"),
    "p": ("{street: 'Main St', zip: 10001}", "{street: 'Main St', zip: 10001, tags: null}"),
    "fp": ("{street: 'Side St', tags: {'z', 'y'}}", "{street: 'Side St', zip: null, tags: {'y', 'z'}}"),
    "tup": ("(7, null, 2.5)", "(7, None, 2.5)"), "v": ("[1, -2.5, 0.125]", "[1, -2.5, 0.125]"),
}


@check
def every_type_is_written_and_printed():
    names = list(EVERY)
    values = ", ".join(EVERY[name][0] for name in names)
    output(f"INSERT INTO every_type (k, {', '.join(names)}) VALUES (1, {values})")
    for name in names:
        found = table_like_column(output(f"SELECT {name} FROM every_type WHERE k = 1"))
        # cqlsh prints a missing part of a tuple in its own words, which changed between its versions.
        expected = [EVERY[name][1], EVERY[name][1].replace("None", "null")]
        assert found in expected, f"{name}: found {found!r}, expected {expected[0]!r}"


def table_like_column(text):
    """The only field of a printed table of one column and one row."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[2].strip()


@check
def pages_through_5000_rows_in_order():
    path = FOLDER / "series.csv"
    path.write_text("".join(f"wide,{c},v{c}\n" for c in range(5000)), encoding="utf-8")
    code, out, err = cqlsh("-e", f"COPY series (k, c, v) FROM '{path}' WITH CHUNKSIZE = 500")
    assert code == 0 and "5000 rows imported" in out, f"{out} {err}"
    code, out, err = cqlsh(stdin="PAGING 500;\nSELECT c FROM series WHERE k = 'wide';\n")
    assert code == 0, err
    numbers = [int(line) for line in out.splitlines() if line.strip().isdigit()]
    equal(numbers, list(range(4999, -1, -1)))


@check
def copies_a_table_out_and_in():
    path = FOLDER / "out.csv"
    code, out, err = cqlsh("-e", f"COPY series (k, c, v) TO '{path}'")
    assert code == 0 and "5000 rows exported" in out, f"{out} {err}"
    equal(sorted(path.read_text().split()), sorted(f"wide,{c},v{c}" for c in range(5000)))


@check
def batches_apply():
    output("BEGIN BATCH INSERT INTO plain (k, v) VALUES (10, 'logged'); UPDATE plain SET w = 'x' WHERE k = 10; APPLY BATCH")
    output("BEGIN UNLOGGED BATCH INSERT INTO plain (k, v) VALUES (11, 'unlogged'); APPLY BATCH")
    output("BEGIN COUNTER BATCH UPDATE tally SET n = n + 2 WHERE k = 'a' AND c = 'x'; "
           "UPDATE tally SET n = n - 1 WHERE k = 'a' AND c = 'y'; APPLY BATCH")
    output("BEGIN BATCH APPLY BATCH")
    equal(table_of(output("SELECT k, v, w FROM plain WHERE k IN (10, 11)"))[1:],
          [["10", "logged", "x"], ["11", "unlogged", "null"]])
    equal(table_of(output("SELECT c, n FROM tally WHERE k = 'a'"))[1:], [["x", "2"], ["y", "-1"]])


@check
def conditional_writes_print_whether_they_applied():
    text = output("INSERT INTO plain (k, v) VALUES (50, 'first') IF NOT EXISTS")
    equal([line.strip() for line in text.splitlines() if line.strip()], ["[applied]", "-----------", "True"])
    text = output("INSERT INTO plain (k, v) VALUES (50, 'second') IF NOT EXISTS")
    equal(table_of(text), [["[applied]", "k", "v", "w"], ["False", "50", "first", "null"]])


@check
def error_kinds_are_printed():
    assert "SyntaxException" in refused("SELEC * FROM plain"), refused("SELEC * FROM plain")
    assert "InvalidRequest" in refused("SELECT * FROM no_such_table")
    assert "InvalidRequest" in refused("SELECT * FROM plain WHERE v = 'x'")
    assert "AlreadyExists" in refused("CREATE TABLE plain (k int PRIMARY KEY)")


@check
def shell_commands_work():
    code, out, err = cqlsh(stdin="CONSISTENCY QUORUM;\nSERIAL CONSISTENCY LOCAL_SERIAL;\nEXPAND ON;\n"
                                 "SELECT * FROM plain WHERE k = 2;\n")
    assert code == 0 and not err.strip(), err
    assert "Consistency level set to QUORUM" in out and "@ Row 1" in out and "zwei" in out, out


@check
def tracing_prints_a_session():
    code, out, err = cqlsh(stdin="TRACING ON;\nSELECT v FROM plain WHERE k = 2;\n")
    assert code == 0 and "Tracing session" in out, f"{out} {err}"


@check
def a_session_survives_a_restart():
    command = [CQLSH, HOST, PORT, "--no-color", "-k", KEYSPACE]
    environment = dict(os.environ, HOME=str(FOLDER), PYTHONUNBUFFERED="1")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, env=environment) as shell:
        shell.stdin.write("INSERT INTO plain (k, v) VALUES (70, 'before');\nSELECT v FROM plain WHERE k = 70;\n")
        shell.stdin.flush()
        wait_for(shell, "(1 rows)")
        print("restart", flush=True)
        assert sys.stdin.readline().strip() == "restarted"
        # The driver inside reconnects on its own schedule; a statement before that finds no host.
        deadline = time.monotonic() + 60
        seen = ""
        while "(1 rows)" not in seen and time.monotonic() < deadline:
            time.sleep(2)
            shell.stdin.write("SELECT v FROM plain WHERE k = 70;\n")
            shell.stdin.flush()
            seen += wait_for(shell, "\n")
        # What was still on its way when the answer was seen is read with the end of the process.
        rest, _ = shell.communicate(timeout=SECONDS_MAX)
        assert "before" in seen + rest, seen + rest


def wait_for(shell, mark):
    seen = ""
    while mark not in seen:
        line = shell.stdout.readline()
        if not line:
            raise AssertionError(f"cqlsh ended: {seen}")
        seen += line
    return seen


@check
def what_was_written_is_there_after_kill():
    numbers = [int(line) for line in output("SELECT c FROM series WHERE k = 'wide'").splitlines() if line.strip().isdigit()]
    equal(numbers, list(range(4999, -1, -1)))
    equal(table_of(output("SELECT c, n FROM tally WHERE k = 'a'"))[1:], [["x", "2"], ["y", "-1"]])


def main():
    for name, function in CHECKS:
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"FAIL {name}: {why[:600]}", flush=True)
            if function is CHECKS[0][1]:
                break


if __name__ == "__main__":
    main()

//! What HELP prints.

/// The text for a topic, or the overview.
pub(super) fn help_text(topic: Option<&str>) -> String {
    let Some(topic) = topic else { return OVERVIEW.to_string() };
    let wanted = topic.trim().trim_matches('\'').to_ascii_uppercase();
    match TOPICS.iter().find(|(names, _)| names.contains(&wanted.as_str())) {
        Some((_, text)) => text.to_string(),
        None => {
            let names: Vec<&str> = TOPICS.iter().map(|(names, _)| names[0]).collect();
            format!("there is no help on \"{topic}\"; there is on: {}\n", names.join(", "))
        }
    }
}

const OVERVIEW: &str = "\
A statement ends with ; and may span lines. Ctrl-C cancels it, Ctrl-D leaves the shell.

Statements    SELECT  INSERT  UPDATE  DELETE  BATCH  USE  DESCRIBE
              CREATE  ALTER  DROP  TRUNCATE
Shell         HELP [topic]             this text, or a topic's
              EXIT, QUIT               leave
              SOURCE 'file'            run the statements of a file
              EXPAND ON|OFF            a field a line
              PAGING ON|OFF|rows       how many rows before it asks
              CONSISTENCY [level]      level of the next statements
              SERIAL CONSISTENCY [level]
              SHOW VERSION|HOST        what this shell is connected to
              CLEAR                    clear the screen

Try: HELP SELECT, DESCRIBE KEYSPACES, DESCRIBE TABLE name
";

/// Names (the first is shown) and text.
const TOPICS: &[(&[&str], &str)] = &[
    (
        &["SELECT"],
        "\
SELECT columns FROM table [WHERE conditions] [GROUP BY columns] [ORDER BY column [ASC|DESC]]
    [PER PARTITION LIMIT n] [LIMIT n] [ALLOW FILTERING];

A whole partition key (=, IN) reads partitions; clustering columns narrow it in their order (=, IN, <, <=,
>, >=). Rows come in clustering order. count(*), min, max, sum and avg are computed by the server.
    SELECT * FROM flights_by_origin_day WHERE origin = 'JFK' AND day = '2013-02-08' LIMIT 5;
",
    ),
    (
        &["INSERT"],
        "\
INSERT INTO table (columns) VALUES (values) [IF NOT EXISTS] [USING TTL seconds [AND TIMESTAMP micros]];

An INSERT over an existing row changes it. A null deletes that column.
    INSERT INTO seats (day, carrier, flight, seat, passenger)
        VALUES ('2013-02-07', 'B6', 380, '12A', 'Ada') IF NOT EXISTS;
",
    ),
    (
        &["UPDATE"],
        "\
UPDATE table [USING TTL seconds [AND TIMESTAMP micros]] SET column = value, … WHERE primary key
    [IF EXISTS | IF conditions];

An UPDATE of a row that is not there makes it. Collections: SET s = s + {'x'}, m['k'] = 'v', l = l + [1].
",
    ),
    (
        &["DELETE"],
        "\
DELETE [columns] FROM table [USING TIMESTAMP micros] WHERE conditions [IF EXISTS | IF conditions];

Without columns it deletes the row, the range of rows, or the partition that the conditions name.
",
    ),
    (
        &["BATCH", "BEGIN"],
        "\
BEGIN [UNLOGGED|COUNTER] BATCH [USING TIMESTAMP micros]
    INSERT …; UPDATE …; DELETE …;
APPLY BATCH;
",
    ),
    (
        &["CREATE", "ALTER", "DROP"],
        "\
CREATE KEYSPACE name WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TABLE name (column type, …, PRIMARY KEY ((partition columns), clustering columns))
    [WITH CLUSTERING ORDER BY (column DESC) AND option = value];
CREATE TYPE name (field type, …);
ALTER TABLE name ADD column type;    ALTER TABLE name DROP column;
DROP KEYSPACE name;                  DROP TABLE name;
",
    ),
    (
        &["TYPES"],
        "\
ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp
timeuuid tinyint uuid varchar varint; list<t> set<t> map<k, v> tuple<t, …> vector<t, n> frozen<t>
",
    ),
    (
        &["DESCRIBE", "DESC"],
        "\
DESCRIBE KEYSPACES;   DESCRIBE TABLES;   DESCRIBE TYPES;   DESCRIBE CLUSTER;   DESCRIBE SCHEMA;
DESCRIBE KEYSPACE name;   DESCRIBE TABLE name;   DESCRIBE TYPE name;
",
    ),
    (
        &["CONSISTENCY"],
        "\
CONSISTENCY [ANY|ONE|TWO|THREE|QUORUM|ALL|LOCAL_QUORUM|EACH_QUORUM|LOCAL_ONE]

How many replicas must answer. Without a level it says which one is set.
",
    ),
    (
        &["SCRIPTS"],
        "\
basalt shell -e 'SELECT …; SELECT …;'     basalt shell -f file.cql     basalt shell < file.cql

Results go to standard output, errors to standard error as CODE [Name] message with the place of the statement.
The first error ends the script with exit code 1.
",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_found_by_each_name_in_any_case() {
        for (names, text) in TOPICS {
            for name in *names {
                assert_eq!(help_text(Some(&name.to_lowercase())), *text);
            }
        }
    }

    #[test]
    fn an_unknown_topic_names_the_known_ones() {
        assert!(help_text(Some("love")).contains("SELECT, INSERT"));
    }
}

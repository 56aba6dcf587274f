//! The sample: what the `demo` folder ships, as text.

/// Rows of one table.
#[derive(Debug, Clone, Copy)]
pub struct SampleTable {
    /// Name of the table in the keyspace `flights`.
    pub name: &'static str,
    /// Its rows; the first line names columns.
    pub csv: &'static str,
}

/// Statements that make the keyspace and its tables.
pub const SCHEMA: &str = include_str!("../../../demo/schema.cql");

/// What a newcomer is shown.
pub const TOUR: &str = include_str!("../../../demo/tour.cql");

/// Every table that has rows from the start.
pub const SAMPLE_TABLES: &[SampleTable] = &[
    SampleTable {
        name: "flights_by_origin_day",
        csv: include_str!("../../../demo/flights_by_origin_day.csv"),
    },
    SampleTable { name: "flights_by_tailnum", csv: include_str!("../../../demo/flights_by_tailnum.csv") },
    SampleTable {
        name: "weather_by_origin_day",
        csv: include_str!("../../../demo/weather_by_origin_day.csv"),
    },
    SampleTable { name: "planes", csv: include_str!("../../../demo/planes.csv") },
    SampleTable { name: "airports", csv: include_str!("../../../demo/airports.csv") },
    SampleTable { name: "airlines", csv: include_str!("../../../demo/airlines.csv") },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_makes_every_table_that_has_rows() {
        for table in SAMPLE_TABLES {
            let statement = format!("CREATE TABLE IF NOT EXISTS flights.{} (", table.name);
            assert!(SCHEMA.contains(&statement), "{}", table.name);
        }
    }

    #[test]
    fn every_row_has_as_many_fields_as_its_head() {
        for table in SAMPLE_TABLES {
            let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
            let fields = reader.headers().expect("the sample has a head").len();
            let rows: Vec<usize> =
                reader.records().map(|row| row.expect("the sample is well formed").len()).collect();
            assert!(!rows.is_empty() && rows.iter().all(|count| *count == fields), "{}", table.name);
        }
    }
}

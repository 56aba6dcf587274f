//! The exact bytes that drivers send and expect, one message at a time, written out by hand from the
//! specification: what a round trip cannot see because both ends would be wrong together.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use model::types::{ColumnType, UserType};
use proto::native::*;

/// Bytes from hexadecimal with blanks, and text in quotes.
fn bytes_of(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, part) in text.split('\'').enumerate() {
        if index % 2 == 1 {
            out.extend_from_slice(part.as_bytes());
            continue;
        }
        let digits: String = part.split_whitespace().collect();
        for at in (0..digits.len()).step_by(2) {
            out.push(u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal"));
        }
    }
    out
}

#[track_caller]
fn assert_response(version: ProtocolVersion, response: Response, expected: &str) {
    let mut out = BytesMut::new();
    response.put(version, &mut out);
    assert_eq!(out, bytes_of(expected), "{response:?} in version {version}");
}

#[track_caller]
fn assert_request(version: ProtocolVersion, opcode: Opcode, body: &str, expected: Request) {
    let mut reader = BodyReader::new(Bytes::from(bytes_of(body)));
    assert_eq!(Request::read(opcode, &mut reader, version), Ok(expected), "version {version}");
    assert_eq!(reader.remaining(), 0);
}

const V3: ProtocolVersion = ProtocolVersion::V3;
const V4: ProtocolVersion = ProtocolVersion::V4;
const V5: ProtocolVersion = ProtocolVersion::V5;

fn column(name: &str, column_type: ColumnType) -> ColumnSpec {
    ColumnSpec { keyspace: "k".into(), table: "t".into(), name: name.into(), column_type }
}

#[test]
fn the_header_has_nine_bytes_and_the_tracing_id_warnings_and_payload_stand_before_the_message() {
    let response = ResponseEnvelope {
        version: V4,
        stream: 0x0102,
        tracing_id: Some(uuid::Uuid::from_u128(0x000102030405060708090A0B0C0D0E0F)),
        warnings: vec!["w".into()],
        custom_payload: vec![("p".into(), Some(Bytes::from_static(&[9])))],
        response: Response::Result(ResultBody::Void),
    };
    let mut out = BytesMut::new();
    EnvelopeWriter::new().push_response(&response, &mut out);
    let expected = "84 0E 0102 08 00000023
        000102030405060708090A0B0C0D0E0F
        0001 0001 'w'
        0001 0001 'p' 00000001 09
        00000001";
    assert_eq!(out, bytes_of(expected));
}

#[test]
fn query_parameters_follow_each_other_in_the_order_of_the_specification() {
    let parameters = QueryParameters {
        consistency: Consistency::LocalQuorum,
        values: BoundValues::Named(vec![("a".into(), RawValue::Null), ("b".into(), RawValue::Unset)]),
        skip_metadata: true,
        page_size: Some(5000),
        paging_state: Some(Bytes::from_static(&[1, 2])),
        serial_consistency: Some(Consistency::LocalSerial),
        default_timestamp: Some(-1),
        keyspace: None,
        now_in_seconds: None,
    };
    let values = "0002 0001 'a' FFFFFFFF 0001 'b' FFFFFFFE";
    let rest = "00001388 00000002 0102 0009 FFFFFFFFFFFFFFFF";
    assert_request(
        V4,
        Opcode::Query,
        &format!("00000001 'x' 0006 7F {values} {rest}"),
        Request::Query(Query { text: "x".into(), parameters: parameters.clone() }),
    );
    let parameters = QueryParameters { keyspace: Some("ks".into()), now_in_seconds: Some(7), ..parameters };
    assert_request(
        V5,
        Opcode::Query,
        &format!("00000001 'x' 0006 000001FF {values} {rest} 0002 'ks' 00000007"),
        Request::Query(Query { text: "x".into(), parameters }),
    );
}

#[test]
fn an_unset_value_does_not_exist_in_version_3() {
    let body = Bytes::from(bytes_of("00000001 'x' 0001 01 0001 FFFFFFFE"));
    let error = Request::read(Opcode::Query, &mut BodyReader::new(body), V3).expect_err("no unset");
    assert_eq!(error.what, "unset values need protocol version 4 or later");
}

#[test]
fn execute_carries_the_result_metadata_id_from_version_5_on() {
    let execute = |result_metadata_id| {
        let values = BoundValues::Positional(vec![RawValue::Bytes(Bytes::from_static(b"v"))]);
        let parameters = QueryParameters { values, ..QueryParameters::default() };
        Request::Execute(Execute { id: Bytes::from_static(&[0xAA]), result_metadata_id, parameters })
    };
    assert_request(V4, Opcode::Execute, "0001 AA 0001 01 0001 00000001 'v'", execute(None));
    let id = Some(Bytes::from_static(&[0xBB, 0xCC]));
    assert_request(V5, Opcode::Execute, "0001 AA 0002 BBCC 0001 00000001 0001 00000001 'v'", execute(id));
}

#[test]
fn prepare_carries_flags_and_a_keyspace_from_version_5_on() {
    let prepare = |keyspace: Option<&str>| {
        Request::Prepare(Prepare { text: "x".into(), keyspace: keyspace.map(str::to_string) })
    };
    assert_request(V4, Opcode::Prepare, "00000001 'x'", prepare(None));
    assert_request(V5, Opcode::Prepare, "00000001 'x' 00000000", prepare(None));
    assert_request(V5, Opcode::Prepare, "00000001 'x' 00000001 0002 'ks'", prepare(Some("ks")));
}

#[test]
fn a_batch_lists_texts_and_ids_before_its_consistency() {
    let batch = |now_in_seconds| {
        Request::Batch(Batch {
            kind: BatchKind::Unlogged,
            statements: vec![
                BatchStatement { statement: StatementRef::Text("q".into()), values: vec![] },
                BatchStatement {
                    statement: StatementRef::Prepared(Bytes::from_static(&[7])),
                    values: vec![RawValue::Null],
                },
            ],
            consistency: Consistency::Quorum,
            serial_consistency: None,
            default_timestamp: Some(5),
            keyspace: None,
            now_in_seconds,
        })
    };
    let statements = "01 0002 00 00000001 'q' 0000 01 0001 07 0001 FFFFFFFF 0004";
    assert_request(V4, Opcode::Batch, &format!("{statements} 20 0000000000000005"), batch(None));
    assert_request(
        V5,
        Opcode::Batch,
        &format!("{statements} 00000120 0000000000000005 00000009"),
        batch(Some(9)),
    );
}

#[test]
fn rows_of_one_table_name_it_once() {
    let columns = vec![column("a", ColumnType::Int), column("b", ColumnType::Duration)];
    let mut builder = RowsBuilder::new(Arc::new(ResultMetadata { columns }));
    builder.push_cell(Some(&[0, 0, 0, 1]));
    builder.push_cell(None);
    builder.end_row();
    let rows = builder.finish();
    let cells = "00000001  00000004 00000001  FFFFFFFF";
    assert_response(
        V5,
        Response::Result(ResultBody::Rows(rows.clone())),
        &format!("00000002 00000001 00000002 0001 'k' 0001 't' 0001 'a' 0009 0001 'b' 0015 {cells}"),
    );
    // Before version 5 a duration is a custom type.
    let class = "0000 002C 'org.apache.cassandra.db.marshal.DurationType'";
    assert_response(
        V4,
        Response::Result(ResultBody::Rows(rows.clone())),
        &format!("00000002 00000001 00000002 0001 'k' 0001 't' 0001 'a' 0009 0001 'b' {class} {cells}"),
    );
    let page = Rows { skip_metadata: true, paging_state: Some(Bytes::from_static(&[5])), ..rows.clone() };
    assert_response(
        V4,
        Response::Result(ResultBody::Rows(page.clone())),
        &format!("00000002 00000006 00000002 00000001 05 {cells}"),
    );
    let changed = Rows { new_metadata_id: Some(Bytes::from_static(&[1, 2])), ..page };
    assert_response(
        V5,
        Response::Result(ResultBody::Rows(changed)),
        &format!(
            "00000002 0000000B 00000002 00000001 05 0002 0102
             0001 'k' 0001 't' 0001 'a' 0009 0001 'b' 0015 {cells}"
        ),
    );
}

#[test]
fn rows_of_several_tables_name_each() {
    let other = ColumnSpec { table: "u".into(), ..column("b", ColumnType::Text) };
    let metadata = Arc::new(ResultMetadata { columns: vec![column("a", ColumnType::BigInt), other] });
    assert_response(
        V4,
        Response::Result(ResultBody::Rows(RowsBuilder::new(metadata).finish())),
        "00000002 00000000 00000002
         0001 'k' 0001 't' 0001 'a' 0002
         0001 'k' 0001 'u' 0001 'b' 000D
         00000000",
    );
}

#[test]
fn prepared_statements_tell_which_markers_are_the_partition_key() {
    let bind = BindMetadata {
        columns: vec![column("a", ColumnType::Uuid), column("b", ColumnType::Blob)],
        partition_key_indexes: vec![1, 0],
    };
    let prepared = PreparedBody {
        id: Bytes::from_static(&[1, 2]),
        result_metadata_id: Some(Bytes::from_static(&[3])),
        bind: Arc::new(bind),
        result: None,
    };
    let columns = "0001 'k' 0001 't' 0001 'a' 000C 0001 'b' 0003";
    let keys = "00000002 0001 0000";
    let response = Response::Result(ResultBody::Prepared(prepared));
    let none = "00000004 00000000";
    assert_response(V3, response.clone(), &format!("00000004 0002 0102 00000001 00000002 {columns} {none}"));
    assert_response(
        V4,
        response.clone(),
        &format!("00000004 0002 0102 00000001 00000002 {keys} {columns} {none}"),
    );
    assert_response(
        V5,
        response,
        &format!("00000004 0002 0102 0001 03 00000001 00000002 {keys} {columns} {none}"),
    );
}

#[test]
fn nested_types_are_written_inside_out() {
    let text_set = ColumnType::Set { element: Arc::new(ColumnType::Text), frozen: true };
    let user_type = UserType {
        keyspace: "k".into(),
        name: "u".into(),
        fields: vec![("f".into(), ColumnType::SmallInt), ("g".into(), text_set.clone())],
    };
    let udt = ColumnType::Udt { definition: Arc::new(user_type), frozen: true };
    let cases = [
        (
            ColumnType::List { element: Arc::new(udt.clone()), frozen: false },
            "0020 0030 0001 'k' 0001 'u' 0002 0001 'f' 0013 0001 'g' 0022 000D",
        ),
        (
            ColumnType::Map { key: Arc::new(ColumnType::Inet), value: Arc::new(text_set), frozen: false },
            "0021 0010 0022 000D",
        ),
        (
            ColumnType::Tuple(vec![ColumnType::TinyInt, ColumnType::Date, ColumnType::Time]),
            "0031 0003 0014 0011 0012",
        ),
        (
            ColumnType::Vector { element: Arc::new(ColumnType::Float), dimension: 3 },
            "0000 0059 'org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)'",
        ),
    ];
    for (column_type, expected) in cases {
        let mut out = BytesMut::new();
        put_type(&column_type, V4, &mut out);
        assert_eq!(out, bytes_of(expected), "{column_type}");
    }
    // The types of version 4 are custom types in version 3.
    let mut out = BytesMut::new();
    put_type(&ColumnType::Date, V3, &mut out);
    assert_eq!(out, bytes_of("0000 002E 'org.apache.cassandra.db.marshal.SimpleDateType'"));
}

#[test]
fn errors_carry_their_detail() {
    let counts = (Consistency::Quorum, 2, 3);
    let (consistency, received, block_for) = counts;
    let error = |kind| Response::Error(ErrorBody::new(kind, "m"));
    let reasons = Failures::Reasons(vec![(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), FailureReason::Timeout)]);
    let unavailable = ErrorKind::Unavailable { consistency, required: 2, alive: 1 };
    assert_response(V4, error(unavailable), "00001000 0001 'm' 0004 00000002 00000001");
    let read_timeout = ErrorKind::ReadTimeout { consistency, received, block_for, data_present: true };
    assert_response(V4, error(read_timeout), "00001200 0001 'm' 0004 00000002 00000003 01");

    let write_timeout = ErrorKind::WriteTimeout {
        consistency,
        received,
        block_for,
        write_type: WriteType::Cas,
        contentions: 4,
    };
    let common = "00001100 0001 'm' 0004 00000002 00000003 0003 'CAS'";
    assert_response(V4, error(write_timeout.clone()), common);
    assert_response(V5, error(write_timeout), &format!("{common} 0004"));

    let read_failure = ErrorKind::ReadFailure {
        consistency,
        received,
        block_for,
        failures: reasons.clone(),
        data_present: false,
    };
    let counts = "0001 'm' 0004 00000002 00000003";
    assert_response(V3, error(read_failure.clone()), &format!("00001200 {counts} 00"));
    assert_response(V4, error(read_failure.clone()), &format!("00001300 {counts} 00000001 00"));
    assert_response(V5, error(read_failure), &format!("00001300 {counts} 00000001 04 0A000001 0002 00"));

    let write_type = WriteType::UnloggedBatch;
    let write_failure =
        ErrorKind::WriteFailure { consistency, received, block_for, failures: reasons, write_type };
    let name = "000E 'UNLOGGED_BATCH'";
    assert_response(V3, error(write_failure.clone()), &format!("00001100 {counts} {name}"));
    assert_response(V4, error(write_failure.clone()), &format!("00001500 {counts} 00000001 {name}"));
    assert_response(V5, error(write_failure), &format!("00001500 {counts} 00000001 04 0A000001 0002 {name}"));

    let unknown = ErrorKind::CasWriteUnknown { consistency, received, block_for };
    assert_response(V4, error(unknown.clone()), &format!("00001100 {counts} 0003 'CAS'"));
    assert_response(V5, error(unknown), &format!("00001700 {counts}"));
    assert_response(V4, error(ErrorKind::CdcWriteFailure), "00002200 0001 'm'");
    assert_response(V5, error(ErrorKind::CdcWriteFailure), "00001600 0001 'm'");

    let exists = ErrorKind::AlreadyExists { keyspace: "k".into(), table: String::new() };
    assert_response(V4, error(exists), "00002400 0001 'm' 0001 'k' 0000");
    let unprepared = ErrorKind::Unprepared { id: Bytes::from_static(&[9, 8]) };
    assert_response(V4, error(unprepared), "00002500 0001 'm' 0002 0908");
    let function = ErrorKind::FunctionFailure {
        keyspace: "k".into(),
        function: "f".into(),
        argument_types: vec!["int".into()],
    };
    assert_response(V3, error(function.clone()), "00002200 0001 'm'");
    assert_response(V4, error(function), "00001400 0001 'm' 0001 'k' 0001 'f' 0001 0003 'int'");
}

#[test]
fn events_are_told_in_words() {
    let address = SocketAddr::from(([127, 0, 0, 1], 9042));
    assert_response(
        V4,
        Response::Event(Event::Status(StatusChange::Up, address)),
        "000D 'STATUS_CHANGE' 0002 'UP' 04 7F000001 00002352",
    );
    assert_response(
        V4,
        Response::Event(Event::Topology(TopologyChange::NewNode, address)),
        "000F 'TOPOLOGY_CHANGE' 0008 'NEW_NODE' 04 7F000001 00002352",
    );
    let table = SchemaChange {
        change: ChangeType::Updated,
        keyspace: "k".into(),
        target: ChangeTarget::Table("t".into()),
    };
    let body = "0007 'UPDATED' 0005 'TABLE' 0001 'k' 0001 't'";
    assert_response(
        V4,
        Response::Event(Event::Schema(table.clone())),
        &format!("000D 'SCHEMA_CHANGE' {body}"),
    );
    assert_response(V4, Response::Result(ResultBody::SchemaChange(table)), &format!("00000005 {body}"));
    let function = SchemaChange {
        change: ChangeType::Dropped,
        keyspace: "k".into(),
        target: ChangeTarget::Function("f".into(), vec!["int".into()]),
    };
    let result = Response::Result(ResultBody::SchemaChange(function));
    assert_response(V3, result.clone(), "00000005 0007 'UPDATED' 0008 'KEYSPACE' 0001 'k'");
    assert_response(V4, result, "00000005 0007 'DROPPED' 0008 'FUNCTION' 0001 'k' 0001 'f' 0001 0003 'int'");
}

/// CRC-24 as the specification writes it, one bit at a time; CRC-32 by a second way as well.
fn crc24(bytes: &[u8]) -> u32 {
    let mut crc: u32 = 0x875060;
    for byte in bytes {
        for bit in (0..8).rev() {
            let carry = (crc >> 23) ^ (u32::from(*byte) >> bit) & 1;
            crc = (crc << 1) & 0xFF_FFFF;
            if carry & 1 == 1 {
                crc ^= 0x1974F0B & 0xFF_FFFF;
            }
        }
    }
    crc
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in [0xFA, 0x2D, 0x55, 0xCA].iter().chain(bytes) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn frames_of_version_5_have_little_endian_headers_and_two_checksums() {
    let request = RequestEnvelope::new(V5, 1, Request::Options);
    let envelope = bytes_of("05 00 0001 05 00000000");
    for compression in [None, Some(Compression::Lz4)] {
        let mut writer = EnvelopeWriter::new();
        writer.switch(V5, compression);
        let mut out = BytesMut::new();
        for _ in 0..20 {
            writer.push_request(&request, &mut out);
        }
        writer.flush(&mut out);
        let payload = envelope.repeat(20);
        let (header, payload) = match compression {
            // 180 bytes, self-contained (bit 17).
            None => (vec![180, 0, 0x02], payload),
            // The envelopes are alike, so that LZ4 is shorter: read its length from the header.
            Some(_) => {
                let size = usize::from(out[0]);
                let word = size as u64 | 180 << 17 | 1 << 34;
                (word.to_le_bytes()[..5].to_vec(), out[8..8 + size].to_vec())
            }
        };
        let mut expected = header.clone();
        expected.extend_from_slice(&crc24(&header).to_le_bytes()[..3]);
        expected.extend_from_slice(&payload);
        expected.extend_from_slice(&crc32(&payload).to_le_bytes());
        assert_eq!(out, expected, "{compression:?}");
    }
}

#[test]
fn an_incompressible_payload_is_stored_with_an_uncompressed_length_of_0() {
    let mut writer = EnvelopeWriter::new();
    writer.switch(V5, Some(Compression::Lz4));
    let mut out = BytesMut::new();
    writer.push_request(&RequestEnvelope::new(V5, 1, Request::Options), &mut out);
    writer.flush(&mut out);
    assert_eq!(out[..5], [9, 0, 0, 0, 0x04]);
    assert_eq!(out[8..17], bytes_of("05 00 0001 05 00000000"));
}

#[test]
fn the_parts_of_a_large_envelope_are_not_self_contained() {
    let mut writer = EnvelopeWriter::new();
    writer.switch(V5, None);
    let mut out = BytesMut::new();
    let query = Query { text: "x".repeat(131_071), parameters: QueryParameters::default() };
    writer.push_request(&RequestEnvelope::new(V5, 1, Request::Query(query)), &mut out);
    writer.flush(&mut out);
    // 131,071 bytes in the first frame, and what is left of 9 + 4 + 131,071 + 2 + 4 in the second.
    assert_eq!(out[..3], [0xFF, 0xFF, 0x01]);
    let second = 6 + 131_071 + 4;
    assert_eq!(out[second..second + 3], [19, 0, 0]);
    assert_eq!(out.len(), second + 6 + 19 + 4);
}

#[test]
fn bodies_of_version_4_are_compressed_with_a_big_endian_length_before_lz4() {
    for (compression, name) in [(Compression::Lz4, "lz4"), (Compression::Snappy, "snappy")] {
        assert_eq!(compression.name(), name);
        let mut writer = EnvelopeWriter::new();
        writer.switch(V4, Some(compression));
        let mut out = BytesMut::new();
        let query = Query { text: "x".repeat(600), parameters: QueryParameters::default() };
        writer.push_request(&RequestEnvelope::new(V4, 1, Request::Query(query)), &mut out);
        assert_eq!(out[..5], [4, flags::COMPRESSED, 0, 1, 0x07]);
        let length = u32::from_be_bytes([out[5], out[6], out[7], out[8]]) as usize;
        assert_eq!(out.len(), 9 + length);
        if compression == Compression::Lz4 {
            assert_eq!(out[9..13], 607u32.to_be_bytes());
            let plain = lz4_flex::block::decompress(&out[13..], 607).expect("a block");
            assert_eq!(plain[..5], bytes_of("00000258 'x'"));
        } else {
            let plain = snap::raw::Decoder::new().decompress_vec(&out[9..]).expect("snappy");
            assert_eq!(plain.len(), 607);
        }
    }
}

#[test]
fn small_bodies_are_sent_as_they_are() {
    let mut writer = EnvelopeWriter::new();
    writer.switch(V4, Some(Compression::Lz4));
    let mut out = BytesMut::new();
    writer.push_response(&ResponseEnvelope::new(V4, 1, Response::Ready), &mut out);
    assert_eq!(out, bytes_of("84 00 0001 02 00000000"));
}

#[test]
fn equal_columns_have_equal_ids_and_a_changed_type_another() {
    let metadata = |column_type| ResultMetadata { columns: vec![column("a", column_type)] };
    assert_eq!(metadata(ColumnType::Int).id(), metadata(ColumnType::Int).id());
    assert_ne!(metadata(ColumnType::Int).id(), metadata(ColumnType::BigInt).id());
    assert_eq!(metadata(ColumnType::Int).id().len(), 16);
}

#[test]
fn long_texts_are_cut_at_the_end_of_a_character() {
    let mut out = BytesMut::new();
    let message = format!("{}é", "x".repeat(65_534));
    Response::Error(ErrorBody::new(ErrorKind::Invalid, message)).put(V4, &mut out);
    assert_eq!(out[4..6], [0xFF, 0xFE], "65,534 bytes: the last character has two and does not fit");
    assert_eq!(out.len(), 4 + 2 + 65_534);
}

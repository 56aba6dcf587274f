/*
 * What a Java program with the unmodified driver 4 does to a node, one line a check.
 *
 * Address in BASALT_HOST and BASALT_PORT. Prints `ok NAME` or `FAIL NAME: why`; prints `restart` and waits for a line on
 * standard input when the runner shall kill the node and start it again.
 */
package checks;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.DefaultProtocolVersion;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.DefaultBatchType;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.data.CqlDuration;
import com.datastax.oss.driver.api.core.data.CqlVector;
import com.datastax.oss.driver.api.core.data.TupleValue;
import com.datastax.oss.driver.api.core.data.UdtValue;
import com.datastax.oss.driver.api.core.metadata.schema.ClusteringOrder;
import com.datastax.oss.driver.api.core.metadata.schema.KeyspaceMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import com.datastax.oss.driver.api.core.servererrors.AlreadyExistsException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import com.datastax.oss.driver.api.core.servererrors.SyntaxError;
import com.datastax.oss.driver.api.core.type.DataTypes;
import com.datastax.oss.driver.api.core.type.TupleType;
import com.datastax.oss.driver.api.core.type.UserDefinedType;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

public final class Checks {
  private static final String KEYSPACE = "client_java";

  private interface Work {
    void run() throws Exception;
  }

  private static CqlSession session;

  /** Contact point and data centre, which the driver demands with it; all else as the driver ships. */
  private static CqlSessionBuilder builder() {
    InetSocketAddress address =
        new InetSocketAddress(System.getenv("BASALT_HOST"), Integer.parseInt(System.getenv("BASALT_PORT")));
    return CqlSession.builder().addContactPoint(address).withLocalDatacenter("datacenter1");
  }

  private static void ensure(boolean condition, Object why) {
    if (!condition) throw new AssertionError(String.valueOf(why));
  }

  private static void equal(Object found, Object expected) {
    ensure(Objects.equals(found, expected), "found " + found + ", expected " + expected);
  }

  private static <E extends Throwable> E refused(Class<E> kind, Work work) {
    try {
      work.run();
    } catch (Throwable error) {
      Throwable cause = error;
      if (error instanceof AllNodesFailedException all) cause = all.getAllErrors().values().iterator().next().get(0);
      if (kind.isInstance(cause)) return kind.cast(cause);
      throw new AssertionError("raised " + cause + ", expected " + kind.getSimpleName());
    }
    throw new AssertionError("raised nothing, expected " + kind.getSimpleName());
  }

  private static void connects() {
    session = builder().build();
    Row row = session.execute("SELECT release_version FROM system.local").one();
    ensure(row.getString(0) != null, "no release version");
  }

  private static void negotiatesV5() {
    equal(session.getContext().getProtocolVersion(), DefaultProtocolVersion.V5);
  }

  private static void createsKeyspaceTypeAndTables() {
    session.execute("DROP KEYSPACE IF EXISTS " + KEYSPACE);
    session.execute("CREATE KEYSPACE " + KEYSPACE
        + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session.execute("USE " + KEYSPACE);
    session.execute("CREATE TYPE place (street text, zip int, tags frozen<set<text>>)");
    session.execute("CREATE TABLE every_type (k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, da date,"
        + " de decimal, d double, du duration, fl float, i inet, sm smallint, ti tinyint, t time, ts timestamp, tx text,"
        + " u uuid, tu timeuuid, vi varint, l list<int>, s set<text>, m map<text, bigint>, p place, fp frozen<place>,"
        + " tup tuple<int, text, double>, v vector<float, 3>)");
    session.execute("CREATE TABLE series (k text, c int, v text, st text STATIC, PRIMARY KEY (k, c))"
        + " WITH CLUSTERING ORDER BY (c DESC) AND comment = 'by client'");
    session.execute("CREATE TABLE tally (k text, c text, n counter, PRIMARY KEY (k, c))");
    session.execute("CREATE TABLE plain (k int PRIMARY KEY, v text, w text)");
  }

  private static KeyspaceMetadata keyspace() {
    return session.getMetadata().getKeyspace(KEYSPACE).orElseThrow();
  }

  private static void readsTheSchema() {
    TableMetadata table = keyspace().getTable("series").orElseThrow();
    equal(table.getPartitionKey().get(0).getName().asInternal(), "k");
    equal(table.getClusteringColumns().values().iterator().next(), ClusteringOrder.DESC);
    equal(table.getColumns().size(), 4);
    ensure(table.getColumn("st").orElseThrow().isStatic(), "st is not static");
    equal(table.getColumn("v").orElseThrow().getType(), DataTypes.TEXT);
    equal(table.getOptions().get(CqlIdentifier.fromInternal("comment")), "by client");
    ensure(!table.isCompactStorage(), "compact storage");
    UserDefinedType place = keyspace().getUserDefinedType("place").orElseThrow();
    equal(place.getFieldNames().toString(), "[street, zip, tags]");
    equal(keyspace().getTable("every_type").orElseThrow().getColumn("v").orElseThrow().getType(),
        DataTypes.vectorOf(DataTypes.FLOAT, 3));
    ensure(keyspace().describeWithChildren(true).contains("every_type"), "the description lacks a table");
    ensure(session.getMetadata().getTokenMap().isPresent(), "no token map");
  }

  private static UdtValue place(boolean frozen, String street, Integer zip, Set<String> tags) {
    UserDefinedType type = keyspace().getUserDefinedType("place").orElseThrow();
    UdtValue value = type.copy(frozen).newValue().setString(0, street).setSet(2, tags, String.class);
    return zip == null ? value.setToNull(1) : value.setInt(1, zip);
  }

  private static Map<String, Object> everyValue() throws Exception {
    TupleType tuple = DataTypes.tupleOf(DataTypes.INT, DataTypes.TEXT, DataTypes.DOUBLE);
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("a", "ascii");
    values.put("b", Long.MIN_VALUE);
    values.put("bl", ByteBuffer.wrap(new byte[] {0, -1, 16}));
    values.put("bo", true);
    values.put("da", LocalDate.of(1969, 7, 20));
    values.put("de", new BigDecimal("-123456789012345678901234567890.0123456789"));
    values.put("d", -0.1);
    values.put("du", CqlDuration.newInstance(14, 3, 3_600_000_000_001L));
    values.put("fl", 1.5f);
    values.put("i", InetAddress.getByName("2001:db8::1"));
    values.put("sm", Short.MIN_VALUE);
    values.put("ti", (byte) 127);
    values.put("t", LocalTime.parse("23:59:59.123456789"));
    values.put("ts", Instant.parse("2013-02-08T17:05:01.234Z"));
    values.put("tx", "naïve — 雪 ❄");
    values.put("u", UUID.fromString("123e4567-e89b-42d3-a456-426614174000"));
    values.put("tu", UUID.fromString("acbb4220-7211-11e2-8002-000000000001"));
    values.put("vi", BigInteger.TWO.pow(200).negate());
    values.put("l", List.of(3, 1, 3));
    values.put("s", Set.of("a", "b"));
    values.put("m", Map.of("x", -1L, "y", 2L));
    values.put("p", place(false, "Main St", 10001, Set.of("x")));
    values.put("fp", place(true, "Side St", null, new TreeSet<>(List.of("y", "z"))));
    values.put("tup", tuple.newValue(7, null, 2.5));
    values.put("v", CqlVector.newInstance(1.0f, -2.5f, 0.125f));
    return values;
  }

  private static void everyTypeComesBackEqual() throws Exception {
    Map<String, Object> values = everyValue();
    String marks = ", ?".repeat(values.size());
    PreparedStatement insert = session.prepare(
        "INSERT INTO every_type (k, " + String.join(", ", values.keySet()) + ") VALUES (?" + marks + ")");
    List<Object> bound = new ArrayList<>(values.values());
    bound.add(0, 1);
    session.execute(insert.bind(bound.toArray()));
    everyTypeIsThere();
    Object[] nothing = new Object[values.size() + 1];
    nothing[0] = 2;
    session.execute(insert.bind(nothing));
    Row row = session.execute("SELECT * FROM every_type WHERE k = 2").one();
    for (String name : values.keySet()) ensure(row.isNull(name), name + " is not null");
  }

  private static void everyTypeIsThere() throws Exception {
    Row row = session.execute(session.prepare("SELECT * FROM every_type WHERE k = ?").bind(1)).one();
    for (Map.Entry<String, Object> column : everyValue().entrySet()) {
      Object found = row.getObject(column.getKey());
      if (column.getValue() instanceof TupleValue expected) {
        TupleValue tuple = (TupleValue) found;
        ensure(tuple.getInt(0) == 7 && tuple.isNull(1) && tuple.getDouble(2) == 2.5, tuple.getFormattedContents());
      } else if (column.getValue() instanceof UdtValue expected) {
        equal(((UdtValue) found).getFormattedContents(), expected.getFormattedContents());
      } else {
        ensure(Objects.equals(found, column.getValue()),
            column.getKey() + ": found " + found + ", expected " + column.getValue());
      }
    }
  }

  private static void unpreparedStatementsWithValues() {
    session.execute(SimpleStatement.newInstance("INSERT INTO plain (k, v, w) VALUES (?, ?, ?)", 100, "quo'te", null));
    session.execute(SimpleStatement.newInstance("UPDATE plain SET w = :w WHERE k = :k", Map.of("w", "named", "k", 100)));
    Row row = session.execute("SELECT * FROM plain WHERE k = 100").one();
    equal(row.getString("v"), "quo'te");
    equal(row.getString("w"), "named");
  }

  private static void pagesThrough5000RowsInOrder() throws Exception {
    PreparedStatement insert = session.prepare("INSERT INTO series (k, c, v) VALUES (?, ?, ?)");
    Semaphore inFlight = new Semaphore(64);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    for (int c = 0; c < 5000; c++) {
      inFlight.acquire();
      CompletionStage<AsyncResultSet> answer = session.executeAsync(insert.bind("wide", c, "v" + c));
      answer.whenComplete((result, error) -> {
        if (error != null) failed.set(error);
        inFlight.release();
      });
    }
    ensure(inFlight.tryAcquire(64, 60, TimeUnit.SECONDS), "the writes did not end");
    ensure(failed.get() == null, failed.get());
    wideRowsAreThere();
  }

  private static void wideRowsAreThere() {
    int expected = 4999;
    for (Row row : session.execute(SimpleStatement.newInstance("SELECT c, v FROM series WHERE k = 'wide'").setPageSize(500))) {
      equal(row.getInt(0), expected);
      equal(row.getString(1), "v" + expected);
      expected--;
    }
    equal(expected, -1);
  }

  private static void aPagingStateContinuesByHand() {
    SimpleStatement select = SimpleStatement.newInstance("SELECT c FROM series WHERE k = 'wide'").setPageSize(700);
    ByteBuffer state = null;
    int seen = 0, pages = 0;
    do {
      ResultSet page = session.execute(select.setPagingState(state));
      seen += page.getAvailableWithoutFetching();
      pages++;
      state = page.getExecutionInfo().getPagingState();
    } while (state != null);
    ensure(seen == 5000 && pages == 8, seen + " rows in " + pages + " pages");
  }

  private static void batchesOfPreparedStatements() {
    PreparedStatement insert = session.prepare("INSERT INTO plain (k, v) VALUES (?, ?)");
    for (DefaultBatchType kind : List.of(DefaultBatchType.LOGGED, DefaultBatchType.UNLOGGED)) {
      int start = kind == DefaultBatchType.LOGGED ? 10 : 20;
      BatchStatementBuilder batch = BatchStatement.builder(kind);
      for (int k = start; k < start + 10; k++) batch.addStatement(insert.bind(k, "batched"));
      session.execute(batch.build());
      for (int k = start; k < start + 10; k++) {
        equal(session.execute("SELECT v FROM plain WHERE k = " + k).one().getString(0), "batched");
      }
    }
  }

  private static void counterBatchCounts() {
    PreparedStatement add = session.prepare("UPDATE tally SET n = n + ? WHERE k = ? AND c = ?");
    for (int n = 0; n < 3; n++) {
      session.execute(BatchStatement.newInstance(DefaultBatchType.COUNTER, add.bind(2L, "a", "x"), add.bind(-1L, "a", "y")));
    }
    countersAreThere();
  }

  private static void countersAreThere() {
    List<Row> rows = session.execute("SELECT c, n FROM tally WHERE k = 'a'").all();
    equal(rows.size(), 2);
    equal(rows.get(0).getString(0) + rows.get(0).getLong(1), "x6");
    equal(rows.get(1).getString(0) + rows.get(1).getLong(1), "y-3");
  }

  private static void emptyBatchIsAnswered() {
    session.execute(BatchStatement.newInstance(DefaultBatchType.LOGGED));
    session.execute(BatchStatement.newInstance(DefaultBatchType.UNLOGGED));
  }

  private static void unsetLeavesAColumnAndNullDeletesIt() {
    PreparedStatement insert = session.prepare("INSERT INTO plain (k, v, w) VALUES (?, ?, ?)");
    session.execute(insert.bind(40, "v", "w"));
    BoundStatement partly = insert.bind().setInt(0, 40).setToNull(2);
    ensure(!partly.isSet(1), "v is set");
    session.execute(partly);
    Row row = session.execute("SELECT * FROM plain WHERE k = 40").one();
    equal(row.getString("v"), "v");
    ensure(row.isNull("w"), "w was not deleted");
  }

  private static void namedBinds() {
    PreparedStatement insert = session.prepare("INSERT INTO plain (k, v, w) VALUES (:key, :v, :other)");
    session.execute(insert.bind().setString("other", "b").setString("v", "a").setInt("key", 41));
    Row row = session.execute("SELECT * FROM plain WHERE k = 41").one();
    equal(row.getString("v") + row.getString("w"), "ab");
  }

  private static void conditionalWritesTellWhetherTheyApplied() {
    ensure(session.execute("INSERT INTO plain (k, v) VALUES (50, 'first') IF NOT EXISTS").wasApplied(), "not applied");
    ResultSet second = session.execute("INSERT INTO plain (k, v) VALUES (50, 'second') IF NOT EXISTS");
    ensure(!second.wasApplied(), "applied twice");
    equal(second.one().getString("v"), "first");
    PreparedStatement update = session.prepare("UPDATE plain SET v = ? WHERE k = ? IF v = ?");
    ensure(session.execute(update.bind("third", 50, "first")).wasApplied(), "not applied");
    ensure(!session.execute(update.bind("fourth", 50, "first")).wasApplied(), "applied on another value");
    SimpleStatement select = SimpleStatement.newInstance("SELECT v FROM plain WHERE k = 50");
    Row row = session.execute(select.setConsistencyLevel(DefaultConsistencyLevel.SERIAL)).one();
    equal(row.getString(0), "third");
  }

  private static void errorKindsArrive() {
    refused(SyntaxError.class, () -> session.execute("SELEC * FROM plain"));
    refused(InvalidQueryException.class, () -> session.execute("SELECT * FROM no_such_table"));
    refused(InvalidQueryException.class, () -> session.prepare("SELECT * FROM no_such_table WHERE k = ?"));
    refused(InvalidQueryException.class, () -> session.execute("SELECT * FROM plain WHERE v = 'x'"));
    refused(AlreadyExistsException.class, () -> session.execute("CREATE TABLE plain (k int PRIMARY KEY)"));
    refused(AlreadyExistsException.class, () -> session.execute("CREATE KEYSPACE " + KEYSPACE
        + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"));
  }

  private static void eachProtocolVersionServes() throws Exception {
    for (String version : List.of("V3", "V4", "V5")) {
      DriverConfigLoader settings = DriverConfigLoader.programmaticBuilder()
          .withString(DefaultDriverOption.PROTOCOL_VERSION, version).build();
      try (CqlSession other = builder().withConfigLoader(settings).withKeyspace(KEYSPACE).build()) {
        Row row = other.execute(other.prepare("SELECT tx, v, du FROM every_type WHERE k = ?").bind(1)).one();
        equal(row.getString(0), everyValue().get("tx"));
        equal(row.getObject(1), everyValue().get("v"));
        equal(row.getObject(2), everyValue().get("du"));
      }
    }
  }

  private static void schemaChangeOfAnotherConnectionIsSeen() throws Exception {
    try (CqlSession other = builder().withKeyspace(KEYSPACE).build()) {
      other.execute("CREATE TABLE elsewhere (k int PRIMARY KEY, v int)");
    }
    for (int tries = 0; tries < 150; tries++) {
      if (keyspace().getTable("elsewhere").isPresent()) return;
      Thread.sleep(100);
    }
    throw new AssertionError("no SCHEMA_CHANGE event arrived within 15 s");
  }

  private static void selectStarFollowsAnAlteredTable() {
    session.execute("CREATE TABLE grows (k int PRIMARY KEY, a int)");
    PreparedStatement select = session.prepare("SELECT * FROM grows WHERE k = ?");
    session.execute("INSERT INTO grows (k, a) VALUES (1, 2)");
    equal(session.execute(select.bind(1)).one().getInt("a"), 2);
    session.execute("ALTER TABLE grows ADD aa text");
    session.execute("UPDATE grows SET aa = 'new' WHERE k = 1");
    Row row = session.execute(select.bind(1)).one();
    equal(row.getInt("a"), 2);
    equal(row.getString("aa"), "new");
  }

  private static void preparedStatementsSurviveARestart() throws Exception {
    PreparedStatement insert = session.prepare("INSERT INTO plain (k, v) VALUES (?, ?)");
    PreparedStatement select = session.prepare("SELECT v FROM plain WHERE k = ?");
    session.execute(insert.bind(70, "before"));
    System.out.println("restart");
    String answer = new BufferedReader(new InputStreamReader(System.in)).readLine();
    equal(answer, "restarted");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Row row;
    while (true) {
      try {
        row = session.execute(select.bind(70)).one();
        break;
      } catch (DriverException error) {
        // The driver reconnects on its own schedule; a request before that finds no node.
        if (System.nanoTime() > deadline) throw error;
        Thread.sleep(200);
      }
    }
    equal(row.getString(0), "before");
    session.execute(insert.bind(71, "after"));
    equal(session.execute(select.bind(71)).one().getString(0), "after");
  }

  private static void whatWasWrittenIsThereAfterKill() throws Exception {
    everyTypeIsThere();
    countersAreThere();
    wideRowsAreThere();
  }

  public static void main(String[] arguments) {
    Map<String, Work> checks = new LinkedHashMap<>();
    checks.put("connects with default settings", Checks::connects);
    checks.put("negotiates protocol v5", Checks::negotiatesV5);
    checks.put("creates keyspace, type and tables", Checks::createsKeyspaceTypeAndTables);
    checks.put("reads the schema", Checks::readsTheSchema);
    checks.put("every type comes back equal", Checks::everyTypeComesBackEqual);
    checks.put("unprepared statements with values", Checks::unpreparedStatementsWithValues);
    checks.put("pages through 5000 rows in order", Checks::pagesThrough5000RowsInOrder);
    checks.put("a paging state continues by hand", Checks::aPagingStateContinuesByHand);
    checks.put("batches of prepared statements", Checks::batchesOfPreparedStatements);
    checks.put("counter batch counts", Checks::counterBatchCounts);
    checks.put("empty batch is answered", Checks::emptyBatchIsAnswered);
    checks.put("unset leaves a column and null deletes it", Checks::unsetLeavesAColumnAndNullDeletesIt);
    checks.put("named binds", Checks::namedBinds);
    checks.put("conditional writes tell whether they applied", Checks::conditionalWritesTellWhetherTheyApplied);
    checks.put("error kinds arrive", Checks::errorKindsArrive);
    checks.put("each protocol version serves", Checks::eachProtocolVersionServes);
    checks.put("schema change of another connection is seen", Checks::schemaChangeOfAnotherConnectionIsSeen);
    checks.put("select star follows an altered table", Checks::selectStarFollowsAnAlteredTable);
    checks.put("prepared statements survive a restart", Checks::preparedStatementsSurviveARestart);
    checks.put("what was written is there after kill", Checks::whatWasWrittenIsThereAfterKill);
    for (Map.Entry<String, Work> check : checks.entrySet()) {
      try {
        check.getValue().run();
        System.out.println("ok " + check.getKey());
      } catch (Throwable error) {
        String why = String.valueOf(error).replaceAll("\\s+", " ");
        System.out.println("FAIL " + check.getKey() + ": " + why.substring(0, Math.min(600, why.length())));
        if (session == null) break;
      }
    }
    if (session != null) session.close();
    System.exit(0);
  }
}

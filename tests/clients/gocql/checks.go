// What a Go program with the unmodified gocql driver does to a node, one line a check.
//
// Address in BASALT_HOST and BASALT_PORT. Prints `ok NAME` or `FAIL NAME: why`; prints `restart` and waits for a line on
// standard input when the runner shall kill the node and start it again. The runner builds this file twice: against
// gocql 1 as it stands, and against version 2 of the driver with the import path exchanged, as a user would migrate.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gocql/gocql"
	"gopkg.in/inf.v0"
)

var keyspace = "client_" + strings.ReplaceAll(os.Getenv("BASALT_CLIENT"), "-", "_")

var session *gocql.Session

func cluster() *gocql.ClusterConfig {
	port, err := strconv.Atoi(os.Getenv("BASALT_PORT"))
	if err != nil {
		panic(err)
	}
	config := gocql.NewCluster(os.Getenv("BASALT_HOST"))
	config.Port = port
	return config
}

// inKeyspace opens a session whose connections use the keyspace: this driver knows no USE.
func inKeyspace() (*gocql.Session, error) {
	config := cluster()
	config.Keyspace = keyspace
	// The default of 600 ms is short for two busy cores; what is tested here is not speed.
	config.Timeout = 10 * time.Second
	return config.CreateSession()
}

func run(statement string, values ...interface{}) error {
	if err := session.Query(statement, values...).Exec(); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

func runAll(statements ...string) error {
	for _, statement := range statements {
		if err := run(statement); err != nil {
			return err
		}
	}
	return nil
}

func equal(found, expected interface{}) error {
	if !reflect.DeepEqual(found, expected) {
		return fmt.Errorf("found %#v, expected %#v", found, expected)
	}
	return nil
}

func connects() error {
	opened, err := cluster().CreateSession()
	if err != nil {
		return err
	}
	session = opened
	var version string
	return session.Query("SELECT release_version FROM system.local").Scan(&version)
}

func createsKeyspaceTypeAndTables() error {
	if err := runAll("DROP KEYSPACE IF EXISTS "+keyspace,
		"CREATE KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"); err != nil {
		return err
	}
	session.Close()
	opened, err := inKeyspace()
	if err != nil {
		return err
	}
	session = opened
	return runAll(
		"CREATE TYPE place (street text, zip int, tags frozen<set<text>>)",
		`CREATE TABLE every_type (k int PRIMARY KEY, a ascii, b bigint, bl blob, bo boolean, da date, de decimal, d double,
			du duration, fl float, i inet, sm smallint, ti tinyint, t time, ts timestamp, tx text, u uuid, tu timeuuid,
			vi varint, l list<int>, s set<text>, m map<text, bigint>, p place, fp frozen<place>, tup tuple<int, text, double>,
			v vector<float, 3>)`,
		`CREATE TABLE series (k text, c int, v text, st text STATIC, PRIMARY KEY (k, c)) WITH CLUSTERING ORDER BY (c DESC)`,
		"CREATE TABLE tally (k text, c text, n counter, PRIMARY KEY (k, c))",
		"CREATE TABLE plain (k int PRIMARY KEY, v text, w text)")
}

// metadataWith waits until the driver, which reads the schema again some time after an event, knows a table.
func metadataWith(table string) (*gocql.KeyspaceMetadata, error) {
	for tries := 0; tries < 150; tries++ {
		metadata, err := session.KeyspaceMetadata(keyspace)
		if err == nil && metadata.Tables[table] != nil {
			return metadata, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, errors.New("the table " + table + " was not seen within 15 s")
}

func readsTheSchema() error {
	metadata, err := metadataWith("plain")
	if err != nil {
		return err
	}
	table := metadata.Tables["series"]
	if len(table.PartitionKey) != 1 || table.PartitionKey[0].Name != "k" {
		return errors.New("another partition key")
	}
	if len(table.ClusteringColumns) != 1 || table.ClusteringColumns[0].Name != "c" || table.ClusteringColumns[0].Order != gocql.DESC {
		return fmt.Errorf("another clustering key: %+v", table.ClusteringColumns)
	}
	if table.Columns["st"].Kind != gocql.ColumnStatic || table.Columns["v"].Kind != gocql.ColumnRegular {
		return errors.New("another kind of column")
	}
	place := metadata.UserTypes["place"]
	if place == nil {
		return errors.New("the type is missing")
	}
	if err := equal(place.FieldNames, []string{"street", "zip", "tags"}); err != nil {
		return err
	}
	return equal(metadata.StrategyClass, "org.apache.cassandra.locator.SimpleStrategy")
}

type place struct {
	Street string   `cql:"street"`
	Zip    *int     `cql:"zip"`
	Tags   []string `cql:"tags"`
}

type every struct {
	a, tx  string
	b      int64
	bl     []byte
	bo     bool
	da, ts time.Time
	de     *inf.Dec
	d      float64
	du     gocql.Duration
	fl     float32
	i      net.IP
	sm     int16
	ti     int8
	t      time.Duration
	u, tu  gocql.UUID
	vi     *big.Int
	l      []int
	s      []string
	m      map[string]int64
	p, fp  place
}

func everyValue() every {
	zip := 10001
	u, _ := gocql.ParseUUID("123e4567-e89b-42d3-a456-426614174000")
	tu, _ := gocql.ParseUUID("acbb4220-7211-11e2-8002-000000000001")
	large, _ := new(big.Int).SetString("-1606938044258990275541962092341162602522202993782792835301377", 10)
	return every{a: "ascii", tx: "naïve — 雪 ❄", b: -1 << 63, bl: []byte{0, 255, 16}, bo: true,
		da: time.Date(1969, 7, 20, 0, 0, 0, 0, time.UTC), ts: time.Date(2013, 2, 8, 17, 5, 1, 234e6, time.UTC),
		de: inf.NewDec(-1234567890123, 7), d: -0.1, du: gocql.Duration{Months: 14, Days: 3, Nanoseconds: 3_600_000_000_001}, fl: 1.5,
		i: net.ParseIP("2001:db8::1"), sm: -32768, ti: 127, t: 86_399_123_456_789, u: u, tu: tu, vi: large, l: []int{3, 1, 3},
		s: []string{"a", "b"}, m: map[string]int64{"x": -1, "y": 2}, p: place{"Main St", &zip, []string{"x"}},
		fp: place{"Side St", nil, []string{"y", "z"}}}
}

const everyColumns = "a, tx, b, bl, bo, da, ts, de, d, du, fl, i, sm, ti, t, u, tu, vi, l, s, m, p, fp"

func everyTypeComesBackEqual() error {
	e := everyValue()
	marks := strings.Repeat("?, ", strings.Count(everyColumns, ",")) + "?"
	// This driver binds the parts of a tuple, not a tuple.
	err := run("INSERT INTO every_type (k, tup, "+everyColumns+") VALUES (1, (?, ?, ?), "+marks+")", 7, nil, 2.5,
		e.a, e.tx, e.b, e.bl, e.bo, e.da, e.ts, e.de, e.d, e.du, e.fl, e.i, e.sm, e.ti, e.t, e.u, e.tu, e.vi, e.l, e.s, e.m, e.p, e.fp)
	if err != nil {
		return err
	}
	nothing := make([]interface{}, 23)
	// This driver has no null for a user-defined type.
	nothing[21], nothing[22] = gocql.UnsetValue, gocql.UnsetValue
	if err := run("INSERT INTO every_type (k, "+everyColumns+") VALUES (2, "+marks+")", nothing...); err != nil {
		return err
	}
	return everyTypeIsThere()
}

func everyTypeIsThere() error {
	var found every
	found.de, found.vi = new(inf.Dec), new(big.Int)
	err := session.Query("SELECT "+everyColumns+" FROM every_type WHERE k = ?", 1).Scan(&found.a, &found.tx, &found.b, &found.bl,
		&found.bo, &found.da, &found.ts, &found.de, &found.d, &found.du, &found.fl, &found.i, &found.sm, &found.ti, &found.t, &found.u,
		&found.tu, &found.vi, &found.l, &found.s, &found.m, &found.p, &found.fp)
	if err != nil {
		return err
	}
	expected := everyValue()
	if found.de.Cmp(expected.de) != 0 || found.de.Scale() != expected.de.Scale() {
		return fmt.Errorf("decimal: found %v, expected %v", found.de, expected.de)
	}
	if found.vi.Cmp(expected.vi) != 0 {
		return fmt.Errorf("varint: found %v, expected %v", found.vi, expected.vi)
	}
	if !found.i.Equal(expected.i) || !found.da.Equal(expected.da) || !found.ts.Equal(expected.ts) {
		return fmt.Errorf("found %v %v %v", found.i, found.da, found.ts)
	}
	found.de, found.vi, found.i, found.da, found.ts = expected.de, expected.vi, expected.i, expected.da, expected.ts
	if err := equal(*found.p.Zip, *expected.p.Zip); err != nil {
		return err
	}
	found.p.Zip = expected.p.Zip
	if err := equal(found, expected); err != nil {
		return err
	}
	var number int
	var word *string
	var real float64
	if err := session.Query("SELECT tup FROM every_type WHERE k = 1").Scan(&number, &word, &real); err != nil {
		return err
	}
	if number != 7 || word != nil || real != 2.5 {
		return fmt.Errorf("tuple: found %v %v %v", number, word, real)
	}
	var nothing *string
	var none []int
	if err := session.Query("SELECT tx, l FROM every_type WHERE k = 2").Scan(&nothing, &none); err != nil {
		return err
	}
	if nothing != nil || len(none) != 0 {
		return fmt.Errorf("null: found %v %v", nothing, none)
	}
	return nil
}

func pagesThrough5000RowsInOrder() error {
	work := make(chan int)
	var group sync.WaitGroup
	var failed error
	var lock sync.Mutex
	for n := 0; n < 32; n++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for c := range work {
				if err := session.Query("INSERT INTO series (k, c, v) VALUES (?, ?, ?)", "wide", c, fmt.Sprintf("v%d", c)).Exec(); err != nil {
					lock.Lock()
					failed = err
					lock.Unlock()
				}
			}
		}()
	}
	for c := 0; c < 5000; c++ {
		work <- c
	}
	close(work)
	group.Wait()
	if failed != nil {
		return failed
	}
	return wideRowsAreThere()
}

func wideRowsAreThere() error {
	rows := session.Query("SELECT c, v FROM series WHERE k = ?", "wide").PageSize(500).Iter()
	next, c, v := 4999, 0, ""
	for rows.Scan(&c, &v) {
		if c != next || v != fmt.Sprintf("v%d", c) {
			return fmt.Errorf("found (%d, %s), expected row %d", c, v, next)
		}
		next--
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return equal(next, -1)
}

func aPageStateContinuesByHand() error {
	var state []byte
	seen, pages := 0, 0
	for {
		rows := session.Query("SELECT c FROM series WHERE k = 'wide'").PageSize(700).PageState(state).Iter()
		state = rows.PageState()
		scanner := rows.Scanner()
		for scanner.Next() {
			seen++
		}
		if err := scanner.Err(); err != nil {
			return err
		}
		pages++
		if len(state) == 0 {
			break
		}
	}
	if seen != 5000 || pages != 8 {
		return fmt.Errorf("%d rows in %d pages", seen, pages)
	}
	return nil
}

func batchesOfPreparedStatements() error {
	for start, kind := range map[int]gocql.BatchType{10: gocql.LoggedBatch, 20: gocql.UnloggedBatch} {
		batch := session.NewBatch(kind)
		for k := start; k < start+10; k++ {
			batch.Query("INSERT INTO plain (k, v) VALUES (?, ?)", k, "batched")
		}
		if err := session.ExecuteBatch(batch); err != nil {
			return err
		}
		for k := start; k < start+10; k++ {
			var v string
			if err := session.Query("SELECT v FROM plain WHERE k = ?", k).Scan(&v); err != nil || v != "batched" {
				return fmt.Errorf("key %d: found %q, %v", k, v, err)
			}
		}
	}
	return nil
}

func counterBatchCounts() error {
	for n := 0; n < 3; n++ {
		batch := session.NewBatch(gocql.CounterBatch)
		batch.Query("UPDATE tally SET n = n + ? WHERE k = ? AND c = ?", 2, "a", "x")
		batch.Query("UPDATE tally SET n = n + ? WHERE k = ? AND c = ?", -1, "a", "y")
		if err := session.ExecuteBatch(batch); err != nil {
			return err
		}
	}
	return countersAreThere()
}

func countersAreThere() error {
	rows := session.Query("SELECT c, n FROM tally WHERE k = 'a'").Iter()
	found, c, n := map[string]int64{}, "", int64(0)
	for rows.Scan(&c, &n) {
		found[c] = n
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return equal(found, map[string]int64{"x": 6, "y": -3})
}

func emptyBatchIsAnswered() error {
	if err := session.ExecuteBatch(session.NewBatch(gocql.LoggedBatch)); err != nil {
		return err
	}
	return session.ExecuteBatch(session.NewBatch(gocql.UnloggedBatch))
}

func unsetLeavesAColumnAndNullDeletesIt() error {
	insert := "INSERT INTO plain (k, v, w) VALUES (?, ?, ?)"
	if err := run(insert, 40, "v", "w"); err != nil {
		return err
	}
	if err := run(insert, 40, gocql.UnsetValue, nil); err != nil {
		return err
	}
	var v, w *string
	if err := session.Query("SELECT v, w FROM plain WHERE k = 40").Scan(&v, &w); err != nil {
		return err
	}
	if v == nil || *v != "v" || w != nil {
		return fmt.Errorf("found %v %v", v, w)
	}
	return nil
}

func namedBinds() error {
	if err := run("INSERT INTO plain (k, v, w) VALUES (:key, :v, :other)",
		gocql.NamedValue("key", 41), gocql.NamedValue("v", "a"), gocql.NamedValue("other", "b")); err != nil {
		return err
	}
	var v, w string
	if err := session.Query("SELECT v, w FROM plain WHERE k = 41").Scan(&v, &w); err != nil {
		return err
	}
	return equal(v+w, "ab")
}

func conditionalWritesTellWhetherTheyApplied() error {
	steps := []struct {
		statement string
		applied   bool
	}{
		{"INSERT INTO plain (k, v) VALUES (50, 'first') IF NOT EXISTS", true},
		{"INSERT INTO plain (k, v) VALUES (50, 'second') IF NOT EXISTS", false},
		{"UPDATE plain SET v = 'third' WHERE k = 50 IF v = 'first'", true},
		{"UPDATE plain SET v = 'fourth' WHERE k = 50 IF v = 'first'", false},
	}
	for _, step := range steps {
		row := map[string]interface{}{}
		applied, err := session.Query(step.statement).MapScanCAS(row)
		if err != nil {
			return fmt.Errorf("%s: %w", step.statement, err)
		}
		if applied != step.applied {
			return fmt.Errorf("%s: applied is %v, row %v", step.statement, applied, row)
		}
	}
	batch := session.NewBatch(gocql.LoggedBatch)
	batch.Query("UPDATE plain SET v = ? WHERE k = ? IF v = ?", "fifth", 50, "third")
	applied, _, err := session.MapExecuteBatchCAS(batch, map[string]interface{}{})
	if err != nil {
		return err
	}
	if !applied {
		return errors.New("the conditional batch was not applied")
	}
	var v string
	if err := session.Query("SELECT v FROM plain WHERE k = 50").Scan(&v); err != nil {
		return err
	}
	return equal(v, "fifth")
}

func errorKindsArrive() error {
	for statement, code := range map[string]int{
		"SELEC * FROM plain":                       gocql.ErrCodeSyntax,
		"SELECT * FROM no_such_table":              gocql.ErrCodeInvalid,
		"SELECT * FROM no_such_table WHERE k = ?":  gocql.ErrCodeInvalid,
		"SELECT * FROM plain WHERE v = 'x'":        gocql.ErrCodeInvalid,
		"CREATE TABLE plain (k int PRIMARY KEY)":   gocql.ErrCodeAlreadyExists,
		"INSERT INTO plain (k, v) VALUES ('x', 1)": gocql.ErrCodeInvalid,
	} {
		err := session.Query(statement).Exec()
		if strings.Contains(statement, "?") {
			err = session.Query(statement, 1).Exec()
		}
		var refused gocql.RequestError
		if !errors.As(err, &refused) {
			return fmt.Errorf("%s: %v", statement, err)
		}
		if refused.Code() != code {
			return fmt.Errorf("%s: code %x, expected %x: %v", statement, refused.Code(), code, err)
		}
	}
	return nil
}

func eachProtocolVersionServes(versions ...int) func() error {
	return func() error {
		for _, version := range versions {
			config := cluster()
			config.Keyspace, config.ProtoVersion, config.Timeout = keyspace, version, 10*time.Second
			other, err := config.CreateSession()
			if err != nil {
				return fmt.Errorf("v%d: %w", version, err)
			}
			var tx string
			err = other.Query("SELECT tx FROM every_type WHERE k = ?", 1).Scan(&tx)
			other.Close()
			if err != nil || tx != everyValue().tx {
				return fmt.Errorf("v%d: found %q, %v", version, tx, err)
			}
		}
		return nil
	}
}

func schemaChangeOfAnotherConnectionIsSeen() error {
	other, err := inKeyspace()
	if err != nil {
		return err
	}
	defer other.Close()
	if err := other.Query("CREATE TABLE elsewhere (k int PRIMARY KEY, v int)").Exec(); err != nil {
		return err
	}
	_, err = metadataWith("elsewhere")
	return err
}

func preparedStatementsSurviveARestart() error {
	insert, read := "INSERT INTO plain (k, v) VALUES (?, ?)", "SELECT v FROM plain WHERE k = ?"
	var v string
	if err := run(insert, 70, "before"); err != nil {
		return err
	}
	if err := session.Query(read, 70).Scan(&v); err != nil {
		return err
	}
	fmt.Println("restart")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil || strings.TrimSpace(answer) != "restarted" {
		return fmt.Errorf("the runner said %q, %v", answer, err)
	}
	// The driver reconnects on its own schedule; a query before that finds no connection.
	for begin := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		if err = session.Query(read, 70).Scan(&v); err == nil {
			break
		}
		if time.Since(begin) > 90*time.Second {
			return err
		}
	}
	if err := equal(v, "before"); err != nil {
		return err
	}
	if err := run(insert, 71, "after"); err != nil {
		return err
	}
	if err := session.Query(read, 71).Scan(&v); err != nil {
		return err
	}
	return equal(v, "after")
}

func whatWasWrittenIsThereAfterKill() error {
	if err := everyTypeIsThere(); err != nil {
		return err
	}
	if err := countersAreThere(); err != nil {
		return err
	}
	return wideRowsAreThere()
}

func main() {
	versions := []int{3, 4}
	if os.Getenv("BASALT_CLIENT") == "gocql-v2" {
		versions = append(versions, 5)
	}
	checks := []struct {
		name string
		work func() error
	}{
		{"connects with default settings", connects},
		{"creates keyspace, type and tables", createsKeyspaceTypeAndTables},
		{"reads the schema", readsTheSchema},
		{"every type comes back equal", everyTypeComesBackEqual},
		{"pages through 5000 rows in order", pagesThrough5000RowsInOrder},
		{"a page state continues by hand", aPageStateContinuesByHand},
		{"batches of prepared statements", batchesOfPreparedStatements},
		{"counter batch counts", counterBatchCounts},
		{"empty batch is answered", emptyBatchIsAnswered},
		{"unset leaves a column and null deletes it", unsetLeavesAColumnAndNullDeletesIt},
		{"named binds", namedBinds},
		{"conditional writes tell whether they applied", conditionalWritesTellWhetherTheyApplied},
		{"error kinds arrive", errorKindsArrive},
		{"each protocol version serves", eachProtocolVersionServes(versions...)},
		{"schema change of another connection is seen", schemaChangeOfAnotherConnectionIsSeen},
		{"prepared statements survive a restart", preparedStatementsSurviveARestart},
		{"what was written is there after kill", whatWasWrittenIsThereAfterKill},
	}
	for _, check := range checks {
		if err := check.work(); err != nil {
			why := strings.Join(strings.Fields(err.Error()), " ")
			fmt.Printf("FAIL %s: %.600s\n", check.name, why)
			if session == nil {
				return
			}
		} else {
			fmt.Printf("ok %s\n", check.name)
		}
	}
}

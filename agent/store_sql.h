/*
 * store_sql: the schema of HOME/store.db and every statement the store runs.
 *
 * One list gives the enum and the array. The array and the migrations are compiled
 * where STORE_SQL_TEXTS is defined (store_open.c). Migrations are only ever appended
 * to. CROSS JOIN keeps the order of tables as written. Entries are append-only (authorizer
 * and triggers); a payload goes only when an `erasure` names it (K7, M14). What changes of
 * an entry is in entry_state.
 */
#ifndef KK_AGENT_STORE_SQL_H
#define KK_AGENT_STORE_SQL_H

/* A whole row of an entry: store_row_read knows the columns. */
#define STORE_ROW                                                                            \
	"SELECT e.no, e.id, e.sig, k.pk, e.received_at, e.entity_no, e.op, s.idx, s.proved," \
	" s.verdict, s.counts, s.fate, s.clause, s.why, s.sig, p.body, e.key_no, x.by_line, s.proven" \
	" FROM entry e JOIN entry_state s ON s.no = e.no JOIN key k ON k.no = e.key_no"      \
	" LEFT JOIN payload p ON p.no = e.no"                                                \
	" LEFT JOIN erasure x ON p.no IS NULL AND x.id = e.id "
#define STORE_ENTITY "SELECT no, scope, kind, id, state FROM entity "
#define STORE_ITEM \
	"SELECT no, scope, kind, id, title, fold, conflicts, changed_at, state FROM entity "
/* ?2 scope, ?3 parent, ?4 only with conflicts, ?5 only with unsent entries */
#define STORE_ITEM_IF                                                                             \
	" (?2 IS NULL OR scope = ?2) AND (?3 IS NULL OR parent = ?3) AND (?4 = 0 OR conflicts > " \
	"0)"                                                                                      \
	" AND (?5 = 0 OR EXISTS(SELECT 1 FROM entry e CROSS JOIN entry_state s ON s.no = e.no"          \
	" WHERE e.entity_no = entity.no AND s.fate = 0)) ORDER BY changed_no DESC"

/* c: a checkpoint whose whole tree is part of the tree in use, whatever turns there were (L12) */
#define STORE_KEPT "NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= c.era AND t.size < c.size)"
/* s: an entry's state; c: a checkpoint in whose tree it stands at the index it has now */
#define STORE_STANDS "NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= c.era AND t.size <= s.idx)"

/* clang-format off */
#define STORE_STATEMENTS(X) \
	X(SETTING_GET, "SELECT value FROM setting WHERE name = ?1") \
	X(SETTING_PUT, "INSERT INTO setting(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value") \
	X(KEY_FIND, "SELECT no FROM key WHERE pk = ?1") \
	X(KEY_ADD, "INSERT INTO key(pk) VALUES(?1)") \
	X(FEED_OF, "SELECT f.feed, f.next_seq, f.last FROM feed f JOIN key k ON k.no = f.key_no WHERE k.pk = ?1 AND f.scope = ?2 AND f.device = ?3 AND f.closed = 0 ORDER BY f.no DESC LIMIT 1") \
	X(FEED_BEFORE, "SELECT f.last FROM feed f JOIN key k ON k.no = f.key_no WHERE k.pk = ?1 AND f.scope = ?2 ORDER BY f.no DESC LIMIT 1") \
	X(FEED_ADD, "INSERT INTO feed(feed, key_no, scope, next_seq, last, closed, device) VALUES(?1, ?2, ?3, 1, ?4, 0, ?5)") \
	X(FEED_NEXT, "UPDATE feed SET next_seq = ?2 + 1, last = ?3 WHERE feed = ?1 AND next_seq = ?2 AND last = ?4 AND closed = 0") \
	X(FEED_CLOSE, "UPDATE feed SET closed = 1 WHERE feed = ?1") \
	X(FEED_CLOSE_ALL, "UPDATE feed SET closed = 1 WHERE closed = 0") \
	X(FEED_INDEXED, "SELECT max(e.seq) + 1 FROM entry e JOIN entry_state s ON s.no = e.no WHERE e.feed = ?1 AND s.idx IS NOT NULL") \
	X(ENTRY_ADD, "INSERT INTO entry(feed, seq, id, sig, key_no, op, scope, entity_no, at, received_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
	X(PAYLOAD_ADD, "INSERT INTO payload(no, body) VALUES(?1, ?2)") \
	X(PAYLOAD_ERASE, "DELETE FROM payload WHERE no = ?1") \
	X(ERASURE_ADD, "INSERT INTO erasure(id, by_line) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING") \
	X(ERASURE_GET, "SELECT by_line FROM erasure WHERE id = ?1") \
	X(ERASURE_DROP, "DELETE FROM erasure WHERE id = ?1") \
	X(STATE_ADD, "INSERT INTO entry_state(no, idx, proved, verdict, counts, fate, clause, why, sig) VALUES(?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL, NULL)") \
	X(STATE_LOGGED, "UPDATE entry_state SET idx = ?2, proved = ?3, sig = ?4, proven = 0, offered = iif(?3 = 0 AND fate = 1 AND offered = 2, 2, 0) WHERE no = ?1") \
	X(STATE_VERDICT, "UPDATE entry_state SET verdict = ?2, counts = ?3, clause = iif(fate = 1, NULL, clause), why = iif(fate = 1, NULL, why) WHERE no = ?1") \
	X(STATE_FATE, "UPDATE entry_state SET fate = ?2, clause = ?3, why = ?4 WHERE no = ?1") \
	X(STATE_PUSHED, "UPDATE entry_state SET fate = iif(fate = 3, 3, ?2), clause = iif(fate = 3, NULL, ?3), why = iif(fate = 3, NULL, ?4), offered = iif(fate = 3 AND ?3 = 'A13', 1, 0) WHERE no = ?1 AND (?2 <> 2 OR idx IS NULL)") \
	X(STATE_WANT, "UPDATE entry_state SET fate = 0 WHERE fate = 1 AND no IN (SELECT no FROM entry WHERE feed = ?1 AND seq BETWEEN ?2 AND ?3) AND NOT EXISTS(SELECT 1 FROM entry_state o JOIN entry e ON e.no = o.no WHERE o.offered > 0 AND e.feed = ?1)") \
	X(STATE_WANTED, "UPDATE entry_state SET offered = ?4 WHERE offered > 0 AND no IN (SELECT no FROM entry WHERE feed = ?1 AND seq BETWEEN ?2 AND ?3)") \
	X(STATE_THERE, "UPDATE entry_state SET offered = 4 WHERE offered IN (1, 3) AND no IN (SELECT no FROM entry WHERE feed = ?1 AND seq <= ?2)") \
	X(STATE_INSIST, "UPDATE entry_state SET offered = ?3 WHERE offered > 0 AND offered = ?4 AND no IN (SELECT e.no FROM entry e JOIN key k ON k.no = e.key_no WHERE k.pk = ?2 AND e.scope IN (?1, '*'))") \
	X(STATE_LOST, "UPDATE entry_state SET idx = NULL, proved = 0, sig = NULL, offered = iif(idx < ?4, 3, iif(fate = 1, ?3, ?2)) WHERE idx >= ?1 OR offered = 4") \
	X(OFFERED_HEADS, "SELECT e.feed, max(e.seq), e.id, k.pk FROM entry_state s INDEXED BY entry_state_offered JOIN entry e ON e.no = s.no JOIN key k ON k.no = e.key_no WHERE s.offered > 0 AND s.offered < 4 AND e.scope IN (?1, '*') GROUP BY e.feed") \
	X(OFFERED_SCOPES, "SELECT DISTINCT e.scope, k.pk FROM entry_state s INDEXED BY entry_state_offered JOIN entry e ON e.no = s.no JOIN key k ON k.no = e.key_no WHERE s.offered > 0 AND s.offered < 4 AND e.scope <> '*' ORDER BY e.scope") \
	X(OFFERED_KEYS, "SELECT DISTINCT k.pk FROM entry_state s INDEXED BY entry_state_offered JOIN entry e ON e.no = s.no JOIN key k ON k.no = e.key_no WHERE s.offered > 0 AND s.offered BETWEEN ?2 AND ?3 AND e.scope IN (?1, '*')") \
	X(TURN_COUNT, "SELECT count(*) FROM turn") \
	X(TURN_LOG, "SELECT count(*) FROM turn WHERE log = ?1") \
	X(TURN_SINCE, "SELECT min(size) FROM turn WHERE era >= (SELECT max(era) FROM turn WHERE log = ?1)") \
	X(TURN_ADD, "INSERT INTO turn(era, log, size, at) VALUES(?1, ?2, ?3, ?4)") \
	X(PLACED_ADD, "INSERT INTO placed(no, era, idx, sig) SELECT no, ?1, idx, sig FROM entry_state WHERE idx >= ?2 AND proved = 1") \
	X(PLACED_OF, "SELECT era, idx, sig FROM placed WHERE no = ?1 ORDER BY era DESC") \
	X(POSITION_TURN, "INSERT INTO position(scope, epoch, cursor) SELECT scope, ?2, min(cursor, ?3) FROM position WHERE epoch = ?1 ON CONFLICT(scope, epoch) DO UPDATE SET cursor = excluded.cursor") \
	X(BLOB_OFFERED, "UPDATE blob SET sent = 0 WHERE held = 1 AND sha IN (SELECT n.sha FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE s.offered > 0)") \
	X(ENTRY_KNOWN, "SELECT no FROM entry WHERE feed = ?1 AND seq = ?2 AND id = ?3") \
	X(ENTRY_NO, STORE_ROW "WHERE e.no = ?1") \
	X(ENTRY_BEFORE, STORE_ROW "WHERE e.feed = ?1 AND e.seq = ?2 AND e.id = ?3 ORDER BY e.no LIMIT 1") \
	X(ENTRY_ID, STORE_ROW "WHERE e.id = ?1 ORDER BY e.no LIMIT 1") \
	X(ENTRY_HELD, "SELECT count(*) FROM entry WHERE id = ?1") \
	X(ENTRY_ALL, STORE_ROW "ORDER BY e.no") \
	X(ENTRY_OF_ENTITY, STORE_ROW "WHERE e.entity_no = ?1 ORDER BY s.idx IS NULL, s.idx, e.no") \
	X(ENTRY_OF_KEY, STORE_ROW "WHERE k.pk = ?1 ORDER BY e.no") \
	X(ENTRY_AUTHORITY, STORE_ROW "WHERE e.op BETWEEN 2 AND 7 AND e.op BETWEEN ?1 AND ?2 ORDER BY s.idx IS NULL, s.idx, e.no") \
	X(ENTRY_UNSENT, STORE_ROW "WHERE (s.fate = 0 OR s.offered = 2 OR s.no IN (SELECT no FROM carried)) AND e.scope IN (?1, '*') AND s.no > ?2 ORDER BY s.no") \
	X(ENTRY_OPEN, STORE_ROW "WHERE e.seq = 0 AND e.feed IN (SELECT f.feed FROM feed f JOIN key fk ON fk.no = f.key_no WHERE fk.pk = ?1 AND f.scope = ?2 AND f.device = ?3) ORDER BY e.no LIMIT 1") \
	X(ENTRY_FORKS, STORE_ROW "JOIN (SELECT feed, min(seq) AS seq FROM (SELECT feed, seq FROM entry GROUP BY feed, seq HAVING count(*) > 1) GROUP BY feed) d ON d.feed = e.feed AND d.seq = e.seq ORDER BY e.feed, e.no") \
	X(ENTRY_LEAVES, "SELECT e.id, coalesce(x.sig, e.sig), k.pk, x.idx FROM (SELECT s.no AS no, s.idx AS idx, s.sig AS sig FROM entry_state s WHERE s.idx >= ?1 AND s.idx < ?2 AND (s.proved = 1 OR s.fate = 1) AND NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= ?3 AND t.size <= s.idx)" \
	  " UNION ALL SELECT p.no, p.idx, p.sig FROM placed p WHERE p.idx >= ?1 AND p.idx < ?2 AND p.era = (SELECT min(t.era) FROM turn t WHERE t.era >= ?3 AND t.size <= p.idx)) x JOIN entry e ON e.no = x.no JOIN key k ON k.no = e.key_no ORDER BY x.idx") \
	X(ENTITY_HAS, "SELECT s.counts FROM entry e JOIN entry_state s ON s.no = e.no WHERE e.id = ?1 AND +e.entity_no = ?2 ORDER BY s.counts DESC LIMIT 1") \
	X(ENTITY_ADD, "INSERT INTO entity(scope, kind, id, parent, title, fold, conflicts, changed_no, changed_at, state) VALUES(?1, ?2, ?3, NULL, '', '', 0, 0, 0, x'')") \
	X(ENTITY_PUT, "UPDATE entity SET parent = ?2, title = ?3, fold = ?4, conflicts = ?5, state = ?6, same = ?7, supersedes = ?8 WHERE no = ?1") \
	X(ENTITY_CONFLICTS, "UPDATE entity SET conflicts = ?2 WHERE no = ?1") \
	X(ENTITY_SUPERSEDES, "SELECT supersedes FROM entity WHERE no = ?1") \
	X(CORRECTIONS, "SELECT scope, id, supersedes FROM entity WHERE supersedes IS NOT NULL AND (?1 IS NULL OR scope = ?1) AND kind = ?2 AND ?3 IS NULL") \
	X(CORRECTIONS_OF, "SELECT scope, id, supersedes FROM entity WHERE supersedes = ?3 AND (?1 IS NULL OR scope = ?1) AND kind = ?2") \
	X(ENTITY_SAME, "SELECT no, scope, kind, id, same FROM entity WHERE same IS NOT NULL AND (?1 IS NULL OR kind = ?1) ORDER BY kind, scope") \
	X(ENTITY_CHANGED, "UPDATE entity SET changed_no = ?2, changed_at = ?3 WHERE no = ?1") \
	X(ENTITY_GET, STORE_ENTITY "WHERE id = ?1 AND kind = ?2 AND scope = ?3") \
	X(ENTITY_BY_NO, STORE_ENTITY "WHERE no = ?1") \
	X(ENTITY_RANGE, "SELECT no FROM entity WHERE id BETWEEN ?1 AND ?2 AND (?3 IS NULL OR kind = ?3) ORDER BY no LIMIT ?4") \
	X(ENTITY_NOS, "SELECT no FROM entity WHERE (?1 IS NULL OR kind = ?1) ORDER BY no") \
	X(ENTITY_UNSENT, "SELECT count(*) FROM entry e CROSS JOIN entry_state s ON s.no = e.no WHERE e.entity_no = ?1 AND s.fate = 0") \
	X(ITEM_NO, STORE_ITEM "WHERE no = ?1") \
	X(ITEM_KIND, STORE_ITEM "WHERE kind = ?1 AND" STORE_ITEM_IF) \
	X(ITEM_ANY, STORE_ITEM "WHERE ?1 IS NULL AND" STORE_ITEM_IF) \
	X(ITEM_PARENT, STORE_ITEM "WHERE parent = ?3 AND (?1 IS NULL OR kind = ?1) AND" STORE_ITEM_IF) \
	X(ALT_CLEAR, "DELETE FROM alt WHERE entity_no = ?1") \
	X(ALT_ADD, "INSERT INTO alt(value, entity_no) VALUES(?1, ?2) ON CONFLICT DO NOTHING") \
	X(ALT_FIND, "SELECT a.entity_no FROM alt a JOIN entity x ON x.no = a.entity_no WHERE a.value = ?1 AND (?2 IS NULL OR x.kind = ?2) ORDER BY a.entity_no LIMIT ?3") \
	X(CARD_PUT, "INSERT INTO card(no, kind, sort, fold) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(no) DO UPDATE SET sort = excluded.sort, fold = excluded.fold") \
	X(CELLS_PUT, "INSERT INTO cells(no, cells) VALUES(?1, ?2) ON CONFLICT(no) DO UPDATE SET cells = excluded.cells") \
	X(CARD_ALL, "SELECT no, sort, fold, NULL FROM card WHERE kind = ?1") \
	X(CARD_CELLS, "SELECT d.no, d.sort, d.fold, c.cells FROM card d CROSS JOIN cells c ON c.no = d.no WHERE d.kind = ?1") \
	X(CARD_OF, "SELECT c.no, c.sort FROM entity e JOIN card c ON c.no = e.no WHERE e.id = ?1 LIMIT 1") \
	X(CARD_CONFLICTS, "SELECT no FROM entity WHERE conflicts > 0 AND kind = ?1 ORDER BY no") \
	X(CARD_UNSENT, "SELECT DISTINCT e.entity_no FROM entry_state s JOIN entry e ON e.no = s.no WHERE s.fate = 0 AND e.entity_no IS NOT NULL ORDER BY e.entity_no") \
	X(TELEX_CLEAR, "DELETE FROM telex WHERE entity_no = ?1") \
	X(TELEX_ADD, "INSERT INTO telex(value, entity_no) VALUES(?1, ?2) ON CONFLICT DO NOTHING") \
	X(TELEX_FIND, "SELECT a.entity_no FROM (SELECT entity_no FROM telex WHERE value = ?1 UNION SELECT entity_no FROM alt WHERE value = ?1) a JOIN entity x ON x.no = a.entity_no WHERE (?2 IS NULL OR x.kind = ?2) ORDER BY a.entity_no LIMIT ?3") \
	X(CHECKPOINT_LAST, "SELECT c.size, c.root, c.arrived, c.no, c.era FROM checkpoint c WHERE c.side = 0 AND " STORE_KEPT " ORDER BY c.size DESC, c.era DESC, c.no DESC LIMIT 1") \
	X(CHECKPOINT_KEPT, "SELECT c.root FROM checkpoint c WHERE c.size = ?1 AND c.side = 0 AND " STORE_KEPT) \
	X(CHECKPOINT_MOST, "SELECT ifnull(max(c.size), 0) FROM checkpoint c WHERE c.size <= ?1 AND c.side = 0 AND " STORE_KEPT) \
	X(CHECKPOINT_ADD, "INSERT INTO checkpoint(epoch, size, root, log, text, quorum, at, arrived, era, side) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
	X(CHECKPOINT_AGAIN, "UPDATE checkpoint SET arrived = ?2 WHERE no = ?1") \
	X(CHECKPOINT_AT, "SELECT min(at) FROM checkpoint WHERE size = ?1 AND root = ?2") \
	X(CHECKPOINT_BELOW, "SELECT min(at) FROM (SELECT (SELECT c.at FROM checkpoint c WHERE c.size < ?1 AND c.epoch = p.epoch ORDER BY c.size DESC, c.at LIMIT 1) AS at FROM (SELECT DISTINCT epoch FROM position) p)") \
	X(CHECKPOINT_TOLD, "SELECT ifnull((SELECT at FROM checkpoint ORDER BY no DESC LIMIT 1), 0)") \
	X(CHECKPOINT_AFTER, "SELECT c.at FROM checkpoint c WHERE c.size > ?1 AND c.era <= ?2 AND NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= c.era AND t.era < ?2 AND t.size <= ?1) ORDER BY c.size, c.no LIMIT 1") \
	X(CHECKPOINT_TEXT, "SELECT c.text FROM checkpoint c WHERE c.side = 0 AND " STORE_KEPT " ORDER BY c.size DESC, c.era DESC, c.no DESC LIMIT 1") \
	X(RECEIPT_ADD, "INSERT INTO receipt(lo, hi, size, nodes, checkpoint_no) VALUES(?1, ?2, ?3, ?4, ?5)") \
	X(RECEIPT_OF, "SELECT r.lo, r.hi, r.size, r.nodes, c.text, c.log, c.era, c.quorum AS quorum, -r.no AS place FROM receipt r JOIN checkpoint c ON c.no = r.checkpoint_no WHERE r.lo <= ?1 AND r.lo > ?2 AND r.hi > ?1 AND c.era <= ?3 AND NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= c.era AND t.era < ?3 AND t.size <= ?1) UNION ALL SELECT p.lo, p.hi, c.size, p.nodes, c.text, c.log, c.era, c.quorum, p.no FROM proof p JOIN cosigned c ON c.no = p.cosigned_no WHERE p.lo <= ?1 AND p.lo > ?2 AND p.hi > ?1 AND c.quorum = 1 AND c.era <= ?3 AND NOT EXISTS(SELECT 1 FROM turn t WHERE t.era >= c.era AND t.era < ?3 AND t.size <= ?1) ORDER BY quorum DESC, place DESC") \
	X(COSIGNED_ADD, "INSERT INTO cosigned(log, size, text, quorum, at, era) VALUES(?1, ?2, ?3, 1, ?4, ?5)") \
	X(COSIGNED_LAST, "SELECT no, text FROM cosigned WHERE log = ?1 AND era = ?2 ORDER BY size DESC, no DESC LIMIT 1") \
	X(PROOF_ADD, "INSERT INTO proof(lo, hi, nodes, cosigned_no) VALUES(?1, ?2, ?3, ?4)") \
	X(POLICY_CHECKPOINTS, "SELECT no, text, quorum, 0 FROM checkpoint WHERE log = ?1 UNION ALL SELECT no, text, quorum, 1 FROM cosigned WHERE log = ?1") \
	X(POLICY_CHECKPOINT, "UPDATE checkpoint SET quorum = ?2 WHERE no = ?1") \
	X(POLICY_COSIGNED, "UPDATE cosigned SET quorum = ?2 WHERE no = ?1") \
	X(STATE_PROVEN, "UPDATE entry_state SET proved = 1, proven = 1 WHERE idx >= ?1 AND idx < ?2 AND (proved = 1 OR fate = 1) AND proven = 0") \
	X(STATE_PROVEN_BY, "UPDATE entry_state SET proven = 1 WHERE idx >= ?1 AND idx < ?2 AND proved = 1 AND proven = 0 AND (SELECT quorum FROM checkpoint WHERE no = ?3) = 1") \
	X(STATE_PROVEN_AGAIN, "UPDATE entry_state AS s SET proven = EXISTS(SELECT 1 FROM receipt r JOIN checkpoint c ON c.no = r.checkpoint_no WHERE c.quorum = 1 AND r.lo <= s.idx AND r.lo > s.idx - ?1 AND r.hi > s.idx AND " STORE_STANDS ") OR EXISTS(SELECT 1 FROM proof p JOIN cosigned c ON c.no = p.cosigned_no WHERE c.quorum = 1 AND p.lo <= s.idx AND p.lo > s.idx - ?1 AND p.hi > s.idx AND " STORE_STANDS ") WHERE s.idx IS NOT NULL AND s.proved = 1") \
	X(ENTRY_UNPROVEN, "SELECT idx FROM entry_state INDEXED BY entry_state_to_prove WHERE fate = 1 AND proven = 0 AND idx IS NOT NULL ORDER BY idx LIMIT ?1") \
	X(POSITION_GET, "SELECT cursor FROM position WHERE scope = ?1 AND epoch = ?2") \
	X(POSITION_PUT, "INSERT INTO position(scope, epoch, cursor) VALUES(?1, ?2, ?3) ON CONFLICT(scope, epoch) DO UPDATE SET cursor = excluded.cursor") \
	X(SKIPPED_OF, "SELECT prefix, idx, keys FROM skipped WHERE scope = ?1") \
	X(SKIPPED_HAS, "SELECT count(*), coalesce(sum(prefix = ?2), 0) FROM skipped WHERE scope = ?1") \
	X(SKIPPED_ADD, "INSERT INTO skipped(scope, prefix, idx, keys) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(scope, prefix) DO UPDATE SET idx = min(idx, excluded.idx), keys = excluded.keys") \
	X(SKIPPED_PASSED, "DELETE FROM skipped WHERE scope = ?1 AND idx >= ?2 AND idx < ?3") \
	X(SKIPPED_TURN, "DELETE FROM skipped WHERE idx >= ?1") \
	X(ALARM_ADD, "INSERT INTO alarm(scope, at, clause, why, given, known, closed, era) VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)") \
	X(ALARM_IS, "SELECT count(*) FROM alarm WHERE closed = 0 AND why = ?1 AND era = ?2") \
	X(ALARM_ALL, "SELECT no, scope, at, clause, why, given, known, closed, era, reason FROM alarm WHERE (?1 IS NULL OR no = ?1) ORDER BY no") \
	X(ALARM_END, "UPDATE alarm SET closed = 1, reason = ?2 WHERE no = ?1 AND closed = 0") \
	X(ALARM_OPEN, "SELECT count(*) FROM alarm WHERE closed = 0") \
	X(ALARM_CLOSE, "UPDATE alarm SET closed = 1 WHERE closed = 0 AND why = ?1") \
	X(ALARM_COUNT, "SELECT count(*) FROM alarm") \
	X(COUNT_FATES, "SELECT fate, count(*), sum(counts = 0 OR why IS NOT NULL) FROM entry_state GROUP BY fate") \
	X(COUNT_PROVEN, "SELECT count(*) FROM entry_state WHERE fate = 1 AND proved = 1 AND proven = 1") \
	X(COUNT_CONFLICTS, "SELECT count(*) FROM entity WHERE conflicts > 0") \
	X(COUNT_OFFERED, "SELECT count(*) FROM entry_state WHERE offered > 0 AND offered < 4") \
	X(NEWEST, "SELECT coalesce(max(no), 0) FROM entry") \
	X(COUNT_FORKS, "SELECT count(DISTINCT f.feed) FROM feed f CROSS JOIN entry e ON e.feed = f.feed WHERE f.closed = 1 AND EXISTS(SELECT 1 FROM entry o WHERE o.feed = e.feed AND o.seq = e.seq AND o.no <> e.no)") \
	X(CONTACT_GET, "SELECT last_ok, last_try, next_at, why, detail, failures, hold_at, clock_off FROM contact WHERE one = 1") \
	X(CONTACT_PUT, "INSERT INTO contact(one, last_ok, last_try, next_at, why, detail, failures, hold_at, clock_off) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(one) DO UPDATE SET last_ok = excluded.last_ok, last_try = excluded.last_try, next_at = excluded.next_at, why = excluded.why, detail = excluded.detail, failures = excluded.failures, hold_at = excluded.hold_at, clock_off = excluded.clock_off") \
	X(UNSENT_LAST, "SELECT ifnull((SELECT no FROM entry_state WHERE fate = 0 ORDER BY no DESC LIMIT 1), 0)") \
	X(UNSENT_IN, "SELECT count(*) FROM entry_state s CROSS JOIN entry e ON e.no = s.no WHERE s.fate = 0 AND e.scope = ?1") \
	X(UNSENT_KEYS, "SELECT k.pk, count(*) FROM entry_state s CROSS JOIN entry e ON e.no = s.no CROSS JOIN key k ON k.no = e.key_no WHERE s.fate = 0 GROUP BY k.no") \
	X(CLERK_PUT, "INSERT INTO clerk(pk, name, title, scope) VALUES(?1, ?2, ?3, ?4) ON CONFLICT(pk) DO UPDATE SET name = excluded.name, title = excluded.title, scope = excluded.scope") \
	X(CLERK_AT, "SELECT pk, name, title, scope, retired FROM clerk ORDER BY retired, no LIMIT 1 OFFSET ?1") \
	X(CLERK_OF, "SELECT pk, name, title, scope, retired FROM clerk WHERE pk = ?1") \
	X(CLERK_RETIRE, "UPDATE clerk SET retired = 1 WHERE pk = ?1") \
	X(CLERK_ALL, "SELECT pk, name, title, scope FROM clerk ORDER BY no") \
	X(BLOB_HELD, "INSERT INTO blob(sha, size, held, sent) VALUES(?1, ?2, 1, 0) ON CONFLICT(sha) DO UPDATE SET held = 1, size = excluded.size") \
	X(BLOB_SEEN, "INSERT INTO blob(sha, size, held, sent) VALUES(?1, ?2, 0, ?3) ON CONFLICT(sha) DO UPDATE SET sent = max(sent, excluded.sent)") \
	X(BLOB_FORMS, "SELECT count(*) FROM blob_name n JOIN entry e ON e.no = n.no WHERE n.sha = ?1 AND e.op = ?2") \
	X(BLOB_NAME, "INSERT INTO blob_name(sha, no) VALUES(?1, ?2) ON CONFLICT DO NOTHING") \
	X(BLOB_GONE_ADD, "INSERT INTO blob_gone(sha) SELECT n.sha FROM blob_name n WHERE n.no = ?1 AND NOT EXISTS(SELECT 1 FROM blob_name m WHERE m.sha = n.sha AND m.no <> n.no) ON CONFLICT DO NOTHING") \
	X(BLOB_GONE_ONE, "SELECT sha FROM blob_gone LIMIT 1") \
	X(BLOB_GONE_DROP, "DELETE FROM blob_gone WHERE sha = ?1") \
	X(BLOB_UNNAME, "DELETE FROM blob_name WHERE no = ?1") \
	X(BLOB_FORGET, "DELETE FROM blob WHERE sha IN (SELECT sha FROM blob_gone)") \
	X(BLOB_WAIT_FORGET, "DELETE FROM blob_wait WHERE sha IN (SELECT sha FROM blob_gone)") \
	X(BLOB_SENT, "UPDATE blob SET sent = 1 WHERE sha = ?1") \
	X(BLOB_DOWN, "SELECT sha, size FROM blob b WHERE held = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1) ORDER BY size, sha LIMIT ?1") \
	X(BLOB_DOWN_DUE, "SELECT sha, size FROM blob b WHERE held = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1) AND NOT EXISTS(SELECT 1 FROM blob_wait w WHERE w.sha = b.sha AND (w.contact = ?2 OR (w.until > ?3 AND w.until <= ?3 + 86400))) AND size <= ?4 ORDER BY size, sha LIMIT ?1") \
	X(BLOB_UP, "SELECT sha, size FROM blob b WHERE held = 1 AND sent = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1 AND (s.fate = 1 OR (s.fate = 3 AND s.idx IS NOT NULL))) ORDER BY size, sha LIMIT ?1") \
	X(BLOB_UP_DUE, "SELECT sha, size FROM blob b WHERE held = 1 AND sent = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1 AND (s.fate = 1 OR (s.fate = 3 AND s.idx IS NOT NULL))) AND NOT EXISTS(SELECT 1 FROM blob_wait w WHERE w.sha = b.sha AND (w.contact = ?2 OR (w.until > ?3 AND w.until <= ?3 + 86400))) AND size <= ?4 ORDER BY size, sha LIMIT ?1") \
	X(BLOB_SEND, "SELECT sha, size FROM blob b WHERE held = 1 AND sent = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1 AND s.fate IN (0, 1, 3)) ORDER BY size, sha LIMIT ?1") \
	X(BLOB_WANTED, "SELECT size FROM blob WHERE sha = ?1 AND held = 0") \
	X(BLOB_AWAY, "UPDATE blob SET held = 0 WHERE sha = ?1") \
	X(BLOB_ASKED, "UPDATE blob SET sent = 0 WHERE sha = ?1 AND held = 1 AND sent = 1") \
	X(BLOB_AT, "SELECT b.size, b.held, b.sent, w.failures, w.until, w.why, w.detail, w.damaged, EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.fate IN (0, 1)) FROM blob b LEFT JOIN blob_wait w ON w.sha = b.sha WHERE b.sha = ?1") \
	X(BLOB_HERE, "SELECT sha, size FROM blob WHERE held = 1 AND sha > ?1 ORDER BY sha LIMIT 1") \
	X(BLOB_OWN, "SELECT count(*), ifnull(sum(sent AND held), 0) FROM blob b WHERE EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.fate IN (0, 1))") \
	X(BLOB_MISSING, "SELECT count(*) FROM blob b WHERE held = 0 AND EXISTS(SELECT 1 FROM blob_name n JOIN entry_state s ON s.no = n.no WHERE n.sha = b.sha AND s.counts = 1)") \
	X(BLOB_WAITS, "SELECT count(*) FROM blob_wait w JOIN blob b ON b.sha = w.sha WHERE b.held = 0 OR b.sent = 0") \
	X(BLOB_DAMAGED, "SELECT count(*) FROM blob_wait w JOIN blob b ON b.sha = w.sha WHERE b.held = 0 AND w.damaged = 1") \
	X(BLOB_WAIT_PUT, "INSERT INTO blob_wait(sha, contact, failures, until, why, detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(sha) DO UPDATE SET contact = excluded.contact, failures = excluded.failures, until = excluded.until, why = excluded.why, detail = excluded.detail") \
	X(BLOB_WAIT_DAMAGED, "UPDATE blob_wait SET damaged = 1 WHERE sha = ?1") \
	X(BLOB_WAIT_GET, "SELECT failures, until, why, detail FROM blob_wait WHERE sha = ?1") \
	X(BLOB_WAIT_DROP, "DELETE FROM blob_wait WHERE sha = ?1") \
	X(CARRIED_ADD, "INSERT INTO carried(no) VALUES(?1) ON CONFLICT DO NOTHING") \
	X(CARRIED_DROP, "DELETE FROM carried WHERE no = ?1") \
	X(EXPORT_ADD, "INSERT INTO export(id, at) VALUES(?1, ?2)") \
	X(EXPORT_FIND, "SELECT no FROM export WHERE id = ?1") \
	X(EXPORT_PRUNE, "DELETE FROM export WHERE no <= ?1 - ?2") \
	X(EXPORT_PRUNE_REQUESTS, "DELETE FROM export_request WHERE export_no <= ?1 - ?2") \
	X(EXPORT_REQUEST_ADD, "INSERT INTO export_request(export_no, n, scope, epoch, cursor, size, root, lines, runs) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(EXPORT_REQUESTS, "SELECT scope, epoch, cursor, size, root, lines, runs FROM export_request WHERE export_no = ?1 ORDER BY n") \
	X(IMPORTED_ADD, "INSERT INTO imported(id, at) VALUES(?1, ?2) ON CONFLICT DO NOTHING") \
	X(IMPORTED_FIND, "SELECT at FROM imported WHERE id = ?1")
/* clang-format on */

enum store_statement {
#define STORE_ID(name, sql) ST_##name,
	STORE_STATEMENTS(STORE_ID)
#undef STORE_ID
	    ST_N
};

#ifdef STORE_SQL_TEXTS
#include "lib/db.h"

static const struct db_stmt_def store_stmt[] = {
#define STORE_DEF(name, sql) {ST_##name, sql},
    STORE_STATEMENTS(STORE_DEF)
#undef STORE_DEF
};

static const char *const store_append_only[] = {"entry", "payload", "receipt", "turn",
						"placed", "proof",  NULL};
static const int store_eraser[] = {ST_PAYLOAD_ERASE};

/*
 * entry_state.verdict is the keyring's; counts tells whether the entry takes part in the
 * merge, which an own entry also does before its author's cert has come. fate: enum
 * store_fate. sig: the signature that was logged, where it is another one (A11). clause, why: of a
 * refusal, or of an accepted entry that the collector holds back (A10).
 */
static const char *const store_migration[] = {
    "CREATE TABLE setting(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "CREATE TABLE key(no INTEGER PRIMARY KEY, pk BLOB NOT NULL UNIQUE CHECK(length(pk) = 32)) "
    "STRICT;"
    "CREATE TABLE clerk(no INTEGER PRIMARY KEY, pk BLOB NOT NULL UNIQUE CHECK(length(pk) = 32), "
    "name TEXT NOT NULL,"
    " title TEXT NOT NULL, scope TEXT NOT NULL) STRICT;"
    "CREATE TABLE feed(no INTEGER PRIMARY KEY, feed BLOB NOT NULL UNIQUE CHECK(length(feed) = 16),"
    " key_no INTEGER NOT NULL REFERENCES key(no), scope TEXT NOT NULL, next_seq INTEGER NOT NULL,"
    " last BLOB NOT NULL CHECK(length(last) = 32), closed INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entity(no INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL,"
    " id BLOB NOT NULL CHECK(length(id) = 16), parent BLOB, title TEXT NOT NULL, fold TEXT NOT "
    "NULL,"
    " conflicts INTEGER NOT NULL, changed_no INTEGER NOT NULL, changed_at INTEGER NOT NULL, state "
    "BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX entity_id ON entity(id, kind, scope);"
    "CREATE INDEX entity_kind ON entity(kind, changed_no);"
    "CREATE INDEX entity_changed ON entity(changed_no);"
    "CREATE INDEX entity_parent ON entity(parent) WHERE parent IS NOT NULL;"
    "CREATE INDEX entity_conflict ON entity(no) WHERE conflicts > 0;"
    "CREATE TABLE alt(value TEXT NOT NULL, entity_no INTEGER NOT NULL REFERENCES entity(no),"
    " PRIMARY KEY(value, entity_no)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX alt_entity ON alt(entity_no);"
    "CREATE TABLE entry(no INTEGER PRIMARY KEY, feed BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB "
    "NOT NULL,"
    " sig BLOB NOT NULL, key_no INTEGER NOT NULL REFERENCES key(no), op INTEGER NOT NULL, scope "
    "TEXT NOT NULL,"
    " entity_no INTEGER REFERENCES entity(no), at INTEGER NOT NULL, received_at INTEGER NOT NULL) "
    "STRICT;"
    "CREATE INDEX entry_feed ON entry(feed, seq);"
    "CREATE INDEX entry_id ON entry(id);"
    "CREATE INDEX entry_key ON entry(key_no);"
    "CREATE INDEX entry_entity ON entry(entity_no) WHERE entity_no IS NOT NULL;"
    "CREATE INDEX entry_authority ON entry(op) WHERE op BETWEEN 2 AND 7;"
    "CREATE TABLE erasure(no INTEGER PRIMARY KEY REFERENCES entry(no), by_no INTEGER NOT NULL "
    "REFERENCES entry(no)) STRICT;"
    "CREATE TABLE payload(no INTEGER PRIMARY KEY REFERENCES entry(no), body BLOB NOT NULL) STRICT;"
    "CREATE TABLE entry_state(no INTEGER PRIMARY KEY REFERENCES entry(no), idx INTEGER, proved "
    "INTEGER NOT NULL,"
    " verdict INTEGER NOT NULL, counts INTEGER NOT NULL, fate INTEGER NOT NULL, clause TEXT, why "
    "TEXT, sig BLOB) STRICT;"
    "CREATE INDEX entry_state_fate ON entry_state(fate);"
    "CREATE INDEX entry_state_idx ON entry_state(idx) WHERE idx IS NOT NULL;"
    DB_APPEND_ONLY("entry") DB_ERASABLE("payload", "EXISTS(SELECT 1 FROM erasure WHERE no = OLD.no)"),
    "CREATE TABLE checkpoint(no INTEGER PRIMARY KEY, epoch TEXT NOT NULL, size INTEGER NOT NULL, "
    "root BLOB NOT NULL,"
    " log BLOB NOT NULL, text BLOB NOT NULL, quorum INTEGER NOT NULL, at INTEGER NOT NULL, arrived "
    "INTEGER NOT NULL) STRICT;"
    "CREATE INDEX checkpoint_size ON checkpoint(size);"
    "CREATE TABLE receipt(no INTEGER PRIMARY KEY, lo INTEGER NOT NULL, hi INTEGER NOT NULL, size "
    "INTEGER NOT NULL,"
    " nodes BLOB NOT NULL, checkpoint_no INTEGER NOT NULL REFERENCES checkpoint(no)) STRICT;"
    "CREATE INDEX receipt_lo ON receipt(lo);"
    "CREATE TABLE position(scope TEXT NOT NULL, epoch TEXT NOT NULL, cursor INTEGER NOT NULL,"
    " PRIMARY KEY(scope, epoch)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE alarm(no INTEGER PRIMARY KEY, scope TEXT NOT NULL, at INTEGER NOT NULL, clause "
    "TEXT NOT NULL,"
    " why TEXT NOT NULL, given BLOB NOT NULL, known BLOB NOT NULL, closed INTEGER NOT NULL) STRICT;"
    "CREATE TABLE contact(one INTEGER PRIMARY KEY CHECK(one = 1), last_ok INTEGER NOT NULL, "
    "last_try INTEGER NOT NULL,"
    " next_at INTEGER NOT NULL, why TEXT NOT NULL, failures INTEGER NOT NULL) STRICT;"
    "CREATE TABLE blob(sha BLOB NOT NULL PRIMARY KEY CHECK(length(sha) = 32), size INTEGER NOT "
    "NULL,"
    " held INTEGER NOT NULL, sent INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE blob_name(sha BLOB NOT NULL, no INTEGER NOT NULL REFERENCES entry(no), PRIMARY "
    "KEY(sha, no)) STRICT, WITHOUT ROWID;" DB_APPEND_ONLY("receipt"),
    /* the PC a feed was opened on (E25): another PC's is not gone on with, nor shown as its own */
    "ALTER TABLE feed ADD COLUMN device BLOB CHECK(length(device) = 32);",
    /*
     * Pulled lines nobody here could read (P15): of each unknown key the first one passed over. An
     * empty prefix stands for all keys beyond the ceiling; keys: how many were known then.
     */
    "CREATE TABLE skipped(scope TEXT NOT NULL, prefix BLOB NOT NULL CHECK(length(prefix) IN (0, 8)), "
    "idx INTEGER NOT NULL,"
    " keys INTEGER NOT NULL, PRIMARY KEY(scope, prefix)) STRICT, WITHOUT ROWID;",
    /* by_line: the erase as a line, also where what it takes is not here yet (A16) */
    "DROP TRIGGER payload_no_update; DROP TRIGGER payload_no_delete; DROP TABLE erasure;"
    "CREATE TABLE erasure(id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 32), by_line BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    DB_ERASABLE("payload", "EXISTS(SELECT 1 FROM entry e JOIN erasure x ON x.id = e.id WHERE e.no = OLD.no)")
    "CREATE TABLE blob_gone(sha BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;",
    /* detail: clause and arguments of why; clock_off: the collector's clock minus this PC's */
    "ALTER TABLE contact ADD COLUMN detail TEXT NOT NULL DEFAULT '{}';"
    "ALTER TABLE contact ADD COLUMN hold_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE contact ADD COLUMN clock_off INTEGER NOT NULL DEFAULT 0;",
    /*
     * era: number of turns before it. turn: the end of an era, its log key, and the leaves the
     * next tree keeps. placed: indexes beyond those, as they were. offered: enum offered in store_turn.c.
     */
    "CREATE TABLE turn(era INTEGER PRIMARY KEY, log BLOB NOT NULL, size INTEGER NOT NULL, at INTEGER "
    "NOT NULL) STRICT;"
    "CREATE TABLE placed(no INTEGER NOT NULL REFERENCES entry(no), era INTEGER NOT NULL REFERENCES "
    "turn(era), idx INTEGER NOT NULL, sig BLOB, PRIMARY KEY(no, era)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX placed_idx ON placed(idx);"
    "ALTER TABLE checkpoint ADD COLUMN era INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alarm ADD COLUMN era INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alarm ADD COLUMN reason TEXT;"
    "ALTER TABLE entry_state ADD COLUMN offered INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX entry_state_offered ON entry_state(offered) WHERE offered > 0;" DB_APPEND_ONLY(
	"turn") DB_APPEND_ONLY("placed"),
    /* a key nobody can open any more (a lost PIN): what it sealed stays good */
    "ALTER TABLE clerk ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;",
    /*
     * proven: it stands in a receipt or proof whose checkpoint has the quorum the policy asks for (L8). cosigned:
     * checkpoints that came with what they prove (W8); at: when enough witnesses had signed.
     */
    "CREATE TABLE cosigned(no INTEGER PRIMARY KEY, log BLOB NOT NULL, size INTEGER NOT NULL, text BLOB NOT NULL,"
    " quorum INTEGER NOT NULL, at INTEGER NOT NULL, era INTEGER NOT NULL) STRICT;"
    "CREATE TABLE proof(no INTEGER PRIMARY KEY, lo INTEGER NOT NULL, hi INTEGER NOT NULL, nodes BLOB NOT NULL,"
    " cosigned_no INTEGER NOT NULL REFERENCES cosigned(no)) STRICT;"
    "CREATE INDEX proof_lo ON proof(lo);" DB_APPEND_ONLY("proof")
    "ALTER TABLE entry_state ADD COLUMN proven INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX entry_state_unproven ON entry_state(idx) WHERE fate = 1 AND proved = 1 AND proven = 0;"
    "UPDATE entry_state SET proven = 1 WHERE proved = 1 AND EXISTS(SELECT 1 FROM receipt r JOIN checkpoint c"
    " ON c.no = r.checkpoint_no WHERE c.quorum = 1 AND r.lo <= idx AND r.hi > idx);",
    /* the ids an entity's fields same_as (M15) and supersedes (M12) show */
    "ALTER TABLE entity ADD COLUMN same BLOB; ALTER TABLE entity ADD COLUMN supersedes BLOB;"
    "CREATE INDEX entity_same ON entity(kind, scope) WHERE same IS NOT NULL;"
    "CREATE INDEX entity_supersedes ON entity(supersedes) WHERE supersedes IS NOT NULL;",
    /*
     * Sealed files (B10, B12). side: a checkpoint not shown to extend the newest known. export_request:
     * what an export asked; lines: numbers of the entries in it, runs: first index and number, 8 bytes each, big endian.
     */
    "ALTER TABLE checkpoint ADD COLUMN side INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE carried(no INTEGER PRIMARY KEY REFERENCES entry(no)) STRICT;"
    "CREATE TABLE export(no INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE CHECK(length(id) = 16),"
    " at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE export_request(export_no INTEGER NOT NULL, n INTEGER NOT NULL, scope TEXT NOT NULL,"
    " epoch TEXT NOT NULL, cursor INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, lines BLOB NOT NULL,"
    " runs BLOB NOT NULL,"
    " PRIMARY KEY(export_no, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE imported(id BLOB NOT NULL PRIMARY KEY CHECK(length(id) = 16), at INTEGER NOT NULL) STRICT,"
    " WITHOUT ROWID;",
    /* telex: codes as an input method leaves them, where that differs from alt. All entities are written anew. */
    "CREATE TABLE telex(value TEXT NOT NULL, entity_no INTEGER NOT NULL REFERENCES entity(no),"
    " PRIMARY KEY(value, entity_no)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX telex_entity ON telex(entity_no);"
    "DELETE FROM setting WHERE name = 'forms';",
    /* card, cells: of a record of a register what its table looks through (store_card.c); a BLOB is read without a copy */
    "CREATE TABLE card(no INTEGER PRIMARY KEY REFERENCES entity(no), kind TEXT NOT NULL, sort BLOB NOT NULL,"
    " fold BLOB NOT NULL) STRICT;"
    "CREATE TABLE cells(no INTEGER PRIMARY KEY REFERENCES card(no), cells BLOB NOT NULL) STRICT;"
    "DELETE FROM setting WHERE name = 'forms';",
    /*
     * Blobs that failed (P31): in which contact last, how often, and why each waits until when; damaged: it was
     * here. The name of 32 zeros stands for all: the collector asked for quiet about blobs.
     */
    "CREATE TABLE blob_wait(sha BLOB NOT NULL PRIMARY KEY CHECK(length(sha) = 32), contact INTEGER NOT NULL,"
    " failures INTEGER NOT NULL, until INTEGER NOT NULL, why TEXT NOT NULL, detail TEXT NOT NULL,"
    " damaged INTEGER NOT NULL DEFAULT 0) STRICT,"
    " WITHOUT ROWID;",
    /* an own entry that came back from another PC is to be proven too, though its index is a claim (P16) */
    ("DROP INDEX entry_state_unproven;"
     "CREATE INDEX entry_state_to_prove ON entry_state(idx) WHERE fate = 1 AND proven = 0 AND idx IS NOT NULL;")};
#endif

#endif

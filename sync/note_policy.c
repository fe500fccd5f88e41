/*
 * note_policy: trust policies in sigsum's text form, and public keys as OpenSSH writes them.
 * Clause L7; format: sigsum-go, doc/policy.md.
 *
 * Our policy is one log and "k of these witnesses". So one `log` line is read, and groups
 * hold witnesses, not other groups; a text that says more is refused with its line, never
 * read as if it said less. Witnesses that the quorum does not count are left out.
 */
#include "sync/note.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"

enum { GROUP_MAX = 16, WORDS_MAX = NOTE_WITNESS_MAX + 3 };

struct group {
	char name[NOTE_NAME_LEN];
	uint32_t members; /* bit i: witness i */
	size_t k;
};

struct reading {
	struct note_policy p;
	struct group group[GROUP_MAX];
	size_t ngroup;
	bool has_log, has_quorum;
	struct group quorum; /* name unused */
	struct span word[WORDS_MAX];
	size_t nword;
	long long line;
	struct err *err;
};

static enum rc refuse(const struct reading *r, const char *key)
{
	return err_num(r->err, RC_REFUSED, "L7", key, "line", r->line);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cut a line into words, without its comment; false when there are too many. */
static bool words(struct reading *r, struct span line)
{
	size_t i = 0;

	r->nword = 0;
	while (i < line.len && line.p[i] != '#') {
		size_t begin = i;
		while (i < line.len && line.p[i] != '#' && !is_space(line.p[i]))
			i++;
		if (i > begin) {
			if (r->nword == WORDS_MAX)
				return false;
			r->word[r->nword++] = span_of(line.p + begin, i - begin);
		} else {
			i++;
		}
	}
	return true;
}

/* Bit of the witness, 0 when there is none of that name. */
static uint32_t witness_bit(const struct reading *r, struct span name)
{
	for (size_t i = 0; i < r->p.nwitness; i++)
		if (span_eq_str(name, r->p.witness[i].name))
			return UINT32_C(1) << i;
	return 0;
}

static const struct group *find_group(const struct reading *r, struct span name)
{
	for (size_t i = 0; i < r->ngroup; i++)
		if (span_eq_str(name, r->group[i].name))
			return &r->group[i];
	return NULL;
}

/* A name nobody has yet: copied. */
static bool new_name(const struct reading *r, struct span name, char ret[NOTE_NAME_LEN])
{
	if (!note_name_ok(name) || witness_bit(r, name) || find_group(r, name))
		return false;
	memcpy(ret, name.p, name.len);
	ret[name.len] = '\0';
	return true;
}

static enum rc read_log(struct reading *r)
{
	if (r->has_log)
		return refuse(r, "note.policy_logs");
	if (r->nword < 2 || r->nword > 3 || !codec_hex_32(r->word[1], r->p.log))
		return refuse(r, "note.policy_line");
	r->has_log = true;
	return RC_OK;
}

static enum rc read_witness(struct reading *r)
{
	if (r->nword < 3 || r->nword > 4)
		return refuse(r, "note.policy_line");
	if (r->p.nwitness == NOTE_WITNESS_MAX)
		return refuse(r, "note.policy_many");
	struct note_witness *w = &r->p.witness[r->p.nwitness];
	if (!new_name(r, r->word[1], w->name))
		return refuse(r, "note.policy_name");
	if (!codec_hex_32(r->word[2], w->key))
		return refuse(r, "note.policy_line");
	for (size_t i = 0; i < r->p.nwitness; i++)
		if (memcmp(r->p.witness[i].key, w->key, sizeof(w->key)) == 0)
			return refuse(r, "note.policy_key_twice");
	r->p.nwitness++;
	return RC_OK;
}

static enum rc read_group(struct reading *r)
{
	uint64_t k;

	if (r->nword < 4)
		return refuse(r, "note.policy_line");
	if (r->ngroup == GROUP_MAX)
		return refuse(r, "note.policy_many");
	struct group *g = &r->group[r->ngroup];
	memset(g, 0, sizeof(*g));
	if (!new_name(r, r->word[1], g->name))
		return refuse(r, "note.policy_name");
	for (size_t i = 3; i < r->nword; i++) {
		uint32_t bit = witness_bit(r, r->word[i]);
		if (find_group(r, r->word[i]))
			return refuse(r, "note.policy_nested");
		if (!bit || (g->members & bit))
			return refuse(r, "note.policy_member");
		g->members |= bit;
	}
	size_t n = r->nword - 3;
	if (span_eq_str(r->word[2], "any"))
		g->k = 1;
	else if (span_eq_str(r->word[2], "all"))
		g->k = n;
	else if (num_u64(r->word[2], 1, n, &k) == RC_OK)
		g->k = (size_t)k;
	else
		return refuse(r, "note.policy_line");
	r->ngroup++;
	return RC_OK;
}

static enum rc read_quorum(struct reading *r)
{
	if (r->has_quorum || r->nword != 2)
		return refuse(r, "note.policy_line");
	const struct group *g = find_group(r, r->word[1]);
	uint32_t bit = witness_bit(r, r->word[1]);
	if (g)
		r->quorum = *g;
	else if (bit)
		r->quorum = (struct group){.members = bit, .k = 1};
	else if (!span_eq_str(r->word[1], "none"))
		return refuse(r, "note.policy_member");
	r->has_quorum = true;
	return RC_OK;
}

static const struct {
	const char *word;
	enum rc (*read)(struct reading *r);
} statements[] = {
    {"log", read_log},
    {"witness", read_witness},
    {"group", read_group},
    {"quorum", read_quorum},
};

static enum rc read_line(struct reading *r, struct span line)
{
	if (!words(r, line))
		return refuse(r, "note.policy_many");
	if (r->nword == 0)
		return RC_OK;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (span_eq_str(r->word[0], statements[i].word))
			return statements[i].read(r);
	return refuse(r, "note.policy_line");
}

/* Keep the witnesses of the quorum; all of them when there is none. */
static void keep_counted(struct reading *r)
{
	size_t n = 0;

	if (r->quorum.k == 0)
		return;
	for (size_t i = 0; i < r->p.nwitness; i++)
		if (r->quorum.members >> i & 1)
			r->p.witness[n++] = r->p.witness[i];
	r->p.nwitness = n;
	r->p.quorum = r->quorum.k;
}

enum rc note_policy_read(struct span text, struct note_policy *ret, struct err *reterr)
{
	struct reading r = {.err = reterr};
	struct span rest = text, line;
	enum rc rc = RC_OK;

	if (text.len > NOTE_TEXT_MAX)
		return refuse(&r, "note.policy_many");
	while (rc == RC_OK && rest.len > 0) {
		r.line++;
		if (!span_line(&rest, &line)) {
			line = rest;
			rest.len = 0;
		}
		rc = read_line(&r, line);
	}
	if (rc == RC_OK && !r.has_log)
		rc = refuse(&r, "note.policy_no_log");
	if (rc == RC_OK && !r.has_quorum)
		rc = refuse(&r, "note.policy_no_quorum");
	if (rc != RC_OK)
		return rc;
	keep_counted(&r);
	*ret = r.p;
	return RC_OK;
}

/* ------------------------------------------------------------------- writing */

static void add_key(struct buf *out, const char *word, const char *name, const uint8_t key[32])
{
	buf_add_str(out, word);
	buf_add_char(out, ' ');
	if (name) {
		buf_add_str(out, name);
		buf_add_char(out, ' ');
	}
	codec_hex_buf(out, key, CRYPT_PK_LEN);
	buf_add_char(out, '\n');
}

/* A name for the group that no witness has: "quorum-1", "quorum-2" … */
static unsigned group_number(const struct note_policy *p)
{
	char name[NOTE_NAME_LEN] = "quorum-";
	unsigned no = 1;

	for (size_t i = 0; i < p->nwitness; i++) {
		num_str(no, name + strlen("quorum-"));
		if (strcmp(p->witness[i].name, name) == 0) {
			no++;
			i = SIZE_MAX; /* look at all again */
		}
	}
	return no;
}

static void add_group(struct buf *out, const struct note_policy *p)
{
	unsigned no = group_number(p);

	buf_addf(out, "group quorum-%u %zu", no, p->quorum);
	for (size_t i = 0; i < p->nwitness; i++) {
		buf_add_char(out, ' ');
		buf_add_str(out, p->witness[i].name);
	}
	buf_addf(out, "\nquorum quorum-%u\n", no);
}

enum rc note_policy_write(const struct note_policy *p, struct buf *out, struct err *reterr)
{
	if (p->quorum > p->nwitness || p->nwitness > NOTE_WITNESS_MAX)
		return err_set(reterr, RC_INPUT, NULL, "note.policy_count", NULL);
	add_key(out, "log", NULL, p->log);
	for (size_t i = 0; i < p->nwitness; i++)
		add_key(out, "witness", p->witness[i].name, p->witness[i].key);
	if (p->quorum == 0) {
		buf_add_str(out, "quorum none\n");
	} else if (p->nwitness == 1) {
		buf_add_str(out, "quorum ");
		buf_add_str(out, p->witness[0].name);
		buf_add_char(out, '\n');
	} else {
		add_group(out, p);
	}
	return buf_check(out, reterr);
}

/* ---------------------------------------------------------------- OpenSSH keys */

/* The blob: two strings with their lengths, the second the key (RFC 8709, section 4). */
static const uint8_t ssh_head[] = "\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20";

enum { SSH_HEAD = sizeof(ssh_head) - 1, SSH_BLOB = SSH_HEAD + CRYPT_PK_LEN };

void note_sshkey_write(const uint8_t pk[CRYPT_PK_LEN], const char *comment, struct buf *out)
{
	uint8_t blob[SSH_BLOB];

	memcpy(blob, ssh_head, SSH_HEAD);
	memcpy(blob + SSH_HEAD, pk, CRYPT_PK_LEN);
	buf_add_str(out, "ssh-ed25519 ");
	codec_b64_buf(out, blob, sizeof(blob));
	buf_add_char(out, ' ');
	buf_add_str(out, comment);
	buf_add_char(out, '\n');
}

enum rc note_sshkey_read(struct span text, uint8_t retpk[CRYPT_PK_LEN], struct err *reterr)
{
	static const char type[] = "ssh-ed25519 ";
	uint8_t blob[SSH_BLOB];
	struct span rest = text, line;
	size_t at = sizeof(type) - 1, len = CODEC_B64_LEN(SSH_BLOB);

	if (!span_line(&rest, &line)) {
		line = rest;
		rest.len = 0;
	}
	bool ok = rest.len == 0 && span_starts(line, type) && line.len >= at + len &&
		  (line.len == at + len || line.p[at + len] == ' ') &&
		  codec_b64_exact(span_of(line.p + at, len), blob, sizeof(blob)) &&
		  memcmp(blob, ssh_head, SSH_HEAD) == 0;
	if (!ok)
		return err_set(reterr, RC_INPUT, NULL, "note.sshkey", NULL);
	memcpy(retpk, blob + SSH_HEAD, CRYPT_PK_LEN);
	return RC_OK;
}

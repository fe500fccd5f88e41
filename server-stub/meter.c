/*
 * meter: see meter.h. A series is looked up by walking all of them: there are about 150, and a request adds to four.
 */
#include "server-stub/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/expose.h"
#include "lib/os.h"

static const struct {
	const char *name, *help;
	const char *label[2];
} family[METER_FAMILIES] = {
    [METER_ENTRIES] = {"kiemke_entries_total",
     "Entries that PCs sent, by what became of them; a refusal by the clause it names.", {"outcome", "clause"}},
    [METER_CONTACTS] = {"kiemke_contacts_total",
     "Contacts of PCs (sync, authority, sticks), ok or by the code of the problem.", {"outcome"}},
    [METER_DENIED] = {"kiemke_denied_total", "Signed requests answered 401, by code.", {"code"}},
    [METER_REQUESTS] = {"kiemke_http_requests_total",
     "Requests that ended, by route and class of the status.", {"route", "status"}},
    [METER_BYTES] = {"kiemke_http_body_bytes_total",
     "Bytes of bodies, in from those who ask and out to them.", {"direction"}},
};

/* Shown from the start as 0, so that a rate sees the first one. */
static const struct {
	enum meter_family f;
	const char *first, *second;
} known[] = {
    {METER_ENTRIES, "accepted", ""}, {METER_ENTRIES, "duplicate", ""}, {METER_ENTRIES, "quarantined", ""},
    {METER_CONTACTS, "ok", NULL},    {METER_BYTES, "in", NULL},        {METER_BYTES, "out", NULL},
    {METER_DENIED, "clock", NULL},   {METER_DENIED, "key", NULL},      {METER_DENIED, "replay", NULL},
    {METER_DENIED, "signature", NULL},
};

struct series {
	enum meter_family f;
	char first[METER_LABEL], second[METER_LABEL];
	int64_t n;
};

struct meter {
	struct os_mutex *mutex;
	struct series series[METER_SERIES + METER_FAMILIES]; /* the last ones: of what found no place */
	size_t nseries;
};

enum rc meter_new(struct meter **ret, struct err *reterr)
{
	struct meter *m = calloc(1, sizeof(*m));
	enum rc rc = m ? os_mutex_new(&m->mutex, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc != RC_OK) {
		free(m);
		return rc;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		meter_add(m, known[i].f, known[i].first, known[i].second, 0);
	*ret = m;
	return RC_OK;
}

void meter_free(struct meter *m)
{
	if (!m)
		return;
	os_mutex_free(m->mutex);
	free(m);
}

static struct series *find(struct meter *m, enum meter_family f, const char *first,
			   const char *second)
{
	for (size_t i = 0; i < m->nseries; i++) {
		struct series *s = &m->series[i];

		if (s->f == f && strcmp(s->first, first) == 0 && strcmp(s->second, second) == 0)
			return s;
	}
	return NULL;
}

static struct series *place(struct meter *m, enum meter_family f, const char *first,
			    const char *second)
{
	struct series *s = find(m, f, first, second);

	if (s)
		return s;
	if (m->nseries >= METER_SERIES) {
		first = "other";
		second = family[f].label[1] ? "other" : "";
		s = find(m, f, first, second);
	}
	if (s)
		return s;
	s = &m->series[m->nseries++];
	s->f = f;
	snprintf(s->first, sizeof(s->first), "%s", first);
	snprintf(s->second, sizeof(s->second), "%s", second);
	return s;
}

void meter_add(struct meter *m, enum meter_family f, const char *first, const char *second,
	       int64_t n)
{
	char a[METER_LABEL], b[METER_LABEL];

	snprintf(a, sizeof(a), "%s", first);
	snprintf(b, sizeof(b), "%s", second ? second : "");
	os_mutex_lock(m->mutex);
	place(m, f, a, b)->n += n;
	os_mutex_unlock(m->mutex);
}

void meter_write(struct meter *m, struct buf *out)
{
	os_mutex_lock(m->mutex);
	for (int f = 0; f < METER_FAMILIES; f++) {
		size_t labels = family[f].label[1] ? 2 : 1;

		expose_family(out, family[f].name, EXPOSE_COUNTER, family[f].help);
		for (size_t i = 0; i < m->nseries; i++) {
			const struct series *s = &m->series[i];
			const struct expose_label label[2] = {{family[f].label[0], s->first},
							      {family[f].label[1], s->second}};

			if ((int)s->f == f)
				expose_value(out, family[f].name, label, labels, s->n);
		}
	}
	os_mutex_unlock(m->mutex);
}

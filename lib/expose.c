/*
 * expose: see expose.h.
 */
#include "lib/expose.h"

#include <inttypes.h>

static const char *const types[] = {[EXPOSE_COUNTER] = "counter", [EXPOSE_GAUGE] = "gauge"};

/* Backslash and line feed are escaped everywhere, the quote in values of labels. */
static void add_escaped(struct buf *out, const char *text, bool quoted)
{
	for (; *text; text++) {
		if (*text == '\n') {
			buf_add_str(out, "\\n");
			continue;
		}
		if (*text == '\\' || (quoted && *text == '"'))
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

void expose_family(struct buf *out, const char *name, enum expose_type type, const char *help)
{
	buf_addf(out, "# HELP %s ", name);
	add_escaped(out, help, false);
	buf_addf(out, "\n# TYPE %s %s\n", name, types[type]);
}

void expose_value(struct buf *out, const char *name, const struct expose_label *label, size_t n,
		  int64_t value)
{
	buf_add_str(out, name);
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "%s%s=\"", i == 0 ? "{" : ",", label[i].name);
		add_escaped(out, label[i].value, true);
		buf_add_char(out, '"');
	}
	buf_addf(out, "%s %" PRId64 "\n", n > 0 ? "}" : "", value);
}

void expose_micro(struct buf *out, const char *name, int64_t value)
{
	buf_addf(out, "%s %" PRId64 ".%06" PRId64 "\n", name, value / 1000000, value % 1000000);
}

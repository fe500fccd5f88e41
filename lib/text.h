/*
 * text: Vietnamese text, numbers and dates as people type and read them.
 *
 * Unicode normal form, the search key, the sorting key, 1.234.567,89, dd/mm/yyyy,
 * ISO weeks, and clock times at +07:00. Nothing depends on the C locale or on
 * the machine's time zone (TZ): Vietnam has had one zone, without summer time, since 1975.
 * Not here: messages (lib/lang), wire numbers (lib/num).
 */
#ifndef KK_LIB_TEXT_H
#define KK_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/num.h"

enum {
	TEXT_DATE_LEN = 11,  /* "2026-11-25" or "25/11/2026" with the NUL */
	TEXT_TIME_LEN = 17,  /* "25/11/2026 08:30" with the NUL */
	TEXT_WEEK_LEN = 9,   /* "2026-W48" with the NUL */
	TEXT_NUM_LEN = 32    /* any int64 or decimal with its dots, with the NUL */
};

/* ---- Unicode ---- */

/*
 * Bytes of the well-formed UTF-8 character at p (p < end), 1..4; 0 when there is none:
 * overlong, a surrogate, beyond U+10FFFF, or cut (Unicode table 3-7).
 */
static inline size_t text_utf8_step(const uint8_t *p, const uint8_t *end)
{
	size_t left = (size_t)(end - p);
	uint8_t lo = 0x80, hi = 0xbf;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		lo = 0xa0;
	else if (p[0] == 0xed)
		hi = 0x9f;
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;
	if (left < n || p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool text_is_utf8(struct span s); /* well-formed; NUL bytes are let through */
bool text_is_nfc(struct span s);  /* false for invalid UTF-8 too */
size_t text_chars(struct span s); /* code points; stops at invalid UTF-8 */

/* Append the NFC of s. RC_INPUT "text.utf8"; RC_LIMIT "text.too_long" over LIMIT_TEXT; RC_NOMEM. */
enum rc text_nfc(struct span s, struct buf *out, struct err *reterr);

/*
 * Append what a person meant to type: NFC, control characters turned into
 * spaces, spaces at both ends dropped and runs of them made one. Errors as text_nfc.
 * With `lines` true, LF is kept (CR LF and CR become LF).
 */
enum rc text_clean(struct span s, bool lines, struct buf *out, struct err *reterr);

/*
 * Append the search key: no tones or marks, đ/Đ -> d, lower case, ’‘ʼ´` -> ', dashes -> -,
 * white space collapsed to one space and trimmed. "Trạm  Y tế Đống Đa" -> "tram y te dong da".
 * Idempotent; equal for NFC and NFD and for hòa/hoà. Errors as text_nfc.
 */
enum rc text_fold(struct span s, struct buf *out, struct err *reterr);

/*
 * Append a key whose byte order (span_cmp) is Vietnamese dictionary order:
 * a ă â b c d đ e ê … u ư …, then tone (ngang huyền hỏi ngã sắc nặng), then case.
 * text_name_key sorts people: by the last word (tên), then the rest from the front.
 */
enum rc text_sort_key(struct span s, struct buf *out, struct err *reterr);
enum rc text_name_key(struct span s, struct buf *out, struct err *reterr);

/* ---- numbers as typed in Vietnam ---- */

/*
 * Parse an integer: "1234567", "1.234.567", "-1.234". Dots group by three and are
 * all there or none. RC_INPUT: "text.num_empty", "text.num_char",
 * "text.num_group" ("1.23", "12.34.567": neither a grouped integer nor a decimal, which
 * takes a comma), "text.num_places" (a fraction where a whole number is wanted);
 * RC_LIMIT "text.num_range" (arguments min, max).
 */
enum rc text_int(struct span s, int64_t min, int64_t max, int64_t *ret, struct err *reterr);

/*
 * Parse a decimal with at most `places` (0..NUM_DEC_PLACES) digits after the comma:
 * "1.234.567,89" -> "1234567.89" in canonical form (see num_dec). Errors as text_int;
 * "text.num_places" for more digits than allowed.
 */
enum rc text_dec(struct span s, unsigned places, char out[NUM_DEC_LEN], struct err *reterr);

/* 1234567 -> "1.234.567"; canonical "1234567.89" -> "1.234.567,89" (RC_INPUT "text.num_char"). */
void text_int_fmt(int64_t v, char out[TEXT_NUM_LEN]);
enum rc text_dec_fmt(struct span canonical, char out[TEXT_NUM_LEN], struct err *reterr);

/* ---- dates (proleptic Gregorian, years 1800..9999) ---- */

/* True for "yyyy-mm-dd" that names a real day. */
bool text_is_date(struct span s);

/*
 * Parse what a person types: d/m/yyyy, dd/mm/yyyy (also with - or . between) or
 * yyyy-mm-dd. *out = ISO. RC_INPUT "text.date_form" or "text.date_day" (30/02), argument value.
 */
enum rc text_date(struct span s, char out[TEXT_DATE_LEN], struct err *reterr);

/* ISO -> "dd/mm/yyyy". RC_INPUT "text.date_form"/"text.date_day". */
enum rc text_date_fmt(struct span iso, char out[TEXT_DATE_LEN], struct err *reterr);

/* Days since 1970-01-01 of an ISO date, and back (RC_LIMIT "text.date_range"). */
enum rc text_days(struct span iso, int64_t *retdays, struct err *reterr);
enum rc text_days_date(int64_t days, char out[TEXT_DATE_LEN], struct err *reterr);

/* Unix seconds as "dd/mm/yyyy HH:MM" and as an ISO date, both at +07:00. Years out of range: "?". */
void text_time_fmt(int64_t unix_s, char out[TEXT_TIME_LEN]);
void text_time_date(int64_t unix_s, char out[TEXT_DATE_LEN]);
/* Unix seconds of `minute` (0..1439) of an ISO date at +07:00. Errors as text_days. */
enum rc text_time_of(struct span iso, int minute, int64_t *retunix_s, struct err *reterr);
/*
 * "yyyy-mm-dd HH:MM" or "dd/mm/yyyy HH:MM" ('T' for the space too) at +07:00 -> unix
 * seconds. RC_INPUT "text.time_form" and as text_date.
 */
enum rc text_time(struct span s, int64_t *retunix_s, struct err *reterr);

/* ISO 8601 weeks: "2026-W48" of a date; the Monday of a week. RC_INPUT "text.week_form". */
enum rc text_week(struct span iso, char out[TEXT_WEEK_LEN], struct err *reterr);
bool text_is_week(struct span s); /* also that the year has that week */
enum rc text_week_monday(struct span week, char out[TEXT_DATE_LEN], struct err *reterr);
void text_time_week(int64_t unix_s, char out[TEXT_WEEK_LEN]); /* at +07:00 */

/*
 * A week as people write it -> "2026-W48": "48/2026", "tuần 48 năm 2026", "week 48 of 2026", a day of it
 * ("25/11/2026"), what text_week_say makes in either language ("Tuần 48 (23/11 – 29/11/2026)": number and
 * days must be of one week), and as it is kept. RC_INPUT "text.week_form"; errors of text_fold.
 */
enum rc text_week_read(struct span s, char out[TEXT_WEEK_LEN], struct err *reterr);

/* What people say of a week: its number without a leading zero, its Monday and its Sunday. */
struct text_week {
	char no[3];
	char from[TEXT_DATE_LEN]; /* "23/11"; "28/12/2026" when the week lies in two years */
	char to[TEXT_DATE_LEN];   /* "29/11/2026" */
};
/* Of "2026-W48". RC_INPUT "text.week_form". */
enum rc text_week_say(struct span week, struct text_week *ret, struct err *reterr);

#endif

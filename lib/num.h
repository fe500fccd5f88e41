/*
 * num: the only way text becomes a number.
 *
 * The whole span must be the number, in canonical decimal: no sign but a single
 * '-', no '+', no leading zero, no "-0", no white space. What a person types
 * (1.234.567,89) is lib/text's; this file reads wire, files and options.
 */
#ifndef KK_LIB_NUM_H
#define KK_LIB_NUM_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define NUM_SAFE_MAX INT64_C(9007199254740991) /* 2^53 - 1: the largest integer JSON carries */

enum {
	NUM_I64_LEN = 21,   /* room for any int64 in decimal, with the NUL */
	NUM_DEC_LEN = 24,   /* room for any canonical decimal, with the NUL */
	NUM_DEC_PLACES = 6  /* most places num_dec takes */
};

/*
 * RC_OK with *ret set; RC_INPUT when the text is not a canonical integer;
 * RC_LIMIT when it is one outside [min,max]. No struct err: the caller names
 * the field. *ret is untouched on failure.
 */
enum rc num_i64(struct span text, int64_t min, int64_t max, int64_t *ret);
enum rc num_u64(struct span text, uint64_t min, uint64_t max, uint64_t *ret);

/* int64 as canonical decimal. */
void num_str(int64_t v, char out[NUM_I64_LEN]);

/*
 * Canonical decimal strings, the wire form of a decimal: "-12.5", "0.05", "7".
 * Minimal digits: no leading zero but the one before the point, no trailing zero
 * after it, no "-0". num_dec gives the value times 10^places (0..NUM_DEC_PLACES):
 * num_dec("12.5", 2) = 1250. RC_INPUT when not canonical or with more places;
 * RC_LIMIT when it does not fit int64. num_dec_str is the way back.
 */
enum rc num_dec(struct span text, unsigned places, int64_t *ret);
void num_dec_str(int64_t scaled, unsigned places, char out[NUM_DEC_LEN]);

#endif

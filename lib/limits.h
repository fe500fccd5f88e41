/*
 * limits: every ceiling of both programs, each with its unit and its reason.
 *
 * A buffer, list or loop that a peer, a file or a person can make longer has
 * its largest size here and nowhere else. Add a line here rather than a number
 * in a .c file. Grouped by who sends the bytes.
 */
#ifndef KK_LIB_LIMITS_H
#define KK_LIB_LIMITS_H

#define LIMIT_KIB ((size_t)1024)
#define LIMIT_MIB ((size_t)1024 * 1024)

/* ---- entries (sync/FORMAT.md) ---- */
#define LIMIT_ENTRY_PAYLOAD (16 * LIMIT_KIB) /* bytes; a longer text belongs in a blob */
#define LIMIT_ENTRY_LINE    (LIMIT_ENTRY_PAYLOAD + 86 + 1) /* bytes; signature, space, payload */
#define LIMIT_ENTRY_STUB    (LIMIT_ENTRY_LINE + 86 + 1 + 43 + 1) /* bytes; signature, id and the line of the erase */
#define LIMIT_ENTRY_DEPTH   4    /* levels; payload > set > field > blob reference */
#define LIMIT_ENTRY_AFTER   64   /* ids in `after`; more siblings: split by fields or chain */
#define LIMIT_ENTRY_STRINGS 256  /* strings of one array (E18): so many lines and photos has a submission at most */
#define LIMIT_ENTRY_MEMBERS 256  /* members of one object; the widest form has about 40 fields */
#define LIMIT_ENTRY_TOKENS  (LIMIT_ENTRY_PAYLOAD / 2 + 1) /* JSON tokens of one entry: each takes two bytes */
#define LIMIT_FIELD_NAME    64   /* bytes; names of form fields */
#define LIMIT_KIND_NAME     64   /* bytes; "equipment_check/12" */

/* ---- JSON in general (lib/json) ---- */
#define LIMIT_JSON_DEPTH  16              /* levels in forms and operation bodies */
#define LIMIT_JSON_STACK  32              /* levels any scan can be asked for: its stack is fixed */
#define LIMIT_JSON_TEXT   (4 * LIMIT_MIB) /* bytes; an operation's body, in or out */
#define LIMIT_JSON_TOKENS (1 << 20)       /* tokens of one tree: 20 MiB of tape while parsing */
#define LIMIT_JSON_MEMBERS 2048           /* members of one object: a key is compared with each of a like hash */
#define LIMIT_LANG_KEYS   8192            /* messages of one language file (our own, embedded) */
#define LIMIT_FORM_JSON   (1 * LIMIT_MIB) /* bytes; one form definition */

/* ---- forms and their expressions (sync/form, sync/expr) ---- */
#define LIMIT_EXPR_TEXT     4096             /* bytes of one expression; the longest built-in has 400 */
#define LIMIT_EXPR_NODES    1024             /* nodes of one compiled expression */
#define LIMIT_EXPR_DEPTH    64               /* nesting of parsing and of evaluation: bounds the C stack */
#define LIMIT_EXPR_STEPS    200000           /* nodes and set items visited by one evaluation */
#define LIMIT_EXPR_STRING   (64 * LIMIT_KIB) /* bytes of a string an evaluation makes (concat) */
#define LIMIT_EXPR_MEM      (4 * LIMIT_MIB)  /* bytes of scratch memory of one evaluation */
#define LIMIT_FORM_FIELDS   256              /* fields of one form: E18 allows no more in an entry */
#define LIMIT_FORM_LIST     1000             /* values of one list; lists of one form: 100 */
#define LIMIT_FORM_LISTS    100              /* lists of one form */
#define LIMIT_FORM_RULES    100              /* rules of one form, warnings of one field */
#define LIMIT_FORM_LABEL    1000             /* bytes of a label or message inside a form */
#define LIMIT_FORM_MEM      (8 * LIMIT_MIB)  /* bytes of one form in memory */
#define LIMIT_FORM_SET      2000             /* forms and versions known at once */
#define LIMIT_FORM_CHILDREN 2000             /* children of one record looked at together */
#define LIMIT_FORM_FINDINGS 200              /* findings of one record; more help nobody */

/* ---- merge and keys (sync/merge, sync/keyring, sync/view) ---- */
#define LIMIT_MERGE_STATE   (256 * LIMIT_MIB) /* bytes of one entity in memory: thousands of siblings */
#define LIMIT_MERGE_SLACK   (64 * LIMIT_KIB)  /* bytes dead writes may hold before a state is packed */
#define LIMIT_KEYRING       (1 << 21)         /* authority entries, and keys, of one keyring; 2 GiB at most */
#define LIMIT_KEYRING_CHANGE 65536            /* keys of one change told one by one; beyond, all are */
#define LIMIT_ARCHIVE_CACHE 1048576         /* feeds, keys or scopes a collector remembers: 128 MiB at most */
#define LIMIT_NONCES        2097152         /* request nonces of ten minutes: 3,500 a second; 64 MiB */
#define LIMIT_NONCES_ANY    131072          /* the same of keys nobody need have certified: 200 a second; 4 MiB */
#define LIMIT_ENROL_WAIT    64              /* clerks of one PC that wait for a cert */
#define LIMIT_ENROL_BODY    (320 * LIMIT_KIB) /* bytes of a request to be enrolled, inflated: any key may send one */
#define LIMIT_ENROL_CODES   200             /* enrolment codes of one commune, used ones too */
#define LIMIT_TWIN_KEYS     (64 * LIMIT_MIB)  /* bytes of keys of one search for duplicates */
#define LIMIT_VIEW_TEXT     (1 * LIMIT_MIB)   /* bytes of one shown text: a union of many siblings */

/* ---- HTTP ---- */
#define LIMIT_HTTP_BODY     (4 * LIMIT_MIB)  /* bytes as sent (compressed); 2000 lines fit */
#define LIMIT_HTTP_INFLATED (16 * LIMIT_MIB) /* bytes after zstd; bounds what a bomb can cost */
#define LIMIT_ZST_WINDOW_LOG 24              /* log2 bytes (16 MiB) a frame may make us keep */
#define LIMIT_SYNC_LINES    2000             /* NDJSON lines of one request */
#define LIMIT_SKIPPED_KEYS  1000             /* unknown authors one PC notes in a scope, one by one */
#define LIMIT_ATTACH        (16 * LIMIT_MIB) /* bytes; a file that a browser hands in */
#define LIMIT_BLOB          (64 * LIMIT_MIB) /* bytes; a photo is < 1, the catalogue < 8 */
#define LIMIT_BLOB_CHUNK    (1 * LIMIT_MIB)  /* bytes of one PATCH; what bad 3G can finish */

/* ---- webhooks (server-stub/webhook*): what is sent, what a receiver may answer ---- */
#define LIMIT_WEBHOOK_BODY  4096             /* bytes of a message: names and ids, no value of a record */
#define LIMIT_WEBHOOK_REPLY (64 * LIMIT_KIB) /* bytes of an answer that are read: it is looked at by nobody */
#define LIMIT_WEBHOOK_ACTS  1000             /* acts that are kept: adding, removing, rotating, resuming */

/* ---- OData (lib/odata): what a spreadsheet asks; its whole address has at most HTTPD_URI_MAX bytes ---- */
#define LIMIT_ODATA_COLUMNS (LIMIT_FORM_FIELDS + 16) /* columns of one set: the fields of a form and what is common */
#define LIMIT_ODATA_SETS    256  /* sets of one service: those of ours and one a form */
#define LIMIT_ODATA_TERMS   64   /* comparisons and functions of one $filter */
#define LIMIT_ODATA_DEPTH   16   /* brackets and `not` inside one another: bounds the C stack */
#define LIMIT_ODATA_MEM     (64 * LIMIT_KIB) /* bytes of one question in memory */
#define LIMIT_ODATA_SKIP    10000000         /* rows $skip may pass over: each is looked at */
#define LIMIT_ODATA_ROWS    5000             /* rows of one page, at most */
#define LIMIT_ODATA_PAGE    (8 * LIMIT_MIB)  /* bytes of one page; one that is full ends early */

/* ---- files and the command line ---- */
#define LIMIT_PATH        4096             /* bytes of a path, with the NUL */
#define LIMIT_INPUT_FILE  (64 * LIMIT_MIB) /* bytes of a file a person names (CSV, form, bundle) */
#define LIMIT_ERR_TEXT    (4 * LIMIT_KIB)  /* bytes of one rendered message */

/* ---- secrets (lib/crypt) ---- */
#define LIMIT_SECRET        4096           /* bytes of one guarded secret; seeds are 32 */
#define LIMIT_PIN           256            /* bytes of a PIN or passphrase */
#define LIMIT_KDF_MEM_KIB   (1024 * 1024)  /* KiB Argon2id may be told to use: a hostile file */
#define LIMIT_KDF_OPS       64             /* Argon2id passes, for the same reason */
#define LIMIT_BUNDLE        ((uint64_t)1 << 30) /* bytes of a sealed file: fits every stick (FAT32 ends at 4 GiB) */
#define LIMIT_BUNDLE_PARTS  65536          /* parts inside one */
#define LIMIT_STREAM_CHUNK  (64 * LIMIT_KIB) /* bytes of one sealed chunk of a bundle */

/* ---- patterns (lib/re) ---- */
#define LIMIT_RE_PATTERN 1024   /* bytes; a pattern comes from a form, which a root signed */
#define LIMIT_RE_STEPS   100000 /* PCRE2 match limit: about 10 ms */
#define LIMIT_RE_DEPTH   1000   /* PCRE2 backtracking depth */
#define LIMIT_RE_HEAP    4096   /* KiB PCRE2 may take for one match */

/* ---- text a person types (lib/text) ---- */
#define LIMIT_TEXT (64 * LIMIT_KIB) /* bytes normalised or folded at once */

/* ---- a register as a table (agent/store_table) ---- */
#define LIMIT_TABLE_KEYS (64 * LIMIT_MIB) /* bytes of sorting keys or values: 100 000 records of 600 */

/* ---- spreadsheets a person brings (lib/zip, lib/xlsx) ---- */
#define LIMIT_ZIP_MEMBERS    10000             /* files inside one; a workbook has some tens */
#define LIMIT_XLSX_INFLATED  (256 * LIMIT_MIB) /* bytes that may come out of one: a bomb stops there */
#define LIMIT_XLSX_TEXTS     (64 * LIMIT_MIB)  /* bytes of its shared strings, in memory */
#define LIMIT_XLSX_STRINGS   1000000           /* number of them */
#define LIMIT_XLSX_STYLES    65536             /* cell formats */
#define LIMIT_XLSX_SHEETS    256
#define LIMIT_XLSX_ROWS      200000            /* rows read of one sheet */
#define LIMIT_XLSFORM_ROWS   20000             /* rows of one sheet of a form written as a workbook */
#define LIMIT_XLSX_DEPTH     64                /* elements inside each other */

#endif

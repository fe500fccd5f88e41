/*
 * matter: the archive as sync/matter asks it, through any reader.
 */
#ifndef KK_COLLECTOR_MATTER_H
#define KK_COLLECTOR_MATTER_H

#include "server-stub/archive.h"
#include "sync/matter.h"

/* Valid while the reader and the forms are. */
struct matter_store matter_archive(struct archive_reader *r, const struct form_set *forms);

#endif

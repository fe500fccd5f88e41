/*
 * routes_report: a weekly report as a file for a browser: GET /report/{form}?week=2026-W48, form csv,
 * xlsx, pdf or lines. The export (lines) has every record of every commune: only for who sees all.
 */
#ifndef KK_COLLECTOR_ROUTES_REPORT_H
#define KK_COLLECTOR_ROUTES_REPORT_H

#include "lib/httpd.h"

void routes_report(void *ctx, struct httpd_req *req);

#endif

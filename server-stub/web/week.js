// week: the name of a week as people say it; what a week is, is the program's business.
import { t } from "/lib/base.js";

/** "2026-W48" as "Tuần 48 năm 2026". */
export function weekName(week) {
	return t("centre.week", { n: week.slice(6), year: week.slice(0, 4) });
}

// week: the name of a week as people say it, and its days; which week it is now, is the program's business.
import { t } from "/lib/base.js";

/** "2026-W48" as "Tuần 48 năm 2026". */
export function weekName(week) {
	return t("centre.week", { n: week.slice(6), year: week.slice(0, 4) });
}

const DAY_MS = 24 * 3600 * 1000;

/** "2026-W48" as "23/11 – 29/11/2026": ISO 8601, from Monday on; week 1 is that of 4 January. */
export function weekDays(week) {
	const fourth = Date.UTC(Number(week.slice(0, 4)), 0, 4);
	const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS + (Number(week.slice(6)) - 1) * 7 * DAY_MS;
	const [from, to] = [monday, monday + 6 * DAY_MS].map((at) => new Date(at).toISOString().slice(0, 10).split("-").reverse());
	return `${(from[2] === to[2] ? from.slice(0, 2) : from).join("/")} – ${to.join("/")}`;
}

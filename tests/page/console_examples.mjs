// console_examples: for each screen of the console whose path has a ":", an address to show it by, out of the ids of the sample (console_screens_test).
export const examples = {
	"/devices/:scope": () => "/devices/00004",
	"/report/:week": () => "/report/2026-W47",
};

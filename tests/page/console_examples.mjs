// console_examples: for each screen of the console whose path has a ":", an address to show it by, out of the ids of the sample
// (console_sample.mjs). console_screens_test fails when one is missing.
import { week } from "./console_sample.mjs";

export const examples = {
	"/submission/:scope/:id": (ids) => `/submission/00004/${ids.check}`,
	"/devices/:scope": () => "/devices/00004",
	"/report/:week": () => `/report/${week(1)}`,
	"/form/:name": () => "/form/market_survey",
	"/unit/:code": () => "/unit/00007",
};

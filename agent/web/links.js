// links: the addresses by which screens lead to each other, in one place.

/** A record as it stands. */
export const record = (kind, id) => `#/record/${kind}/${id}`;
/** A new form, with some fields given: create("facility_check", {facility_id}). */
export const create = (kind, fields = {}) => {
	const query = new URLSearchParams(fields).toString();
	return `#/new/${kind}${query && `?${query}`}`;
};
/** A form begun earlier; at one of its fields; one of its lines; all of it before it is sealed. */
export const draft = (id) => `#/draft/${id}`;
export const draftAt = (id, field) => `#/draft/${id}/at/${field}`;
export const draftLine = (id, no) => `#/draft/${id}/line/${no}`;
export const draftLineAt = (id, no, field) => `#/draft/${id}/line/${no}/at/${field}`;
export const review = (id) => `#/draft/${id}/review`;
/** What can be filled in, and what was begun. */
export const forms = () => "#/new";
/** A new check in the place of one that was sent (supersedes). */
export const correct = (kind, id) => `#/correct/${kind}/${id}`;
/** All values that wait for a decision; those of one record. */
export const decide = () => "#/decide";
export const decideOf = (id) => `#/decide/${id}`;
/** A register as a table: register("asset"). */
export const register = (kind) => `#/register/${kind}`;
/** Its rows of one value: registerOf("asset", {facility_id}). */
export const registerOf = (kind, where) => `#/register/${kind}?${new URLSearchParams(where).toString()}`;
/** A table from a file into a register. */
export const importFile = (kind) => `#/import/${kind}`;
/** What may have been recorded twice. */
export const duplicates = () => "#/duplicates";
/** All stocktakes; one, and what is done in it. */
export const stocktakes = () => "#/stocktake";
export const stocktake = (id) => `#/stocktake/${id}`;
export const scan = (id, room) => `#/scan/${id}?${new URLSearchParams({ room })}`;
export const differences = (id) => `#/differences/${id}`;
export const committee = (id) => `#/committee/${id}`;
export const minutes = (id) => `#/minutes/${id}`;
/** The receipt of a record, to see, check and print. */
export const receipt = (id) => `#/receipt/${id}`;
/** A document of the program in a window of its own: paper("minutes", {session}). */
export const paper = (name, args, lang) => `/paper/${name}?${new URLSearchParams({ ...args, lang })}`;

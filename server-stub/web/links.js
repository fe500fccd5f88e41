// links: the addresses by which screens lead to each other, in one place.

const query = (values) => {
	const text = new URLSearchParams(Object.entries(values).filter(([, v]) => v !== undefined && v !== "")).toString();
	return text && `?${text}`;
};

export const home = () => "#/";
export const reports = () => "#/reports";
export const report = (week) => `#/report/${week}`;
export const forms = () => "#/forms";
export const form = (name) => `#/form/${name}`;
/** Requests of PCs and clerks, and slips; slipOf(scope): a slip for that commune. */
export const devices = () => "#/devices";
export const slipOf = (scope) => `#/slip${query({ scope })}`;
/** The PCs of a commune. */
export const unitDevices = (scope) => `#/devices/${scope}`;
/** What is stored and does not count: all, or of a commune. */
export const held = (values = {}) => `#/queue/held${query(values)}`;
/** The journal: {account, from, to, offset}. */
export const acts = (values = {}) => `#/acts${query(values)}`;
export const accounts = () => "#/accounts";
export const passphrase = () => "#/passphrase";
/** The board: {week, province}; the communes behind a figure: also {state, offset}. */
export const board = (values = {}) => `#/board${query(values)}`;
export const boardList = (values = {}) => `#/board/list${query(values)}`;
/** Queues: values, held, twins, forks. */
export const queue = (name, values = {}) => `#/queue/${name}${query(values)}`;
export const units = (values = {}) => `#/units${query(values)}`;
export const unit = (code) => `#/unit/${code}`;
/** What was received: {text, kind, state, flag, seal, from, until, scope, province, before}; of one record: {scope, id, kind}. */
export const submissions = (values = {}) => `#/submissions${query(values)}`;
export const submission = ({ scope, id, kind }) => `#/submission/${scope}/${id}${query({ kind })}`;
export const tasks = (values = {}) => `#/tasks${query(values)}`;
/** The bytes of a photo of a record: {sha256, scope}. */
export const photo = ({ sha256, scope }) => `/photo/${sha256}${query({ scope })}`;

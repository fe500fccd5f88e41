// links: the addresses by which screens lead to each other, in one place.

export const home = () => "#/";
export const reports = () => "#/reports";
export const report = (week) => `#/report/${week}`;
export const form = (name) => `#/form/${name}`;

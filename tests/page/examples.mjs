// examples: for each screen whose path has a ":", an address to show it by, out of the sample's ids
// (sample.mjs: facility, check, asset, draft). screens_test fails when one is missing.
export const examples = {
	"/register/:kind": () => "/register/asset",
	"/import/:kind": () => "/import/asset",
	"/stocktake/:id": (ids) => `/stocktake/${ids.stocktake}`,
	"/scan/:id": (ids) => `/scan/${ids.stocktake}?${new URLSearchParams({ room: "Phòng Tài chính - Kế toán" })}`,
	"/differences/:id": (ids) => `/differences/${ids.stocktake}`,
	"/committee/:id": (ids) => `/committee/${ids.stocktake}`,
	"/minutes/:id": (ids) => `/minutes/${ids.stocktake}`,
	"/receipt/:id": (ids) => `/receipt/${ids.check}`,
	"/correct/:kind/:id": (ids) => `/correct/facility_check/${ids.check}`,
	"/decide/:id": (ids) => `/decide/${ids.asset}`,
	"/draft/:id": (ids) => `/draft/${ids.draft}`,
	"/draft/:id/at/:field": (ids) => `/draft/${ids.draft}/at/staff_approved`,
	"/draft/:id/line/:no": (ids) => `/draft/${ids.draft}/line/1`,
	"/draft/:id/line/:no/at/:field": (ids) => `/draft/${ids.draft}/line/1/at/qty_needed`,
	"/draft/:id/review": (ids) => `/draft/${ids.draft}/review`,
	"/new/:kind": () => "/new/weekly_statement",
	"/record/:kind/:id": (ids) => `/record/facility_check/${ids.check}`,
};

// role: what a role is called, where it stands alone; inside a sentence it is small.
import { t } from "/lib/base.js";
import { capital } from "./submission_parts.js";

export const roleName = (role) => capital(t("keys.role." + role));

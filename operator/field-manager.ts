/** Whose fields children and statuses are in server-side apply. */
export const FIELD_MANAGER = "kecs-operator";

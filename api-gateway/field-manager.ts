/** Whose fields those of the gateway's writes are. */
export const FIELD_MANAGER = "kecs-api";

import type { ParsedUrlQuery } from "node:querystring";
import type { DeadLetterFilter, Webhooks } from "#projector/outward/webhooks.ts";
import { AdminError } from "./admin-error.ts";
import { numberOf, parameter } from "./input.ts";

const LETTERS = { default: 100, max: 1000 };

/** What of the webhooks the admin API shows and does. @throws AdminError where there are none. */
export function webhookRoutes(webhooks: Webhooks | undefined) {
  const configured = (): Webhooks => {
    if (webhooks !== undefined) return webhooks;
    throw new AdminError(
      404,
      "This gateway sends no webhooks: KECS_WEBHOOKS_FILE names none, or another replica does.",
    );
  };
  return {
    /** `GET /webhooks` */
    states: async () => ({ webhooks: await configured().states() }),
    /** `GET /webhooks/dead-letters?target=&event=&limit=`: the oldest first. */
    deadLetters: async (query: ParsedUrlQuery) => ({
      deadLetters: await configured().deadLetters(filterOf(query)),
    }),
    /** `POST /webhooks/replay?target=&event=&limit=`: sends dead letters once more, the oldest first. */
    replay: (query: ParsedUrlQuery, signal: AbortSignal) => configured().replay(filterOf(query), signal),
  };
}

function filterOf(query: ParsedUrlQuery): DeadLetterFilter {
  const target = parameter(query, "target");
  const eventId = parameter(query, "event");
  return {
    ...(target !== undefined && { target }),
    ...(eventId !== undefined && { eventId }),
    limit: numberOf(query, "limit", LETTERS),
  };
}

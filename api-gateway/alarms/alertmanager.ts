import { API_VERSION } from "#lib/ecs/labels.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { EcsError } from "#lib/errors.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isRecord } from "#lib/kube/covers.ts";
import { type ECSAlarm, RESOURCES } from "#model/generated/resources.generated.ts";

/** Whose fields an alarm's state are that Alertmanager tells. */
const FIELD_MANAGER = "kecs-alertmanager";
const REASON_MAX = 1023;
const VALUES_MAX = 1000;

/** The state of one alarm, as a notification tells it. */
export interface Told {
  readonly name: string;
  readonly state: "ALARM" | "OK";
  readonly reason: string;
  /** What was measured where it fires, as far as the alerts say it. */
  readonly values: readonly number[];
}

/**
 * What a notification of Alertmanager says of alarms: an alert's `alertname` is the alarm's name, and of several
 * alerts of one name one that fires makes it ALARM. Their annotation
 * `value` says what was measured.
 * @throws EcsError `InvalidParameterException` for what is no such notification.
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function alarmsTold(notification: unknown): Told[] {
  const alerts = isRecord(notification) ? notification["alerts"] : undefined;
  if (!Array.isArray(alerts)) throw invalid("It has no alerts.");
  const byName = new Map<string, Told>();
  for (const alert of alerts) {
    const told = toldBy(alert);
    const before = byName.get(told.name);
    const values = [...(before?.values ?? []), ...told.values];
    if (told.state === "ALARM" || before?.state !== "ALARM") byName.set(told.name, { ...told, values });
  }
  return [...byName.values()];
}

function toldBy(alert: unknown): Told {
  const { status, labels, annotations } = isRecord(alert) ? alert : {};
  const name = isRecord(labels) ? labels["alertname"] : undefined;
  if (typeof name !== "string" || name === "") throw invalid("An alert has no label alertname.");
  if (status !== "firing" && status !== "resolved") throw invalid(`The alert ${name} is neither firing nor resolved.`);
  const { summary, description, value } = isRecord(annotations) ? annotations : {};
  const reason = [summary, description].find((text): text is string => typeof text === "string");
  return {
    name,
    state: status === "firing" ? "ALARM" : "OK",
    values: status === "firing" ? numbers(value) : [],
    reason: (reason ?? `Alertmanager: ${status}`).slice(0, REASON_MAX),
  };
}

const numbers = (value: unknown): number[] =>
  typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? [Number(value)] : [];

function invalid(why: string): EcsError {
  return new EcsError("InvalidParameterException", `This is no notification of Alertmanager's webhook. ${why}`);
}

/** Takes notifications of Alertmanager's webhook: each alarm becomes an ECSAlarm, whose state and values alone are written. */
export function alertmanagerWebhook(kube: KubeClient): (body: unknown, signal: AbortSignal) => Promise<void> {
  return async (body, signal) => {
    for (const { name, state, reason, values } of alarmsTold(body)) {
      const object = resourceName(name);
      const alarm: ECSAlarm = {
        apiVersion: API_VERSION,
        kind: "ECSAlarm",
        metadata: { name: object },
        spec: {
          ...(object !== name && { alarmName: name }),
          state,
          stateReason: reason,
          values: values.slice(0, VALUES_MAX),
        },
      };
      await kube.apply<ECSAlarm>(RESOURCES.ECSAlarm, alarm, { fieldManager: FIELD_MANAGER, force: true, signal });
    }
  };
}

import type { Failure, OperationName, ProtectedTask } from "#model/generated/types.generated.ts";
import type { Caller } from "./caller.ts";
import type { Document } from "./documents/container.ts";

/** An answer: HTTP status and document. */
export interface Answer {
  readonly status: number;
  readonly document: unknown;
}

/** Calls an operation of the ECS API. */
export type CallEcs = (operation: OperationName, input: object, signal: AbortSignal) => Promise<EcsAnswer>;

export interface EcsAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Reads the asking task's protection.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export function getProtection(caller: Caller, call: CallEcs, signal: AbortSignal): Promise<Answer> {
  return protection("GetTaskProtection", {}, caller, { call, signal });
}

/** Sets the asking task's protection as the request's body says: `ProtectionEnabled`, `ExpiresInMinutes`. */
export async function putProtection(
  caller: Caller,
  body: unknown,
  call: CallEcs,
  signal: AbortSignal,
): Promise<Answer> {
  const { ProtectionEnabled: protectionEnabled, ExpiresInMinutes: expiresInMinutes } = isRecord(body) ? body : {};
  if (typeof protectionEnabled !== "boolean") {
    return failed(400, "", caller, {
      code: "InvalidParameterException",
      message: "Invalid request: does not contain 'ProtectionEnabled' field",
    });
  }
  const input = { protectionEnabled, ...(expiresInMinutes !== undefined && { expiresInMinutes }) };
  return protection("UpdateTaskProtection", input, caller, { call, signal });
}

async function protection(
  operation: "GetTaskProtection" | "UpdateTaskProtection",
  input: object,
  caller: Caller,
  { call, signal }: { call: CallEcs; signal: AbortSignal },
): Promise<Answer> {
  const { clusterArn, taskArn } = caller.task.status ?? {};
  const { status, requestId, body } = await call(
    operation,
    { ...input, cluster: clusterArn, tasks: [taskArn] },
    signal,
  );
  if (status !== 200)
    return failed(status, requestId, caller, { code: codeOf(body), message: textOf(body["message"]) });
  const { protectedTasks: [task] = [], failures: [failure] = [] } = body as {
    protectedTasks?: ProtectedTask[];
    failures?: Failure[];
  };
  if (failure) {
    return {
      status: 200,
      document: { failure: { Arn: failure.arn, Detail: failure.detail ?? null, Reason: failure.reason } },
    };
  }
  return { status: 200, document: { protection: protectionDocument(task) } };
}

function protectionDocument(task: ProtectedTask | undefined): Document {
  const expires: unknown = task?.expirationDate;
  return {
    ProtectionEnabled: task?.protectionEnabled ?? false,
    ...(typeof expires === "number" && { ExpirationDate: new Date(expires * 1000).toISOString() }),
    TaskArn: task?.taskArn,
  };
}

function failed(
  status: number,
  requestId: string,
  { task }: Caller,
  { code, message }: { code: string; message: string },
): Answer {
  return {
    status,
    document: { requestID: requestId, error: { Arn: task.status?.taskArn, Code: code, Message: message } },
  };
}

function codeOf(body: EcsAnswer["body"]): string {
  return textOf(body["__type"]).replace(/^.*#/, "") || "ServerException";
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

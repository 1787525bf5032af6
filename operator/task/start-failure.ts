import { type ContainerRun, couldNotStart } from "./container-run.ts";

/** Waiting reasons of the kubelet → the error that ECS names. A retry of its own may follow; ECS gives up. */
const ERRORS: Readonly<Record<string, string>> = {
  ErrImagePull: "CannotPullContainerError",
  ImagePullBackOff: "CannotPullContainerError",
  ErrImageNeverPull: "CannotPullContainerError",
  InvalidImageName: "CannotPullContainerError",
  ImageInspectError: "CannotInspectContainerError",
  RegistryUnavailable: "CannotPullContainerError",
  SignatureValidationFailed: "CannotPullContainerError",
  CreateContainerConfigError: "ResourceInitializationError",
  CreateContainerError: "CannotCreateContainerError",
  RunContainerError: "CannotStartContainerError",
};

/** Its image is not pulled again: the second attempt is the kubelet's, after a pause. */
const AFTER_RETRY: ReadonlySet<string> = new Set(["ErrImagePull"]);

/** The kubelet has not read the Secret yet, for instance because the API server is slow: its next try may find it. */
const PASSING = /^failed to sync (secret|configmap) cache/;

/**
 * Why a container cannot be started, in ECS's words, or undefined where it has started or still may.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function startFailure(run: ContainerRun): string | undefined {
  if (couldNotStart(run)) return `CannotStartContainerError: ${run.exit?.message ?? run.exit?.reason ?? ""}`.trim();
  if (run.waiting === undefined || run.startedAt !== undefined) return undefined;
  const { reason, message } = run.waiting;
  const error = ERRORS[reason];
  if (error === undefined || AFTER_RETRY.has(reason) || PASSING.test(message)) return undefined;
  const what = reason === "CreateContainerConfigError" ? resourceStep(message) : "";
  return `${error}: ${what}${detail(reason, message)}`;
}

/** True where what a container needs before it can be made is missing; on ECS that ends the task, essential or not. */
export function lacksResource(run: ContainerRun): boolean {
  return startFailure(run)?.startsWith("ResourceInitializationError") === true;
}

/**
 * What ECS's agent was doing, by what the kubelet misses: `secret "s3.…" not found`,
 * `couldn't find key password in Secret shop/secretsmanager.prod.db`.
 */
function resourceStep(message: string): string {
  if (!/secret/i.test(message)) return "";
  return /secret "?([^\s/]+\/)?s3\./i.test(message)
    ? "failed to download env files: "
    : "unable to pull secrets or registry auth: ";
}

function detail(reason: string, message: string): string {
  if (message === "") return reason;
  // `Back-off pulling image "x": ErrImagePull: failed to …`: what counts comes last.
  return message.replace(/^Back-off pulling image "[^"]*": (ErrImagePull: )?/, "");
}

/**
 * Text that must reach the container as it is: Kubernetes replaces `$(NAME)` in commands, probes and variables,
 * ECS does not.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
 */
export function literal(text: string): string {
  return text.replace(/\$(?=[$(])/g, "$$$$");
}

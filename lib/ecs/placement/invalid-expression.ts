/** The text is no expression of the cluster query language; the message says where it stops being one. */
export class InvalidExpression extends Error {
  override readonly name = "InvalidExpression";
}

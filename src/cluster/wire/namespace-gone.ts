// What is thrown for a namespace that the API server does not have any more: nothing is kept for
// it.

import { Failure } from "../../api/failure.ts";

export class NamespaceGone extends Failure {
  constructor(namespace: string) {
    super("missing", `there is no namespace ${namespace} any more`);
    this.name = "NamespaceGone";
  }
}

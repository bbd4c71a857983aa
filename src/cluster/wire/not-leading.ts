// The failure of a change that was not sent, because the fence of the Lease has fallen. A file of
// its own, so that who tells it from other failures need not load a network client.

import { Failure } from "../../api/failure.ts";

export class NotLeading extends Failure {
  constructor() {
    super("denied", "another operator leads: nothing is changed");
    this.name = "NotLeading";
  }
}

// The cloud of an installation, to be observed and changed. It puts session, observer and executor
// together and nothing more.
import type { CloudEffect } from "../plan/terms/effects.ts";
import type { CloudView } from "../plan/terms/snapshot.ts";
import { readIdentity, type CloudIdentity } from "./view/identity.ts";
import type { Credentials } from "./session/clouds-yaml.ts";
import { performCloudEffect } from "./execute.ts";
import { openObserver, type CloudWant } from "./view/observe.ts";
import { openSession, type SessionOptions } from "./session/session.ts";
import type { ObserverOptions } from "./view/sources.ts";

export type Cloud = {
  readonly observe: (want: CloudWant) => Promise<CloudView>;
  /** Read now; what it is does not change while the credentials stay. */
  readonly identity: () => Promise<CloudIdentity>;
  readonly perform: (effect: CloudEffect) => Promise<void>;
  readonly close: () => Promise<void>;
};

export function openCloud(
  credentials: Credentials,
  options: ObserverOptions & SessionOptions,
): Cloud {
  const session = openSession(credentials, options);
  const observer = openObserver(session, options);
  return {
    observe: (want) => observer.observe(want),
    identity: () => readIdentity(session),
    perform: async (effect) => {
      try {
        await performCloudEffect(session, effect);
      } finally {
        // A refusal says that the world was not as the plan saw it: look again either way.
        observer.forget();
      }
    },
    close: () => session.close(),
  };
}

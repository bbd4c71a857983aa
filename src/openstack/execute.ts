// The executor of cloud effects: one effect of a plan, one change in Nova. It has no choice left; a
// Failure tells what kind of no it was. It must not look at anything else.
import type { CloudEffect } from "../plan/terms/effects.ts";
import {
  addAccess,
  createFlavor,
  deleteExtraSpec,
  deleteFlavor,
  removeAccess,
  setDescription,
  setExtraSpecs,
} from "./services/flavors.ts";
import { disableService, enableService } from "./services/hosts.ts";
import { returnDevice } from "./services/placement.ts";
import type { Session } from "./session/session.ts";

export async function performCloudEffect(session: Session, effect: CloudEffect): Promise<void> {
  switch (effect.do) {
    case "create-flavor":
      await createFlavor(session, effect.flavor);
      return;
    case "set-extra-specs":
      return setExtraSpecs(session, effect);
    case "delete-extra-spec":
      return deleteExtraSpec(session, effect.flavorId, effect.key);
    case "set-flavor-description":
      return setDescription(session, effect.flavorId, effect.description);
    case "add-flavor-access":
      return addAccess(session, effect.flavorId, effect.project);
    case "remove-flavor-access":
      return removeAccess(session, effect.flavorId, effect.project);
    case "delete-flavor":
      return deleteFlavor(session, effect.flavorId);
    case "disable-compute":
      return disableService(session, effect.serviceId, effect.reason);
    case "enable-compute":
      return enableService(session, effect.serviceId);
    case "return-device":
      return returnDevice(session, effect.provider, effect.generation);
  }
}

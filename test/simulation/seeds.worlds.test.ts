// Schedules that broke a sentence once, each for a reason of its own, and those written by hand: they
// are run for ever.
import { expect, test } from "@jest/globals";
import { realMachine } from "./machine.ts";
import { runSchedule } from "./schedule-run.ts";
import { makeSchedule } from "./generate.ts";
import { told } from "./stories.ts";

test.each([
  [569, "verification: the Secret went while a closed nova-compute did not report"],
  [1303, "all-up: a silent nova-compute was proved without the Secret"],
  [100, "converged-writes-nothing: a contest of a flavor was forgotten at a later look"],
  [63, "green-is-true: an edited alias was Ready with what it had meant before"],
  [83, "green-is-true: an alias was live before kubectl's own rollback had turned a pod"],
  [16, "green-is-true: an alias was Ready on computes 0/1"],
  [19, "green-is-true: an alias was Ready on a machine that had been replaced"],
  [164, "green-is-true: an alias was Ready while its node was put back to it"],
  [453, "green-is-true: a whitelist was Ready while its entries were held back"],
  [1043, "green-is-true: an alias was Ready on a mounted pod that had not begun"],
  [966, "nothing-progresses: an alias did not say that a budget keeps its nodes"],
  [1060, "nothing-progresses: an alias did not say that the entry it needs had failed"],
  [
    1459,
    "green-is-true: an alias was Ready where its removal had failed and its devices were gone",
  ],
  [4, "budget-of-others: a pod that read the wrong file went while another node was down"],
  [75, "all-up: a skipped node failed with what it was no longer assigned"],
  [249, "every-wait-opens: a node without a service held a removal without being named"],
  [2303, "blast-radius: a node left broken was tried after one that was well"],
  [2443, "api-after-computes, which took a node that reports first for one that serves"],
  [183, "green-is-true: a whitelist was Ready on a node that was down when it was selected"],
  [2569, "api-after-computes: a node came back with devices that it was no longer assigned"],
  [44, "api-after-computes: a nova-compute was made while nothing injected"],
  [877, "green-is-true: an alias became Ready in the plan that took its only nova-compute"],
  [5000419, "blast-radius, which counted a canary whose host had died"],
  [5000582, "blast-radius: a machine that was replaced came back with what had failed elsewhere"],
  [5000706, "nothing-progresses: a pod that was started without its fragment was not told of"],
  [5000918, "lost-kind-removes-nothing, which counted what no nova-compute ran with"],
  [5002080, "no-circles: a fragment that an old ReplicaSet names was asked for without end"],
  [5002096, "nothing-progresses: a joining node was given up, and with Mounted never tried again"],
  [5003013, "allocated-device-stays, which counted a pod that others made while nothing injected"],
  [
    5003985,
    "nothing-progresses: what nova-api failed with was made anew, and nothing was said or done",
  ],
  [5005740, "green-is-true: an alias became Ready on a dead node when Nova's cell fell silent"],
  [5005754, "quarantine: a joining node that still waited was given what had failed meanwhile"],
  [5007146, "blast-radius: an image came, and with it what had failed elsewhere meanwhile"],
  [5007656, "removal-grace: a release that was taken back went on after its kind was lost"],
  [5007733, "converges: a failed node was judged without end, for each answer displaced another"],
  [5008426, "api-before-computes, which took what a node was promised for what it runs"],
  [5009530, "unchanged-pod-stays: what failed and was edited away was made anew within its grace"],
  [5009557, "green-is-true: an alias of the chart's was Ready before any compute had its devices"],
  [5009600, "all-up: a wish that nova-api never had kept a failed node from being put back"],
  [5011424, "quarantine: a node took its turn in the very round in which another one failed"],
  [686, "converged-writes-nothing, which asked in the moment when ten quiet minutes were over"],
])("seed %i is clean, which broke %s", async (seed) => {
  const { violations } = await runSchedule(makeSchedule(seed), realMachine);
  expect(violations).toEqual([]);
});

test.each(told)("story %i: %s", async (seed) => {
  const { violations } = await runSchedule(makeSchedule(seed), realMachine);
  expect(violations).toEqual([]);
});

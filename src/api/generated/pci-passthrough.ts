// Made from crds/pcipassthroughs.yaml by crds/generate-types.js. Do not edit.

/**
 * The installation: how this namespace's Nova is run and how changes are rolled out. One per namespace, named nova. The operator creates it with an empty spec when it is missing and never writes its spec again.
 */
export interface PciPassthrough {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    [k: string]: unknown;
  };
  /**
   * Everything has a default; an empty spec is a good one for openstack-helm.
   */
  spec?: {
    /**
     * OpenStack release or Nova version, in quotes: "2025.1", "Epoxy", "31.3.1". Absent: detected from the API; while undetected only what means the same in Nova 26 to 34 is accepted.
     */
    release?: string;
    /**
     * Where each service runs. The defaults are openstack-helm's labels and container names.
     */
    services?: {
      /**
       * Default: labels {application: nova, component: os-api}, container nova-osapi.
       */
      api?: {
        /**
         * Labels of its pods.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Name of the container that runs Nova.
         */
        container?: string;
        /**
         * Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.
         */
        restart?: "Auto" | "Manual" | "External";
      };
      /**
       * Default: labels {application: nova, component: scheduler}, container nova-scheduler.
       */
      scheduler?: {
        /**
         * Labels of its pods.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Name of the container that runs Nova.
         */
        container?: string;
        /**
         * Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.
         */
        restart?: "Auto" | "Manual" | "External";
      };
      /**
       * Default: labels {application: nova, component: conductor}, container nova-conductor.
       */
      conductor?: {
        /**
         * Labels of its pods.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Name of the container that runs Nova.
         */
        container?: string;
        /**
         * Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.
         */
        restart?: "Auto" | "Manual" | "External";
      };
      /**
       * Default: labels {application: nova, component: compute}, container nova-compute.
       */
      compute?: {
        /**
         * Labels of its pods.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Name of the container that runs Nova.
         */
        container?: string;
        /**
         * Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.
         */
        restart?: "Auto" | "Manual" | "External";
      };
    };
    /**
     * Injected: fragments are named into pods at their creation, by the policy (Kubernetes 1.36 and later, deploy/injection) or the webhook (deploy/webhook). Mounted: the chart mounts fixed-name ConfigMaps. Auto decides once: Injected where policy or webhook is installed, Mounted where a chart mounts those ConfigMaps; until then it waits.
     */
    delivery?: "Auto" | "Injected" | "Mounted";
    /**
     * PCI devices in Placement. Both off is Nova's default.
     */
    placement?: {
      /**
       * nova-computes report PCI devices to Placement (Nova 26 and later). Can never be turned off again.
       */
      reportInPlacement?: boolean;
      /**
       * Scheduling asks Placement for PCI devices (Nova 27 and later), once every compute reports.
       */
      pciInPlacement?: boolean;
    };
    /**
     * Filters of nova-scheduler. Without PciPassthroughFilter servers land on hosts without devices.
     */
    scheduler?: {
      /**
       * Check (default) warns when PciPassthroughFilter is known to be missing. Manage renders enabled_filters with it, and with NUMATopologyFilter when a NUMA policy is used; it removes none, and has to know the list that is there (baseFilters, a readable base, or assumeReleaseDefaults). Ignore does neither.
       */
      filters?: "Manage" | "Check" | "Ignore";
      /**
       * The filters that nova-scheduler has without us, in their order.
       *
       * @maxItems 64
       */
      baseFilters?: string[];
      /**
       * nova-scheduler has no enabled_filters of its own, so Nova's defaults hold.
       */
      assumeReleaseDefaults?: boolean;
    };
    /**
     * How restarts are done. Every number has a safe default.
     */
    rollout?: {
      /**
       * Nothing new is restarted. Fragments are still rendered and shown.
       */
      paused?: boolean;
      /**
       * The first nova-computes of a change, watched before the remaining nodes.
       */
      canary?: {
        /**
         * Canaries for each distinct change and kind of hardware (default 1).
         */
        count?: number;
        /**
         * Nodes that are taken as canaries first; absent is any.
         */
        nodeSelector?: {
          /**
           * Labels with their values, all of which a node must have: {example.org/pci: by-address}.
           */
          matchLabels?: {
            [k: string]: string;
          };
          /**
           * Requirements on labels, all of which must hold, as in a Deployment's selector.
           *
           * @maxItems 32
           */
          matchExpressions?: {
            /**
             * Name of a label: "example.org/pci".
             */
            key: string;
            /**
             * In and NotIn compare with values. Exists and DoesNotExist look at the label alone.
             */
            operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
            /**
             * Values to compare with; "" is a value, too.
             *
             * @maxItems 64
             */
            values?: string[];
          }[];
        };
        /**
         * How long a healthy canary is watched before the remaining nodes (default 60).
         */
        bakeSeconds?: number;
      };
      /**
       * nova-computes that may be down at once: a number, or a share such as "10%" (rounded down, at least one). Default 1.
       */
      maxUnavailable?: number | string;
      /**
       * How long a new pod must stay Ready (default 30).
       */
      minReadySeconds?: number;
      /**
       * Container restarts that a new pod may need (default 1).
       */
      restartLimit?: number;
      /**
       * How long a new container may take to be proved healthy before it counts as failed (default 600).
       */
      verifyTimeoutSeconds?: number;
      /**
       * Failed nodes after which a change stops and its entries are quarantined (default 1).
       */
      failureLimit?: number;
      /**
       * Put the fragment that was proved last back when a change failed (default true); else stay halted.
       */
      autoRollback?: boolean;
      /**
       * Quiet time after the last change before anything restarts (default 5).
       */
      settleSeconds?: number;
      /**
       * A removal takes effect only after this time, so that a revert costs nothing (default 300).
       */
      removalGraceSeconds?: number;
      /**
       * How long a compute may take to become quiet before its turn is put off (default 300).
       */
      quiesceSeconds?: number;
      /**
       * Auto asks the image of nova-compute on the canary's node, in a Job without rights, whether it takes the new fragment, before that node is touched; what it refuses is quarantined, and no answer holds nothing up. Needs deploy/namespace/preflight and delivery Injected. Off (default) goes by the model of Nova alone; quote it: "Off".
       */
      preflight?: "Auto" | "Off";
    };
    /**
     * How to reach OpenStack. Without the Secret everything but flavors works, but nothing can be proved unused: each removal waits for a line in removals.
     */
    cloud?: {
      /**
       * Secret with the keys clouds.yaml and (optional) cacert. Another name than nova-pci-cloud needs a Role of its own.
       */
      credentialsSecret?: string;
      /**
       * Name below clouds: in clouds.yaml; may be absent when there is one.
       */
      cloudName?: string;
    };
    /**
     * What to do when a node's own inventory (NFD) contradicts an entry. Enforce keeps the entry from such nodes.
     */
    hardwareCheck?: "Off" | "Warn" | "Enforce";
    /**
     * The chart's own nova.conf, read for conflicts and adoption (needs deploy/namespace/base-config).
     */
    baseConfig?: {
      /**
       * Read the ConfigMaps and Secrets that the workloads mount.
       */
      fromWorkloads?: boolean;
      /**
       * Files of the base, in the order in which Nova reads them: {kind: Secret, name: nova-etc, key: nova.conf}.
       *
       * @maxItems 16
       */
      keys?: {
        /**
         * Where the file is.
         */
        kind: "ConfigMap" | "Secret";
        /**
         * Name of that object in this namespace.
         */
        name: string;
        /**
         * Key that holds the file: "nova.conf".
         */
        key: string;
      }[];
    };
    /**
     * The chart's own nova.conf holds no PCI options; the first rollout may begin.
     */
    adopt?: boolean;
    /**
     * Releases entries whose object is gone and that nobody can prove to be unused; status.retained lists them. force also releases what is in use: servers keep a device that Nova no longer counts.
     *
     * @maxItems 64
     */
    removals?: {
      /**
       * Kind of the object that is gone.
       */
      kind: "PciAlias" | "PciWhitelist" | "PciPassthrough";
      /**
       * Name of that object.
       */
      name: string;
      /**
       * Even if it is in use (default false).
       */
      force?: boolean;
    }[];
    /**
     * Sets a named policy aside for one object (nova-pci lint prints the names). NovaRefuses sets our model of Nova aside.
     *
     * @maxItems 64
     */
    acceptInvalid?: {
      /**
       * Kind of the object.
       */
      kind: "PciAlias" | "PciWhitelist" | "PciFlavor";
      /**
       * Name of that object.
       */
      name: string;
      /**
       * Name of the policy, as the rejection of the object says it: "UnportableRegex".
       */
      policy: string;
    }[];
  };
  /**
   * What the operator sees. Deleting it loses nothing.
   */
  status?: {
    /**
     * The generation of spec that this status speaks about.
     */
    observedGeneration?: number;
    /**
     * Ready, Reconciling and Stalled (kstatus), Accepted, Live, Wired. The message says what to do next.
     *
     * @maxItems 16
     */
    conditions?: {
      /**
       * Name of the condition, for example Ready.
       */
      type: string;
      /**
       * "True", "False", or Unknown where nothing is proved yet.
       */
      status: "True" | "False" | "Unknown";
      /**
       * One word that tells why, for example Live or NoMatchingDevice.
       */
      reason: string;
      /**
       * The reason in a sentence, and what to do where something has to be done.
       */
      message: string;
      /**
       * The generation of spec that this condition speaks about.
       */
      observedGeneration?: number;
      /**
       * When the status of this condition last changed.
       */
      lastTransitionTime: string;
    }[];
    /**
     * What Nova accepts and what is a hazard all the same; name is the policy.
     *
     * @maxItems 20
     */
    warnings?: {
      /**
       * Name of the policy, for example UnpinnedAddress.
       */
      name: string;
      /**
       * What is a hazard and what to write instead.
       */
      message: string;
      /**
       * The field it is about, for example spec.match[0].
       */
      path: string;
    }[];
    /**
     * Nova version that objects are judged for.
     */
    release?: string;
    /**
     * The delivery that was decided on.
     */
    delivery?: string;
    /**
     * The line with which Nova itself told why it stopped.
     */
    novaError?: string;
    /**
     * One row per service.
     *
     * @maxItems 4
     */
    services?: {
      /**
       * nova-api, nova-scheduler, nova-conductor or nova-compute.
       */
      service: string;
      /**
       * Idle, Preflight, Canary, Verify, Promote (the rest follows), Complete, Halt (failed and stays), Rollback, Inconclusive or Paused.
       */
      phase?: string;
      /**
       * What runs.
       */
      digest?: string;
      /**
       * What should run.
       */
      wantedDigest?: string;
      /**
       * Of nova-compute the nodes that were verified with what is wanted; of the others the pods that read what they were assigned.
       */
      updated?: number;
      /**
       * Of nova-compute the nodes; of the others the pods.
       */
      total?: number;
      /**
       * Name of the gate that holds it back; absent where none does.
       */
      gate?: string;
      /**
       * What that gate waits for, and what opens it.
       */
      message?: string;
    }[];
    /**
     * Objects that are gone and whose entries must stay live for now.
     *
     * @maxItems 50
     */
    retained?: {
      /**
       * Kind of the object - PciAlias or PciWhitelist.
       */
      kind?: string;
      /**
       * Name of the object; where nobody knows whose an entry is, that of the alias, or "-" for device specs.
       */
      name?: string;
      /**
       * Name of the gate that keeps the entries, or Leaving, CrdGone or OwnerUnknown.
       */
      reason?: string;
      /**
       * Why they stay, and what releases them.
       */
      message?: string;
      /**
       * When the object was first missed.
       */
      since?: string;
    }[];
    /**
     * Entries that failed a rollout; kept out until their own object changes.
     *
     * @maxItems 50
     */
    quarantined?: {
      /**
       * Kind of the object that asked for the entry.
       */
      kind?: string;
      /**
       * Name of that object.
       */
      name?: string;
      /**
       * The line of nova.conf.
       */
      entry?: string;
      /**
       * The service that failed with it, for example nova-compute.
       */
      service?: string;
      /**
       * FailedRollout, PreflightRefused (no node ever had it) or RolledBackByUser.
       */
      reason?: string;
      /**
       * The error, in the words of Nova where it gave any.
       */
      message?: string;
    }[];
    /**
     * Everything that waits for a person, at once (the first twenty), each with the command that removes it where one does.
     *
     * @maxItems 20
     */
    checklist?: {
      /**
       * Name of the gate.
       */
      gate?: string;
      /**
       * What it is and what opens it.
       */
      message?: string;
      /**
       * The command that opens it.
       */
      command?: string;
    }[];
    /**
     * Nodes that were not healthy before their turn (the first ten).
     *
     * @maxItems 10
     */
    skipped?: {
      /**
       * Name of the Node.
       */
      node?: string;
      /**
       * What was wrong with it. It is verified when it returns.
       */
      reason?: string;
    }[];
    /**
     * Nodes (or services) of which nothing can be judged in mid-rollout: no entry is blamed, their place in the budget stays taken (the first ten).
     *
     * @maxItems 10
     */
    lost?: {
      /**
       * Name of the Node, or of the service.
       */
      node?: string;
      /**
       * Why nothing can be judged, in the words of kubelet where it gave any.
       */
      reason?: string;
      /**
       * Since when a person is waited for; absent while it may still return by itself.
       */
      haltedSince?: string;
    }[];
    /**
     * The last ten rollouts, newest last.
     *
     * @maxItems 10
     */
    rollouts?: {
      /**
       * Identifies the rollout.
       */
      id?: string;
      /**
       * nova-api, nova-scheduler, nova-conductor or nova-compute.
       */
      service?: string;
      /**
       * Complete, RolledBack, Halted (failed and stays), PreflightRefused (no node was changed), Superseded (something newer was wanted) or RolledBackByUser.
       */
      result?: string;
      /**
       * The fragment that ran before; "none" is no fragment.
       */
      from?: string;
      /**
       * The fragment that was wanted; "none" is no fragment.
       */
      to?: string;
      /**
       * When it began.
       */
      startedAt?: string;
      /**
       * When it ended.
       */
      finishedAt?: string;
      /**
       * Why it ended like this; empty where nothing has to be said.
       */
      message?: string;
    }[];
  };
}

export const pciPassthroughSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "The installation: how this namespace's Nova is run and how changes are rolled out. One per namespace, named nova. The operator creates it with an empty spec when it is missing and never writes its spec again.",
 "x-kubernetes-validations": [
  {
   "rule": "self.metadata.name == 'nova'",
   "message": "the one PciPassthrough of a namespace is named nova",
   "fieldPath": ".metadata.name"
  }
 ],
 "properties": {
  "apiVersion": {
   "type": "string"
  },
  "kind": {
   "type": "string"
  },
  "metadata": {
   "type": "object",
   "properties": {
    "name": {
     "type": "string"
    }
   }
  },
  "spec": {
   "type": "object",
   "description": "Everything has a default; an empty spec is a good one for openstack-helm.",
   "default": {},
   "properties": {
    "release": {
     "type": "string",
     "description": "OpenStack release or Nova version, in quotes: \"2025.1\", \"Epoxy\", \"31.3.1\". Absent: detected from the API; while undetected only what means the same in Nova 26 to 34 is accepted.",
     "minLength": 1,
     "maxLength": 32
    },
    "services": {
     "type": "object",
     "description": "Where each service runs. The defaults are openstack-helm's labels and container names.",
     "x-kubernetes-validations": [
      {
       "rule": "(!has(self.api) || !has(self.api.matchLabels) || self.api.matchLabels.all(key, size(key) <= 317 && key.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))) && (!has(self.scheduler) || !has(self.scheduler.matchLabels) || self.scheduler.matchLabels.all(key, size(key) <= 317 && key.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))) && (!has(self.conductor) || !has(self.conductor.matchLabels) || self.conductor.matchLabels.all(key, size(key) <= 317 && key.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$'))) && (!has(self.compute) || !has(self.compute.matchLabels) || self.compute.matchLabels.all(key, size(key) <= 317 && key.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$')))",
       "message": "a key of matchLabels is the name of a label, such as application or example.org/nova"
      }
     ],
     "properties": {
      "api": {
       "type": "object",
       "description": "Default: labels {application: nova, component: os-api}, container nova-osapi.",
       "properties": {
        "matchLabels": {
         "type": "object",
         "description": "Labels of its pods.",
         "minProperties": 1,
         "maxProperties": 8,
         "additionalProperties": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.",
         "default": "Auto",
         "enum": [
          "Auto",
          "Manual",
          "External"
         ]
        }
       }
      },
      "scheduler": {
       "type": "object",
       "description": "Default: labels {application: nova, component: scheduler}, container nova-scheduler.",
       "properties": {
        "matchLabels": {
         "type": "object",
         "description": "Labels of its pods.",
         "minProperties": 1,
         "maxProperties": 8,
         "additionalProperties": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.",
         "default": "Auto",
         "enum": [
          "Auto",
          "Manual",
          "External"
         ]
        }
       }
      },
      "conductor": {
       "type": "object",
       "description": "Default: labels {application: nova, component: conductor}, container nova-conductor.",
       "properties": {
        "matchLabels": {
         "type": "object",
         "description": "Labels of its pods.",
         "minProperties": 1,
         "maxProperties": 8,
         "additionalProperties": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.",
         "default": "Auto",
         "enum": [
          "Auto",
          "Manual",
          "External"
         ]
        }
       }
      },
      "compute": {
       "type": "object",
       "description": "Default: labels {application: nova, component: compute}, container nova-compute.",
       "properties": {
        "matchLabels": {
         "type": "object",
         "description": "Labels of its pods.",
         "minProperties": 1,
         "maxProperties": 8,
         "additionalProperties": {
          "type": "string",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto (default): the operator restarts pods. Manual and External: it writes the files and only says what has to be restarted; then there is no canary.",
         "default": "Auto",
         "enum": [
          "Auto",
          "Manual",
          "External"
         ]
        }
       }
      }
     }
    },
    "delivery": {
     "type": "string",
     "description": "Injected: fragments are named into pods at their creation, by the policy (Kubernetes 1.36 and later, deploy/injection) or the webhook (deploy/webhook). Mounted: the chart mounts fixed-name ConfigMaps. Auto decides once: Injected where policy or webhook is installed, Mounted where a chart mounts those ConfigMaps; until then it waits.",
     "default": "Auto",
     "enum": [
      "Auto",
      "Injected",
      "Mounted"
     ]
    },
    "placement": {
     "type": "object",
     "description": "PCI devices in Placement. Both off is Nova's default.",
     "default": {},
     "x-kubernetes-validations": [
      {
       "rule": "!has(oldSelf.reportInPlacement) || !oldSelf.reportInPlacement || (has(self.reportInPlacement) && self.reportInPlacement)",
       "message": "reportInPlacement can never be turned off again: nova-compute would not start"
      },
      {
       "rule": "!has(self.pciInPlacement) || !self.pciInPlacement || (has(self.reportInPlacement) && self.reportInPlacement)",
       "message": "pciInPlacement needs reportInPlacement: true"
      }
     ],
     "properties": {
      "reportInPlacement": {
       "type": "boolean",
       "description": "nova-computes report PCI devices to Placement (Nova 26 and later). Can never be turned off again.",
       "default": false
      },
      "pciInPlacement": {
       "type": "boolean",
       "description": "Scheduling asks Placement for PCI devices (Nova 27 and later), once every compute reports.",
       "default": false
      }
     }
    },
    "scheduler": {
     "type": "object",
     "description": "Filters of nova-scheduler. Without PciPassthroughFilter servers land on hosts without devices.",
     "default": {},
     "properties": {
      "filters": {
       "type": "string",
       "description": "Check (default) warns when PciPassthroughFilter is known to be missing. Manage renders enabled_filters with it, and with NUMATopologyFilter when a NUMA policy is used; it removes none, and has to know the list that is there (baseFilters, a readable base, or assumeReleaseDefaults). Ignore does neither.",
       "default": "Check",
       "enum": [
        "Manage",
        "Check",
        "Ignore"
       ]
      },
      "baseFilters": {
       "type": "array",
       "description": "The filters that nova-scheduler has without us, in their order.",
       "maxItems": 64,
       "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[A-Za-z0-9_.]+$"
       }
      },
      "assumeReleaseDefaults": {
       "type": "boolean",
       "default": false,
       "description": "nova-scheduler has no enabled_filters of its own, so Nova's defaults hold."
      }
     }
    },
    "rollout": {
     "type": "object",
     "description": "How restarts are done. Every number has a safe default.",
     "default": {},
     "properties": {
      "paused": {
       "type": "boolean",
       "default": false,
       "description": "Nothing new is restarted. Fragments are still rendered and shown."
      },
      "canary": {
       "type": "object",
       "description": "The first nova-computes of a change, watched before the remaining nodes.",
       "default": {},
       "properties": {
        "count": {
         "type": "integer",
         "format": "int32",
         "minimum": 1,
         "maximum": 100,
         "default": 1,
         "description": "Canaries for each distinct change and kind of hardware (default 1)."
        },
        "nodeSelector": {
         "type": "object",
         "description": "Nodes that are taken as canaries first; absent is any.",
         "properties": {
          "matchLabels": {
           "type": "object",
           "description": "Labels with their values, all of which a node must have: {example.org/pci: by-address}.",
           "maxProperties": 32,
           "additionalProperties": {
            "type": "string",
            "maxLength": 63,
            "pattern": "^(([A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9])?$"
           }
          },
          "matchExpressions": {
           "type": "array",
           "description": "Requirements on labels, all of which must hold, as in a Deployment's selector.",
           "maxItems": 32,
           "items": {
            "type": "object",
            "required": [
             "key",
             "operator"
            ],
            "x-kubernetes-validations": [
             {
              "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
              "message": "In and NotIn need values; Exists and DoesNotExist must have none"
             }
            ],
            "properties": {
             "key": {
              "type": "string",
              "description": "Name of a label: \"example.org/pci\".",
              "minLength": 1,
              "maxLength": 317,
              "pattern": "^([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$"
             },
             "operator": {
              "type": "string",
              "description": "In and NotIn compare with values. Exists and DoesNotExist look at the label alone.",
              "enum": [
               "In",
               "NotIn",
               "Exists",
               "DoesNotExist"
              ]
             },
             "values": {
              "type": "array",
              "description": "Values to compare with; \"\" is a value, too.",
              "maxItems": 64,
              "items": {
               "type": "string",
               "maxLength": 63,
               "pattern": "^(([A-Za-z0-9][A-Za-z0-9_.-]*)?[A-Za-z0-9])?$"
              }
             }
            }
           }
          }
         }
        },
        "bakeSeconds": {
         "type": "integer",
         "format": "int32",
         "minimum": 0,
         "maximum": 86400,
         "default": 60,
         "description": "How long a healthy canary is watched before the remaining nodes (default 60)."
        }
       }
      },
      "maxUnavailable": {
       "x-kubernetes-int-or-string": true,
       "default": 1,
       "maxLength": 4,
       "description": "nova-computes that may be down at once: a number, or a share such as \"10%\" (rounded down, at least one). Default 1.",
       "x-kubernetes-validations": [
        {
         "rule": "type(self) == int ? self >= 1 : self.matches('^[1-9][0-9]?%$|^100%$')",
         "message": "maxUnavailable is a number from 1, or a percentage such as \"10%\"; to stop, set paused: true"
        }
       ]
      },
      "minReadySeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 3600,
       "default": 30,
       "description": "How long a new pod must stay Ready (default 30)."
      },
      "restartLimit": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 20,
       "default": 1,
       "description": "Container restarts that a new pod may need (default 1)."
      },
      "verifyTimeoutSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 5,
       "maximum": 7200,
       "default": 600,
       "description": "How long a new container may take to be proved healthy before it counts as failed (default 600)."
      },
      "failureLimit": {
       "type": "integer",
       "format": "int32",
       "minimum": 1,
       "maximum": 100,
       "default": 1,
       "description": "Failed nodes after which a change stops and its entries are quarantined (default 1)."
      },
      "autoRollback": {
       "type": "boolean",
       "default": true,
       "description": "Put the fragment that was proved last back when a change failed (default true); else stay halted."
      },
      "settleSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 3600,
       "default": 5,
       "description": "Quiet time after the last change before anything restarts (default 5)."
      },
      "removalGraceSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 604800,
       "default": 300,
       "description": "A removal takes effect only after this time, so that a revert costs nothing (default 300)."
      },
      "quiesceSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 7200,
       "default": 300,
       "description": "How long a compute may take to become quiet before its turn is put off (default 300)."
      },
      "preflight": {
       "type": "string",
       "description": "Auto asks the image of nova-compute on the canary's node, in a Job without rights, whether it takes the new fragment, before that node is touched; what it refuses is quarantined, and no answer holds nothing up. Needs deploy/namespace/preflight and delivery Injected. Off (default) goes by the model of Nova alone; quote it: \"Off\".",
       "default": "Off",
       "enum": [
        "Auto",
        "Off"
       ]
      }
     }
    },
    "cloud": {
     "type": "object",
     "description": "How to reach OpenStack. Without the Secret everything but flavors works, but nothing can be proved unused: each removal waits for a line in removals.",
     "properties": {
      "credentialsSecret": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "default": "nova-pci-cloud",
       "description": "Secret with the keys clouds.yaml and (optional) cacert. Another name than nova-pci-cloud needs a Role of its own."
      },
      "cloudName": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "description": "Name below clouds: in clouds.yaml; may be absent when there is one."
      }
     }
    },
    "hardwareCheck": {
     "type": "string",
     "description": "What to do when a node's own inventory (NFD) contradicts an entry. Enforce keeps the entry from such nodes.",
     "default": "Warn",
     "enum": [
      "Off",
      "Warn",
      "Enforce"
     ]
    },
    "baseConfig": {
     "type": "object",
     "description": "The chart's own nova.conf, read for conflicts and adoption (needs deploy/namespace/base-config).",
     "properties": {
      "fromWorkloads": {
       "type": "boolean",
       "description": "Read the ConfigMaps and Secrets that the workloads mount."
      },
      "keys": {
       "type": "array",
       "description": "Files of the base, in the order in which Nova reads them: {kind: Secret, name: nova-etc, key: nova.conf}.",
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "kind",
         "name",
         "key"
        ],
        "properties": {
         "kind": {
          "type": "string",
          "enum": [
           "ConfigMap",
           "Secret"
          ],
          "description": "Where the file is."
         },
         "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "description": "Name of that object in this namespace."
         },
         "key": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253,
          "description": "Key that holds the file: \"nova.conf\"."
         }
        }
       }
      }
     }
    },
    "adopt": {
     "type": "boolean",
     "default": false,
     "description": "The chart's own nova.conf holds no PCI options; the first rollout may begin."
    },
    "removals": {
     "type": "array",
     "description": "Releases entries whose object is gone and that nobody can prove to be unused; status.retained lists them. force also releases what is in use: servers keep a device that Nova no longer counts.",
     "maxItems": 64,
     "items": {
      "type": "object",
      "required": [
       "kind",
       "name"
      ],
      "properties": {
       "kind": {
        "type": "string",
        "enum": [
         "PciAlias",
         "PciWhitelist",
         "PciPassthrough"
        ],
        "description": "Kind of the object that is gone."
       },
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
        "description": "Name of that object."
       },
       "force": {
        "type": "boolean",
        "default": false,
        "description": "Even if it is in use (default false)."
       }
      }
     }
    },
    "acceptInvalid": {
     "type": "array",
     "description": "Sets a named policy aside for one object (nova-pci lint prints the names). NovaRefuses sets our model of Nova aside.",
     "maxItems": 64,
     "items": {
      "type": "object",
      "required": [
       "kind",
       "name",
       "policy"
      ],
      "properties": {
       "kind": {
        "type": "string",
        "enum": [
         "PciAlias",
         "PciWhitelist",
         "PciFlavor"
        ],
        "description": "Kind of the object."
       },
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
        "description": "Name of that object."
       },
       "policy": {
        "type": "string",
        "description": "Name of the policy, as the rejection of the object says it: \"UnportableRegex\".",
        "minLength": 1,
        "maxLength": 64,
        "x-kubernetes-validations": [
         {
          "rule": "self != 'MatchesEveryDevice'",
          "message": "MatchesEveryDevice can never be set aside"
         }
        ]
       }
      }
     }
    }
   }
  },
  "status": {
   "type": "object",
   "description": "What the operator sees. Deleting it loses nothing.",
   "default": {
    "observedGeneration": -1
   },
   "properties": {
    "observedGeneration": {
     "type": "integer",
     "format": "int64",
     "description": "The generation of spec that this status speaks about."
    },
    "conditions": {
     "type": "array",
     "maxItems": 16,
     "description": "Ready, Reconciling and Stalled (kstatus), Accepted, Live, Wired. The message says what to do next.",
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "type"
     ],
     "items": {
      "type": "object",
      "required": [
       "type",
       "status",
       "reason",
       "message",
       "lastTransitionTime"
      ],
      "properties": {
       "type": {
        "type": "string",
        "description": "Name of the condition, for example Ready.",
        "maxLength": 64
       },
       "status": {
        "type": "string",
        "description": "\"True\", \"False\", or Unknown where nothing is proved yet.",
        "enum": [
         "True",
         "False",
         "Unknown"
        ]
       },
       "reason": {
        "type": "string",
        "description": "One word that tells why, for example Live or NoMatchingDevice.",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "description": "The reason in a sentence, and what to do where something has to be done.",
        "maxLength": 1024
       },
       "observedGeneration": {
        "type": "integer",
        "description": "The generation of spec that this condition speaks about.",
        "format": "int64"
       },
       "lastTransitionTime": {
        "type": "string",
        "description": "When the status of this condition last changed.",
        "format": "date-time"
       }
      }
     }
    },
    "warnings": {
     "type": "array",
     "description": "What Nova accepts and what is a hazard all the same; name is the policy.",
     "maxItems": 20,
     "items": {
      "type": "object",
      "required": [
       "name",
       "message",
       "path"
      ],
      "properties": {
       "name": {
        "type": "string",
        "description": "Name of the policy, for example UnpinnedAddress.",
        "maxLength": 64
       },
       "message": {
        "type": "string",
        "description": "What is a hazard and what to write instead.",
        "maxLength": 1024
       },
       "path": {
        "type": "string",
        "description": "The field it is about, for example spec.match[0].",
        "maxLength": 256
       }
      }
     }
    },
    "release": {
     "type": "string",
     "maxLength": 64,
     "description": "Nova version that objects are judged for."
    },
    "delivery": {
     "type": "string",
     "maxLength": 16,
     "description": "The delivery that was decided on."
    },
    "novaError": {
     "type": "string",
     "maxLength": 512,
     "description": "The line with which Nova itself told why it stopped."
    },
    "services": {
     "type": "array",
     "description": "One row per service.",
     "maxItems": 4,
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "service"
     ],
     "items": {
      "type": "object",
      "required": [
       "service"
      ],
      "properties": {
       "service": {
        "type": "string",
        "description": "nova-api, nova-scheduler, nova-conductor or nova-compute.",
        "maxLength": 32
       },
       "phase": {
        "type": "string",
        "description": "Idle, Preflight, Canary, Verify, Promote (the rest follows), Complete, Halt (failed and stays), Rollback, Inconclusive or Paused.",
        "maxLength": 32
       },
       "digest": {
        "type": "string",
        "maxLength": 128,
        "description": "What runs."
       },
       "wantedDigest": {
        "type": "string",
        "maxLength": 128,
        "description": "What should run."
       },
       "updated": {
        "type": "integer",
        "description": "Of nova-compute the nodes that were verified with what is wanted; of the others the pods that read what they were assigned."
       },
       "total": {
        "type": "integer",
        "description": "Of nova-compute the nodes; of the others the pods."
       },
       "gate": {
        "type": "string",
        "description": "Name of the gate that holds it back; absent where none does.",
        "maxLength": 64
       },
       "message": {
        "type": "string",
        "description": "What that gate waits for, and what opens it.",
        "maxLength": 1024
       }
      }
     }
    },
    "retained": {
     "type": "array",
     "description": "Objects that are gone and whose entries must stay live for now.",
     "maxItems": 50,
     "items": {
      "type": "object",
      "properties": {
       "kind": {
        "type": "string",
        "description": "Kind of the object - PciAlias or PciWhitelist.",
        "maxLength": 64
       },
       "name": {
        "type": "string",
        "description": "Name of the object; where nobody knows whose an entry is, that of the alias, or \"-\" for device specs.",
        "maxLength": 253
       },
       "reason": {
        "type": "string",
        "description": "Name of the gate that keeps the entries, or Leaving, CrdGone or OwnerUnknown.",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "description": "Why they stay, and what releases them.",
        "maxLength": 1024
       },
       "since": {
        "type": "string",
        "description": "When the object was first missed.",
        "format": "date-time"
       }
      }
     }
    },
    "quarantined": {
     "type": "array",
     "description": "Entries that failed a rollout; kept out until their own object changes.",
     "maxItems": 50,
     "items": {
      "type": "object",
      "properties": {
       "kind": {
        "type": "string",
        "description": "Kind of the object that asked for the entry.",
        "maxLength": 64
       },
       "name": {
        "type": "string",
        "description": "Name of that object.",
        "maxLength": 253
       },
       "entry": {
        "type": "string",
        "description": "The line of nova.conf.",
        "maxLength": 1024
       },
       "service": {
        "type": "string",
        "description": "The service that failed with it, for example nova-compute.",
        "maxLength": 32
       },
       "reason": {
        "type": "string",
        "description": "FailedRollout, PreflightRefused (no node ever had it) or RolledBackByUser.",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "description": "The error, in the words of Nova where it gave any.",
        "maxLength": 512
       }
      }
     }
    },
    "checklist": {
     "type": "array",
     "description": "Everything that waits for a person, at once (the first twenty), each with the command that removes it where one does.",
     "maxItems": 20,
     "items": {
      "type": "object",
      "properties": {
       "gate": {
        "type": "string",
        "maxLength": 64,
        "description": "Name of the gate."
       },
       "message": {
        "type": "string",
        "maxLength": 1024,
        "description": "What it is and what opens it."
       },
       "command": {
        "type": "string",
        "maxLength": 1024,
        "description": "The command that opens it."
       }
      }
     }
    },
    "skipped": {
     "type": "array",
     "description": "Nodes that were not healthy before their turn (the first ten).",
     "maxItems": 10,
     "items": {
      "type": "object",
      "properties": {
       "node": {
        "type": "string",
        "description": "Name of the Node.",
        "maxLength": 253
       },
       "reason": {
        "type": "string",
        "description": "What was wrong with it. It is verified when it returns.",
        "maxLength": 512
       }
      }
     }
    },
    "lost": {
     "type": "array",
     "description": "Nodes (or services) of which nothing can be judged in mid-rollout: no entry is blamed, their place in the budget stays taken (the first ten).",
     "maxItems": 10,
     "items": {
      "type": "object",
      "properties": {
       "node": {
        "type": "string",
        "description": "Name of the Node, or of the service.",
        "maxLength": 253
       },
       "reason": {
        "type": "string",
        "description": "Why nothing can be judged, in the words of kubelet where it gave any.",
        "maxLength": 512
       },
       "haltedSince": {
        "type": "string",
        "description": "Since when a person is waited for; absent while it may still return by itself.",
        "format": "date-time"
       }
      }
     }
    },
    "rollouts": {
     "type": "array",
     "description": "The last ten rollouts, newest last.",
     "maxItems": 10,
     "items": {
      "type": "object",
      "properties": {
       "id": {
        "type": "string",
        "description": "Identifies the rollout.",
        "maxLength": 128
       },
       "service": {
        "type": "string",
        "description": "nova-api, nova-scheduler, nova-conductor or nova-compute.",
        "maxLength": 32
       },
       "result": {
        "type": "string",
        "description": "Complete, RolledBack, Halted (failed and stays), PreflightRefused (no node was changed), Superseded (something newer was wanted) or RolledBackByUser.",
        "maxLength": 32
       },
       "from": {
        "type": "string",
        "description": "The fragment that ran before; \"none\" is no fragment.",
        "maxLength": 128
       },
       "to": {
        "type": "string",
        "description": "The fragment that was wanted; \"none\" is no fragment.",
        "maxLength": 128
       },
       "startedAt": {
        "type": "string",
        "description": "When it began.",
        "format": "date-time"
       },
       "finishedAt": {
        "type": "string",
        "description": "When it ended.",
        "format": "date-time"
       },
       "message": {
        "type": "string",
        "description": "Why it ended like this; empty where nothing has to be said.",
        "maxLength": 1024
       }
      }
     }
    }
   }
  }
 }
};

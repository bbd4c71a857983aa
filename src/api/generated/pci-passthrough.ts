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
  spec?: {
    /**
     * OpenStack release or Nova version: "2025.1", "Epoxy", "31.3.1". Absent: detected from the API; while undetected only what means the same in Nova 26 to 34 is accepted.
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
         * Auto: the operator restarts pods. Manual, External: it only says which are behind.
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
         * Auto: the operator restarts pods. Manual, External: it only says which are behind.
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
         * Auto: the operator restarts pods. Manual, External: it only says which are behind.
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
         * Auto: the operator restarts pods. Manual, External: it only says which are behind.
         */
        restart?: "Auto" | "Manual" | "External";
      };
    };
    /**
     * Injected: fragments are named into pods at their creation (Kubernetes 1.36 and later, policy of deploy/injection). Mounted: the chart mounts fixed-name ConfigMaps. Auto decides once.
     */
    delivery?: "Auto" | "Injected" | "Mounted";
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
    scheduler?: {
      /**
       * Check warns when PciPassthroughFilter is known to be missing. Manage renders enabled_filters; it needs the base list (baseFilters, a readable base, or assumeReleaseDefaults).
       */
      filters?: "Manage" | "Check" | "Ignore";
      /**
       * The filters that nova-scheduler has without us, in their order.
       *
       * @maxItems 64
       */
      baseFilters?: string[];
      /**
       * nova-scheduler has no enabled_filters of its own
       */
      assumeReleaseDefaults?: boolean;
    };
    /**
     * How restarts are done. Every number has a safe default.
     */
    rollout?: {
      /**
       * Nothing new is restarted.
       */
      paused?: boolean;
      canary?: {
        /**
         * Canaries for each distinct change and kind of hardware.
         */
        count?: number;
        /**
         * Nodes that are taken as canaries first.
         */
        nodeSelector?: {
          matchLabels?: {
            [k: string]: string;
          };
          /**
           * @maxItems 32
           */
          matchExpressions?: {
            key: string;
            operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
            /**
             * @maxItems 256
             */
            values?: string[];
          }[];
        };
        bakeSeconds?: number;
      };
      /**
       * nova-computes that may be down at once: a number or "10%". Default 1.
       */
      maxUnavailable?: number | string;
      minReadySeconds?: number;
      /**
       * Container restarts that a new pod may need.
       */
      restartLimit?: number;
      verifyTimeoutSeconds?: number;
      /**
       * Failed nodes after which the entry is quarantined.
       */
      failureLimit?: number;
      autoRollback?: boolean;
      /**
       * Quiet time after the last change before anything restarts.
       */
      settleSeconds?: number;
      /**
       * A removal takes effect only after this time
       */
      removalGraceSeconds?: number;
      /**
       * How long a compute may take to become quiet before its turn is put off.
       */
      quiesceSeconds?: number;
    };
    /**
     * How to reach OpenStack. Without the Secret everything but flavors works.
     */
    cloud?: {
      /**
       * Secret with the keys clouds.yaml and (optional) cacert.
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
     * The nova.conf under ours, read for conflicts and adoption (needs deploy/namespace/base-config).
     */
    baseConfig?: {
      /**
       * Read the ConfigMaps and Secrets that the workloads mount.
       */
      fromWorkloads?: boolean;
      /**
       * @maxItems 16
       */
      keys?: {
        kind: "ConfigMap" | "Secret";
        name: string;
        key: string;
      }[];
    };
    /**
     * The nova.conf under ours holds no PCI options; the first rollout may begin.
     */
    adopt?: boolean;
    /**
     * Releases entries that nobody can prove to be unused. force also releases what is in use.
     *
     * @maxItems 64
     */
    removals?: {
      kind: "PciAlias" | "PciWhitelist" | "PciPassthrough";
      name: string;
      force?: boolean;
    }[];
    /**
     * Sets a named policy aside for one object (nova-pci lint prints the names). NovaRefuses sets our model of Nova aside.
     *
     * @maxItems 64
     */
    acceptInvalid?: {
      kind: "PciAlias" | "PciWhitelist";
      name: string;
      policy: string;
    }[];
  };
  status?: {
    [k: string]: unknown;
  };
}

export const pciPassthroughSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "The installation: how this namespace's Nova is run and how changes are rolled out. One per namespace, named nova. The operator creates it with an empty spec when it is missing and never writes its spec again.",
 "x-kubernetes-validations": [
  {
   "rule": "self.metadata.name == 'nova'",
   "message": "the one PciPassthrough of a namespace is named nova"
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
   "type": "object"
  },
  "spec": {
   "type": "object",
   "properties": {
    "release": {
     "type": "string",
     "description": "OpenStack release or Nova version: \"2025.1\", \"Epoxy\", \"31.3.1\". Absent: detected from the API; while undetected only what means the same in Nova 26 to 34 is accepted.",
     "minLength": 1,
     "maxLength": 32
    },
    "services": {
     "type": "object",
     "description": "Where each service runs. The defaults are openstack-helm's labels and container names.",
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
          "maxLength": 63
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto: the operator restarts pods. Manual, External: it only says which are behind.",
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
          "maxLength": 63
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto: the operator restarts pods. Manual, External: it only says which are behind.",
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
          "maxLength": 63
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto: the operator restarts pods. Manual, External: it only says which are behind.",
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
          "maxLength": 63
         }
        },
        "container": {
         "type": "string",
         "minLength": 1,
         "maxLength": 63,
         "description": "Name of the container that runs Nova."
        },
        "restart": {
         "type": "string",
         "description": "Auto: the operator restarts pods. Manual, External: it only says which are behind.",
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
     "description": "Injected: fragments are named into pods at their creation (Kubernetes 1.36 and later, policy of deploy/injection). Mounted: the chart mounts fixed-name ConfigMaps. Auto decides once.",
     "default": "Auto",
     "enum": [
      "Auto",
      "Injected",
      "Mounted"
     ]
    },
    "placement": {
     "type": "object",
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
     "properties": {
      "filters": {
       "type": "string",
       "description": "Check warns when PciPassthroughFilter is known to be missing. Manage renders enabled_filters; it needs the base list (baseFilters, a readable base, or assumeReleaseDefaults).",
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
       "description": "nova-scheduler has no enabled_filters of its own",
       "so Nova's defaults hold.": null
      }
     }
    },
    "rollout": {
     "type": "object",
     "description": "How restarts are done. Every number has a safe default.",
     "properties": {
      "paused": {
       "type": "boolean",
       "default": false,
       "description": "Nothing new is restarted."
      },
      "canary": {
       "type": "object",
       "properties": {
        "count": {
         "type": "integer",
         "format": "int32",
         "minimum": 1,
         "maximum": 100,
         "default": 1,
         "description": "Canaries for each distinct change and kind of hardware."
        },
        "nodeSelector": {
         "type": "object",
         "description": "Nodes that are taken as canaries first.",
         "properties": {
          "matchLabels": {
           "type": "object",
           "maxProperties": 32,
           "additionalProperties": {
            "type": "string",
            "maxLength": 63
           }
          },
          "matchExpressions": {
           "type": "array",
           "maxItems": 32,
           "items": {
            "type": "object",
            "required": [
             "key",
             "operator"
            ],
            "properties": {
             "key": {
              "type": "string",
              "minLength": 1,
              "maxLength": 317
             },
             "operator": {
              "type": "string",
              "enum": [
               "In",
               "NotIn",
               "Exists",
               "DoesNotExist"
              ]
             },
             "values": {
              "type": "array",
              "maxItems": 256,
              "items": {
               "type": "string",
               "maxLength": 63
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
         "default": 60
        }
       }
      },
      "maxUnavailable": {
       "x-kubernetes-int-or-string": true,
       "description": "nova-computes that may be down at once: a number or \"10%\". Default 1.",
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
       "default": 30
      },
      "restartLimit": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 20,
       "default": 1,
       "description": "Container restarts that a new pod may need."
      },
      "verifyTimeoutSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 5,
       "maximum": 7200,
       "default": 600
      },
      "failureLimit": {
       "type": "integer",
       "format": "int32",
       "minimum": 1,
       "maximum": 100,
       "default": 1,
       "description": "Failed nodes after which the entry is quarantined."
      },
      "autoRollback": {
       "type": "boolean",
       "default": true
      },
      "settleSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 3600,
       "default": 5,
       "description": "Quiet time after the last change before anything restarts."
      },
      "removalGraceSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 604800,
       "default": 300,
       "description": "A removal takes effect only after this time",
       "so that a revert costs nothing.": null
      },
      "quiesceSeconds": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 7200,
       "default": 300,
       "description": "How long a compute may take to become quiet before its turn is put off."
      }
     }
    },
    "cloud": {
     "type": "object",
     "description": "How to reach OpenStack. Without the Secret everything but flavors works.",
     "properties": {
      "credentialsSecret": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "default": "nova-pci-cloud",
       "description": "Secret with the keys clouds.yaml and (optional) cacert."
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
     "description": "The nova.conf under ours, read for conflicts and adoption (needs deploy/namespace/base-config).",
     "properties": {
      "fromWorkloads": {
       "type": "boolean",
       "default": false,
       "description": "Read the ConfigMaps and Secrets that the workloads mount."
      },
      "keys": {
       "type": "array",
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
          ]
         },
         "name": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         },
         "key": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         }
        }
       }
      }
     }
    },
    "adopt": {
     "type": "boolean",
     "default": false,
     "description": "The nova.conf under ours holds no PCI options; the first rollout may begin."
    },
    "removals": {
     "type": "array",
     "description": "Releases entries that nobody can prove to be unused. force also releases what is in use.",
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
        ]
       },
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "force": {
        "type": "boolean",
        "default": false
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
         "PciWhitelist"
        ]
       },
       "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "policy": {
        "type": "string",
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
   "properties": {
    "observedGeneration": {
     "type": "integer",
     "format": "int64"
    },
    "conditions": {
     "type": "array",
     "description": "Ready, Reconciling and Stalled (kstatus), Accepted, Live. The message says what to do next.",
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
        "maxLength": 64
       },
       "status": {
        "type": "string",
        "enum": [
         "True",
         "False",
         "Unknown"
        ]
       },
       "reason": {
        "type": "string",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "maxLength": 1024
       },
       "observedGeneration": {
        "type": "integer",
        "format": "int64"
       },
       "lastTransitionTime": {
        "type": "string",
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
        "maxLength": 64
       },
       "message": {
        "type": "string",
        "maxLength": 1024
       },
       "path": {
        "type": "string",
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
     "maxLength": 16
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
        "maxLength": 32
       },
       "phase": {
        "type": "string",
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
        "type": "integer"
       },
       "total": {
        "type": "integer"
       },
       "gate": {
        "type": "string",
        "maxLength": 64
       },
       "message": {
        "type": "string",
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
        "maxLength": 64
       },
       "name": {
        "type": "string",
        "maxLength": 253
       },
       "reason": {
        "type": "string",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "maxLength": 1024
       },
       "since": {
        "type": "string",
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
        "maxLength": 64
       },
       "name": {
        "type": "string",
        "maxLength": 253
       },
       "entry": {
        "type": "string",
        "maxLength": 1024
       },
       "service": {
        "type": "string",
        "maxLength": 32
       },
       "reason": {
        "type": "string",
        "maxLength": 128
       },
       "message": {
        "type": "string",
        "maxLength": 512
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
        "maxLength": 253
       },
       "reason": {
        "type": "string",
        "maxLength": 512
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
        "maxLength": 128
       },
       "service": {
        "type": "string",
        "maxLength": 32
       },
       "result": {
        "type": "string",
        "maxLength": 32
       },
       "from": {
        "type": "string",
        "maxLength": 128
       },
       "to": {
        "type": "string",
        "maxLength": 128
       },
       "startedAt": {
        "type": "string",
        "format": "date-time"
       },
       "finishedAt": {
        "type": "string",
        "format": "date-time"
       },
       "message": {
        "type": "string",
        "maxLength": 1024
       }
      }
     }
    }
   }
  }
 }
};

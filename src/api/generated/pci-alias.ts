// Made from crds/pcialiases.yaml by crds/generate-types.js. Do not edit.

/**
 * What a guest may ask for: becomes [pci]alias of nova-api and of the nova-computes whose devices can serve it. Everything in a namespace belongs to the one Nova in that namespace. No JSON, no quotes, no escapes: the operator writes what Nova parses.
 */
export interface PciAlias {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    [k: string]: unknown;
  };
  /**
   * The alias as Nova should know it.
   */
  spec: {
    /**
     * Name of the alias in Nova; flavors ask for it as name:count. Default: the name of the object. Cannot be changed later.
     */
    name?: string;
    /**
     * Devices that serve the alias; several entries are alternatives of one device type and one policy, for example two revisions of a card. May be absent when resourceClass is set. With placement.pciInPlacement several entries need resourceClass.
     *
     * @minItems 1
     * @maxItems 64
     */
    match?: {
      /**
       * Four hex digits in quotes, as lspci -n shows them: "8086".
       */
      vendorId: string;
      /**
       * Four hex digits in quotes, as lspci -n shows them: "154d".
       */
      productId: string;
    }[];
    /**
     * type-PCI: a plain device. type-PF: an SR-IOV capable device as a whole, its virtual functions included. type-VF: a virtual function. Absent takes plain devices and VFs alike, never PFs (allowed with a warning, as old configurations have it).
     */
    deviceType?: "type-PCI" | "type-PF" | "type-VF";
    /**
     * How strictly the device must be on the guest's NUMA node: required, socket (Nova 23 and later), preferred, legacy (required where the device tells its node). Acts only on guests with a NUMA topology; nova-scheduler then needs NUMATopologyFilter.
     */
    numaPolicy?: "legacy" | "preferred" | "required" | "socket";
    /**
     * Resource class in Placement that is asked for instead of the one made of the ids: "GPU" becomes CUSTOM_GPU. Acts only with placement.pciInPlacement (Nova 27 and later); every device entry that offers such devices must carry the same class.
     */
    resourceClass?: string;
    /**
     * Traits that the device's provider in Placement must have (Nova 27 and later, with pciInPlacement).
     *
     * @maxItems 32
     */
    traits?: string[];
    /**
     * Only devices whose entry says the same, true or false (Nova 31 and later).
     */
    liveMigratable?: boolean;
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
     * Ready, Reconciling and Stalled (kstatus), Accepted, Live. The message says what to do next.
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
     * Where the alias was proved to be read.
     */
    live?: {
      /**
       * Processes of nova-api.
       */
      api?: {
        /**
         * Pods of nova-api that have read the alias.
         */
        ready?: number;
        /**
         * Pods of nova-api that run.
         */
        total?: number;
      };
      /**
       * Nodes whose devices can serve the alias.
       */
      computes?: {
        /**
         * Nodes whose nova-compute was verified with the alias.
         */
        ready?: number;
        /**
         * Nodes that can serve it.
         */
        total?: number;
      };
    };
    /**
     * PciFlavors that ask for it (the first ten).
     *
     * @maxItems 10
     */
    flavors?: string[];
  };
}

export const pciAliasSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "What a guest may ask for: becomes [pci]alias of nova-api and of the nova-computes whose devices can serve it. Everything in a namespace belongs to the one Nova in that namespace. No JSON, no quotes, no escapes: the operator writes what Nova parses.",
 "required": [
  "spec"
 ],
 "x-kubernetes-validations": [
  {
   "rule": "(has(self.spec.name) ? self.spec.name : self.metadata.name) == (has(oldSelf.spec.name) ? oldSelf.spec.name : oldSelf.metadata.name)",
   "message": "the name of the alias is immutable: flavors and servers refer to it; create another PciAlias",
   "fieldPath": ".spec.name"
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
   "description": "The alias as Nova should know it.",
   "x-kubernetes-validations": [
    {
     "rule": "has(self.match) || has(self.resourceClass)",
     "message": "give spec.match (vendorId and productId of the devices) or spec.resourceClass"
    }
   ],
   "properties": {
    "name": {
     "type": "string",
     "description": "Name of the alias in Nova; flavors ask for it as name:count. Default: the name of the object. Cannot be changed later.",
     "minLength": 1,
     "maxLength": 255,
     "x-kubernetes-validations": [
      {
       "rule": "!self.contains(':') && !self.contains(',')",
       "message": "spec.name must hold no ':' and no ',': a flavor could not refer to it"
      },
      {
       "rule": "self == self.trim()",
       "message": "spec.name must not begin or end with a blank: Nova strips it"
      }
     ]
    },
    "match": {
     "type": "array",
     "description": "Devices that serve the alias; several entries are alternatives of one device type and one policy, for example two revisions of a card. May be absent when resourceClass is set. With placement.pciInPlacement several entries need resourceClass.",
     "minItems": 1,
     "maxItems": 64,
     "items": {
      "type": "object",
      "required": [
       "vendorId",
       "productId"
      ],
      "properties": {
       "vendorId": {
        "type": "string",
        "description": "Four hex digits in quotes, as lspci -n shows them: \"8086\".",
        "maxLength": 4,
        "pattern": "^[0-9a-fA-F]{4}$"
       },
       "productId": {
        "type": "string",
        "description": "Four hex digits in quotes, as lspci -n shows them: \"154d\".",
        "maxLength": 4,
        "pattern": "^[0-9a-fA-F]{4}$"
       }
      }
     }
    },
    "deviceType": {
     "type": "string",
     "description": "type-PCI: a plain device. type-PF: an SR-IOV capable device as a whole, its virtual functions included. type-VF: a virtual function. Absent takes plain devices and VFs alike, never PFs (allowed with a warning, as old configurations have it).",
     "enum": [
      "type-PCI",
      "type-PF",
      "type-VF"
     ]
    },
    "numaPolicy": {
     "type": "string",
     "description": "How strictly the device must be on the guest's NUMA node: required, socket (Nova 23 and later), preferred, legacy (required where the device tells its node). Acts only on guests with a NUMA topology; nova-scheduler then needs NUMATopologyFilter.",
     "enum": [
      "legacy",
      "preferred",
      "required",
      "socket"
     ]
    },
    "resourceClass": {
     "type": "string",
     "description": "Resource class in Placement that is asked for instead of the one made of the ids: \"GPU\" becomes CUSTOM_GPU. Acts only with placement.pciInPlacement (Nova 27 and later); every device entry that offers such devices must carry the same class.",
     "minLength": 1,
     "maxLength": 255
    },
    "traits": {
     "type": "array",
     "description": "Traits that the device's provider in Placement must have (Nova 27 and later, with pciInPlacement).",
     "maxItems": 32,
     "x-kubernetes-list-type": "set",
     "items": {
      "type": "string",
      "minLength": 1,
      "maxLength": 255
     }
    },
    "liveMigratable": {
     "type": "boolean",
     "description": "Only devices whose entry says the same, true or false (Nova 31 and later)."
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
    "live": {
     "type": "object",
     "description": "Where the alias was proved to be read.",
     "properties": {
      "api": {
       "type": "object",
       "description": "Processes of nova-api.",
       "properties": {
        "ready": {
         "type": "integer",
         "description": "Pods of nova-api that have read the alias."
        },
        "total": {
         "type": "integer",
         "description": "Pods of nova-api that run."
        }
       }
      },
      "computes": {
       "type": "object",
       "description": "Nodes whose devices can serve the alias.",
       "properties": {
        "ready": {
         "type": "integer",
         "description": "Nodes whose nova-compute was verified with the alias."
        },
        "total": {
         "type": "integer",
         "description": "Nodes that can serve it."
        }
       }
      }
     }
    },
    "flavors": {
     "type": "array",
     "description": "PciFlavors that ask for it (the first ten).",
     "maxItems": 10,
     "items": {
      "type": "string",
      "maxLength": 253
     }
    }
   }
  }
 }
};

// Made from crds/pciflavors.yaml by crds/generate-types.js. Do not edit.

/**
 * Which flavor asks for how many devices: becomes the extra spec pci_passthrough:alias of a flavor in Nova. Only keys named here are written; everything else on the flavor is left alone.
 */
export interface PciFlavor {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    [k: string]: unknown;
  };
  /**
   * The flavor, the devices it asks for, and who owns it.
   */
  spec: {
    /**
     * The flavor in Nova, by name or by id. Cannot be changed later.
     */
    flavor: {
      /**
       * Name in Nova: "m1.large".
       */
      name?: string;
      /**
       * Id in Nova, for a flavor that exists; numbers in quotes: "42".
       */
      id?: string;
    };
    /**
     * Which aliases a server of this flavor gets, and how many devices of each. The flavor is written when every one of them is live on every nova-api pod.
     *
     * @minItems 1
     * @maxItems 16
     */
    aliases: {
      /**
       * Name of the alias in Nova (spec.name of a PciAlias, or its object name).
       */
      name: string;
      /**
       * How many devices of it one server gets.
       */
      count: number;
    }[];
    /**
     * Extra spec hw:pci_numa_affinity_policy - overrides the alias's policy when a server is created (not on resize).
     */
    numaAffinityPolicy?: "legacy" | "preferred" | "required" | "socket";
    /**
     * Further extra specs that belong to this object, for example "hw:numa_nodes".
     */
    extraSpecs?: {
      [k: string]: string;
    };
    /**
     * Create the flavor when Nova has none of this name. Absent: the flavor must exist. Nova cannot change sizes in place, so a changed size is refused with advice.
     */
    create?: {
      /**
       * Virtual CPUs. Nova cannot change it later.
       */
      vcpus: number;
      /**
       * Memory in MiB. Nova cannot change it later.
       */
      ramMiB: number;
      /**
       * Root disk in GiB; 0 is the size of the image. Nova cannot change it later.
       */
      diskGiB: number;
      /**
       * Second disk in GiB (default 0). Nova cannot change it later.
       */
      ephemeralGiB?: number;
      /**
       * Swap in MiB (default 0). Nova cannot change it later.
       */
      swapMiB?: number;
      /**
       * Whether every project may use it (default true).
       */
      isPublic?: boolean;
      /**
       * Text that users see, one line.
       */
      description?: string;
      /**
       * Ids of the projects that may use a private flavor.
       *
       * @maxItems 64
       */
      projects?: string[];
    };
    /**
     * What happens in Nova when this object is deleted. Detach: our keys are removed and the access that we gave is taken back. Delete: the flavor is deleted when this object created it, else as Detach. DeleteAdopted: the flavor is deleted whoever made it. Default: Delete for a flavor that was created by this object, else Detach.
     */
    deletionPolicy?: "Detach" | "Delete" | "DeleteAdopted";
    /**
     * A key that the flavor already has with the same value is adopted and stays on Detach. With another value it is a conflict (Equal, the default), or is replaced, and put back on Detach (Overwrite).
     */
    adopt?: "Equal" | "Overwrite";
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
     * Id of the flavor in Nova.
     */
    flavorId?: string;
    /**
     * Nodes that are not proved unable to take the flavor.
     */
    hosts?: {
      /**
       * How many nodes.
       */
      count?: number;
      /**
       * Their names (the first ten).
       *
       * @maxItems 10
       */
      names?: string[];
    };
    /**
     * How many more servers of this flavor find devices - an upper bound, from inventories.
     */
    instancesFit?: {
      /**
       * UpperBound - no more than value; Unknown - inventories do not tell, and value is absent.
       */
      bound?: "UpperBound" | "Unknown";
      /**
       * How many servers at the most.
       */
      value?: number;
    };
  };
}

export const pciFlavorSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "Which flavor asks for how many devices: becomes the extra spec pci_passthrough:alias of a flavor in Nova. Only keys named here are written; everything else on the flavor is left alone.",
 "required": [
  "spec"
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
   "description": "The flavor, the devices it asks for, and who owns it.",
   "required": [
    "flavor",
    "aliases"
   ],
   "x-kubernetes-validations": [
    {
     "rule": "!has(self.extraSpecs) || self.extraSpecs.all(key, key.matches('^[a-zA-Z0-9_:. -]{1,255}$'))",
     "message": "keys of spec.extraSpecs hold letters, digits, blanks and - _ : . only, at most 255 of them: Nova refuses others"
    },
    {
     "rule": "!has(self.create) || has(self.flavor.name)",
     "message": "spec.create needs spec.flavor.name: that is the name of the flavor to create"
    },
    {
     "rule": "!has(self.extraSpecs) || !('pci_passthrough:alias' in self.extraSpecs)",
     "message": "pci_passthrough:alias is written from spec.aliases: remove it from spec.extraSpecs"
    },
    {
     "rule": "!has(self.extraSpecs) || !has(self.numaAffinityPolicy) || !('hw:pci_numa_affinity_policy' in self.extraSpecs)",
     "message": "hw:pci_numa_affinity_policy is written from spec.numaAffinityPolicy: remove it from spec.extraSpecs"
    }
   ],
   "properties": {
    "flavor": {
     "type": "object",
     "description": "The flavor in Nova, by name or by id. Cannot be changed later.",
     "x-kubernetes-validations": [
      {
       "rule": "has(self.name) != has(self.id)",
       "message": "give spec.flavor.name or spec.flavor.id, and only one of them"
      },
      {
       "rule": "self == oldSelf",
       "message": "spec.flavor is immutable: delete the PciFlavor and create another one"
      }
     ],
     "properties": {
      "name": {
       "type": "string",
       "description": "Name in Nova: \"m1.large\".",
       "minLength": 1,
       "maxLength": 255,
       "x-kubernetes-validations": [
        {
         "rule": "self == self.trim()",
         "message": "a flavor name must not begin or end with a blank: Nova refuses it"
        }
       ]
      },
      "id": {
       "type": "string",
       "description": "Id in Nova, for a flavor that exists; numbers in quotes: \"42\".",
       "minLength": 1,
       "maxLength": 255,
       "pattern": "^[a-zA-Z0-9_.-]([a-zA-Z0-9 _.-]*[a-zA-Z0-9_.-])?$"
      }
     }
    },
    "aliases": {
     "type": "array",
     "description": "Which aliases a server of this flavor gets, and how many devices of each. The flavor is written when every one of them is live on every nova-api pod.",
     "minItems": 1,
     "maxItems": 16,
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "name"
     ],
     "items": {
      "type": "object",
      "required": [
       "name",
       "count"
      ],
      "properties": {
       "name": {
        "type": "string",
        "description": "Name of the alias in Nova (spec.name of a PciAlias, or its object name).",
        "minLength": 1,
        "maxLength": 255,
        "x-kubernetes-validations": [
         {
          "rule": "!self.contains(':') && !self.contains(',') && self == self.trim()",
          "message": "an alias name holds no ':', no ',' and no outer blanks"
         }
        ]
       },
       "count": {
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": 256,
        "description": "How many devices of it one server gets."
       }
      }
     }
    },
    "numaAffinityPolicy": {
     "type": "string",
     "description": "Extra spec hw:pci_numa_affinity_policy - overrides the alias's policy when a server is created (not on resize).",
     "enum": [
      "legacy",
      "preferred",
      "required",
      "socket"
     ]
    },
    "extraSpecs": {
     "type": "object",
     "description": "Further extra specs that belong to this object, for example \"hw:numa_nodes\".",
     "maxProperties": 32,
     "additionalProperties": {
      "type": "string",
      "maxLength": 255
     }
    },
    "create": {
     "type": "object",
     "description": "Create the flavor when Nova has none of this name. Absent: the flavor must exist. Nova cannot change sizes in place, so a changed size is refused with advice.",
     "required": [
      "vcpus",
      "ramMiB",
      "diskGiB"
     ],
     "properties": {
      "vcpus": {
       "type": "integer",
       "format": "int32",
       "minimum": 1,
       "maximum": 2147483647,
       "description": "Virtual CPUs. Nova cannot change it later."
      },
      "ramMiB": {
       "type": "integer",
       "format": "int32",
       "minimum": 1,
       "maximum": 2147483647,
       "description": "Memory in MiB. Nova cannot change it later."
      },
      "diskGiB": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 2147483647,
       "description": "Root disk in GiB; 0 is the size of the image. Nova cannot change it later."
      },
      "ephemeralGiB": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 2147483647,
       "description": "Second disk in GiB (default 0). Nova cannot change it later."
      },
      "swapMiB": {
       "type": "integer",
       "format": "int32",
       "minimum": 0,
       "maximum": 2147483647,
       "description": "Swap in MiB (default 0). Nova cannot change it later."
      },
      "isPublic": {
       "type": "boolean",
       "default": true,
       "description": "Whether every project may use it (default true)."
      },
      "description": {
       "type": "string",
       "maxLength": 1024,
       "pattern": "^[^\\n\\r]*$",
       "description": "Text that users see, one line."
      },
      "projects": {
       "type": "array",
       "description": "Ids of the projects that may use a private flavor.",
       "maxItems": 64,
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64
       }
      }
     },
     "x-kubernetes-validations": [
      {
       "rule": "!has(self.projects) || (has(self.isPublic) && !self.isPublic)",
       "message": "spec.create.projects needs isPublic: false - everybody may use a public flavor"
      }
     ]
    },
    "deletionPolicy": {
     "type": "string",
     "description": "What happens in Nova when this object is deleted. Detach: our keys are removed and the access that we gave is taken back. Delete: the flavor is deleted when this object created it, else as Detach. DeleteAdopted: the flavor is deleted whoever made it. Default: Delete for a flavor that was created by this object, else Detach.",
     "enum": [
      "Detach",
      "Delete",
      "DeleteAdopted"
     ]
    },
    "adopt": {
     "type": "string",
     "description": "A key that the flavor already has with the same value is adopted and stays on Detach. With another value it is a conflict (Equal, the default), or is replaced, and put back on Detach (Overwrite).",
     "default": "Equal",
     "enum": [
      "Equal",
      "Overwrite"
     ]
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
    "flavorId": {
     "type": "string",
     "maxLength": 255,
     "description": "Id of the flavor in Nova."
    },
    "hosts": {
     "type": "object",
     "description": "Nodes that are not proved unable to take the flavor.",
     "properties": {
      "count": {
       "type": "integer",
       "description": "How many nodes."
      },
      "names": {
       "type": "array",
       "description": "Their names (the first ten).",
       "maxItems": 10,
       "items": {
        "type": "string",
        "maxLength": 253
       }
      }
     }
    },
    "instancesFit": {
     "type": "object",
     "description": "How many more servers of this flavor find devices - an upper bound, from inventories.",
     "properties": {
      "bound": {
       "type": "string",
       "description": "UpperBound - no more than value; Unknown - inventories do not tell, and value is absent.",
       "enum": [
        "UpperBound",
        "Unknown"
       ]
      },
      "value": {
       "type": "integer",
       "description": "How many servers at the most.",
       "format": "int64"
      }
     }
    }
   }
  }
 }
};

// Made from crds/pciwhitelists.yaml by crds/generate-types.js. Do not edit.

/**
 * Which devices which nodes offer to guests: becomes [pci]device_spec (passthrough_whitelist before Nova 26) of the nova-computes on the selected nodes, and of no other service.
 */
export interface PciWhitelist {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    [k: string]: unknown;
  };
  spec: {
    /**
     * Labels of the nodes that offer the devices; absent means every compute node. All terms must hold.
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
    /**
     * Nova takes the first entry that matches a device. Higher priority comes first; among equals the more specific entry (full address, then wildcard address, then both ids, then vendor only, then devname).
     */
    priority?: number;
    /**
     * One entry per kind of device or address.
     *
     * @minItems 1
     * @maxItems 128
     */
    devices: {
      /**
       * Four hex digits in quotes, as lspci -n shows them: "10de".
       */
      vendorId?: string;
      /**
       * Four hex digits in quotes: "2330". With SR-IOV a VF has an id of its own.
       */
      productId?: string;
      /**
       * domain:bus:slot.function in quotes, * for any: "0000:41:00.0", "*:41:*.*". The address of a PF also offers its VFs. The same address may be another device on another node: give both ids too.
       */
      address?: string;
      /**
       * Python regular expressions for the parts of the address, each against lower-case hex of full width (bus "0a"). Anchored at the start only, so end with $.
       */
      addressRegex?: {
        domain?: string;
        bus?: string;
        slot?: string;
        function?: string;
      };
      /**
       * Name of a network interface on the host. Not stable over reboots, and refused by nova-compute with reportInPlacement.
       */
      devname?: string;
      /**
       * For Neutron ports on this network. Such a device is not in Placement. null stands for networks without one.
       */
      physicalNetwork?: string | null;
      /**
       * VFs that trusted ports may use.
       */
      trusted?: boolean;
      /**
       * VFs of an off-path SmartNIC (Nova 25 and later). Never with the address of a PF - nova-compute would not start.
       */
      remoteManaged?: boolean;
      /**
       * false leaves the driver binding of the device to the host (Nova 31 and later).
       */
      managed?: boolean;
      /**
       * The driver can live-migrate the device (Nova 31 and later).
       */
      liveMigratable?: boolean;
      /**
       * After one use the device stays reserved until somebody cleans it (Nova 32 and later, with reportInPlacement).
       */
      oneTimeUse?: boolean;
      /**
       * Resource class in Placement (Nova 26 and later).
       */
      resourceClass?: string;
      /**
       * Traits of its provider in Placement (Nova 26 and later).
       *
       * @maxItems 32
       */
      traits?: string[];
    }[];
    /**
     * Single devices that are left out, for example one broken card. Compiled to entries for everything else.
     *
     * @maxItems 16
     */
    exclude?: {
      /**
       * Only on this node; absent means on all selected ones.
       */
      nodeName?: string;
      /**
       * Full address in quotes: "0000:41:00.1".
       */
      address: string;
    }[];
    /**
     * Wait: an entry goes when no device of it is in use. Drain (Nova 31.2.0 and later): it goes at once; devices in use stay until their server leaves.
     */
    removalPolicy?: "Wait" | "Drain";
  };
  status?: {
    [k: string]: unknown;
  };
}

export const pciWhitelistSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "Which devices which nodes offer to guests: becomes [pci]device_spec (passthrough_whitelist before Nova 26) of the nova-computes on the selected nodes, and of no other service.",
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
   "required": [
    "devices"
   ],
   "properties": {
    "nodeSelector": {
     "type": "object",
     "description": "Labels of the nodes that offer the devices; absent means every compute node. All terms must hold.",
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
        "x-kubernetes-validations": [
         {
          "rule": "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
          "message": "In and NotIn need values; Exists and DoesNotExist must have none"
         }
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
    "priority": {
     "type": "integer",
     "format": "int32",
     "description": "Nova takes the first entry that matches a device. Higher priority comes first; among equals the more specific entry (full address, then wildcard address, then both ids, then vendor only, then devname).",
     "default": 0,
     "minimum": -1000,
     "maximum": 1000
    },
    "devices": {
     "type": "array",
     "description": "One entry per kind of device or address.",
     "minItems": 1,
     "maxItems": 128,
     "items": {
      "type": "object",
      "x-kubernetes-validations": [
       {
        "rule": "has(self.vendorId) || has(self.address) || has(self.addressRegex) || has(self.devname)",
        "message": "this entry would hand every PCI device of the host to guests: give vendorId, address, addressRegex or devname"
       },
       {
        "rule": "!has(self.productId) || has(self.vendorId)",
        "message": "productId without vendorId would match devices of other makers: give vendorId too"
       },
       {
        "rule": "(has(self.address) ? 1 : 0) + (has(self.addressRegex) ? 1 : 0) + (has(self.devname) ? 1 : 0) <= 1",
        "message": "give one of address, addressRegex and devname"
       }
      ],
      "properties": {
       "vendorId": {
        "type": "string",
        "description": "Four hex digits in quotes, as lspci -n shows them: \"10de\".",
        "maxLength": 4,
        "pattern": "^[0-9a-fA-F]{4}$"
       },
       "productId": {
        "type": "string",
        "description": "Four hex digits in quotes: \"2330\". With SR-IOV a VF has an id of its own.",
        "maxLength": 4,
        "pattern": "^[0-9a-fA-F]{4}$"
       },
       "address": {
        "type": "string",
        "description": "domain:bus:slot.function in quotes, * for any: \"0000:41:00.0\", \"*:41:*.*\". The address of a PF also offers its VFs. The same address may be another device on another node: give both ids too.",
        "minLength": 1,
        "maxLength": 32,
        "x-kubernetes-validations": [
         {
          "rule": "self.matches('[0-9a-fA-F]')",
          "message": "this address matches every device: give at least one part of it"
         }
        ]
       },
       "addressRegex": {
        "type": "object",
        "description": "Python regular expressions for the parts of the address, each against lower-case hex of full width (bus \"0a\"). Anchored at the start only, so end with $.",
        "minProperties": 1,
        "properties": {
         "domain": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         },
         "bus": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         },
         "slot": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         },
         "function": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128
         }
        }
       },
       "devname": {
        "type": "string",
        "description": "Name of a network interface on the host. Not stable over reboots, and refused by nova-compute with reportInPlacement.",
        "minLength": 1,
        "maxLength": 64
       },
       "physicalNetwork": {
        "type": "string",
        "nullable": true,
        "description": "For Neutron ports on this network. Such a device is not in Placement. null stands for networks without one.",
        "maxLength": 255
       },
       "trusted": {
        "type": "boolean",
        "description": "VFs that trusted ports may use."
       },
       "remoteManaged": {
        "type": "boolean",
        "description": "VFs of an off-path SmartNIC (Nova 25 and later). Never with the address of a PF - nova-compute would not start."
       },
       "managed": {
        "type": "boolean",
        "description": "false leaves the driver binding of the device to the host (Nova 31 and later)."
       },
       "liveMigratable": {
        "type": "boolean",
        "description": "The driver can live-migrate the device (Nova 31 and later)."
       },
       "oneTimeUse": {
        "type": "boolean",
        "description": "After one use the device stays reserved until somebody cleans it (Nova 32 and later, with reportInPlacement)."
       },
       "resourceClass": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "Resource class in Placement (Nova 26 and later)."
       },
       "traits": {
        "type": "array",
        "maxItems": 32,
        "x-kubernetes-list-type": "set",
        "description": "Traits of its provider in Placement (Nova 26 and later).",
        "items": {
         "type": "string",
         "minLength": 1,
         "maxLength": 255
        }
       }
      }
     }
    },
    "exclude": {
     "type": "array",
     "description": "Single devices that are left out, for example one broken card. Compiled to entries for everything else.",
     "maxItems": 16,
     "items": {
      "type": "object",
      "required": [
       "address"
      ],
      "properties": {
       "nodeName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
        "description": "Only on this node; absent means on all selected ones."
       },
       "address": {
        "type": "string",
        "description": "Full address in quotes: \"0000:41:00.1\".",
        "maxLength": 12,
        "pattern": "^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$"
       }
      }
     }
    },
    "removalPolicy": {
     "type": "string",
     "description": "Wait: an entry goes when no device of it is in use. Drain (Nova 31.2.0 and later): it goes at once; devices in use stay until their server leaves.",
     "default": "Wait",
     "enum": [
      "Wait",
      "Drain"
     ]
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
    "nodes": {
     "type": "object",
     "description": "Compute nodes that the selector picks - how many, and the first ten names.",
     "properties": {
      "selected": {
       "type": "integer"
      },
      "names": {
       "type": "array",
       "maxItems": 10,
       "items": {
        "type": "string",
        "maxLength": 253
       }
      }
     }
    },
    "devices": {
     "type": "object",
     "description": "Known only where the nodes publish their hardware (NFD) or Placement knows it.",
     "properties": {
      "matched": {
       "type": "integer"
      },
      "inUse": {
       "type": "integer"
      }
     }
    }
   }
  }
 }
};

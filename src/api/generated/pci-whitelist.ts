// Made from crds/pciwhitelists.yaml by crds/generate-types.js. Do not edit.

/**
 * Which devices which nodes offer to guests: becomes [pci]device_spec (passthrough_whitelist before Nova 26) of the nova-computes on the selected nodes, and of no other service. A node may be selected by several objects.
 */
export interface PciWhitelist {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    [k: string]: unknown;
  };
  /**
   * Nodes, and the devices that they offer.
   */
  spec: {
    /**
     * Labels of the nodes that offer the devices; absent means every compute node. All terms must hold.
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
     * Nova takes the first entry that matches a device. Higher priority comes first; among equals the more specific entry (full address, then wildcard address, then both ids, then vendor only, then devname). Equal rank, overlap and different tags is a contradiction: such entries are rejected until one is given another priority.
     */
    priority?: number;
    /**
     * One entry per kind of device or address. Everything given must hold for a device; an entry that would match every device of a host is refused.
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
       * Regular expressions for the parts of the address, each against lower-case hex of full width (bus "0a"): literals, ., [classes], * + ? {m,n}, groups, | and anchors. Nova matches the start only, so end with $.
       */
      addressRegex?: {
        /**
         * Four hex digits: "0000$". Absent is any.
         */
        domain?: string;
        /**
         * Two hex digits: "(41|42)$". Absent is any.
         */
        bus?: string;
        /**
         * Two hex digits: "0[0-3]$". Absent is any.
         */
        slot?: string;
        /**
         * One digit: "[1-7]$" leaves function 0 out. Absent is any.
         */
        function?: string;
      };
      /**
       * Name of a network interface on the host. Not stable over reboots, and refused by nova-compute with reportInPlacement.
       */
      devname?: string;
      /**
       * For Neutron ports on this network, not for aliases in Placement (such a device is not reported there). null stands for networks without a physical network.
       */
      physicalNetwork?: string | null;
      /**
       * VFs that ports with binding profile trusted: true may use.
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
       * What is done with a oneTimeUse device after its use. Absent or disabled, it stays reserved until somebody has cleaned it and gives it back (nova-pci uncordon --cleaned). With jobTemplate the operator does both; the right to make Jobs is an installation of its own (deploy/namespace/cleaning).
       */
      cleaning?: {
        /**
         * true: others clean the device and give it back.
         */
        disabled?: boolean;
        /**
         * As in a CronJob. The Job runs on the device's node and finds PCI_ADDRESS, PCI_VENDOR_ID, PCI_PRODUCT_ID, PCI_RESOURCE_CLASS and NODE_NAME in its environment. When it has succeeded the device is given back; when it has failed the device stays out until the failed Job is deleted.
         */
        jobTemplate?: {
          /**
           * Labels and annotations of the Job.
           */
          metadata?: {
            /**
             * Labels of the Job: {team: storage}.
             */
            labels?: {
              [k: string]: string;
            };
            /**
             * Annotations of the Job: {runbook: wiki/wipe}.
             */
            annotations?: {
              [k: string]: string;
            };
          };
          /**
           * One pod at a time, and no other fields of a Job than these.
           */
          spec: {
            /**
             * After so many seconds the Job has failed, whatever it does.
             */
            activeDeadlineSeconds?: number;
            /**
             * So many more pods are tried when one has failed.
             */
            backoffLimit?: number;
            /**
             * The pod that cleans. Not privileged, and without a token, unless it asks for it.
             */
            template: {
              /**
               * Labels and annotations of the pod.
               */
              metadata?: {
                /**
                 * Labels of the pod: {team: storage}.
                 */
                labels?: {
                  [k: string]: string;
                };
                /**
                 * Annotations of the pod: {runbook: wiki/wipe}.
                 */
                annotations?: {
                  [k: string]: string;
                };
              };
              /**
               * A PodSpec. nodeName and restartPolicy are the operator's.
               */
              spec: {
                /**
                 * Containers as in every pod.
                 *
                 * @minItems 1
                 * @maxItems 8
                 */
                containers: {
                  /**
                   * Name of the container: "wipe".
                   */
                  name: string;
                  /**
                   * Image that holds the program that cleans.
                   */
                  image: string;
                  [k: string]: unknown;
                }[];
                [k: string]: unknown;
              };
            };
          };
        };
      };
      /**
       * Resource class in Placement instead of the one made of the ids: "GPU" becomes CUSTOM_GPU (Nova 26 and later).
       */
      resourceClass?: string;
      /**
       * Traits of its provider in Placement: "BLUE" becomes CUSTOM_BLUE (Nova 26 and later).
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
      /**
       * When it ends: "2026-12-24T18:00:00Z". From then on the device is offered again, through a rollout as for every change. Absent means never.
       */
      until?: string;
      /**
       * Why, for whoever reads it later: "ECC errors, ticket 4711".
       */
      reason?: string;
    }[];
    /**
     * How many compute nodes nodeSelector has to pick at least; absent = 1. With fewer the object is not Ready. 0: none is wanted for now, as with hardware that is on its way.
     */
    minNodes?: number;
    /**
     * Wait: an entry goes when no device of it is in use. Drain (Nova 31.2.0 and later): it goes at once; devices in use stay until their server leaves. One-time-use devices always wait, and until they are cleaned: Nova would forget that they were used.
     */
    removalPolicy?: "Wait" | "Drain";
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
     * Compute nodes that the selector picks - how many, and the first ten names.
     */
    nodes?: {
      /**
       * How many nodes.
       */
      selected?: number;
      /**
       * Their names (the first ten).
       *
       * @maxItems 10
       */
      names?: string[];
    };
    /**
     * One-time-use devices that were used and are not yet given back; absent where none is.
     */
    cleaning?: {
      /**
       * How many devices wait for their turn to be cleaned.
       */
      waiting?: number;
      /**
       * How many devices are being cleaned, or are clean and about to be given back.
       */
      running?: number;
      /**
       * How many devices could not be cleaned and stay out until somebody looks at them.
       */
      failed?: number;
      /**
       * These devices, those that failed first (the first ten).
       *
       * @maxItems 10
       */
      devices?: {
        /**
         * Name of the Node that has the device.
         */
        node: string;
        /**
         * PCI address of the device there.
         */
        address: string;
        /**
         * Waiting, Cleaning, Cleaned (about to be given back) or Failed.
         */
        state: "Waiting" | "Cleaning" | "Cleaned" | "Failed";
        /**
         * Name of the Job that cleans it.
         */
        job?: string;
        /**
         * Why it waits or failed, with the last line that its Job wrote.
         */
        message?: string;
      }[];
    };
    /**
     * Known only where the nodes publish their hardware (NFD) or Placement knows it.
     */
    devices?: {
      /**
       * How many devices on the selected nodes the entries take.
       */
      matched?: number;
      /**
       * How many PCI devices of these nodes servers use, whichever entry offers them.
       */
      inUse?: number;
    };
  };
}

export const pciWhitelistSchema: Readonly<Record<string, unknown>> = {
 "type": "object",
 "description": "Which devices which nodes offer to guests: becomes [pci]device_spec (passthrough_whitelist before Nova 26) of the nova-computes on the selected nodes, and of no other service. A node may be selected by several objects.",
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
   "description": "Nodes, and the devices that they offer.",
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
    "priority": {
     "type": "integer",
     "format": "int32",
     "description": "Nova takes the first entry that matches a device. Higher priority comes first; among equals the more specific entry (full address, then wildcard address, then both ids, then vendor only, then devname). Equal rank, overlap and different tags is a contradiction: such entries are rejected until one is given another priority.",
     "default": 0,
     "minimum": -1000,
     "maximum": 1000
    },
    "devices": {
     "type": "array",
     "description": "One entry per kind of device or address. Everything given must hold for a device; an entry that would match every device of a host is refused.",
     "minItems": 1,
     "maxItems": 128,
     "items": {
      "type": "object",
      "x-kubernetes-validations": [
       {
        "rule": "has(self.vendorId) || has(self.devname) || (has(self.address) && self.address.matches('[0-9a-fA-F]')) || (has(self.addressRegex) && ((has(self.addressRegex.domain) && self.addressRegex.domain != '.*') || (has(self.addressRegex.bus) && self.addressRegex.bus != '.*') || (has(self.addressRegex.slot) && self.addressRegex.slot != '.*') || (has(self.addressRegex.__function__) && self.addressRegex.__function__ != '.*')))",
        "message": "this entry would make every PCI device of the host assignable: give vendorId, a part of the address, or devname"
       },
       {
        "rule": "!has(self.productId) || has(self.vendorId)",
        "message": "productId without vendorId would match devices of other makers: give vendorId too"
       },
       {
        "rule": "(has(self.address) ? 1 : 0) + (has(self.addressRegex) ? 1 : 0) + (has(self.devname) ? 1 : 0) <= 1",
        "message": "give one of address, addressRegex and devname"
       },
       {
        "rule": "!has(self.cleaning) || (has(self.oneTimeUse) && self.oneTimeUse)",
        "message": "cleaning is for devices with oneTimeUse: true"
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
        "pattern": "^[0-9a-fA-F*:.]+$"
       },
       "addressRegex": {
        "type": "object",
        "description": "Regular expressions for the parts of the address, each against lower-case hex of full width (bus \"0a\"): literals, ., [classes], * + ? {m,n}, groups, | and anchors. Nova matches the start only, so end with $.",
        "minProperties": 1,
        "properties": {
         "domain": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128,
          "description": "Four hex digits: \"0000$\". Absent is any."
         },
         "bus": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128,
          "description": "Two hex digits: \"(41|42)$\". Absent is any."
         },
         "slot": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128,
          "description": "Two hex digits: \"0[0-3]$\". Absent is any."
         },
         "function": {
          "type": "string",
          "minLength": 1,
          "maxLength": 128,
          "description": "One digit: \"[1-7]$\" leaves function 0 out. Absent is any."
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
        "description": "For Neutron ports on this network, not for aliases in Placement (such a device is not reported there). null stands for networks without a physical network.",
        "maxLength": 255
       },
       "trusted": {
        "type": "boolean",
        "description": "VFs that ports with binding profile trusted: true may use."
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
       "cleaning": {
        "type": "object",
        "description": "What is done with a oneTimeUse device after its use. Absent or disabled, it stays reserved until somebody has cleaned it and gives it back (nova-pci uncordon --cleaned). With jobTemplate the operator does both; the right to make Jobs is an installation of its own (deploy/namespace/cleaning).",
        "x-kubernetes-validations": [
         {
          "rule": "has(self.jobTemplate) != (has(self.disabled) && self.disabled)",
          "message": "give jobTemplate, or disabled: true"
         }
        ],
        "properties": {
         "disabled": {
          "type": "boolean",
          "description": "true: others clean the device and give it back."
         },
         "jobTemplate": {
          "type": "object",
          "description": "As in a CronJob. The Job runs on the device's node and finds PCI_ADDRESS, PCI_VENDOR_ID, PCI_PRODUCT_ID, PCI_RESOURCE_CLASS and NODE_NAME in its environment. When it has succeeded the device is given back; when it has failed the device stays out until the failed Job is deleted.",
          "required": [
           "spec"
          ],
          "properties": {
           "metadata": {
            "type": "object",
            "description": "Labels and annotations of the Job.",
            "properties": {
             "labels": {
              "type": "object",
              "description": "Labels of the Job: {team: storage}.",
              "maxProperties": 16,
              "additionalProperties": {
               "type": "string",
               "maxLength": 63
              }
             },
             "annotations": {
              "type": "object",
              "description": "Annotations of the Job: {runbook: wiki/wipe}.",
              "maxProperties": 16,
              "additionalProperties": {
               "type": "string",
               "maxLength": 1024
              }
             }
            }
           },
           "spec": {
            "type": "object",
            "description": "One pod at a time, and no other fields of a Job than these.",
            "required": [
             "template"
            ],
            "properties": {
             "activeDeadlineSeconds": {
              "type": "integer",
              "format": "int64",
              "minimum": 1,
              "maximum": 86400,
              "default": 3600,
              "description": "After so many seconds the Job has failed, whatever it does."
             },
             "backoffLimit": {
              "type": "integer",
              "format": "int32",
              "minimum": 0,
              "maximum": 10,
              "default": 0,
              "description": "So many more pods are tried when one has failed."
             },
             "template": {
              "type": "object",
              "description": "The pod that cleans. Not privileged, and without a token, unless it asks for it.",
              "required": [
               "spec"
              ],
              "properties": {
               "metadata": {
                "type": "object",
                "description": "Labels and annotations of the pod.",
                "properties": {
                 "labels": {
                  "type": "object",
                  "description": "Labels of the pod: {team: storage}.",
                  "maxProperties": 16,
                  "additionalProperties": {
                   "type": "string",
                   "maxLength": 63
                  }
                 },
                 "annotations": {
                  "type": "object",
                  "description": "Annotations of the pod: {runbook: wiki/wipe}.",
                  "maxProperties": 16,
                  "additionalProperties": {
                   "type": "string",
                   "maxLength": 1024
                  }
                 }
                }
               },
               "spec": {
                "type": "object",
                "description": "A PodSpec. nodeName and restartPolicy are the operator's.",
                "x-kubernetes-preserve-unknown-fields": true,
                "required": [
                 "containers"
                ],
                "properties": {
                 "containers": {
                  "type": "array",
                  "description": "Containers as in every pod.",
                  "minItems": 1,
                  "maxItems": 8,
                  "items": {
                   "type": "object",
                   "x-kubernetes-preserve-unknown-fields": true,
                   "required": [
                    "name",
                    "image"
                   ],
                   "properties": {
                    "name": {
                     "type": "string",
                     "description": "Name of the container: \"wipe\".",
                     "minLength": 1,
                     "maxLength": 63
                    },
                    "image": {
                     "type": "string",
                     "description": "Image that holds the program that cleans.",
                     "minLength": 1,
                     "maxLength": 1024
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            }
           }
          }
         }
        }
       },
       "resourceClass": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "Resource class in Placement instead of the one made of the ids: \"GPU\" becomes CUSTOM_GPU (Nova 26 and later)."
       },
       "traits": {
        "type": "array",
        "maxItems": 32,
        "x-kubernetes-list-type": "set",
        "description": "Traits of its provider in Placement: \"BLUE\" becomes CUSTOM_BLUE (Nova 26 and later).",
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
       },
       "until": {
        "type": "string",
        "format": "date-time",
        "description": "When it ends: \"2026-12-24T18:00:00Z\". From then on the device is offered again, through a rollout as for every change. Absent means never.",
        "maxLength": 35,
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})$"
       },
       "reason": {
        "type": "string",
        "description": "Why, for whoever reads it later: \"ECC errors, ticket 4711\".",
        "minLength": 1,
        "maxLength": 256,
        "pattern": "^[^\\n\\r]*$"
       }
      }
     }
    },
    "minNodes": {
     "type": "integer",
     "format": "int32",
     "minimum": 0,
     "maximum": 6000,
     "description": "How many compute nodes nodeSelector has to pick at least; absent = 1. With fewer the object is not Ready. 0: none is wanted for now, as with hardware that is on its way."
    },
    "removalPolicy": {
     "type": "string",
     "description": "Wait: an entry goes when no device of it is in use. Drain (Nova 31.2.0 and later): it goes at once; devices in use stay until their server leaves. One-time-use devices always wait, and until they are cleaned: Nova would forget that they were used.",
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
    "nodes": {
     "type": "object",
     "description": "Compute nodes that the selector picks - how many, and the first ten names.",
     "properties": {
      "selected": {
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
    "cleaning": {
     "type": "object",
     "description": "One-time-use devices that were used and are not yet given back; absent where none is.",
     "properties": {
      "waiting": {
       "type": "integer",
       "description": "How many devices wait for their turn to be cleaned."
      },
      "running": {
       "type": "integer",
       "description": "How many devices are being cleaned, or are clean and about to be given back."
      },
      "failed": {
       "type": "integer",
       "description": "How many devices could not be cleaned and stay out until somebody looks at them."
      },
      "devices": {
       "type": "array",
       "description": "These devices, those that failed first (the first ten).",
       "maxItems": 10,
       "items": {
        "type": "object",
        "required": [
         "node",
         "address",
         "state"
        ],
        "properties": {
         "node": {
          "type": "string",
          "description": "Name of the Node that has the device.",
          "maxLength": 253
         },
         "address": {
          "type": "string",
          "description": "PCI address of the device there.",
          "maxLength": 16
         },
         "state": {
          "type": "string",
          "description": "Waiting, Cleaning, Cleaned (about to be given back) or Failed.",
          "enum": [
           "Waiting",
           "Cleaning",
           "Cleaned",
           "Failed"
          ]
         },
         "job": {
          "type": "string",
          "description": "Name of the Job that cleans it.",
          "maxLength": 63
         },
         "message": {
          "type": "string",
          "description": "Why it waits or failed, with the last line that its Job wrote.",
          "maxLength": 1024
         }
        }
       }
      }
     }
    },
    "devices": {
     "type": "object",
     "description": "Known only where the nodes publish their hardware (NFD) or Placement knows it.",
     "properties": {
      "matched": {
       "type": "integer",
       "description": "How many devices on the selected nodes the entries take."
      },
      "inUse": {
       "type": "integer",
       "description": "How many PCI devices of these nodes servers use, whichever entry offers them."
      }
     }
    }
   }
  }
 }
};

// Shapes of PciFlavor.
import { bySchema, notText, required, unknownField, type Shapes } from "./shape.ts";

const flavor = { name: "m1.large" };
const aliases = [{ name: "a1", count: 2 }];
const create = { vcpus: 4, ramMiB: 8192, diskGiB: 80 };
const immutable = "spec.flavor is immutable: delete the PciFlavor and create another one";

export const flavorShapes: Shapes = {
  kind: "PciFlavor",
  created: [
    { it: "a flavor by name that asks for two devices", spec: { flavor, aliases } },
    { it: "a flavor by id", spec: { flavor: { id: "42" }, aliases } },
    {
      it: "everything",
      spec: {
        flavor: { name: "GPU large" },
        aliases: [...aliases, { name: "Big GPU_1", count: 1 }],
        numaAffinityPolicy: "required",
        extraSpecs: { "hw:numa_nodes": "1", "trait:CUSTOM_GPU": "required" },
        create: {
          ...create,
          ephemeralGiB: 10,
          swapMiB: 512,
          isPublic: false,
          description: "for training",
          projects: ["0123456789abcdef0123456789abcdef"],
        },
        deletionPolicy: "Detach",
        adopt: "Overwrite",
      },
    },
    {
      it: "the extra spec of a NUMA policy when the field is absent",
      spec: { flavor, aliases, extraSpecs: { "hw:pci_numa_affinity_policy": "preferred" } },
    },
    {
      it: "a flavor to create of which only the id is known",
      spec: { flavor: { id: "42" }, aliases, create },
      refused: [
        {
          path: "spec",
          message: "spec.create needs spec.flavor.name: that is the name of the flavor to create",
        },
      ],
    },
    {
      it: "name and id",
      spec: { flavor: { name: "m1.large", id: "42" }, aliases },
      refused: [
        {
          path: "spec.flavor",
          message: "give spec.flavor.name or spec.flavor.id, and only one of them",
        },
      ],
    },
    {
      it: "neither name nor id",
      spec: { flavor: {}, aliases },
      refused: [
        {
          path: "spec.flavor",
          message: "give spec.flavor.name or spec.flavor.id, and only one of them",
        },
      ],
    },
    {
      it: "a flavor name with outer blanks",
      spec: { flavor: { name: " m1.large" }, aliases },
      refused: [
        {
          path: "spec.flavor.name",
          message: "a flavor name must not begin or end with a blank: Nova refuses it",
        },
      ],
    },
    {
      it: "an id that YAML took for a number",
      spec: { flavor: { id: 42 }, aliases },
      refused: [notText("spec.flavor.id", 42)],
    },
    {
      it: "an id that Nova refuses",
      spec: { flavor: { id: "a/b" }, aliases },
      refused: [
        bySchema(
          "spec.flavor.id",
          "found a/b, write the id of a flavor: letters, digits, inner blanks, '.', '-' and '_'",
          "should match",
        ),
      ],
    },
    {
      it: "Nova's own string for aliases",
      spec: { flavor, aliases: [{ name: "a1:2", count: 1 }] },
      refused: [
        {
          path: "spec.aliases[0].name",
          message: "an alias name holds no ':', no ',' and no outer blanks",
        },
      ],
    },
    {
      it: "an alias twice",
      spec: { flavor, aliases: [...aliases, { name: "a1", count: 1 }] },
      refused: [
        bySchema(
          "spec.aliases",
          'found [{"name":"a1","count":2},{"name":"a1","count":1}], write each only once',
          'Duplicate value: {"name":"a1"}',
        ),
      ],
    },
    {
      it: "no devices of an alias",
      spec: { flavor, aliases: [{ name: "a1", count: 0 }] },
      refused: [
        bySchema(
          "spec.aliases[0].count",
          "found 0, write at least 1",
          "greater than or equal to 1",
        ),
      ],
    },
    {
      it: "a count in quotes",
      spec: { flavor, aliases: [{ name: "a1", count: "2" }] },
      refused: [
        bySchema(
          "spec.aliases[0].count",
          "must be a whole number, not a string: found 2",
          'must be of type integer: "string"',
        ),
      ],
    },
    {
      it: "an alias without count",
      spec: { flavor, aliases: [{ name: "a1" }] },
      refused: [required("spec.aliases[0].count")],
    },
    { it: "no aliases", spec: { flavor }, refused: [required("spec.aliases")] },
    {
      it: "the extra spec that is ours",
      spec: { flavor, aliases, extraSpecs: { "pci_passthrough:alias": "a1:2" } },
      refused: [
        {
          path: "spec",
          message:
            "pci_passthrough:alias is written from spec.aliases: remove it from spec.extraSpecs",
        },
      ],
    },
    {
      it: "the NUMA policy twice",
      spec: {
        flavor,
        aliases,
        numaAffinityPolicy: "required",
        extraSpecs: { "hw:pci_numa_affinity_policy": "preferred" },
      },
      refused: [
        {
          path: "spec",
          message:
            "hw:pci_numa_affinity_policy is written from spec.numaAffinityPolicy: remove it from spec.extraSpecs",
        },
      ],
    },
    {
      it: "a key that Nova refuses",
      spec: { flavor, aliases, extraSpecs: { "hw/numa": "1" } },
      refused: [
        {
          path: "spec",
          message:
            "keys of spec.extraSpecs hold letters, digits, blanks and - _ : . only, at most 255 of them: Nova refuses others",
        },
      ],
    },
    {
      it: "an extra spec that YAML took for a number",
      spec: { flavor, aliases, extraSpecs: { "hw:numa_nodes": 1 } },
      refused: [notText("spec.extraSpecs.hw:numa_nodes", 1)],
    },
    {
      it: "projects of a flavor that is public by default",
      spec: { flavor, aliases, create: { ...create, projects: ["abc"] } },
      refused: [
        {
          path: "spec.create",
          message: "spec.create.projects needs isPublic: false - everybody may use a public flavor",
        },
      ],
    },
    {
      it: "a flavor to create without its sizes",
      spec: { flavor, aliases, create: { vcpus: 4 } },
      refused: [required("spec.create.ramMiB"), required("spec.create.diskGiB")],
    },
    {
      it: "half a MiB",
      spec: { flavor, aliases, create: { ...create, ramMiB: 0.5 } },
      refused: [
        bySchema(
          "spec.create.ramMiB",
          "must be a whole number: found 0.5",
          'must be of type int32: "float64"',
        ),
      ],
    },
    {
      it: "a description of two lines",
      spec: { flavor, aliases, create: { ...create, description: "a\nb" } },
      refused: [
        bySchema("spec.create.description", "found a\nb, write one line of text", "should match"),
      ],
    },
    {
      it: "Nova's own spelling",
      spec: { flavor, aliases, extra_specs: {} },
      refused: [unknownField("spec.extra_specs", "extraSpecs")],
    },
    {
      it: "a deletion policy that does not exist",
      spec: { flavor, aliases, deletionPolicy: "Orphan" },
      refused: [
        bySchema(
          "spec.deletionPolicy",
          "found Orphan, write one of Detach, Delete, DeleteAdopted",
          'supported values: "Detach", "Delete", "DeleteAdopted"',
        ),
      ],
    },
    {
      it: "an adoption that does not exist",
      spec: { flavor, aliases, adopt: true },
      refused: [notText("spec.adopt", true)],
    },
  ],
  changed: [
    {
      it: "other aliases, sizes and keys",
      before: { flavor, aliases, create },
      after: { flavor, aliases: [{ name: "a2", count: 1 }], create: { ...create, vcpus: 8 } },
    },
    {
      it: "another flavor",
      before: { flavor, aliases },
      after: { flavor: { name: "m1.small" }, aliases },
      refused: [{ path: "spec.flavor", message: immutable }],
    },
    {
      it: "the id instead of the name",
      before: { flavor, aliases },
      after: { flavor: { id: "4" }, aliases },
      refused: [{ path: "spec.flavor", message: immutable }],
    },
  ],
  defaults: [
    { it: "adopt", spec: { flavor, aliases }, stored: { flavor, aliases, adopt: "Equal" } },
    {
      it: "a flavor to create is public",
      spec: { flavor, aliases, create },
      stored: { flavor, aliases, create: { ...create, isPublic: true }, adopt: "Equal" },
    },
  ],
};

// The site: its pages and their order. A link to nothing fails the build.
import { existsSync } from "node:fs";

const hasRules = existsSync(new URL("../rules.md", import.meta.url));
const page = (text, link) => ({ text, link });

export default {
  title: "nova-pci-operator",
  description: "PCI passthrough of OpenStack Nova as Kubernetes objects",
  cleanUrls: true,
  ignoreDeadLinks: false,
  // Not the project's own, whose target the bundler of the site does not know.
  vite: { esbuild: { tsconfigRaw: "{}" } },
  srcExclude: ["README.md"],
  themeConfig: {
    search: { provider: "local" },
    nav: [
      page("Tutorial", "/tutorial"),
      page("How-to", "/howto/charts"),
      page("Reference", "/reference/pcialias"),
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          page("What it is", "/"),
          page("Tutorial", "/tutorial"),
          page("Concepts", "/concepts/"),
        ],
      },
      {
        text: "How to",
        items: [
          page("Your chart", "/howto/charts"),
          page("SR-IOV with Neutron", "/howto/sriov"),
          page("Drives that are wiped", "/howto/nvme"),
          page("PCI in Placement", "/howto/placement"),
          page("Move from nova.conf", "/howto/migration"),
          page("Ask Nova before a canary", "/howto/preflight"),
          page("Look at it", "/howto/look"),
          page("Upgrade", "/howto/upgrade"),
          page("Uninstall", "/howto/uninstall"),
          page("A broken card", "/howto/broken-card"),
          page("Without credentials", "/howto/no-credentials"),
          page("GitOps", "/howto/gitops"),
          page("Editors and pipelines", "/howto/editors"),
        ],
      },
      {
        text: "Reference",
        items: [
          ...["PciAlias", "PciWhitelist", "PciFlavor", "PciPassthrough"].map((kind) =>
            page(kind, `/reference/${kind.toLowerCase()}`),
          ),
          page("Gates", "/reference/gates"),
          page("Conditions and reasons", "/reference/reasons"),
          ...(hasRules ? [page("Rules of lint", "/rules")] : []),
          page("Metrics", "/reference/metrics"),
          page("Commands", "/reference/commands"),
        ],
      },
      {
        text: "About",
        items: [
          page("What is supported", "/support"),
          page("Versions", "/versions"),
          page("Threat model", "/threat-model"),
          page("Compared with others", "/comparison"),
        ],
      },
    ],
  },
};

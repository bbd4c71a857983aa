import tseslint from "typescript-eslint";

/**
 * Sizes are limits for thought, not for taste: a file past 400 lines holds more than one. ESLint
 * counts every ?? and ?. as a branch, so its 15 is what others call 8 to 10.
 */
const sizes = (lines, branches) => ({
  "max-lines": ["error", { max: 400 }],
  "max-lines-per-function": ["error", { max: lines, skipBlankLines: true, skipComments: true }],
  complexity: ["error", branches],
  "max-params": ["error", 4],
});

/** Functions that are long, or have many branches, and why each kind of them may. */
const longer = {
  "a part that lives: its state and the functions that close over it": [
    "src/cli/access/cluster-access.ts",
    "src/cli/follow.ts",
    "src/cluster/{cluster,observe,watch/installation,watch/store}.ts",
    "src/embedded/{cloud,cluster,controllers/pods,store/store,world}.ts",
    "src/embedded/api/{connection,watches}.ts",
    "src/openstack/view/{inventories,sources}.ts",
    "src/operator/{cloud-side,log,metrics,operator,queue}.ts",
    "src/ui/reel.ts",
    "src/webhook/webhook.ts",
  ],
  "a component, whose body is its markup": ["src/page/*.tsx"],
  "one case for each effect, event or link": [
    "src/cli/plan/foretell.ts",
    "src/cli/played/story.ts",
    "src/plan/{explain,told/report}.ts",
  ],
  "one value with many fields, most of them optional": [
    "src/cli/{import/cluster,import/formats/manifests,match,plan/summary,status}.ts",
    "src/cluster/views/{pod-view,workload-view}.ts",
    "src/nova/device/lspci.ts",
    "src/operator/settings.ts",
    "src/plan/{terms/settings,wanted/adoption}.ts",
    "src/plan/told/{alias-status,passthrough-status,whitelist-status}.ts",
  ],
  "follows a function of Nova or oslo.config line by line": [
    "src/nova/alias/declare-alias.ts",
    "src/nova/conf/oslo-conf.ts",
    "src/nova/device/{declare-device,declare-regex}.ts",
    "src/nova/service/serve.ts",
  ],
  "questions whose order is the decision": [
    "src/nova/service/value-mistakes.ts",
    "src/plan/computes/take-node.ts",
    "src/plan/flavors/{attach,delete,flavors,ownership}.ts",
    "src/plan/round/{decide,next-state,round-effects,targets}.ts",
    "src/plan/services/failure.ts",
  ],
};

/** Functions that take five values: bags for them would be made for one call. */
const fiveParameters = [
  "src/cli/import/formats/helm-values.ts",
  "src/embedded/api/refusals.ts",
  "src/embedded/controllers/kubelet.ts",
  "src/nova/serving/placement.ts",
  "src/plan/computes/{draft,quarantine,start-gates}.ts",
  "src/plan/flavors/attach.ts",
  "src/plan/gates/hold-options.ts",
  "src/plan/round/{blockers,targets}.ts",
  "src/plan/services/draft.ts",
  "src/plan/wanted/departures.ts",
];

export default tseslint.config(
  { ignores: ["docs/.vitepress/", "dist/", "node_modules/", "src/api/generated/", "coverage/"] },
  {
    files: ["src/**/*.{ts,tsx}", "test/**/*.ts", "deploy/**/*.ts", "docs/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...sizes(40, 15),
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      // A case that is not handled is knowledge that goes missing: the compiler leads to it.
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { requireDefaultForNonUnion: false, considerDefaultExhaustiveForUnions: false },
      ],
      eqeqeq: "error",
    },
  },
  { files: ["src/**/*.{ts,tsx}"], rules: { "no-console": "error" } },
  { files: Object.values(longer).flat(), rules: sizes(80, 23) },
  { files: fiveParameters, rules: { "max-params": ["error", 5] } },
  {
    // Tests read answers of real servers as they are; what is not there fails the test.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "max-lines": "off",
      complexity: "off",
      "max-params": ["error", 5],
      // An invariant looks at the effects that it is about.
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
);

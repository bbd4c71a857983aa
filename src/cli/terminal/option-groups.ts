// Options that several commands take together.

const ofFiles = ["filename", "kustomize"] as const;

export const files = { filename: {}, kustomize: {}, recursive: { needs: ofFiles } } as const;

/** Of commands that look at a cluster where no files are given. */
export const filesInstead = {
  filename: { says: "file, folder or - instead of a cluster; may be repeated" },
  kustomize: { says: "the same for what kustomize (or kubectl) builds from it" },
  recursive: { needs: ofFiles },
} as const;

/** Among the files. */
export const namespaceOfFiles = {
  namespace: { says: "only this namespace; also where objects without one belong" },
} as const;

export const cluster = { namespace: {}, kubeconfig: {}, context: {} } as const;

/** The same where files may stand in for it. */
export const clusterOrFiles = {
  namespace: {},
  kubeconfig: { without: ofFiles },
  context: { without: ofFiles },
} as const;

export const cloud = { "clouds-yaml": {}, "os-cloud": {}, cacert: {} } as const;

export const cloudOrFiles = {
  "clouds-yaml": { without: ofFiles },
  "os-cloud": { without: ofFiles },
  cacert: { without: ofFiles },
} as const;

// What a release says of itself: notes, addresses, and where it may be sent.
import { expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { releaseNotes, sectionOf } from "../../deploy/release/notes.ts";
import { repositoryOf } from "../../deploy/release/push.ts";

const root = join(import.meta.dirname, "../..");

test("the notes begin with what the release restarts", () => {
  const notes = releaseNotes("0.1.0", "registry.example.org/nova-pci-operator@sha256:0");
  expect(notes).toMatch(
    /restarts nova-api \| (yes|no) \|\n\| restarts nova-compute \| (yes|no) \|/,
  );
  expect(notes).toContain("CRD change |");
});

test("a version that is being prepared takes the first section", () => {
  const changelog = "# C\n\n## 0.2.0 (unreleased)\n\nnew\n\n## 0.1.0\n\nold\n";
  expect(sectionOf(changelog, "0.1.0")).toBe("old");
  expect(sectionOf(changelog, "0.2.0-rc.1")).toBe("new");
});

test.each(["nova-pci-operator", "team/nova", "registry.example.org/Team/x", "r.example.org/x:1"])(
  "--image %s is no repository of a registry",
  (image) => {
    expect(() => repositoryOf(image)).toThrow("write REGISTRY/NAME without a tag");
  },
);

/** Hosts that exist and are ours to point at; a release of ours has its one variable. */
const known = [
  ...[
    "kubernetes.io",
    "kubernetes.default.svc",
    "json-schema.org",
    "www.apache.org",
    "openstack.org",
    "docs.openstack.org",
  ],
  ...["opendev.org", "github.com", "cyclonedx.org", "keepachangelog.com", "127.0.0.1", "localhost"],
  ...["argo-cd.readthedocs.io", "fluxcd.io", "helm.sh", "kustomize.toolkit.fluxcd.io"],
  ...["developer.hashicorp.com", "krew.sigs.k8s.io", "krew.googlecontainertools.github.com"],
  ...["raw.githubusercontent.com", "json.schemastore.org", "docs.github.com", "slsa.dev"],
];

test("no document names an address of ours that does not exist", () => {
  const tracked = execFileSync("git", ["ls-files", "*.md", "*.yaml", "*.yml", "*.json"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = tracked
    .split("\n")
    .filter((line) => line !== "" && !/^(test\/|crds\/schemas)|package-lock/.test(line));
  for (const file of files)
    for (const [address, host] of readFileSync(join(root, file), "utf8").matchAll(
      /https?:\/\/([\w.-]+)[^\s)"'`>]*/g,
    )) {
      const fine = known.includes(host!) || /(^|\.)example\.(org|com|net)$|\.example$/.test(host!);
      expect({ file, address, fine }).toEqual({ file, address, fine: true });
      expect({ file, address }).not.toEqual({
        file,
        address: expect.stringMatching(/nova-pci-operator/),
      });
    }
});

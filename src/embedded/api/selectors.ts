// Which objects a request means: its namespace, labels and the name of the one. Of selectors what
// the operator asks: equality and membership of labels, equality of metadata.name.

import type { AnyObject } from "../store/objects.ts";
import type { Route } from "./resources.ts";

type Test = (object: AnyObject) => boolean;

export function selectorOf({
  namespace,
  query,
}: Route & { readonly query: URLSearchParams }): Test {
  const tests = [
    ...(namespace === undefined ? [] : [inNamespace(namespace)]),
    ...labelTests(query.get("labelSelector") ?? ""),
    ...fieldTests(query.get("fieldSelector") ?? ""),
  ];
  return (object) => tests.every((item) => item(object));
}

const inNamespace =
  (namespace: string): Test =>
  ({ metadata }) =>
    metadata.namespace === namespace;

const term = /([^=,()\s]+)(?:=|\s+in\s+)(?:\(([^)]*)\)|([^,()]*))/g;

function labelTests(selector: string): readonly Test[] {
  return [...selector.matchAll(term)].map(([, key = "", several, single = ""]) => {
    const values = several === undefined ? [single] : several.split(",");
    return ({ metadata }: AnyObject) => values.includes(metadata.labels?.[key] ?? "");
  });
}

function fieldTests(selector: string): readonly Test[] {
  const [field, name] = selector.split("=");
  return field === "metadata.name" ? [({ metadata }) => metadata.name === name] : [];
}

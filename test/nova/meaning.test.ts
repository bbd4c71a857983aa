// Which values mean the same: what adoption of a base nova.conf rests on.

import { expect, test } from "@jest/globals";
import { aliasMeaning, deviceMeaning, deviceMeanings } from "../../src/nova/device/meaning.ts";

test.each<[boolean, string, string]>([
  [true, '{"name":"a","vendor_id":"8086"}', '{"vendor_id":"8086", "name":" a "}'],
  [true, '{"name":"a","vendor_id":"10DE"}', '{"name":"a","vendor_id":"10de"}'],
  [true, '{"name":"a"}', '{"name":"a","numa_policy":"legacy"}'],
  [true, '{"name":"a","live_migratable":"yes"}', '{"name":"a","live_migratable":"TRUE"}'],
  [true, '{"name":"a","traits":"x,CUSTOM_Y"}', '{"name":"a","traits":"CUSTOM_Y,CUSTOM_X"}'],
  [true, '{"name":"a","resource_class":"gpu"}', '{"name":"a","resource_class":"CUSTOM_GPU"}'],
  [false, '{"name":"a"}', '{"name":"a","device_type":"type-PF"}'],
  [false, '{"name":"a"}', '{"name":"A"}'],
  [false, '{"name":"a"}', "not json"],
])("%s: aliases %s and %s", (same, a, b) => {
  expect(aliasMeaning(a) === aliasMeaning(b)).toBe(same);
});

test.each<[boolean, string, string]>([
  [true, '{"vendor_id":"0x8086"}', '{"vendor_id":" 8086 "}'],
  [true, '{"vendor_id":"8086"}', '{"vendor_id":"8086","product_id":"*","address":"*:*:*.*"}'],
  [true, '{"address":"0:a:0.1"}', '{"address":"0000:0A:00.1"}'],
  [true, '{"managed":"yes"}', '{"managed":true}'],
  [true, '{"remote_managed":"banana"}', "{}"],
  [true, '{"trusted":"TRUE"}', '{"trusted":"true"}'],
  [false, '{"physical_network":null}', "{}"],
  [false, '{"physical_network":"null"}', '{"physical_network":null}'],
  [false, '{"address":{"bus":"0a"}}', '{"address":"*:0a:*.*"}'],
  [true, '{"address":{"bus":"0a","slot":".*"}}', '{"address":{"bus":"0a"}}'],
])("%s: device specs %s and %s", (same, a, b) => {
  expect(deviceMeaning(a) === deviceMeaning(b)).toBe(same);
});

test("a list means its elements", () => {
  const text = '{"vendor_id":"8086"}';
  const two = '{"vendor_id":"10de"}';
  expect(deviceMeanings(`[${text},${two}]`)).toEqual([deviceMeaning(text), deviceMeaning(two)]);
});

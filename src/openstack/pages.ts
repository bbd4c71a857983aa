// Answers "what is in the whole list?": follows Nova's and Neutron's paging by marker until the
// service says that there is no next page. The link itself is not followed, only believed.
import { recordsAt, textOf, type Json } from "./json.ts";
import type { Call, Session } from "./session.ts";

export async function readPages(
  session: Session,
  call: Call,
  listKey: string,
  markerKey: "id" | "uuid" = "id",
): Promise<readonly Json[]> {
  const all: Json[] = [];
  for (let marker: string | undefined; ;) {
    const query = { limit: 1000, ...call.query, ...(marker === undefined ? {} : { marker }) };
    const page = await session.ask({ ...call, query });
    const found = recordsAt(page, listKey);
    all.push(...found);
    const more = recordsAt(page, `${listKey}_links`).some(({ rel }) => rel === "next");
    const last = textOf(found.at(-1)?.[markerKey]);
    // A marker that does not move would go on for ever.
    if (!more || last === "" || last === marker) return all;
    marker = last;
  }
}

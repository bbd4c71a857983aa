// A whole list, page by page: follows Nova's and Neutron's paging by marker until the service says
// that there is no next page. The link itself is not followed, only believed.
import { NoAnswer } from "../wire/http.ts";
import { listIn, recordsAt, textOf, type Json } from "../wire/json.ts";
import type { Call, Session } from "./session.ts";

/** What Nova and Neutron give at most by default. */
const largestPage = 1000;
const smallestPage = 60;

export async function readPages(
  session: Session,
  call: Call,
  listKey: string,
  markerKey: "id" | "uuid" = "id",
): Promise<readonly Json[]> {
  const all: Json[] = [];
  let limit = largestPage;
  for (let marker: string | undefined; ;) {
    const query = { ...call.query, limit, ...(marker === undefined ? {} : { marker }) };
    let page: unknown;
    try {
      page = await session.ask({ ...call, query });
    } catch (error) {
      // Too much for the time that an answer may take: less of it may come.
      if (!(error instanceof NoAnswer) || !error.late || limit <= smallestPage) throw error;
      limit = Math.max(smallestPage, Math.floor(limit / 2));
      continue;
    }
    const found = listIn(page, listKey);
    all.push(...found);
    const more = recordsAt(page, `${listKey}_links`).some(({ rel }) => rel === "next");
    const last = textOf(found.at(-1)?.[markerKey]);
    // A marker that does not move would go on for ever.
    if (!more || last === "" || last === marker) return all;
    marker = last;
  }
}

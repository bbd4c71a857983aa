// The keeper of a token: asks Keystone for one, keeps it until shortly before its end and lets
// everybody who asks meanwhile wait for the same request. It must not know what the token is for.
import { Failure } from "../../api/failure.ts";
import type { Credentials } from "./clouds-yaml.ts";
import { messageOf, quote } from "../wire/failures.ts";
import { where } from "../wire/http.ts";
import { isRecord } from "../wire/json.ts";
import { nameOf, readToken, tokenRequest, tokenUrl, type Token } from "./keystone.ts";
import { failureOf, parse, send, type Sender } from "../wire/sender.ts";

const expiryMarginMillis = 120_000;

export type TokenKeeper = {
  readonly current: () => Promise<Token>;
  readonly drop: (token: Token) => void;
};

/** One token for all; concurrent callers wait for the same request. */
export function keepToken(credentials: Credentials, sender: Sender): TokenKeeper {
  let kept: { readonly token: Token; readonly until: number } | undefined;
  let underway: Promise<Token> | undefined;

  async function fetchToken(): Promise<Token> {
    const token = await requestToken(credentials, sender);
    // Short-lived tokens keep three quarters of their life.
    const margin = Math.min(expiryMarginMillis, token.lifetimeMillis / 4);
    kept = { token, until: sender.clock.nowMillis() + token.lifetimeMillis - margin };
    return token;
  }

  return {
    current: async () => {
      if (kept !== undefined && sender.clock.nowMillis() < kept.until) return kept.token;
      underway ??= fetchToken().finally(() => (underway = undefined));
      return underway;
    },
    drop: (token) => {
      if (kept?.token === token) kept = undefined;
    },
  };
}

async function requestToken(credentials: Credentials, sender: Sender): Promise<Token> {
  const request = {
    method: "POST",
    url: tokenUrl(credentials),
    headers: { "content-type": "application/json" },
    body: tokenRequest(credentials),
  } as const;
  // Asking for a token twice does no harm.
  const answer = await send(sender, request, { method: "POST", repeatable: true });
  const body = parse(answer.text);
  if (answer.status < 400) return readToken(answer.headers["x-subject-token"], body);
  const said = messageOf(body);
  const quoted = said === undefined ? "" : `: ${quote(said, sender.secrets)}`;
  // Keystone answers 404 for an application credential that was deleted; a 404 that is not in its
  // words comes from something else at that URL.
  const isKeystone = isRecord(body) && isRecord(body["error"]);
  if (answer.status === 401 || (answer.status === 404 && isKeystone))
    throw new Failure("denied", `Keystone does not accept ${nameOf(credentials)}${quoted}`);
  const hint = answer.status === 404 ? " (check auth_url)" : "";
  throw failureOf(`${where(request)}${hint}`, answer, quoted);
}

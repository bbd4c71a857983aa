// Whole lines of a stream of bytes as they come, and a time limit on silence. A last line without
// an end is no line.

import { Failure } from "../../api/failure.ts";

/** Ends by returning when the stream ends; throws when it breaks or is silent for too long. */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array>,
  silence: { readonly millis: number; readonly abort: () => void },
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let silent = false;
  const tooLong = (): void => {
    silent = true;
    silence.abort();
  };
  let timer = setTimeout(tooLong, silence.millis);
  try {
    for await (const chunk of stream) {
      clearTimeout(timer);
      timer = setTimeout(tooLong, silence.millis);
      rest += decoder.decode(chunk, { stream: true });
      let from = 0;
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
        if (end > from) yield rest.slice(from, end);
        from = end + 1;
      }
      rest = rest.slice(from);
    }
  } catch (error) {
    if (!silent) throw error;
    const seconds = Math.round(silence.millis / 1000);
    throw new Failure("unreachable", `the stream was silent for ${seconds} s`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

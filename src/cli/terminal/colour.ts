// Whether there is colour: a terminal knows of NO_COLOR, FORCE_COLOR and TERM itself; elsewhere
// somebody must ask for it.

type Output = { readonly terminal?: { readonly hasColors: () => boolean } };

export function isColoured({ terminal }: Output, environment = process.env): boolean {
  if (terminal !== undefined) return terminal.hasColors();
  const { NO_COLOR: no = "", FORCE_COLOR: force = "0" } = environment;
  return no === "" && !["0", "false"].includes(force);
}

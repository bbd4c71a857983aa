// The files of the page. From the sources they are built when they are asked for;
// deploy/image/page.js puts what it built in the place of this module when it makes the command
// line's one file.

export type PageFile = { readonly type: string; readonly content: string };

export async function pageFiles(): Promise<Readonly<Record<string, PageFile>>> {
  const { buildPage } = await import("../../deploy/image/page.js");
  return (await buildPage({ minify: false })).files;
}

// Jest runs the sources as Node does: types are stripped, nothing is compiled.
import { stripTypeScriptTypes } from "node:module";

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };

// The few calls of fengari (Lua in JavaScript, without types of its own) that a test makes.
declare module "fengari" {
  type State = object;
  type LuaString = Uint8Array;
  const fengari: {
    readonly lua: { lua_tostring(state: State, index: number): LuaString };
    readonly lauxlib: {
      luaL_newstate(): State;
      luaL_dostring(state: State, program: LuaString): boolean;
    };
    readonly lualib: { luaL_openlibs(state: State): void };
    to_luastring(text: string): LuaString;
    to_jsstring(text: LuaString): string;
  };
  export default fengari;
}

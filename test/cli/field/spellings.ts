// The ways in which people write one alias or one device spec into nova.conf, right and wrong. Only
// the texts stand here: what Nova says to each is asked of real Nova (test/nova/real).

const alias = '{"name":"gpu","vendor_id":"10de","product_id":"20b2","device_type":"type-PF"}';
const spec = '{"vendor_id":"10de","product_id":"20b2"}';

const pci = (...lines: readonly string[]): string => `[pci]\n${lines.join("\n")}\n`;
const aliased = (value: string): string => pci(`alias = ${value}`);
const offered = (...values: readonly string[]): string =>
  pci(...values.map((value) => `device_spec = ${value}`));
const at = (address: string): string => offered(`{"address":"${address}"}`);
const both = (entry: string): string => pci(`alias = ${alias}`, entry);

/** Sections and names of options. */
const places: readonly (readonly [string, string])[] = [
  ["as documented", both(`device_spec = ${spec}`)],
  ["no blanks", pci(`alias=${alias}`, `device_spec=${spec}`)],
  ["a colon for =", pci(`alias: ${alias}`, `device_spec: ${spec}`)],
  ["the old name", both(`passthrough_whitelist = ${spec}`)],
  ["both names", both(`passthrough_whitelist = ${spec}\ndevice_spec = ${spec}`)],
  ["names of DEFAULT", `[DEFAULT]\npci_alias = ${alias}\npci_passthrough_whitelist = ${spec}\n`],
  ["new names in DEFAULT", `[DEFAULT]\nalias = ${alias}\ndevice_spec = ${spec}\n`],
  ["names of DEFAULT in pci", pci(`pci_alias = ${alias}`, `pci_passthrough_whitelist = ${spec}`)],
  ["a capital section", `[PCI]\nalias = ${alias}\ndevice_spec = ${spec}\n`],
  ["blanks in the section", `[ pci ]\nalias = ${alias}\ndevice_spec = ${spec}\n`],
  ["no section", `alias = ${alias}\n`],
  [
    "a section twice",
    `${pci(`alias = ${alias}`)}[DEFAULT]\nx = 1\n${pci(`device_spec = ${spec}`)}`,
  ],
  ["a section unclosed", `[pci\nalias = ${alias}\n`],
  ["the name of the docs' title", pci(`dev_spec = ${spec}`)],
  ["a hyphen", pci(`device-spec = ${spec}`)],
  ["capitals", pci(`Device_Spec = ${spec}`)],
  ["a plural", pci(`device_specs = ${spec}`, `aliases = ${alias}`)],
  ["no =", pci(`device_spec ${spec}`)],
  ["a name of the API", pci(`pci_passthrough:alias = gpu:1`)],
  ["indented options", `[pci]\n  alias = ${alias}\n  device_spec = ${spec}\n`],
  ["an indented second line", pci(`alias = ${alias}`, `  device_spec = ${spec}`)],
  ["a comment above", pci("# cards", `alias = ${alias}`, "; more", `device_spec = ${spec}`)],
  ["a comment behind", pci(`alias = ${alias}   # GPU`)],
  ["a comment behind a spec", pci(`device_spec = ${spec} ; GPU`)],
  ["a tab before =", pci(`alias\t=\t${alias}`)],
  ["trailing blanks", pci(`alias = ${alias}   `, `device_spec = ${spec}\t`)],
  ["lines of DOS", both(`device_spec = ${spec}`).replaceAll("\n", "\r\n")],
  ["nothing behind =", pci("alias =", "device_spec =")],
  ["an empty file", ""],
  ["only comments", "# [pci]\n# alias = {}\n"],
];

/** How the value is quoted, broken and repeated. */
const values: readonly (readonly [string, string])[] = [
  ["single quotes round it", aliased(`'${alias}'`)],
  ["double quotes round it", aliased(`"${alias}"`)],
  ["single quotes round a spec", offered(`'${spec}'`)],
  [
    "quotes round several lines",
    pci("alias = '{", '  "name":"gpu",', '  "vendor_id":"10de"', "  }'"),
  ],
  [
    "several lines",
    pci("alias = {", '  "name":"gpu",', '  "vendor_id":"10de",', '  "product_id":"20b2"', "  }"),
  ],
  ["several lines, not indented", pci("device_spec = {", '"vendor_id":"10de"', "}")],
  [
    "a spec over several lines",
    pci("device_spec = {", '  "vendor_id": "10de",', '  "product_id": "20b2"', "  }"),
  ],
  ["a list of one alias", aliased(`[${alias}]`)],
  ["a list of two aliases", aliased(`[${alias},${alias.replace("gpu", "b")}]`)],
  ["a list of one spec", offered(`[${spec}]`)],
  ["a list of two specs", offered(`[${spec}, {"vendor_id":"8086","product_id":"1592"}]`)],
  ["an empty list", offered("[]")],
  ["a comment inside", pci('device_spec = {"vendor_id":"10de",', "# card", '  "product_id":"2"}')],
  ["an empty line inside", pci('device_spec = {"vendor_id":"10de",', "", '  "product_id":"2"}')],
  ["a backslash", pci('device_spec = {"vendor_id":"10de", \\', '  "product_id":"2"}')],
  ["two commas", offered('{"vendor_id":"10de",,"product_id":"20b2"}')],
  ["= for a colon", offered('{"vendor_id"="10de"}')],
  ["no braces", offered('"vendor_id":"10de","product_id":"20b2"')],
  ["pairs of another program", aliased("name=gpu,vendor_id=10de,product_id=20b2")],
  [
    "comments inside",
    pci("device_spec = {", '  "vendor_id":"10de", # maker', '  "product_id":"2"', "  }"),
  ],
  ["a bracket too many", offered(`${spec}}`)],
  ["a comma behind", offered(`${spec},`)],
  ["a quote that nobody closes", aliased(`'${alias}`)],
  ["None of Python", offered('{"vendor_id":"10de","physical_network":None}')],
  ["null for a text", aliased(alias.replace("}", ',"traits":null}'))],
  ["an expression of Python's configparser", offered("%(base)s")],
  ["ids of fewer digits", offered('{"vendor_id":"de","product_id":"b5"}')],
  ["0X before ids", offered('{"vendor_id":"10DE","product_id":"0X20B5"}')],
  [
    "a class of Nova's own",
    offered('{"vendor_id":"10de","product_id":"20b5","resource_class":"VGPU"}'),
  ],
  ["an address of stars as an expression", offered('{"vendor_id":"10de","address":{"bus":"*"}}')],
  ["a part of an address that is none", offered('{"vendor_id":"10de","address":{"func":"0"}}')],
  ["a tab in an address", offered('{"address":"0000:81:00.0\\t"}')],
  ["an empty part of an address", at("::.0")],
  ["an interface of a pattern", offered('{"devname":"ens1*","physical_network":"p"}')],
  ["a semicolon behind", offered(`${spec};`)],
  ["a slash comment behind", offered(`${spec} // GPU`)],
  ["single and double quotes", aliased(alias.replace('"name"', "'name'"))],
  ["a line of Jinja with =", `[pci]\n{% if host == 'a' %}\ndevice_spec = ${spec}\n`],
  ["a line of Jinja without =", `[pci]\ndevice_spec = ${spec}\n{% endif %}\n`],
  ["a comment behind a section", `[pci] # cards\ndevice_spec = ${spec}\n`],
  ["an option behind a section", `[pci]device_spec = ${spec}\n`],
  ["a section that is nearly one", `[pic]\nalias = ${alias}\n`],
  ["the section in front of the option", pci(`pci.alias = ${alias}`)],
  ["another name for a network", offered('{"vendor_id":"10de","physnet":"p1"}')],
  ["a network called None", offered('{"vendor_id":"10de","physical_network":"None"}')],
  ["a whole domain", at("0000:*:*.*")],
  ["an alias of a class alone", aliased('{"name":"gpu","resource_class":"CUSTOM_GPU"}')],
  ["an alias of one id", aliased('{"name":"gpu","vendor_id":"10de"}')],
  [
    "a switch with a comment behind",
    `[pci]\nalias = ${alias}\n[filter_scheduler]\npci_in_placement = True # soon\n`,
  ],
  [
    "a switch with a comment behind and nothing else",
    "[filter_scheduler]\npci_in_placement = True # soon\n",
  ],
  ["a switch in the wrong section", pci("pci_in_placement = true", `alias = ${alias}`)],
  ["a list in a list", offered(`[[${spec}]]`)],
  ["two objects with a comma", aliased(`${alias},${alias}`)],
  ["two objects with a blank", offered(`${spec} ${spec}`)],
  ["a dict of Python", aliased("{'name': 'gpu', 'vendor_id': '10de', 'product_id': '20b2'}")],
  ["a spec of Python", offered("{'vendor_id': '10de'}")],
  ["a map of Go", aliased("map[name:gpu product_id:20b2 vendor_id:10de]")],
  ["a list of maps of Go", offered("[map[product_id:20b2 vendor_id:10de]]")],
  ["a comma too many", offered('{"vendor_id":"10de",}')],
  ["a comma missing", offered('{"vendor_id":"10de" "product_id":"20b2"}')],
  ["keys without quotes", offered("{vendor_id:10de,product_id:20b2}")],
  ["curly quotes", aliased(alias.replaceAll('"', "\u201d"))],
  ["quotes escaped", aliased(alias.replaceAll('"', '\\"'))],
  ["numbers for ids", offered('{"vendor_id":8086,"product_id":1592}')],
  ["a number in hex", offered('{"vendor_id":0x8086}')],
  ["a JSON text", aliased('"gpu"')],
  ["null", offered("null")],
  ["true", offered("true")],
  ["a dollar", offered('{"vendor_id":"10de","product_id":"20b2","physical_network":"a$b"}')],
  ["a dollar that names an option", offered('{"vendor_id":"$host"}')],
];

/** Keys and what they hold. */
const keys: readonly (readonly [string, string])[] = [
  ["ids with 0x", offered('{"vendor_id":"0x10de","product_id":"0x20b2"}')],
  ["ids in capitals", offered('{"vendor_id":"10DE","product_id":"20B2"}')],
  ["a short id", offered('{"vendor_id":"10de","product_id":"d5"}')],
  ["a star for an id", offered('{"vendor_id":"10de","product_id":"*"}')],
  ["stars for both", offered('{"vendor_id":"*","product_id":"*"}')],
  ["an id twice", offered('{"vendor_id":"8086","vendor_id":"10de","product_id":"20b2"}')],
  ["vendor without _id", offered('{"vendor":"10de","product":"20b2"}')],
  ["a blank in a key", offered('{"vendor_id ":"10de","product_id":"20b2"}')],
  ["nothing at all", offered("{}")],
  ["a name in a spec", offered('{"vendor_id":"10de","product_id":"20b2","name":"gpu"}')],
  [
    "device_type in a spec",
    offered('{"vendor_id":"10de","product_id":"20b2","device_type":"type-PF"}'),
  ],
  ["an address as lspci says it", at("41:00.0")],
  ["an address in full", at("0000:41:00.0")],
  ["stars in an address", at("*:41:*.*")],
  ["an address without function", at("0000:41:00")],
  ["a range of functions", at("0000:41:00.[0-7]")],
  ["a star within a part", at("0000:4*:00.0")],
  ["an address of libvirt", at("pci_0000_41_00_0")],
  ["capitals in an address", at("0000:3B:00.0")],
  [
    "a dict of expressions",
    offered('{"address":{"domain":".*","bus":"41","slot":".*","function":"[0-7]"}}'),
  ],
  ["an expression that is none", offered('{"address":{"bus":"4["}}')],
  ["an address and a devname", offered('{"address":"0000:41:00.0","devname":"eth0"}')],
  ["an alias without a name", aliased('{"vendor_id":"10de","product_id":"20b2"}')],
  ["an alias with an unknown key", aliased(alias.replace("}", ',"count":1}'))],
  ["an alias with an address", aliased(alias.replace("}", ',"address":"0000:41:00.0"}'))],
  ["an alias by name alone", aliased('{"name":"gpu"}')],
  ["an alias with a number", aliased('{"name":"gpu","vendor_id":10,"product_id":"20b2"}')],
  ["a type in capitals", aliased(alias.replace("type-PF", "TYPE-PF"))],
  ["a NUMA policy misspelt", aliased(alias.replace("}", ',"numa_policy":"require"}'))],
  ["a NUMA policy of 2024", aliased(alias.replace("}", ',"numa_policy":"socket"}'))],
  ["capability_type", aliased(alias.replace("}", ',"capability_type":"pci"}'))],
  ["live_migratable in an alias", aliased(alias.replace("}", ',"live_migratable":"yes"}'))],
  ["managed as a word", offered('{"vendor_id":"10de","product_id":"20b2","managed":"maybe"}')],
  ["managed as a boolean", offered('{"vendor_id":"10de","product_id":"20b2","managed":true}')],
];

/** Sections and lines as editors, templates and people in a hurry leave them. */
const hurried: readonly (readonly [string, string])[] = [
  [
    "two sections of one name",
    `[pci]\nalias = ${alias}\n[DEFAULT]\ndebug = true\n[pci]\ndevice_spec = ${spec}\n`,
  ],
  ["an entry without its option", `[PCI]\n${spec}\n`],
  ["the option in capitals", `[pci]\nDEVICE_SPEC = {"vendor_id":"10de","product_id":"20b2"}\n`],
  [
    "a value on the next line",
    `[pci]\ndevice_spec =\n  {"vendor_id":"10de","product_id":"20b2"}\n`,
  ],
  [
    "a comment between lines of a value",
    `[pci]\ndevice_spec = {"vendor_id":"10de",\n# the card\n  "product_id":"20b2"}\n`,
  ],
  [
    "an empty line within a value",
    `[pci]\ndevice_spec = [{"vendor_id":"10de",\n\n  "product_id":"20b2"}]\n`,
  ],
  ["a tab for the indent", `[pci]\ndevice_spec = {"vendor_id":"10de",\n\t"product_id":"20b2"}\n`],
  ["the option indented", `[pci]\n  device_spec = {"vendor_id":"10de","product_id":"20b2"}\n`],
  [
    "an option of DEFAULT by its old name",
    `[DEFAULT]\npci_alias = ${alias}\n[pci]\ndevice_spec = ${spec}\n`,
  ],
  [
    "the new name in DEFAULT",
    `[DEFAULT]\ndevice_spec = {"vendor_id":"10de","product_id":"20b2"}\n`,
  ],
  ["interpolation of configparser", offered('{"vendor_id":"%(gpu)s","product_id":"20b2"}')],
  ["two dollars", offered('{"vendor_id":"10de","product_id":"20b2","physical_network":"a$$b"}')],
  [
    "a dollar with braces",
    offered('{"vendor_id":"10de","product_id":"20b2","physical_network":"${nothing}"}'),
  ],
  ["spaces and no line end", `[pci]\ndevice_spec = ${spec}   `],
  ["the alias without any value", `[pci]\nalias =\ndevice_spec = ${spec}\n`],
  [
    "devname that no card has, then ids",
    `[pci]\ndevice_spec = {"devname":"nope0","physical_network":"p1"}\ndevice_spec = ${spec}\n`,
  ],
  [
    "a wide glob before the ids",
    `[pci]\ndevice_spec = {"address":"*:*:*.*","physical_network":"p1"}\ndevice_spec = ${spec}\n`,
  ],
];

export const spellings: readonly (readonly [string, string])[] = [
  ...places,
  ...values,
  ...keys,
  ...hurried,
];

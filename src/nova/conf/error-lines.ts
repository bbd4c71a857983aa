// What Nova and oslo.config say when they refuse a PCI configuration, and how much of it may be
// shown. Viewers of a status may read it, and configuration holds passwords, so nothing is masked
// by its looks: only words that are known to be harmless pass, everything else is "***". Templates:
// nova/exception.py, nova/pci/*.py of 17 to 34; oslo_config/cfg.py of 8.3 to 10.7.

import { booleanOptions, defaultOptions } from "./nova-options.ts";

/** The rest of the line behind the class of the exception -> what may be shown of it. */
type Show = (message: string) => string | undefined;

const withheld = "(not shown, because it may hold a secret: see the log of the pod)";

/** A sentence of Nova with values in it: it has to begin as Nova's does. */
function sentence(...openings: readonly string[]): Show {
  return (message) => {
    const opening = openings.find((text) => message.startsWith(text));
    if (opening === undefined) return undefined;
    return `${opening}${harmless(message.slice(opening.length), opening)}`;
  };
}

function parseError(message: string): string {
  const [, file, line] = /\bat (\/[\w./-]+):(\d{1,6})\b/.exec(message) ?? [];
  return file === undefined ? `a configuration file cannot be parsed` : `${file}, line ${line!}`;
}

function files(what: string): Show {
  return (message) => {
    const named = message.match(/(?<![\w.:/@-])\/(?:etc|var|usr|run)\/[\w./-]+/g) ?? [];
    return named.length === 0 ? what : `${what}: ${named.join(", ")}`;
  };
}

function option(what: string): Show {
  return (message) => {
    const name = /\boption '?([a-z][a-z0-9_-]*)'?(?: |$)/.exec(message)?.[1]?.replaceAll("-", "_");
    return name !== undefined && isOption(name) ? `${what}: option ${name}` : what;
  };
}

const ownOptions = `
alias device_spec passthrough_whitelist report_in_placement pci_in_placement enabled_filters
available_filters
`;
const options = new Set(ownOptions.trim().split(/\s+/));

function isOption(name: string): boolean {
  return options.has(name) || booleanOptions.has(name) || defaultOptions.has(name);
}

const whitelist = "Invalid PCI Whitelist:";

/** By class; what is not here is not shown at all. */
const rows: Readonly<Record<string, Show>> = {
  PciInvalidAlias: sentence("Invalid PCI alias definition:", "The PCI alias(es)"),
  PciRequestAliasNotDefined: sentence("PCI alias"),
  PciConfigInvalidSpec: sentence("Invalid [pci]device_spec config:"),
  PciConfigInvalidWhitelist: sentence("Invalid PCI devices Whitelist config:"),
  PciDeviceWrongAddressFormat: sentence("The PCI address"),
  PciDeviceInvalidAddressField: sentence(`${whitelist} The PCI address`),
  PciDeviceInvalidDeviceName: sentence(`${whitelist} The PCI whitelist can specify`),
  PciDeviceRemoteManagedNotPresent: sentence(`${whitelist} A device specified as`),
  PciDeviceInvalidPFRemoteManaged: sentence(`${whitelist} PFs must not have`),
  PciDeviceNotFoundById: sentence("PCI device"),
  PciDeviceNotFound: sentence("PCI Device"),
  PciDeviceInvalidStatus: sentence("PCI device"),
  PciDeviceInvalidOwner: sentence("PCI device"),
  PciDeviceVFInvalidStatus: sentence("Not all Virtual Functions of PF"),
  PciDevicePFInvalidStatus: sentence("Physical Function"),
  PciDevicePoolEmpty: sentence("Attempt to consume PCI device"),
  PlacementPciException: sentence("Failed to gather or report PCI resources to Placement:"),
  PlacementPciDependentDeviceException: sentence("Configuring both"),
  PlacementPciMixedResourceClassException: sentence("VFs from the same PF cannot be configured"),
  PlacementPciMixedTraitsException: sentence("VFs from the same PF cannot be configured"),
  InvalidConfiguration: sentence("Configuration is Invalid."),
  ValueError: sentence(
    "PCI tracking in placement does not support multiple specs per PCI request",
    "A string is required in field tags",
  ),
  ConfigFileParseError: parseError,
  ConfigFileValueError: option("a value is not valid"),
  ConfigSourceValueError: option("a value is not valid"),
  ConfigFilesNotFoundError: files("a configuration file was not found"),
  ConfigFilesPermissionDeniedError: files("a configuration file cannot be opened"),
  ConfigDirNotFoundError: files("a configuration directory was not found"),
  RequiredOptError: option("a value is required"),
  NoSuchOptError: option("there is no such option"),
  NoSuchGroupError: option("there is no such group of options"),
  DuplicateOptError: option("an option is registered twice"),
  TemplateSubstitutionError: option("a reference to another option cannot be resolved"),
};

const classes = new RegExp(
  `(?<![\\w.])((?:nova\\.exception\\.|oslo_config\\.cfg\\.)?(${Object.keys(rows).join("|")}))(?::\\s*(.*))?$`,
);

/** Longer lines are no sentences of Nova. */
const longestLine = 4000;

/** What may be shown of one line of a log; undefined = it is none of these. */
export function shownOf(line: string): string | undefined {
  const found = classes.exec(line.slice(0, longestLine));
  if (found === null) return undefined;
  const [, name, row, message = ""] = found;
  const shown = rows[row!]!(message);
  return shown === undefined ? undefined : `${name!}: ${shown}`;
}

/** Whoever writes one of these words may write the secret next to it, in words as well. */
const suspicious =
  /pass(?!through)|pwd|secret|token|credential|api.?key|access.?key|private|\bauth|connection|transport|:\/\/|@|-----/i;

/** Words of the configuration that stand in quotes in a sentence of Nova. */
const vocabulary = new Set(
  `
  vendor_id product_id address devname physical_network trusted remote_managed managed
  live_migratable one_time_use resource_class traits domain bus slot function name device_type
  numa_policy capability_type report_in_placement pci_in_placement device_spec alias pci
  type-PCI type-PF type-VF required preferred legacy socket true false t f yes no y n on off none
  null object string integer array boolean dict list int str available allocated claimed deleted
  unavailable unclaimable filter_scheduler utf-8 utf-8-sig pci.report_in_placement
  filter_scheduler.pci_in_placement
  `
    .trim()
    .split(/\s+/)
    .map((word) => word.toLowerCase()),
);

/** The words of Nova's own sentences, and of those of json and jsonschema that it repeats. */
const novaWords = new Set(
  `
  a acceptable actually additional address after alias all allowable allowed an and are array as
  assign associated at attempt attribute bad be before between bom both bound bus but by can cannot
  char children class column comma compute config configuration configured configuring consume
  control create data decode decoded defined definition deleted delimiter detach device devices
  devname dict different digits disabling does domain double duplicate either element empty enabled
  enclosed end entry escape expecting extra failed feature field fields for format found free from
  func function functions gather given got greater group has have hex host http hypervisor id ids
  illegal in incorrect instead integer invalid is it its json key length line list literal live
  locate long managed match maximum may mismatch missing multiple must name nan no node non-empty not
  nova numa number object of on one only option or owned parent parse pci per pf pfs physical
  placement please policy pool present product properties property qualify quotes range read related
  remote report reporting request required requires resource resources rp same schema server set
  short should slot spec specification specified specify specs starting string such support supported
  supports tag tags than the then there these they this time to too tracking trailing traits type
  unexpected unhandled unique unknown unrecognized unsupported unterminated use used using valid
  value values vendor vf vfs view vif virtual was we when whitelist with you your
  `
    .trim()
    .split(/\s+/),
);
const hardware = /^(0x)?[0-9a-fA-F]{1,5}$|^[0-9a-fA-F*]{1,4}(:[0-9a-fA-F*]{1,4}){1,3}\.[0-7*]$/;
const inPlacement = /^(CUSTOM|COMPUTE|HW|PCI)_[A-Z0-9_]+$/;
const aliasName = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;

/** Words of programs that wipe, format or reset a device. */
const cleaningWords = new Set(
  `
  abort aborted attached blkdiscard block busy capable clean cleaned cleaning code command complete
  completed could crc critical deadline denied detected disk driver drive ecc encryption erase erased
  erasing error errors exceeded exit exited failure fatal file firmware flash format formatted
  function-level gb gpu health i/o image incomplete input/output internal io ioctl kernel killed left
  lost media memory mib mode namespace nvme open opened operation out overwrite partition passed
  path pci percent permission permitted read-only refused removed reset retry sanitize scrub sector
  sectors security self-test signal size ssd started state status still stopped successful supported
  temperature terminated test time timed timeout try unable unmounted unreadable verification verify
  vfio vfio-pci wipe wiped wiping write written zero zeroed zeroes
  `
    .trim()
    .split(/\s+/),
);
const allWords = new Set([...novaWords, ...cleaningWords]);

/**
 * What may be shown of a line that a program of a user wrote: words that are known, and numbers.
 */
export function shownOutput(line: string): string {
  return harmless(line.trim().slice(0, longestOutput), "", allWords);
}
const longestOutput = 300;

function harmless(text: string, opening: string, words = novaWords): string {
  if (text.trim() === "") return text;
  if (suspicious.test(text)) return ` ${withheld}`;
  let quoted: string | undefined;
  let before = opening.split(" ").at(-1)!;
  return text.replace(/[^\s'"]+|['"]/g, (piece, at: number) => {
    if (piece === "'" || piece === '"') {
      // "don't" opens nothing.
      const within = /\w/.test(text[quoted === undefined ? at - 1 : at + 1] ?? "");
      if (!within) quoted = quoted === undefined ? piece : quoted === piece ? undefined : quoted;
      return piece;
    }
    const shown = shownWord(piece, quoted !== undefined, { before, words });
    before = piece;
    return shown;
  });
}

type Beside = { readonly before: string; readonly words: ReadonlySet<string> };

function shownWord(piece: string, quoted: boolean, { before, words }: Beside): string {
  const afterAlias = /^(alias|alias\(es\))$/i.test(before);
  return piece.replace(/[^\s()[\]{}<>,;=|]+/g, (part) => {
    const word = part.replace(/[.:!?]+$/, "");
    const known =
      vocabulary.has(word.toLowerCase()) ||
      hardware.test(word) ||
      inPlacement.test(word) ||
      /^\d{1,5}(\.\d{1,3}){0,3}$/.test(word) ||
      word === "" ||
      (afterAlias && aliasName.test(word)) ||
      (!quoted && words.has(word.toLowerCase()));
    return known ? part : "***";
  });
}

// What a pre-flight Job runs: a shell that looks for the Python of Nova in its image, and a program
// that loads the configuration as that Nova would and says what Nova says. It is tried twice,
// without our fragment and with it, so that nobody is blamed for what refuses without it; every
// alias and device spec of a refused fragment is then tried alone. What it cannot tell, it calls
// unknown: it has neither the host's network nor what an init container would have written. Run by
// Python 3.6 and later, against Nova 26 to 34 (test/nova/real/preflight.test.ts asks the real one).

/** The answer is one line of JSON under this key. */
export const answerKey = "nova-pci-preflight";

const python = String.raw`
import contextlib, glob, json, os, re, sys

folder, fragment, key, words = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
ours = folder + '/nova.conf.d'


def answer(verdict, said='', blamed=()):
    line = json.dumps({key: verdict, 'words': ' '.join(said.split())[:1000],
                       'blamed': list(blamed)[:40]})
    if os.path.exists('/dev/termination-log'):
        with contextlib.suppress(OSError), open('/dev/termination-log', 'w') as log:
            log.write(line + '\n')
    print(line, flush=True)
    os._exit({'accepted': 0, 'refused': 3}.get(verdict, 4))


def text_of(path):
    """Of a script or a uWSGI file that the command names; a program is none."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.startswith('/') and os.path.getsize(path) < 65536:
            with open(path, encoding='utf-8') as file:
                return file.read()
    return ''


def files_read(with_ours):
    """In the order of oslo.config, our fragment at its place; None = it is not read."""
    line = ' '.join(words + [text_of(word) for word in words])
    ini = re.search(r'--ini(?:-paste)?[= ]+(\S+)', line)
    if ini:
        line = ' '.join([line] + re.findall(r'(?m)^\s*pyargv\s*=\s*(.*)$', text_of(ini.group(1))))
    told = [(kind, path.rstrip('"\';\\').rstrip('/'))
            for kind, path in re.findall(r'--config-(file|dir)[= ]+(\S+)', line)]
    order = [(kind, folder + '/' + name + ending)
             for kind, ending in (('file', '.conf'), ('dir', '.conf.d'))
             if kind not in [each for each, _ in told]
             for name in ('nova', 'nova-compute')] + told
    found, placed = [], False
    for kind, path in order:
        here = [path] if kind == 'file' else glob.glob(path + '/*.conf')
        here = [each for each in here
                if os.path.exists(each) and os.path.basename(each) != os.path.basename(fragment)]
        if kind == 'dir' and path == ours:
            placed = True
            here += [fragment] if with_ours else []
        found += sorted(here, key=os.path.basename)
    return list(dict.fromkeys(found)) if placed else None


def read(paths):
    arguments = [each for path in paths for each in ('--config-file', path)]
    CONF(arguments, project='nova', default_config_files=[], default_config_dirs=[])


def check_aliases():
    parse = (getattr(request, 'get_alias_from_config', None)
             or request._get_alias_from_config)
    getattr(parse, 'cache_clear', lambda: None)()
    parse()


def check_specs():
    specs = whitelist.Whitelist(list(getattr(CONF.pci, spec_option))).specs
    if getattr(CONF.pci, 'report_in_placement', False) and translator is not None:
        translator.ensure_no_dev_spec_with_devname(specs)


def check_switches():
    for group, name in (('pci', 'report_in_placement'), ('filter_scheduler', 'pci_in_placement')):
        getattr(getattr(CONF, group), name, None)


CHECKS = (check_switches, check_aliases, check_specs)
# Looked up in /sys, of which this pod may see less than nova-compute.
SIGHT = ('PciDeviceNotFoundById', 'PciDeviceNotFound', 'PciDeviceRemoteManagedNotPresent',
         'PciDeviceInvalidPFRemoteManaged')


def why(checks):
    """What Nova refuses with, as its log would say it; None = it takes everything."""
    for check in checks:
        try:
            check()
        except (OSError, ImportError, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            if type(error).__name__ in SIGHT:
                raise
            return '%s.%s: %s' % (type(error).__module__, type(error).__name__, error)


def loaded(paths):
    try:
        read(paths)
    except cfg.ConfigFilesPermissionDeniedError:
        raise
    except (cfg.Error, SystemExit) as error:
        return '%s.%s: %s' % (type(error).__module__, type(error).__name__, error)
    return why(CHECKS)


def each_alone():
    """Entries of our own file, by option and place, that Nova refuses by themselves."""
    read([fragment])
    own = {'alias': check_aliases, spec_option: check_specs}
    values = {option: list(getattr(CONF.pci, option)) for option in own}
    for option in own:
        CONF.set_override(option, [], group='pci')
    for option, check in own.items():
        # Whatever else stands in the file may refuse without any of them.
        if why((check,)) is not None:
            continue
        for place, value in enumerate(values[option]):
            CONF.set_override(option, [value], group='pci')
            with contextlib.suppress(Exception):
                if why((check,)) is not None:
                    yield '%s %d' % (option, place)
        CONF.set_override(option, [], group='pci')


try:
    import nova.conf
    from oslo_config import cfg
    from nova.pci import request, whitelist
    try:
        from nova.compute import pci_placement_translator as translator
    except ImportError:
        translator = None
    CONF = nova.conf.CONF
    spec_option = 'device_spec' if 'device_spec' in CONF.pci else 'passthrough_whitelist'
    with_ours = files_read(True)
    if with_ours is None:
        answer('unknown', 'its command does not read ' + ours)
    base = loaded(files_read(False))
    if base is not None:
        answer('unknown', 'it refuses its own files, without the fragment: ' + base)
    refused = loaded(with_ours)
    if refused is None:
        answer('accepted')
    blamed = []
    with contextlib.suppress(Exception, SystemExit):
        blamed = list(each_alone())
    answer('refused', refused, blamed)
except (Exception, SystemExit) as error:
    answer('unknown', 'it could not be asked: %s: %s' % (type(error).__name__, error))
`.trimStart();

/** The interpreter of nova-compute comes first: an image may have several. */
const shell = String.raw`
program=$1; shift
line=
nova=$(command -v nova-compute 2>/dev/null) && IFS= read -r line <"$nova"
case $line in '#!'*) line=\${line#??} ;; *) line= ;; esac
for python in $line /var/lib/openstack/bin/python3 /var/lib/kolla/venv/bin/python3 python3 python; do
  "$python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("nova") is None)' \
    >/dev/null 2>&1 && exec "$python" -c "$program" "$@"
done
answer='{"${answerKey}":"unknown","words":"the image has no Python with Nova"}'
[ ! -e /dev/termination-log ] || echo "$answer" >/dev/termination-log
echo "$answer"
exit 4
`
  .replaceAll("\\${", "${")
  .trimStart();

type Asked = {
  /** Where Nova's configuration lies. */
  readonly folder: string;
  /** Path of the new fragment. */
  readonly fragment: string;
  /** Command and arguments of nova-compute's container. */
  readonly words: readonly string[];
};

export function preflightCommand({ folder, fragment, words }: Asked): readonly string[] {
  return ["/bin/sh", "-c", shell, "preflight", python, folder, fragment, answerKey, ...words];
}

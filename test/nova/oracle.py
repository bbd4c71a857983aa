"""Real Nova of one release, as one long-living process that answers cases.

A line of JSON in, a line out, in the same order. A case or an array of cases is answered by a
verdict or an array of them; {"op": "hello"} by the environment; {"op": "load", "files": [...],
"dirs": [...]} by what Nova reads from configuration files. Nothing of Nova is copied here: its own
functions are called, and only the helpers that would look into /sys read the case instead.
"""
import contextlib
import copy
import importlib
import inspect
import json
import logging
import math
import os
import signal
import sys
import tempfile
import warnings

warnings.simplefilter('ignore')
logging.disable(logging.CRITICAL)

CASE_CPU_SECONDS = 5.0
PLACEMENT_OPTIONS = {
    'pci_in_placement': 'filter_scheduler',
    'report_in_placement': 'pci',
}
# Every module of nova.api.validation.extra_specs that a PCI flavor may meet.
EXTRA_SPEC_MODULES = (
    'pci_passthrough', 'hw', 'null', 'quota', 'resources', 'traits', 'os', 'accel',
    'capabilities', 'hw_rng', 'hw_video', 'vmware', 'aggregate_instance_extra_specs')


class NotThere(Exception):
    """This release has no such option or operation: the verdict is n/a."""


class OutOfTime(BaseException):
    """Not an Exception, so that Nova's own 'except Exception' lets it pass."""


class Nova:
    """The modules of one release, whatever names they carry there."""

    def __init__(self):
        import nova.conf
        from nova import exception, objects
        objects.register_all()
        from nova.pci import request, stats, utils, whitelist
        self.conf, self.exception, self.objects = nova.conf.CONF, exception, objects
        self.request, self.stats, self.utils, self.whitelist = request, stats, utils, whitelist
        self.translator = optional('nova.compute.pci_placement_translator')
        self.validators = {
            validator.name: validator
            for module in map(optional_validators, EXTRA_SPEC_MODULES) if module
            for validator in module.register()}
        self.files_read = True
        self.forget_files()
        self.spec_option = ('device_spec' if 'device_spec' in self.conf.pci
                            else 'passthrough_whitelist')

    def read_files(self, arguments):
        self.conf(arguments, project='nova', default_config_files=[], default_config_dirs=[])

    def forget_files(self):
        if self.files_read:
            self.read_files([])
            self.files_read = False

    def forget_options(self):
        self.conf.clear_override('alias', group='pci')
        self.conf.clear_override(self.spec_option, group='pci')
        for name, group in PLACEMENT_OPTIONS.items():
            if name in getattr(self.conf, group):
                self.conf.clear_override(name, group=group)
        # Releases that read the aliases once per process.
        forget = getattr(self.read_aliases(), 'cache_clear', None)
        if forget:
            forget()

    def set_placement(self, conf):
        for name, group in PLACEMENT_OPTIONS.items():
            if name not in (conf or {}):
                continue
            if name in getattr(self.conf, group):
                self.conf.set_override(name, conf[name], group=group)
            elif conf[name]:
                raise NotThere('option [%s]%s unknown in this release' % (group, name))

    def set_aliases(self, raw):
        self.conf.set_override('alias', raw, group='pci')

    def configure(self, case):
        self.forget_options()
        self.forget_files()
        self.set_placement(case.get('conf'))

    def configure_from_texts(self, texts):
        self.forget_options()
        self.files_read = True
        with contextlib.ExitStack() as files:
            arguments = []
            for text in [texts] if isinstance(texts, str) else texts:
                file = files.enter_context(tempfile.NamedTemporaryFile('wb', suffix='.conf'))
                file.write(text.encode('utf-8', 'surrogatepass'))
                file.flush()
                arguments += ['--config-file', file.name]
            self.read_files(arguments)

    def read_aliases(self):
        return (getattr(self.request, 'get_alias_from_config', None)
                or self.request._get_alias_from_config)

    def raw_specs(self):
        return list(getattr(self.conf.pci, self.spec_option))

    @contextlib.contextmanager
    def on_host(self, host):
        """What /sys would say, taken from the case."""
        host = host or {}
        ids = host.get('pf_ids', {})

        def ids_of(address):
            if address not in ids:
                raise self.exception.PciDeviceNotFoundById(id=address)
            return ids[address]

        replaced = {
            'is_physical_function': lambda *parts: '%s:%s:%s.%s' % parts in host.get('pfs', []),
            'get_function_by_ifname': lambda name: tuple(
                host.get('ifnames', {}).get(name, (None, False))),
            'get_vf_product_id_by_pf_addr': lambda address: ids_of(address)['vf_product_id'],
            'get_pci_ids_by_pci_addr': lambda address: (
                ids_of(address)['vendor_id'], ids_of(address)['product_id'])}
        kept = {name: getattr(self.utils, name) for name in replaced if hasattr(self.utils, name)}
        for name in kept:
            setattr(self.utils, name, replaced[name])
        try:
            yield
        finally:
            for name, function in kept.items():
                setattr(self.utils, name, function)

    def device(self, seen):
        """As the resource tracker makes it of what a hypervisor reports."""
        values = {
            'compute_node_id': 1, 'status': 'available', 'dev_type': 'type-PCI',
            'dev_id': 'pci_' + seen['address'], 'numa_node': None, 'parent_addr': None,
            'label': 'label_%s_%s' % (seen['vendor_id'], seen['product_id']),
            'request_id': None, **seen}
        made = self.objects.PciDevice.create(None, values)
        if not made.obj_attr_is_set('instance_uuid'):
            made.instance_uuid = None
        return made


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def optional_validators(name):
    return optional('nova.api.validation.extra_specs.' + name)


# --- the kinds of cases: each returns what it adds to the verdict "accept", or raises


def alias(nova, case):
    if case.get('ini'):
        nova.configure_from_texts(case['ini'])
        nova.set_placement(case.get('conf'))
    else:
        nova.configure(case)
        nova.set_aliases(case['input'])
    return {'parsed': {name: {'numa_policy': found[0], 'specs': found[1]}
                       for name, found in nova.read_aliases()().items()}}


def device_spec(nova, case):
    if case.get('ini'):
        nova.configure_from_texts(case['ini'])
        raw = nova.raw_specs()
        nova.set_placement(case.get('conf'))
    else:
        nova.configure(case)
        raw = case['input']
    with nova.on_host(case.get('host')):
        return {'parsed': [describe_spec(spec) for spec in nova.whitelist.Whitelist(raw).specs]}


def describe_spec(spec):
    described = {'vendor_id': spec.vendor_id, 'product_id': spec.product_id,
                 'devname': spec.dev_name, 'tags': spec.get_tags()}
    address = getattr(spec, 'address', None)
    if address is not None and not isinstance(address, (str, dict)):
        fields = address.pci_address_spec
        described['address'] = {
            'style': type(fields).__name__, 'domain': fields.domain, 'bus': fields.bus,
            'slot': fields.slot, 'function': fields.func,
            'is_pf': address.is_physical_function}
    return described


def device_match(nova, case):
    nova.configure(case)
    with nova.on_host(case.get('host')):
        whitelist = nova.whitelist.Whitelist(case['input']['specs'])
        return {'matches': [first_match(whitelist, device)
                            for device in case['input']['devices']]}


def first_match(whitelist, device):
    hits = (index for index, spec in enumerate(whitelist.specs) if spec.match(dict(device)))
    return next(hits, None)


def flavor_alias(nova, case):
    """Accepted when both of Nova's parsers take the value."""
    nova.configure(case)
    nova.set_aliases((case.get('conf') or {}).get('aliases', []))
    value, said = case['input'], {}
    validator = nova.validators.get('pci_passthrough:alias')
    if validator is None:
        said['extra_spec_validation'] = 'no validator in this release'
    else:
        try:
            validator.validate('pci_passthrough:alias', value)
            said['extra_spec_validation'] = 'accept'
        except nova.exception.ValidationError:
            said['extra_spec_validation'] = 'reject'
            said['verdict'] = 'reject'
    try:
        said['parsed'] = [
            {'alias': request.alias_name, 'count': request.count,
             'numa_policy': request.numa_policy}
            for request in nova.request._translate_alias_to_requests(value)]
        said['server_create'] = 'accept'
    except Exception as error:
        said.update(server_create='reject', verdict='reject', error=describe_error(error))
    return said


def extra_spec(nova, case):
    key, value = case['input']['key'], case['input']['value']
    if not nova.validators:
        raise NotThere('no extra spec validation before 21.0.0')
    if key not in nova.validators:
        return {'verdict': 'reject' if ':' in key else 'accept'}
    nova.validators[key].validate(key, value)
    return {}


def flavor(nova, case):
    """Request bodies of the flavors API: schema, then the validators of extra specs."""
    asked = case['input']
    version = tuple(int(part) for part in asked.get('microversion', '2.86').split('.'))
    schemas = 'nova.api.openstack.compute.schemas.'
    check = importlib.import_module('nova.api.validation.validators')._SchemaValidator
    if asked['op'] in ('create', 'update'):
        check(flavor_schema(schemas, asked['op'], version)).validate(asked['body'])
        return {}
    module = importlib.import_module(schemas + 'flavors_extraspecs')
    creates = asked['op'] == 'extra_specs_create'
    check(module.create if creates else module.update).validate(asked['body'])
    if version >= (2, 86) and nova.validators:
        specs = asked['body']['extra_specs'] if creates else asked['body']
        for key, value in specs.items():
            validate_extra_spec(nova, key, value)
    return {}


def flavor_schema(schemas, operation, version):
    module = optional(schemas + 'flavor_manage')
    if module is None or not hasattr(module, 'create'):
        module = importlib.import_module(schemas + 'flavors')
    names = {'create': (('create_v2102', (2, 102)), ('create_v255', (2, 55)),
                        ('create_v2_55', (2, 55)), ('create', (2, 1))),
             'update': (('update', (2, 55)), ('update_v2_55', (2, 55)))}[operation]
    for name, since in names:
        if hasattr(module, name) and version >= since:
            return getattr(module, name)
    raise NotThere('operation not available at this microversion')


def validate_extra_spec(nova, key, value):
    validator = nova.validators.get(key)
    if validator is not None:
        validator.validate(key, str(value) if isinstance(value, (int, float)) else value)
    elif ':' in key and key.split(':')[0] in {
            name.split(':')[0] for name in nova.validators if ':' in name}:
        raise nova.exception.ValidationError('unknown extra spec %s' % key)


def placement(nova, case):
    """The resource providers that nova-compute would report."""
    if nova.translator is None:
        raise NotThere('no PCI in Placement before 26.0.0')
    conf = {'report_in_placement': True, **(case.get('conf') or {})}
    nova.configure({'conf': conf})
    with nova.on_host(case.get('host')):
        whitelist = nova.whitelist.Whitelist(case['input']['specs'])
        nova.translator.ensure_no_dev_spec_with_devname(whitelist.specs)
        view = nova.translator.PlacementView('node', [])
        for seen in case['input']['devices']:
            if whitelist.device_assignable(dict(seen)):
                device = nova.device(seen)
                view.process_dev(device, whitelist.get_devspec(device))
    return {'parsed': {
        name: {'resource_class': provider.resource_class, 'total': len(provider.devs),
               'traits': sorted(provider.traits or [])}
        for name, provider in view.rps.items()}}


def schedule(nova, case):
    """Pools from specs and devices; then whether the flavor fits, as PciPassthroughFilter asks."""
    given = case['input']
    nova.configure(case)
    nova.set_aliases(given.get('aliases', []))
    with nova.on_host(case.get('host')):
        whitelist = nova.whitelist.Whitelist(given['specs'])
        stats = track(nova, whitelist, given['devices'])
        pools = [{key: value for key, value in pool.items() if key != 'devices'}
                 for pool in stats.pools]
        said = {'parsed': plain({'pools': pools})}
        stats.to_device_pools_obj()  # what the resource tracker stores
        if 'flavor' in given:
            requests = nova.request._translate_alias_to_requests(given['flavor'])
            more = keywords(stats.support_requests, provider_mapping=None)
            said['verdict'] = 'accept' if stats.support_requests(requests, **more) else 'reject'
    return said


def track(nova, whitelist, devices):
    make = nova.stats.PciDeviceStats
    stats = make(dev_filter=whitelist, **keywords(make.__init__, numa_topology=None))
    for seen in devices:
        device = dict(seen)
        spec = whitelist.device_assignable(device)
        if spec:
            if hasattr(spec, 'enhanced_pci_device_with_spec_tags'):
                spec.enhanced_pci_device_with_spec_tags(device)
            stats.add_device(nova.device(device))
    return stats


def keywords(function, **wanted):
    known = inspect.signature(function).parameters
    return {name: value for name, value in wanted.items() if name in known}


def ini(nova, case):
    nova.configure_from_texts(case['input'])
    return {'parsed': {'alias': list(nova.conf.pci.alias), 'device_spec': nova.raw_specs()}}


def request(nova, case):
    """The Placement request groups of a flavor, with pci_in_placement."""
    nova.configure(case)
    nova.set_aliases(case['input']['aliases'])
    requests = nova.request._translate_alias_to_requests(case['input']['flavor'])
    spec = nova.objects.RequestSpec(
        requested_resources=[],
        pci_requests=nova.objects.InstancePCIRequests(requests=requests))
    spec.generate_request_groups_from_pci_requests()
    return {'parsed': [{'resources': group.resources,
                        'required_traits': sorted(group.required_traits)}
                       for group in spec.requested_resources]}


KINDS = {function.__name__: function for function in (
    alias, device_spec, device_match, flavor_alias, extra_spec, flavor, placement, schedule, ini,
    request)}


# --- the protocol


def judge(nova, case):
    if not isinstance(case, dict) or case.get('kind') not in KINDS:
        return {'protocol_error': 'not a case of a known kind'}
    answer = {'id': case.get('id'), 'verdict': 'accept'}
    # Python's re looks for signals while it backtracks.
    signal.setitimer(signal.ITIMER_PROF, CASE_CPU_SECONDS)
    try:
        answer.update(KINDS[case['kind']](nova, copy.deepcopy(case)))
    except NotThere as missing:
        answer.update(verdict='n/a', error=str(missing))
    except OutOfTime:
        answer.update(verdict='timeout')
    except Exception as error:
        answer.update(verdict='reject', error=describe_error(error),
                      clean=isinstance(error, nova.exception.NovaException))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return answer


def load(nova, asked):
    """Everything a service reads of the files, each part with its own verdict."""
    arguments = []
    for flag, key in (('--config-dir', 'dirs'), ('--config-file', 'files')):
        for path in asked.get(key, []):
            arguments += [flag, path]
    nova.forget_options()
    nova.files_read = True
    with nova.on_host(asked.get('host')):
        read = attempt(lambda: nova.read_files(arguments))
        if read is not None:
            return {'files': read}
        return {'files': None,
                'alias': attempt(nova.read_aliases()),
                'device_spec': attempt(lambda: nova.whitelist.Whitelist(nova.raw_specs())),
                'placement': attempt(lambda: read_placement(nova)),
                'filters': attempt(lambda: find_filters(nova)) if asked.get('filters') else None,
                'counts': {'alias': count(lambda: nova.conf.pci.alias),
                           'device_spec': count(nova.raw_specs)}}


def read_placement(nova):
    """The switches, and what nova-compute refuses to report before its first update."""
    reports = getattr(nova.conf.pci, 'report_in_placement', False)
    getattr(nova.conf.filter_scheduler, 'pci_in_placement', False)
    if reports and nova.translator is not None:
        specs = nova.whitelist.Whitelist(nova.raw_specs()).specs
        nova.translator.ensure_no_dev_spec_with_devname(specs)


def count(read):
    """A value that cannot be read, such as one with an unknown $name, leaves none."""
    try:
        return len(read())
    except Exception:
        return 0


def find_filters(nova):
    """nova-scheduler does not start with the name of a filter that this release lacks."""
    filters = importlib.import_module('nova.scheduler.filters')
    options = nova.conf.filter_scheduler
    known = {each.__name__ for each in
             filters.HostFilterHandler().get_matching_classes(options.available_filters)}
    for name in options.enabled_filters:
        if name not in known:
            raise nova.exception.SchedulerHostFilterNotFound(filter_name=name)


def attempt(work):
    try:
        work()
    except (Exception, SystemExit) as error:
        return describe_error(error)


def describe_error(error):
    return '%s: %s' % (type(error).__name__, str(error).replace('\n', ' ')[:300])


def plain(value):
    """JSON that JavaScript reads: numbers that are none become their names."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)


def extra_spec_error(name, value):
    """What the API's own registry of validators says; None = it takes the extra spec."""
    from nova.api.validation.extra_specs import validators
    try:
        validators.validate(name, value)
    except Exception as refused:
        return str(refused)


def hello(nova):
    from importlib import metadata
    return {'release': metadata.version('nova'), 'python': sys.version.split()[0],
            'kinds': sorted(KINDS)}


def answer_line(nova, line):
    try:
        asked = json.loads(line)
    except ValueError as error:
        return {'protocol_error': str(error)}
    if isinstance(asked, list):
        return [judge(nova, case) for case in asked]
    operation = asked.get('op') if isinstance(asked, dict) else None
    if operation == 'hello':
        return hello(nova)
    if operation == 'extra_specs':
        return [extra_spec_error(*pair) for pair in asked['pairs']]
    return load(nova, asked) if operation == 'load' else judge(nova, asked)


def skip_checks_of_constant_schemas():
    """jsonschema checks Nova's own schema at each call: forty times the work of a verdict."""
    import jsonschema
    made = {}

    def validate(instance, schema, *arguments, **options):
        if id(schema) not in made:
            kind = jsonschema.validators.validator_for(schema)
            kind.check_schema(schema)
            made[id(schema)] = (kind(schema, *arguments, **options), schema)
        error = next(made[id(schema)][0].iter_errors(instance), None)
        if error is not None:
            raise error

    jsonschema.validate = validate


def out_of_time(_number, _frame):
    raise OutOfTime()


def main():
    # The protocol owns standard output; whatever a library prints goes to standard error.
    out = os.fdopen(os.dup(1), 'w', encoding='ascii')
    os.dup2(2, 1)
    signal.signal(signal.SIGPROF, out_of_time)
    nova = Nova()
    skip_checks_of_constant_schemas()
    for line in sys.stdin.buffer:
        out.write(json.dumps(plain(answer_line(nova, line.decode('utf-8', 'replace')))) + '\n')
        out.flush()


if __name__ == '__main__':
    main()

// What of Nova's log may be shown: lines as Nova, oslo.config, oslo.messaging, SQLAlchemy,
// keystoneauth and uWSGI write them, with secrets in every place.

import { describe, expect, test } from "@jest/globals";
import { novaErrorLine } from "../../src/nova/conf/nova-error.ts";

const stamp = "2026-11-27 08:11:02.331 7 ERROR nova [None req-5cf4 - - - - - -]";

describe("no secret comes through", () => {
  test.each([
    "oslo_config.cfg.ConfigFileParseError: Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:7, No ':' or '=' found in assignment: 'password hunter2'",
    "oslo_config.cfg.ConfigFileParseError: Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:7, Unexpected continuation line: ' hunter2'",
    "oslo_config.cfg.ConfigFileParseError: Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:9, Invalid section (must end with ]): '[hunter2'",
    "oslo_config.cfg.ConfigFileParseError: Failed to parse hunter2: at hunter2:7, x",
    "oslo_config.cfg.ConfigFileValueError: Value for option backend_url is not valid: redis://:hunter2@10.0.0.1:6379",
    "oslo_config.cfg.ConfigFileValueError: Value for option x is not valid: {'admin_password': 'hunter2'}",
    "oslo_config.cfg.ConfigFileValueError: Value for option memcache_secret_key = hunter2 is not valid",
    "oslo_config.cfg.ConfigFileValueError: Value for option admin_pass is not valid: hunter2",
    "oslo_config.cfg.ConfigFileValueError: Value for option password is not valid: password = two words hunter2",
    "oslo_config.cfg.ConfigFileValueError: Value for option report_in_placement from LocationInfo(location=<Locations.user: (4, True)>, detail='/etc/nova/nova.conf') is not valid: Unexpected boolean value 'hunter2'",
    "oslo_config.cfg.ConfigFileValueError: Value for option hunter2 is not valid: x",
    "oslo_config.cfg.TemplateSubstitutionError: Value for option transport_url from LocationInfo(x) is not valid: Substitution failed hunter2",
    "oslo_config.cfg.NoSuchOptError: no such option hunter2 in group [DEFAULT]",
    "oslo_config.cfg.RequiredOptError: value required for option hunter2 in group [hunter2]",
    "oslo_config.cfg.ConfigFilesNotFoundError: Failed to find some config files: rabbit://nova:hunter2@/etc/nova",
    "oslo_config.cfg.DefaultValueError: Error processing default value hunter2 for Opt type of String.",
    'oslo_messaging.exceptions.InvalidTransportURL: Invalid transport URL "rabbit://nova:hunter2@mq:5672": config',
    "oslo_messaging.exceptions.MessageDeliveryFailure: Unable to connect to AMQP server on mq:5672 after inf tries: hunter2 placement",
    "amqp.exceptions.AccessRefused: (0, 0): (403) ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN hunter2 pci",
    "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1045, \"Access denied for user 'nova'@'10.0.0.1' (using password: hunter2)\") pci",
    "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string 'mysql+pymysql://nova:hunter2@db/nova' config",
    "oslo_db.exception.DBError: (builtins.Exception) [SQL: SELECT pci_devices] [parameters: {'password': 'hunter2'}]",
    "keystoneauth1.exceptions.auth_plugins.MissingRequiredOptions: placement config Failure hunter2",
    "keystoneauth1.exceptions.http.Unauthorized: The request you have made requires authentication. (HTTP 401) placement hunter2",
    "keystoneauth1.exceptions.catalog.EndpointNotFound: admin_password=hunter2 placement endpoint not found",
    "nova.exception.PciConfigInvalidSpec: transport_url=rabbit://nova:pa/hunter2@w@mq config",
    "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: Invalid entry: 'hunter2'",
    'nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: Invalid entry: \'{"vendor_id": "8086", "password": "hunter2"}\'',
    'nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: Invalid entry: \'{"vendor_id": "hunter2"}\'',
    "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: Invalid entry: 'connection = mysql://nova:hunter2@db'",
    "nova.exception.PciConfigInvalidWhitelist: Invalid PCI devices Whitelist config: Invalid entry: 'it's hunter2 'hunter2''; Expecting dict",
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: 'hunter2' is not of type 'object'",
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: hunter2",
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: Additional properties are not allowed ('hunter2' was unexpected)",
    "nova.exception.PciInvalidAlias: hunter2",
    "nova.exception.PciDeviceWrongAddressFormat: The PCI address hunter2 has an incorrect format.",
    "nova.exception.PlacementPciException: Failed to gather or report PCI resources to Placement: hunter2",
    "nova.exception.PlacementPciException: Failed to gather or report PCI resources to Placement: token gAAAAAB hunter2",
    "nova.exception.InvalidConfiguration: Configuration is Invalid. hunter2",
    "nova.exception.ConfigurationInvalid: placement password hunter2",
    "ValueError: invalid literal for int() with base 16: 'hunter2' pci",
    "ValueError: A string is required in field tags[hunter2], not a dict",
    "Traceback (most recent call last): device_spec hunter2",
    "[uWSGI] getting INI configuration from /etc/nova/hunter2.ini",
    "*** Starting uWSGI 2.0.28 (64bit) *** config hunter2",
    "Set by config: pci passthrough hunter2",
    "transport_url = rabbit://nova:hunter2@mq",
    "CRITICAL nova Unhandled error: Exception: pci hunter2",
    'keystoneauth.session REQ: curl -g -i -X GET http://k/v3 -H "X-Auth-Token: hunter2" pci',
    "keystoneauth1.exceptions.discovery.DiscoveryFailure: Could not find versioned identity endpoints https://nova:hunter2@k:5000/v3 placement",
    "uwsgi: unable to load configuration from /etc/nova/hunter2.ini",
    "*** Starting uWSGI 2.0.20 (64bit) *** env OS_PASSWORD=hunter2",
    "libvirt.libvirtError: authentication failed: Failed to start SASL negotiation: -20 (SASL(-13): user not found: hunter2)",
    "libvirt: XML-RPC error : operation failed: pool secret hunter2 value not found PCI device",
    "ERROR oslo.messaging._drivers.impl_rabbit [-] Connection failed: [Errno 111] ECONNREFUSED (retrying in 1.0 seconds): amqp://nova:hunter2@1.2.3.4:5672//",
    "Traceback (most recent call last):\\n  File '/x.py', line 3, in f\\n    connect(password='hunter2')\\nnova.exception.PciDeviceNotFound: PCI device hunter2 not found",
    "    raise exception.PciConfigInvalidSpec(reason='hunter2')",
    "json.decoder.JSONDecodeError: Expecting ',' delimiter: line 1 column 20 (char 19): '{\"vendor_id\": \"hunter2\"'",
    "jsonschema.exceptions.ValidationError: 'hunter2' does not match '^[0-9a-f]{4}$' pci alias",
    "oslo_config.cfg.DuplicateOptError: duplicate option: hunter2",
    "KeyError: 'hunter2' pci device_spec",
    "Modules with known eventlet monkey patching issues: hunter2; pci",
    "nova.exception.PciDeviceInvalidPFAddress: hunter2",
    "ERROR nova.virt.libvirt.driver PciTrackerException token=hunter2 device_spec",
    "WARNING nova.pci.utils No net device was found for VF 0000:06:00.1: hunter2",
    "nova.exception.PlacementPciDependentDeviceException: Failed to gather or report PCI resources to Placement: Configuring both 0000:81:00.0 hunter2",
    "nova.exception.PlacementPciMixedTraitsException: Inconsistent traits ['hunter2']",
    '{"log":"nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: hunter2\\\\n","stream":"stderr"}',
    "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: property 'hunter2' (hunter2) is greater than the maximum allowable",
    "Invalid [pci]device_spec config: mysql://a:hunter2@h, rabbit://b:hunter2@h",
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: {'auth': {'password': 'hunter2'}}",
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: Authorization: Basic hunter2=",
    "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: address hunter2 PCI device not in form",
    "sqlalchemy.exc.InvalidRequestError: (Background on this error) url=mysql+pymysql://nova:hunter2@db pci_devices",
    "oslo_db.exception.DBConnectionError: (2003, 'Cannot connect to MySQL server on db (hunter2)') placement",
    "pymysql.err.InternalError: Packet sequence number wrong - got hunter2 expected 1 pci",
    "kombu.exceptions.OperationalError: hunter2 [Errno -2] placement",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='hunter2', port=443): placement",
    "ssl.SSLError: [SSL] PEM lib hunter2 (_ssl.c:4065) placement config",
    "PermissionError: [Errno 13] Permission denied: '/etc/nova/hunter2' config",
    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: hunter2 device_spec",
    "RuntimeError: maximum recursion depth exceeded while decoding a JSON object hunter2 pci alias",
    "CRITICAL nova [-] Unhandled error: vault.InvalidToken: s.hunter2 pci",
    "ERROR castellan.key_manager [-] Unable to fetch hunter2 for device_spec",
    "nova.exception.NovaException: placement hunter2",
    "ERROR nova.service [-] Starting compute node hunter2 failed: pci",
    "amqp.exceptions.NotAllowed: Connection.open: (530) NOT_ALLOWED - access to vhost 'hunter2' refused pci",
    "oslo_messaging._drivers.common.RPCException: {'password': u'hunter2'} pci_requests",
  ])("%s", (line) => {
    for (const text of [line, `${stamp} ${line}`, `hunter2\n${stamp} ${line}\nhunter2`]) {
      expect(novaErrorLine(text) ?? "").not.toContain("hunter2");
    }
  });
});

const cls = "nova.exception";
describe("what tells why comes through", () => {
  test.each<[line: string, shown: string]>([
    [
      "oslo_config.cfg.ConfigFileParseError: Failed to parse /etc/nova/nova.conf: at /etc/nova/nova.conf:7, No ':' or '=' found in assignment: 'password x'",
      "oslo_config.cfg.ConfigFileParseError: /etc/nova/nova.conf, line 7",
    ],
    [
      "oslo_config.cfg.ConfigFilesNotFoundError: Failed to find some config files: /etc/nova/nova.conf.d/x.conf",
      "oslo_config.cfg.ConfigFilesNotFoundError: a configuration file was not found: /etc/nova/nova.conf.d/x.conf",
    ],
    [
      "oslo_config.cfg.ConfigFileValueError: Value for option report_in_placement from LocationInfo(x) is not valid: Unexpected boolean value 'maybe'",
      "oslo_config.cfg.ConfigFileValueError: a value is not valid: option report_in_placement",
    ],
    [
      "oslo_config.cfg.RequiredOptError: value required for option my-ip in group [DEFAULT]",
      "oslo_config.cfg.RequiredOptError: a value is required: option my_ip",
    ],
    ...[
      "PciInvalidAlias: Invalid PCI alias definition: 'name' is a required property",
      "PciInvalidAlias: Invalid PCI alias definition: '808' does not match",
      "PciInvalidAlias: Invalid PCI alias definition: Device type mismatch for alias 'h100-sxm'",
      "PciInvalidAlias: The PCI alias(es) a1,gpu does not have vendor_id and product_id fields set or resource_class field set.",
      "PciRequestAliasNotDefined: PCI alias h100 is not defined",
      "PciConfigInvalidSpec: Invalid [pci]device_spec config: Invalid entry: '{'vendor_id':'8086', 'address': '0000:81:00.0'}'",
      "PciConfigInvalidSpec: Invalid [pci]device_spec config: property bus (100) is greater than the maximum allowable value (FF).",
      "PciConfigInvalidSpec: Invalid [pci]device_spec config: one_time_use=true requires pci.report_in_placement to be enabled",
      "PciConfigInvalidWhitelist: Invalid PCI devices Whitelist config: Invalid entry: '8086'; Expecting dict",
      "PciDeviceInvalidDeviceName: Invalid PCI Whitelist: The PCI whitelist can specify devname or address, but not both",
      "PlacementPciMixedResourceClassException: VFs from the same PF cannot be configured with different 'resource_class' values in [pci]device_spec. We got CUSTOM_B for 0000:81:00.2 and CUSTOM_A for 0000:81:00.1.",
    ].map((line): [string, string] => [`${cls}.${line}`, `${cls}.${line}`]),
  ])("%s", (line, shown) => {
    expect(novaErrorLine(`${stamp} Unhandled error: ${line}`)).toBe(shown);
  });
});

test("a value that nobody knows is masked, and the sentence around it is not", () => {
  expect(
    novaErrorLine(
      "nova.exception.PciInvalidAlias: Invalid PCI alias definition: 'usb' is not one of ['pci']",
    ),
  ).toBe(
    "nova.exception.PciInvalidAlias: Invalid PCI alias definition: '***' is not one of ['pci']",
  );
});

test("the last of several exceptions counts, and a long one is cut", () => {
  const first = "nova.exception.PciRequestAliasNotDefined: PCI alias a1 is not defined";
  const last = `nova.exception.PciInvalidAlias: Invalid PCI alias definition: ${"value ".repeat(90)}`;
  const shown = novaErrorLine(`${first}\n${last}\nexiting`)!;
  expect(shown).toMatch(/^nova\.exception\.PciInvalidAlias/);
  expect(shown).toHaveLength(300);
});

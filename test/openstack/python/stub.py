"""stub.py ADDRESS PORT PORTS: a stand-in for Glance and Neutron, no part of OpenStack.

It knows one image, no network, and the ports that the file PORTS lists (JSON, read per request),
filtered as Neutron filters: by equality, a repeated key meaning "one of". Nova needs no more to
boot a server without a network.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

address, port, ports_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]

IMAGE = {
    "id": "11111111-2222-3333-4444-555555555555", "name": "any", "status": "active",
    "visibility": "public", "protected": False, "container_format": "bare", "disk_format": "raw",
    "min_disk": 0, "min_ram": 0, "size": 1, "virtual_size": 1, "checksum": "0" * 32, "owner": None,
    "tags": [], "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    "self": "/v2/images/any", "file": "/v2/images/any/file", "schema": "/v2/schemas/image",
}
ANY_TYPE = {"type": ["null", "string", "integer", "boolean", "array"]}
IMAGE_SCHEMA = {"name": "image", "properties": {key: ANY_TYPE for key in IMAGE},
                "additionalProperties": {"type": "string"}, "links": []}
NOT_FILTERS = ("fields", "limit", "marker", "sort_key", "sort_dir", "page_reverse")


def versions(service, version, host):
    link = {"rel": "self", "href": "http://%s/%s/%s/" % (host, service, version[:2])}
    return {"versions": [{"id": version, "status": "CURRENT", "links": [link]}]}


def image(path, host):
    if path in ("", "/versions"):
        return 300, versions("image", "v2.9", host)
    if path == "/v2/images":
        return 200, {"images": [IMAGE]}
    if path.startswith("/v2/images/"):
        return 200, dict(IMAGE, id=path.split("/")[3])
    if path.startswith("/v2/schemas/image"):
        return 200, IMAGE_SCHEMA
    return 404, {"error": "not in the stand-in"}


def network(path, query, host):
    if path == "":
        return 200, versions("network", "v2.0", host)
    kind = path.split("/")[2].replace(".json", "").replace("-", "_") if path.count("/") == 2 else ""
    if kind == "ports":
        wanted = {key: values for key, values in query.items() if key not in NOT_FILTERS}
        return 200, {"ports": [one for one in ports() if matches(one, wanted)]}
    return (200, {kind: []}) if kind else (404, {"error": "not in the stand-in"})


def ports():
    try:
        with open(ports_file) as file:
            return json.load(file)
    except FileNotFoundError:
        return []


def matches(one, wanted):
    return all(str(one.get(key)) in values for key, values in wanted.items())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        path, host = url.path.rstrip("/"), self.headers.get("Host", "")
        if path.startswith("/image"):
            code, body = image(path[len("/image"):], host)
        elif path.startswith("/network"):
            code, body = network(path[len("/network"):], parse_qs(url.query), host)
        else:
            code, body = 404, {"error": "not in the stand-in"}
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

    def log_message(self, *args):
        pass


ThreadingHTTPServer((address, port), Handler).serve_forever()

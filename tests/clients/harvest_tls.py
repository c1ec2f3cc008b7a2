#!/usr/bin/env python3
"""Harvests from a catalogue behind TLS whose certificate an authority of this test signed.

usage: harvest_tls.py HIRAKU

The authority and the certificates are made anew by openssl. Asserts: without the setting `harvest_ca` nothing is taken over
from a server that no public authority knows; with it the dataset comes; a certificate of another name, one that has
ended, and one of another authority are refused; a file without a certificate is told before anything is asked.
"""

import http.server
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading

HIRAKU = pathlib.Path(sys.argv[1]).resolve()
PARKS = "公園名,住所,面積\n本町公園,焼津市本町5丁目6番1号,1200\n港公園,焼津市中港1丁目1番1号,800\n".encode()


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def authority(work, name):
    key, certificate = work / f"{name}.key", work / f"{name}.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
            certificate, "-days", 30, "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return key, certificate


def signed(work, name, by, host, days=10):
    key, request, certificate = (work / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
    extensions = work / f"{name}.ext"
    extensions.write_text(f"subjectAltName={host}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
            "-subj", f"/CN={name}")
    openssl("x509", "-req", "-in", request, "-CA", by[1], "-CAkey", by[0], "-CAcreateserial", "-out", certificate, "-days",
            days, "-extfile", extensions)
    return key, certificate


def serve(key, certificate):
    class Catalogue(http.server.BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self):
            type(self).asked += 1
            kind, body = "text/csv", PARKS
            if self.path.startswith("/api/"):
                resource = {"id": "00000000-0000-4000-8000-000000000002", "name": "公園", "format": "CSV",
                            "url": f"https://127.0.0.1:{server.server_port}/files/parks.csv", "mimetype": "text/csv"}
                dataset = {"id": "00000000-0000-4000-8000-000000000001", "name": "222127_parks", "title": "公園一覧",
                           "notes": "", "license_id": "cc-by-4.0", "metadata_modified": "2026-01-01T00:00:00.000000",
                           "organization": {"name": "222127", "title": "焼津市"}, "resources": [resource], "tags": [],
                           "extras": [], "state": "active", "private": False, "type": "dataset"}
                result = {"count": 1, "results": [dataset], "sort": "id asc"}
                kind, body = "application/json", json.dumps({"success": True, "result": result}).encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Catalogue)
    # What a client breaks off is no fault of this test.
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, Catalogue


def harvest(work, number, server, trusted):
    folder = work / f"run{number}"
    folder.mkdir()
    own = f'harvest_ca = "{trusted}"\n' if trusted else ""
    (folder / "hiraku.toml").write_text(
        f'harvest_hosts = ["127.0.0.1:{server.server_port}"]\nharvest_networks = ["127.0.0.0/8"]\nharvest_pause_ms = 0\n{own}')
    run = lambda *words: subprocess.run(
        [HIRAKU, "--config", folder / "hiraku.toml", "--json", *words, "--data", folder / "data"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    added = run("harvest", "add", "pref", f"https://127.0.0.1:{server.server_port}")
    if added.returncode:
        return None, added.stderr
    done = run("harvest", "run", "pref", "--publish")
    return done.returncode, done.stdout + done.stderr


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="hiraku-tls-"))
    own, other = authority(work, "own"), authority(work, "other")
    (work / "none.pem").write_text("no certificate\n")
    good = signed(work, "good", own, "IP:127.0.0.1")
    cases = [
        ("public authorities alone", good, None, False),
        ("the authority of the setting", good, own[1], True),
        ("another authority", good, other[1], False),
        ("a certificate of another name", signed(work, "name", own, "DNS:data.example.jp"), own[1], False),
        ("a certificate that has ended", signed(work, "ended", own, "IP:127.0.0.1", 0), own[1], False),
    ]
    failed = False
    for number, (name, pair, trusted, expected) in enumerate(cases):
        server, catalogue = serve(*pair)
        code, told = harvest(work, number, server, trusted)
        server.shutdown()
        right = code == 0 and "222127_parks" in told if expected else code not in (0, None) and catalogue.asked == 0
        print(f"{'ok' if right else 'WRONG'}: {name}: code {code}, {catalogue.asked} questions answered")
        if not right:
            print(told)
            failed = True
    server, catalogue = serve(*good)
    code, told = harvest(work, len(cases), server, work / "none.pem")
    if code is not None or "harvest_ca" not in told or catalogue.asked:
        print(f"WRONG: a file without a certificate: {code} {told}")
        failed = True
    sys.exit(1 if failed else 0)


main()

"""A collector with a country's records in it (tests/tools/nation): for tests and benches. Not a test."""
import base64
import json
import os
import subprocess
import sys

from play import Failed

SAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'sample')
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'staff': 'mot cum can bo'}
REGISTRAR, STAFF = {'passphrase': PASS['registrar']}, {'passphrase': PASS['staff']}
SEED = 7


def load(col, tool, folder, one_in, weeks, seed=SEED):
    """Set up the collector `col` and load one commune of so many, so many weeks. What the tool says there is now, and
    `root`: the root's public key, b64u, which is also in the file root.pub of the folder, as an auditor has it."""
    catalogue = os.path.join(folder, 'catalogue.csv')
    subprocess.run([sys.executable, os.path.join(SAMPLE, 'make_catalogue.py'), catalogue], check=True, stdout=subprocess.DEVNULL)
    root = col.call('init', '--name', 'Bộ thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})['root']
    col.call('catalogue', 'import', catalogue, secrets=REGISTRAR)
    for role in ('verifier', 'reporter'):
        col.call('staff', 'add', role, '--role', role, '--name', 'Cán bộ ' + role, secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['staff']})
    for kind in ('facility_check', 'equipment_check'):
        col.call('schedule', 'publish', 'kind=' + kind, 'period=hang_thang', 'due_day=15', 'due_hour=17', 'scopes=*', '--as', 'reporter', secrets=STAFF)
    words = '%s\n%s\n%s\n' % (PASS['registrar'], PASS['staff'], PASS['staff'])
    p = subprocess.run([tool, col.home, catalogue, str(seed), str(one_in), str(weeks)], input=words.encode(), stdout=subprocess.PIPE, check=False)
    if p.returncode != 0:
        raise Failed('nation ended with %d' % p.returncode)
    wire = b''.join(len(x).to_bytes(4, 'big') + x for x in (b'ssh-ed25519', base64.urlsafe_b64decode(root + '=')))
    with open(os.path.join(folder, 'root.pub'), 'w', encoding='ascii') as f:
        f.write('ssh-ed25519 %s root\n' % base64.b64encode(wire).decode())
    return {**json.loads(p.stdout), 'root': root}


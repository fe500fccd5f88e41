#!/usr/bin/env python3
"""A PC, and a collector, that are lost after a backup, with the real programs. Prints TAP. Programs are found in $KK_BIN."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from play import Owner, Program  # noqa: E402
from programs_test import ASSET, PASS, PIN, SCOPE, main, need  # noqa: E402


# clause: P10 P19 A15
def test_backup(b):
    """a lost PC comes back from its backup: nothing is lost, and it counts as a new PC"""
    slip = lambda: b.col.call('enrol', 'code', '--scope', SCOPE, '--unit', 'Xã thử')['slip']
    pc = Program(b.pc.path, b.path('kept'))
    with open(b.path('one.json'), 'w', encoding='utf-8') as f:
        json.dump(dict(slip(), url=b.owner.url), f)
    pc.call('enrol', b.path('one.json'), '--clerk', 'Trần Thị Bình', secrets=PIN)
    pc.call('sync')
    owner = Owner(pc, '--offline')
    try:
        pc.call('unlock', secrets=PIN)
        one = pc.call('record', 'asset', *ASSET, 'serial=K-1')['records'][0]['id']
        photo = b.path('ảnh.png')
        with open(photo, 'wb') as f:
            f.write(b'\x89PNG\r\n\x1a\n\0\0\0\0IENDcrc!')
        pc.call('record', 'photo', '--parent', one, '--attach', photo)
        pc.call('record', 'weekly_statement', expect=None)
        made = pc.call('backup', b.path('kept.backup'))
        pc.call('record', 'asset', *ASSET, 'serial=K-2')  # lost with the PC
    finally:
        owner.stop()
    shutil.rmtree(pc.home)
    back = pc.call('restore', b.path('kept.backup'))
    need('what came back', {k: back[k] for k in ('saved', 'unsent', 'drafts', 'clerks', 'blobs')},
         {k: made[k] for k in ('saved', 'unsent', 'drafts', 'clerks', 'blobs')})
    need('photo and draft', (back['blobs'] >= 1, back['drafts'], back['clerks']), (True, 1, 1))
    need('the restored PC verifies', pc.call('verify', '--all')['ok'], True)
    need('it cannot speak for the old one', pc.call('sync', expect=66)['key'], 'keys.no_device')
    pc.call('record', 'asset', *ASSET, 'serial=K-3', secrets=PIN)  # work goes on meanwhile
    with open(b.path('two.json'), 'w', encoding='utf-8') as f:
        json.dump(dict(slip(), url=b.owner.url), f)
    need('enrolled anew', pc.call('enrol', b.path('two.json'))['state'], 'approved')
    pc.call('sync')
    got = pc.call('status')
    need('all sent', (got['unsent'], got['refused'], got['quarantined']), (0, 0, 0))
    need('no feed was written twice', b.col.call('forks')['forks'], [])
    need('the photo is at the collector', b.col.call('verify', '--all')['ok'], True)
    need('the new PC verifies', pc.call('verify', '--all')['ok'], True)
    need('its register', len(pc.call('search', 'K-1')['items']) + len(pc.call('search', 'K-3')['items']), 2)
    need('the one recorded after the backup', pc.call('search', 'K-2')['items'], [])
    need('nothing else', pc.call('list', '--kind', 'asset')['total'], 2)


# clause: L11 L12
def test_collector(b):
    """a lost collector comes back from its backup under a new log key, and the PCs bring what the backup lacks"""
    pc = Program(b.pc.path, b.path('kept'))
    port = b.owner.url.rsplit(':', 1)[1].strip('/')
    made = b.col.call('backup', b.path('collector.backup'))
    pc.call('record', 'asset', *ASSET, 'serial=L-1', secrets=PIN)
    need('received', pc.call('sync')['accepted'], 1)
    before = b.col.call('verify', '--all')
    b.down()
    shutil.rmtree(b.col.home)
    back = b.col.call('restore', b.path('collector.backup'))
    need('what came back', [back[k] for k in ('entries', 'blobs', 'keys')], [made[k] for k in ('entries', 'blobs', 'keys')])
    need('an entry is missing', back['entries'], before['entries'] - 1)
    need('it cannot sign', b.col.call('checkpoint', expect=65)['key'], 'collector.log_key')
    need('nor serve', b.col.call('serve', '--port', '0', secrets={'passphrase': PASS['registrar']}, expect=65)['key'], 'collector.log_key')
    got = b.col.call('recover', secrets={'passphrase': PASS['root']})
    need('it goes on from there', (got['recovered'], got['base']), (True, back['entries']))
    b.owner = Owner(b.col, '--port', port, secrets={'passphrase': PASS['registrar']})
    pc.call('record', 'asset', *ASSET, 'serial=L-2', secrets=PIN)
    for _ in range(2):
        pc.call('sync')
    got = pc.call('status')
    need('all sent', (got['unsent'], got['refused'], got['quarantined']), (0, 0, 0))
    need('what was offered again', [b.col.call('recovery')[k] for k in ('offered', 'accepted')], [1, 1])
    need('the collector verifies', b.col.call('verify', '--all')['ok'], True)
    need('so does the PC', pc.call('verify', '--all')['ok'], True)
    need('no feed has parted', b.col.call('forks')['forks'], [])


if __name__ == '__main__':
    sys.exit(main([test_backup, test_collector]))

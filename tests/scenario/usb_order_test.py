#!/usr/bin/env python3
"""Sealed files that come late, twice and the wrong way round, between syncs over HTTP; a file from one PC to another of the
commune; one of a revoked PC; and by stick to a collector that was restored. Prints TAP. Programs are found in $KK_BIN.
clause: B8 B10 B11 B12 A10 L13"""
import glob
import hashlib
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from play import need, play  # noqa: E402
from stick import PASS, PIN, REGISTRAR, World, photo  # noqa: E402


def test_begin(w):
    """three PCs of one commune"""
    for pc, clerk in ((w.a, 'Nguyễn Văn An'), (w.b, 'Lò Thị Bé'), (w.c, 'Giàng A Sử')):
        w.online(pc, clerk)


def test_any_order(w):
    """two exports before an answer, a sync over HTTP between, answers late, twice and the wrong way round"""
    w.record(w.a, 'Tủ sắt một')
    one = w.a.call('export', '--usb', w.stick())
    w.record(w.a, 'Tủ sắt hai')
    two = w.a.call('export', '--usb', w.stick())
    told = w.col.call('import', two['file'])
    need('the second has all', (told['accepted'], told['duplicate']), (two['records'], 0))
    second = w.col.call('export', '--usb', w.stick(), '--to', 'Máy Nguyễn Văn An')
    told = w.col.call('import', one['file'], '--reply', w.stick())
    need('the first has nothing new', (told['accepted'], told['duplicate']), (0, one['records']))
    w.record(w.b, 'Máy chiếu')
    w.record(w.a, 'Tủ sắt ba')
    w.sync(w.b, w.a)
    after = w.counts(w.a)
    saved = w.a.call('status')['saved']
    for answer in (second, told['reply'], second):
        w.a.call('import', answer['file'])
        need('as it was', (w.counts(w.a), w.a.call('status')['saved']), (after, saved))
        need('it verifies', w.a.call('verify', '--all')['ok'], True)
    w.record(w.b, 'Máy in')
    w.record(w.a, 'Tủ sắt bốn')
    three = w.a.call('export', '--usb', w.stick())
    w.sync(w.b)
    told = w.col.call('import', three['file'], '--reply', w.stick())
    w.sync(w.a)
    w.record(w.b, 'Máy quét')
    w.sync(w.b)
    late = w.col.call('export', '--usb', w.stick(), '--to', 'Máy Nguyễn Văn An')
    need('what only the later answer has', 'Máy quét' in w.titles(w.a), False)
    w.a.call('import', late['file'])
    need('is there', 'Máy quét' in w.titles(w.a), True)
    need('and a late one from before harms nothing', w.a.call('import', told['reply']['file'])['problems'], [])
    w.record(w.a, 'Tủ sắt năm')
    w.sync(w.a)
    need('HTTP goes on', w.counts(w.a)[1:], (0, 0, 0))
    need('it verifies', w.a.call('verify', '--all')['ok'], True)
    need('both have the same', w.titles(w.a) == w.titles_at_collector(), True)


def test_pc_to_pc(w):
    """from one PC to another: shown at once as foreign, carried to the collector with its photo, receipts at both"""
    w.sync(w.b)
    asset = w.record(w.a, 'Xe máy của An')
    w.a.call('record', 'photo', '--parent', asset['id'], '--attach', w.write('xe.jpg', photo(b'XE-CUA-AN', 20000)), '--submit', secrets=PIN)
    unsent = w.a.call('status')['unsent']
    out = w.a.call('export', '--usb', w.stick(), '--to', 'Máy Lò Thị Bé')
    need('kind', (out['kind'], out['records'], out['files']), ('carry', unsent, 1))
    need('for that PC only', w.c.call('import', out['file'], expect=77)['key'], 'bundle.not_for_us')
    need('no such PC', w.a.call('export', '--usb', w.stick(), '--to', 'Máy Khác', expect=66)['key'], 'usb.no_pc')
    own = w.b.call('status')['unsent']
    told = w.b.call('import', out['file'])
    need('taken', (told['kind'], told['received'], told['files_received'], told['refused']), ('carry', unsent, 1, 0))
    need('twice', w.b.call('import', out['file'])['again'], True)
    need('shown', 'Xe máy của An' in w.titles(w.b), True)
    need('not its own', w.b.call('status')['unsent'], own)
    shown = w.b.call('show', asset['id'])
    need('not logged yet', (shown['logged'], shown['author']), (False, 'Nguyễn Văn An'))
    again = w.b.call('export', '--usb', w.stick())
    need('it would go on by stick too', (again['records'], again['files']), (unsent + own, 1))
    w.sync(w.b)
    need('carried', 'Xe máy của An' in w.titles_at_collector(), True)
    need('its photo too', len(glob.glob(w.path('collector', 'blobs', '??', hashlib.sha256(photo(b'XE-CUA-AN', 20000)).hexdigest()))), 1)
    need('the carrier has the index', w.b.call('show', asset['id'])['logged'], True)
    size = w.size()
    w.sync(w.a)
    need('nothing new', w.size(), size)
    need('the author has its receipts', w.counts(w.a)[1:], (0, 0, 0))
    for pc in (w.a, w.b):
        need('it verifies', pc.call('verify', '--all')['ok'], True)


def test_revoked(w):
    """a revoked PC hands in its backlog by stick: held for review, told one by one, and it gets no lines back"""
    w.record(w.c, 'Máy sau khi mất')
    out = w.c.call('export', '--usb', w.stick())
    fingerprint = w.c.call('enrol')['fingerprint']
    w.col.call('revoke', fingerprint, '--reason', 'Máy bị mất', '--as', 'registrar', secrets=REGISTRAR)
    told = w.col.call('import', out['file'], '--reply', w.stick())
    need('held', (told['state'], told['accepted'], told['quarantined']), ('revoked', 0, out['records']))
    need('one by one', [(x['verdict'], x['clause']) for x in told['listed']], [('quarantined', 'A6')] * out['records'])
    need('no lines', told['reply']['records'], 0)
    need('the PC knows', w.c.call('import', told['reply']['file'])['quarantined'], out['records'])


def test_restored(w):
    """a collector set back to yesterday and recovered: by stick the PC follows the new log, and brings back just what is missing"""
    shutil.copytree(w.path('collector'), w.path('yesterday'))
    w.record(w.a, 'Máy sau sao lưu')
    told = w.col.call('import', w.a.call('export', '--usb', w.stick())['file'], '--reply', w.stick())
    w.a.call('import', told['reply']['file'])
    need('received', w.counts(w.a)[1:], (0, 0, 0))
    shutil.rmtree(w.path('collector'))
    shutil.copytree(w.path('yesterday'), w.path('collector'))
    w.col.call('recover', secrets={'passphrase': PASS['root']})
    need('lost', 'Máy sau sao lưu' in w.titles_at_collector(), False)
    w.record(w.a, 'Máy mới ghi')
    trips = []
    for _ in range(3):
        told = w.col.call('import', w.a.call('export', '--usb', w.stick())['file'], '--reply', w.stick())
        trips.append((told['accepted'], [p['code'] for p in told['problems']]))
        w.a.call('import', told['reply']['file'])
    need('told of the new log, then what is new, then what was lost', trips, [(0, ['epoch']), (1, []), (1, [])])
    need('all is there', [n in w.titles_at_collector() for n in ('Máy sau sao lưu', 'Máy mới ghi')], [True, True])
    need('receipts', w.counts(w.a)[1:], (0, 0, 0))
    need('it verifies', w.a.call('verify', '--all')['ok'], True)
    w.sync(w.a, w.b)
    need('and HTTP goes on', [n in w.titles(w.b) for n in ('Máy sau sao lưu', 'Máy mới ghi')], [True, True])


TESTS = [test_begin, test_any_order, test_pc_to_pc, test_revoked, test_restored]


if __name__ == '__main__':
    sys.exit(play(World, TESTS, lambda w: w.owner and w.owner.stop()))

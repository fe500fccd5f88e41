#!/usr/bin/env python3
"""What the centre makes of what it receives, with the real programs: lists by any filter, a record proven from its stored
bytes, reviews by level, approved together, locked and corrected afterwards, and tasks until a check answers them.
Both ends are asked. Prints TAP. Programs are found in $KK_BIN.
clause: M19 M20"""
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from centre_test import NEW_STAFF, PASS, PIN, REGISTRAR, SCOPE, STAFF, STATEMENT, World, only  # noqa: E402
from play import need, play, rewrite  # noqa: E402
from programs_test import ASSET  # noqa: E402

PLACE = {'commune_code': SCOPE, 'name': 'Trụ sở Hòa Khê cũ', 'address': 'Thôn Đông', 'facility_type': 'tru_so', 'land_cert': 'co', 'surplus_status': 'khong'}


def listed(w, **by):
    args = sum((['--' + k.replace('_', '-'), str(x)] for k, v in by.items() for x in (v if isinstance(v, list) else [v])), [])
    got = w.col.call('submissions', *args)
    need('few are looked at', got['visited'] <= 2000, True)
    return got


def ids(w, **by):
    return [x['id'] for x in listed(w, **by)['submissions']]


def record(w, pc, body):
    return only('record', pc.call('record', '--file', w.write('record.json', json.dumps(body)))['records'])['id']


def visit(w, pc, place, **more):
    with open(os.path.join(os.path.dirname(HERE), 'sample', 'facility_check.json'), encoding='utf-8') as f:
        body = json.load(f)
    body['fields'].update(facility_id=place, **more)
    ident = w.submit(pc, record(w, pc, body))['id']
    w.sync(pc)
    return ident


def test_lists(w):
    """submissions: each filter and words without tones; pages join; a place that is renamed is found by its new name"""
    w.place = record(w, w.a, {'kind': 'facility', 'fields': PLACE})
    w.first, w.second = visit(w, w.a, w.place), visit(w, w.a, w.place, staff='19')
    w.week = [w.submitted(w.a), w.submitted(w.b), w.submitted(w.b)]
    every = [w.first, w.second] + w.week
    need('newest first', ids(w), every[::-1])
    need('by kind', ids(w, kind='facility_check'), [w.second, w.first])
    need('by place', (ids(w, scope=SCOPE), ids(w, scope='01202'), ids(w, province='01'), ids(w, province='02')), (every[::-1], [], every[::-1], []))
    need('by state and level', (ids(w, state='received'), ids(w, state='approved'), ids(w, level='none'), ids(w, level='centre')), (every[::-1], [], every[::-1], []))
    need('by seal', (ids(w, seal='valid'), ids(w, seal='held')), (every[::-1], []))
    need('by day', (ids(w, until='01/01/2026'), ids(w, **{'from': '01/01/2026'})), ([], every[::-1]))
    need('by words, without tones', (ids(w, text='tru so hoa khe'), ids(w, text='NGUYEN an'), ids(w, text="h'lan"), ids(w, text='01201 tru so hue')),
         ([w.second, w.first], [w.week[0], w.second, w.first], w.week[:0:-1], []))
    need('two together', ids(w, kind='weekly_statement', text="h'lan", state='received'), w.week[:0:-1])
    need('a flag nobody has', ids(w, flag='fork'), [])
    need('the week of the sample is long past', set(ids(w, flag='late')) <= set(every), True)
    pages, before = [], []
    while True:
        got = w.col.call('submissions', '--limit', '2', *before)
        pages.append([x['id'] for x in got['submissions']])
        if 'next' not in got:
            break
        before = ['--before', str(got['next'])]
    need('pages', pages, [every[:2:-1], every[2:0:-1], every[:1]])
    only('renamed', w.a.call('record', 'facility', w.place, 'name=Nhà văn hóa Đông', '--reason', 'Đổi tên')['records'])
    w.sync(w.a)
    need('by its new name only', (ids(w, text='nha van hoa dong'), ids(w, text='tru so')), ([w.second, w.first], []))


def test_page(w):
    """show: who sealed it, when, its receipt; the check before it and what changed; nothing else is proven by it"""
    got = w.col.call('show', w.second, '--explain')
    s = got['standing']
    need('who', (s['author'], s['custody'], bool(s['device']), s['verified'], s['wrong']), ('Nguyễn Văn An', 'own', True, True, []))
    need('its receipt', (s['receipt']['leaf_index'], len(s['receipt']['nodes']) > 0, s['receipt']['size'] > s['index']), (s['index'], True, True))
    need('the one before', (got['previous']['id'], got['previous']['corrected']), (w.first, False))
    need('what changed', [(c['field'], c['new']) for c in got['changed'] if c['line'] == ''], [('staff', '19')])
    need('explained', only('line', got['explain'])['ok'], True)
    need('nothing before the first', 'previous' in w.col.call('show', w.first), False)


def spoilt(w, ident, change):
    """The record and the list while the file says something else."""
    w.owners[0].stop()
    db = sqlite3.connect(os.path.join(w.col.home, 'store.db'))
    index = w.indexes[ident]
    body, = db.execute('SELECT body FROM payload WHERE idx = ?', (index,)).fetchone()
    bent = change(body)
    need('one byte', (len(bent), sum(a != b for a, b in zip(bent, body))), (len(body), 1))
    rewrite(db, index, bent)
    stored = db.execute('SELECT (SELECT ifnull(sum(verdict), 0) FROM entry_state), (SELECT marks & 4 FROM submission WHERE idx = ?)', (index,)).fetchone()
    try:
        row = only('row', [x for x in w.col.call('submissions')['submissions'] if x['id'] == ident])
        return stored, row, w.col.call('show', ident), w.col.said('show', ident), w.review(ident, '--approve', expect=None).error
    finally:
        rewrite(db, index, body)
        db.close()


def test_spoilt(w):
    """a byte of the stored entry is another: its page says so and names the clause, though every stored flag is good"""
    ident = w.week[0]
    w.indexes = {x['id']: x['index'] for x in w.col.call('submissions')['submissions']}
    cases = (('a value', lambda b: b.replace(b'"contact_phone":"0900045101"', b'"contact_phone":"0900045102"'), 'A1'),
             ('its form', lambda b: b.replace(b'"kk1"', b'"kk0"'), 'E8'),
             ('not JSON', lambda b: b[:-1] + b' ', 'E3'))
    for what, change, clause in cases:
        stored, row, shown, said, review = spoilt(w, ident, change)
        need(what + ': the stored flags are good', stored, (0, 0))
        for where, got in (('list', row), ('page', shown['standing'])):
            need('%s: %s' % (what, where), (got['verified'], bool(got['wrong'])), (False, True))
        need(what + ': in words', 'Niêm phong không hợp lệ' in said, True)
        need(what + ': the clause', (only('wrong', shown['standing']['wrong'])['clause'], '(%s)' % clause in said), (clause, True))
        need(what + ': nobody approves it', (review['key'], review['clause'], 'approved' in shown['standing']['takes']), ('review.unsound', clause, False))
        need(what + ': the rest is as it was', w.col.call('show', w.week[1])['standing']['verified'], True)
    need('put back', w.col.call('show', ident)['standing']['verified'], True)
    w.serve_again()


def test_levels(w):
    """review: province, then the centre; the higher stands; together each by itself; nobody decides above himself"""
    w.col.call('staff', 'add', 'tinh', '--role', 'province_verifier', '--scope', SCOPE, '--name', 'Lê Thị Tỉnh', secrets=NEW_STAFF)
    one, two, three = w.week
    need('his level', w.review(one, '--approve', key='tinh')['level'], 'province')
    need('listed', (ids(w, state='approved', level='province'), ids(w, level='centre')), ([one], []))
    waits = lambda: [x['id'] for x in listed(w)['submissions'] if x['waits']]  # noqa: E731
    need('waits for the centre, as the filter says', (one in waits(), sorted(waits())), (True, sorted(ids(w, waiting='centre'))))
    need('not the centre', w.review(one, '--approve', '--level', 'centre', key='tinh', expect=77)['clause'], 'M19')
    w.review(one, '--return', '--reason', 'Xe nào?', '--field', 'car', '--comment', 'Nêu biển số')
    need('the centre stands above', (w.standing(one)['state'], w.standing(one)['level']), ('returned', 'centre'))
    need('and is not lifted from below', w.review(one, '--approve', key='tinh', expect=65)['key'], 'review.above')
    got = w.col.call('review', two, 'ffffffff', three, '--approve', '--as', 'verifier', secrets=STAFF, expect=65)
    need('each its own', (got['done'], got['failed'], [x.get('state') or x['error']['key'] for x in got['reviews']]),
         (2, 1, ['approved', 'archive.no_entity', 'approved']))
    need('nothing of them waits any more', (set(waits()) & {one, two, three}, sorted(waits())), (set(), sorted(ids(w, waiting='centre'))))
    need('one seal each', len({x['entry'] for x in got['reviews'] if 'entry' in x}), 2)
    reviews = [p['set'] for p in w.payloads() if p.get('kind') == 'review']
    need('what was read is named', all(len(p['target_entry']) == 43 for p in reviews), True)
    w.sync(w.a, w.b)
    back = only('returned', w.a.call('due')['returned'])
    need('on the clerk\'s page', (back['id'], [(c['field'], c['text']) for c in back['comments']]), (one, [('car', 'Nêu biển số')]))


def correct(w, pc, ident, *fields):
    got = only('correction', pc.call('correct', ident, *fields, '--reason', 'Đã xem lại')['records'])['id']
    w.sync(pc)
    return got


def test_lock(w):
    """a correction answers what was returned; one after the centre's approval is marked at both ends and reviewed anew"""
    one, two, _ = w.week
    w.fixed = correct(w, w.a, one, 'car=chua')
    need('answered', w.a.call('due')['returned'], [])
    need('the old one is replaced', (w.standing(one)['state'], w.standing(w.fixed)['state']), ('superseded', 'received'))
    need('what is taken of each', (w.standing(one)['takes'], w.standing(w.fixed)['takes']), (['returned', 'rejected'], ['approved', 'returned', 'rejected']))
    need('and not approved any more', w.review(one, '--approve', expect=65)['key'], 'review.superseded')
    need('not after an approval', (w.standing(w.fixed)['after_approval'], w.a.call('show', w.fixed)['after_approval']), (False, False))
    shown = w.col.call('show', w.fixed)
    need('beside the one it corrects', (shown['previous']['id'], shown['previous']['corrected'], [c['field'] for c in shown['changed']]), (one, True, ['car']))
    w.review(w.fixed, '--approve')
    need('locked', w.standing(w.fixed)['locked'], True)
    w.sync(w.a, w.b)
    later = w.a.call('correct', w.fixed, 'car=co', '--reason', 'Xe mới về')['records'][0]['id']
    need('marked at once on the PC', w.a.call('show', later)['after_approval'], True)
    w.sync(w.a, w.b)
    for who in (w.a, w.b):
        need('marked on each PC', who.call('show', later)['after_approval'], True)
    got = w.standing(later)
    need('and at the centre, to be reviewed', (got['state'], got['after_approval'], got['locked']), ('received', True, False))
    need('found by it', ids(w, flag='after'), [later])
    need('in words', ('Sửa sau khi duyệt' in w.a.said('show', later), 'sửa sau khi duyệt' in w.col.said('submissions', '--flag', 'after')), (True, True))
    again = correct(w, w.a, later, 'contact_name=Trần Ân')
    need('and what corrects that', (w.standing(again)['after_approval'], ids(w, flag='after')), (True, [again, later]))
    w.review(again, '--approve')
    need('decided anew', (w.standing(again)['state'], ids(w, state='approved', scope=SCOPE)[0]), ('approved', again))


def test_tasks(w):
    """task: given from a record, seen by the commune, answered by a check that names it; overdue and ended ones"""
    args = ('--as', 'verifier')
    need('a day', w.col.call('task', 'add', w.second, '--title', 'Sửa mái', '--owner', 'Nguyễn Văn An', '--due', 'mai', *args, secrets=STAFF, expect=65)['args']['label'], 'Hạn hoàn thành')
    one = w.col.call('task', 'add', w.second, '--title', 'Sửa mái', '--owner', 'Nguyễn Văn An', '--due', '31/12/2099', *args, secrets=STAFF)['id']
    old = w.col.call('task', 'add', w.second, '--title', 'Nộp ảnh', '--owner', 'Văn phòng', '--due', '01/02/2026', *args, secrets=STAFF)['id']

    def tasks(state, *more):
        return [x['id'] for x in w.col.call('task', 'list', '--state', state, *more)['tasks']]
    need('open, and overdue', (tasks('open'), tasks('overdue'), tasks('done')), ([old, one], [old], []))
    need('found', (tasks('open', '--text', 'sua mai'), tasks('open', '--scope', '01202'), tasks('open', '--province', '01')), ([one], [], [old, one]))
    need('no submission', one in ids(w), False)
    need('on the record', [x['id'] for x in w.col.call('show', w.second)['tasks']], [one, old])
    w.sync(w.a)
    due = w.a.call('due')['tasks']
    need('seen by the commune', sorted((x['title'], x['overdue'], x['target']) for x in due), [('Nộp ảnh', True, w.second), ('Sửa mái', False, w.second)])
    answer = visit(w, w.a, w.place, task=one)
    need('answered', (tasks('open'), tasks('done'), [x['id'] for x in w.a.call('due')['tasks']]), ([old], [one], [old]))
    need('by which', only('task', [x for x in w.col.call('task', 'list')['tasks'] if x['id'] == one])['answer']['id'], answer)
    fixed = correct(w, w.a, answer, 'staff=20')
    need('the correction answers it too', (tasks('done'), only('t', [x for x in w.col.call('task', 'list')['tasks'] if x['id'] == one])['answer']['id']), ([one], fixed))
    w.col.call('task', 'close', old, '--cancel', '--reason', 'Đã có ảnh', *args, secrets=STAFF)
    need('ended', (tasks('open'), tasks('cancelled')), ([], [old]))
    need('once', w.col.call('task', 'close', old, '--reason', 'x', *args, secrets=STAFF, expect=65)['clause'], 'M20')
    w.sync(w.a)
    need('nothing is left', w.a.call('due')['tasks'], [])
    for ident in (fixed, answer):  # what answered it is gone, and with it the answer
        w.col.call('erase', ident, '--reason', 'Lộ thông tin cá nhân', '--apply', '--as', 'registrar', secrets=REGISTRAR)
    w.sync(w.a)
    need('open again', (tasks('open'), tasks('done'), [x['id'] for x in w.a.call('due')['tasks']]), ([one], [], [one]))
    told = [(x['what'], x['record']['title']) for x in w.col.call('acts')['items'] if x.get('record', {}).get('kind') == 'task']
    need('in the journal', told, [('Hủy việc đã giao', 'Nộp ảnh'), ('Giao việc', 'Nộp ảnh'), ('Giao việc', 'Sửa mái')])
    there = w.col.call('task', 'add', w.place, '--title', 'Đo lại', '--owner', 'Văn phòng', '--due', '31/12/2099', *args, secrets=STAFF)['id']
    need('found by its place', tasks('open', '--text', 'van hoa dong'), [there])
    w.a.call('record', 'facility', w.place, 'name=Trạm y tế Khê', '--reason', 'Đổi tên')
    w.sync(w.a)
    need('by the name it has', (tasks('open', '--text', 'van hoa dong'), tasks('open', '--text', 'tram y te')), ([], [there]))
    w.clean()


def test_seen(w):
    """a decision is of what was seen: what anybody writes into the record afterwards nobody has decided on"""
    asset = w.a.call('record', 'asset', *ASSET, secrets=PIN)['records'][0]['id']
    w.sync(w.a, w.b)
    w.review(asset, '--approve')
    need('approved', w.standing(asset)['state'], 'approved')
    w.b.call('record', 'asset', asset, 'condition=hong', '--reason', 'Rơi vỡ', secrets=PIN)
    w.sync(w.b)
    need('not what stands there now', w.standing(asset)['state'], 'received')
    w.review(asset, '--return', '--reason', 'Hỏng từ bao giờ?')
    need('looked at again', w.standing(asset)['state'], 'returned')
    w.sync(w.a, w.b)
    need('told', [x['id'] for x in w.a.call('due')['returned']], [asset])
    w.b.call('record', 'asset', asset, 'note=Từ tháng 9', '--reason', 'Trả lời trung tâm', secrets=PIN)
    w.sync(w.b, w.a)
    need('answered by another clerk', (w.a.call('due')['returned'], w.standing(asset)['state']), ([], 'received'))


def test_two_statements(w):
    """the same statement of a week by two clerks who did not know: what the centre had approved of the first is open again, on the board too"""
    week = w.col.call('board')['week']
    a, b = (w.draft_of(pc, week) for pc in (w.a, w.b))
    ident = w.submit(w.a, a)['id']
    w.sync(w.a)
    w.review(ident, '--approve')
    need('verified', (w.on_board(), w.standing(ident)['state']), ('verified', 'approved'))
    need('one record', w.submit(w.b, b)['id'], ident)
    w.sync(w.b)
    need('one more entry, no two values', (w.on_board(), w.standing(ident)['state'], w.col.call('conflicts', '--scope', SCOPE)['conflicts']), ('unverified', 'received', []))
    w.review(ident, '--approve')
    need('decided on as it stands', (w.on_board(), w.standing(ident)['state']), ('verified', 'approved'))


def test_rows(w):
    """the rows of lists are made anew for an older archive, the same; one that is wrong is found"""
    w.owners[0].stop()
    path = os.path.join(w.col.home, 'store.db')

    def rows():
        db = sqlite3.connect(path)
        got = (db.execute('SELECT * FROM submission ORDER BY idx').fetchall(), db.execute('SELECT * FROM submission_word ORDER BY word, idx').fetchall())
        db.close()
        return got

    def change(*sql):
        db = sqlite3.connect(path)
        for s in sql:
            db.execute(s)
        db.commit()
        db.close()
    before = rows()
    change('DELETE FROM submission', 'DELETE FROM submission_word', "DELETE FROM setting WHERE name = 'listed'")
    w.col.call('submissions')
    need('made anew', rows(), before)
    change('UPDATE submission SET state = 3 WHERE idx = (SELECT min(idx) FROM submission)')
    found = w.col.call('verify', '--all', expect=65)['findings']
    need('found', [(x['clause'], x['key']) for x in found], [('M19', 'verify.listing')])


class Here(World):
    def draft_of(self, pc, week):
        body = {'kind': 'weekly_statement', 'fields': dict(STATEMENT, week=week)}
        return only('draft', pc.call('record', '--file', self.write('record.json', json.dumps(body)))['records'])['id']

    def on_board(self):
        return next(u['state'] for u in self.col.call('board', '--province', '01')['units'] if u['code'] == SCOPE)

    def serve_again(self):
        from play import Owner
        port = self.port
        self.owners[0] = Owner(self.col, '--port', port, secrets={'passphrase': PASS['registrar']})

    def prepare(self):
        super().prepare()
        self.port = self.owners[0].url.rsplit(':', 1)[1]


TESTS = [test_lists, test_page, test_spoilt, test_levels, test_lock, test_tasks, test_seen, test_two_statements, test_rows]


if __name__ == '__main__':
    sys.exit(play(Here, TESTS, lambda w: w.stop()))

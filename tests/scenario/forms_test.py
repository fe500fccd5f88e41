#!/usr/bin/env python3
"""A form's life at the centre, with the real programs and a PC: draft, everything that is wrong with it, what a
clerk will see, published with the kind of its lines, recorded with, changed, compared, closed; and schedules: whom they
concern, which ask the same twice, how one ends. Prints TAP. Programs are found in $KK_BIN.
clause: A9 K6 K9"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from centre_test import ROOT_KEY, SCHEDULE, STAFF, World, only  # noqa: E402
from play import need, play  # noqa: E402


def text(vi, en):
    return {'vi': vi, 'en': en}


def field(name, kind, vi, en, **more):
    return {'name': name, 'type': kind, 'label': text(vi, en), **({} if kind == 'derived' else {'merge': 'immutable'}), **more}


def visit(version=1, **more):
    """A check of a kind the programs have never heard of, with lines."""
    return {
        'form': 'site_visit', 'version': version, 'scope': 'commune', 'class': 'check', 'label': text('Phiếu khảo sát', 'Site visit'), 'title': ['place'],
        'children': [{'kind': 'site_visit_room', 'min': 1, 'max': 5}],
        'lists': {'state': [{'v': 'tot', 'vi': 'Tốt', 'en': 'Good'}, {'v': 'hong', 'vi': 'Hỏng', 'en': 'Broken'}]},
        'fields': [field('place', 'text', 'Địa điểm', 'Place', required=True, maxlen=100),
                   field('state', 'choice', 'Tình trạng', 'State', list='state', required=True),
                   field('damage', 'text', 'Hư hỏng', 'Damage', relevant="${state} = 'hong'", required="${state} = 'hong'"),
                   field('area', 'derived', 'Tổng diện tích', 'Total area', calculate='sum(${site_visit_room.area})')],
        **more}


def room(version=1):
    return {'form': 'site_visit_room', 'version': version, 'scope': 'commune', 'class': 'line', 'label': text('Phòng', 'Room'), 'title': ['room'],
            'parent': {'field': 'visit', 'kinds': ['site_visit']}, 'key': ['visit', 'room'],
            'fields': [field('visit', 'ref', 'Phiếu', 'Visit', of='site_visit', required=True),
                       field('room', 'text', 'Tên phòng', 'Name of the room', required=True),
                       field('area', 'int', 'Diện tích', 'Area', min=1, required=True)]}


def family(w, *forms):
    return w.write('forms.json', json.dumps(list(forms), ensure_ascii=False))


def listed(w, name):
    return next((f for f in w.col.call('form', 'list')['forms'] if f['form'] == name), None)


def record(w, place, area, **more):
    body = {'kind': 'site_visit', 'fields': {'place': place, 'state': 'tot', **more}, 'children': [{'kind': 'site_visit_room', 'fields': {'room': 'P1', 'area': area}}]}
    got = w.a.call('record', '--file', w.write('visit.json', json.dumps(body)))
    return only('draft', got['records'])['id']


def test_check(w):
    """form check tells every fault with its place, not the first; a draft may have them, publishing refuses"""
    bad = visit(form='site_visit', version=4, colour='red')
    bad['fields'][0].update(maxlen=0, label=text('', 'Place'))
    bad['fields'][1]['list'] = 'no_such'
    bad['fields'].append(field('Loud', 'text', 'To', 'Loud'))
    bad['lists']['state'][1]['v'] = 'not one word'
    bad['children'].append({'kind': 'photo', 'min': -1})
    got = w.col.call('form', 'check', family(w, bad), expect=65)
    need('each place', [f['at'] for f in got['findings']],
         ['colour', 'lists.state[1].v', 'fields[0].label.vi', 'fields[1].list', 'fields[4].name', 'children[1].min'])
    need('in words', [f['text'] for f in got['findings'] if not f['text'].startswith('Mẫu phiếu, chỗ ')], [])
    loud = visit()
    loud['fields'][2].update(relevant='${stat} = 1', required='${place} = ${nobody}')
    got = w.col.call('form', 'check', family(w, loud), expect=65)
    need('each name', [f['at'] for f in got['findings']], ['fields[2].required', 'fields[2].relevant'])
    got = w.col.call('form', 'check', family(w, visit(2)), expect=65)
    need('what comes first', [(f['at'], '1' in f['text']) for f in got['findings']], [('version', True)])
    need('what the lines are', [f['at'] for f in w.col.call('form', 'check', family(w, visit()), expect=65)['findings']], ['children'])
    need('nothing', w.col.call('form', 'check', family(w, visit(), room()))['findings'], [])
    need('a form of all communes is not one\'s own', [f['at'] for f in w.col.call('form', 'check', family(w, visit(scope='*'), room()), expect=65)['findings']], ['scope'])
    need('kept all the same', len(w.col.call('form', 'draft', family(w, loud, room()))['findings']), 2)
    e = w.col.call('form', 'publish', *w.seen('site_visit'), secrets=ROOT_KEY, expect=65)
    need('not published', e['args']['at'], 'fields[2].required')
    need('a file or a draft', w.col.call('form', 'publish', secrets=ROOT_KEY, expect=64)['key'], 'form.file_or_draft')
    need('nothing went out', listed(w, 'site_visit')['versions'], [])
    w.col.call('form', 'discard', 'site_visit')
    need('gone', w.col.call('form', 'show', 'site_visit', '--draft', expect=66)['key'], 'form.no_draft')
    need('from the list too', listed(w, 'site_visit'), None)


def test_publish(w):
    """draft, preview, publish: the preview is what the clerk's program draws; a form and its lines go out together"""
    before = w.col.call('checkpoint')['size']
    got = w.col.call('form', 'draft', family(w, visit(), room()))
    need('kept', (got['form'], got['version'], got['findings']), ('site_visit', 1, []))
    need('only here', w.col.call('checkpoint')['size'], before)
    need('in the list', listed(w, 'site_visit')['draft']['version'], 1)
    shown = w.col.call('form', 'show', 'site_visit', '--draft')
    need('a draft', (shown['state'], [c['kind'] for c in shown['children']]), ('draft', ['site_visit_room']))
    got = w.col.call('form', 'publish', *w.seen('site_visit'), secrets=ROOT_KEY)
    need('published', (got['form'], got['version'], got['lines']), ('site_visit', 1, ['site_visit_room']))
    one = listed(w, 'site_visit')
    need('no draft any more', ('draft' in one, [(v['version'], v['state'], v['index']) for v in one['versions']]), (False, [(1, 'published', got['index'])]))
    w.sync(w.a)
    on_pc = w.a.call('form', 'site_visit')
    need('as previewed', {k: shown[k] for k in ('sections', 'children', 'title', 'label', 'class')}, {k: on_pc[k] for k in ('sections', 'children', 'title', 'label', 'class')})
    e = w.col.call('form', 'publish', w.write('f.json', json.dumps(visit())), secrets=ROOT_KEY, expect=65)
    need('never twice', (e['clause'], e['args']['version']), ('K6', '2'))


def test_record(w):
    """a clerk records with it, lines and sums too; what does not fit blocks, in the form's words"""
    e = w.a.call('submit', record(w, 'Nhà văn hóa', 20, state='hong'), expect=65)
    need('what is missing', [x['field'] for x in e['records'][0]['errors']], ['damage'])
    w.sent = w.submit(w.a, record(w, 'Trạm y tế', 30))['id']
    w.sync(w.a)
    got = w.standing(w.sent)
    need('whole and sound', (got['state'], got['complete'], got['verified'], got['quarantined'], got['flags']), ('received', True, True, 0, []))
    need('its line', [x['fields']['area']['value'] for x in w.col.call('show', w.sent)['lines']], [30])


def test_next(w):
    """the next version: what changed is told by name; a record begun before counts, one that comes after closing is flagged"""
    late = record(w, 'Chợ', 40)
    new = visit(2, label=text('Phiếu khảo sát cơ sở', 'Site visit'))
    del new['fields'][2]
    new['fields'][0]['maxlen'] = 200
    new['fields'].append(field('visited_on', 'date', 'Ngày đến', 'Date of the visit', required=True))
    new['lists']['state'].append({'v': 'kem', 'vi': 'Kém', 'en': 'Poor'})
    w.col.call('form', 'draft', family(w, new, room(2)))
    got = w.col.call('form', 'diff', 'site_visit', '1')
    need('from, to', (got['from'], got['to']), (1, 2))
    need('each change', [(c['part'], c['name'], c['member'], c['change']) for c in got['changes']],
         [('form', '', 'label', 'changed'), ('field', 'place', 'maxlen', 'changed'), ('field', 'damage', '', 'removed'), ('field', 'visited_on', '', 'added'),
          ('value', 'kem', '', 'added')])
    w.col.call('form', 'publish', *w.seen('site_visit'), secrets=ROOT_KEY)
    need('the same between versions', len(w.col.call('form', 'diff', 'site_visit', '1', '2')['changes']), 5)
    need('nothing between one and itself', w.col.call('form', 'diff', 'site_visit', '2', '2')['changes'], [])
    w.col.call('form', 'close', 'site_visit', '1', secrets=ROOT_KEY)
    need('states', [(v['version'], v['state'], 'closed_index' in v) for v in listed(w, 'site_visit')['versions']], [(1, 'closed', True), (2, 'published', False)])
    need('shown as it was', w.col.call('form', 'show', 'site_visit', '1')['state'], 'closed')
    late = w.submit(w.a, late)['id']
    w.sync(w.a)
    got = w.standing(late)
    need('accepted and flagged', (got['state'], got['verified'], got['quarantined'], got['flags'], got['findings']), ('received', True, 0, ['closed'], []))
    need('not the one from before', w.standing(w.sent)['flags'], [])
    ident = w.submit(w.a, record(w, 'Trường', 50, visited_on='28/11/2026'))['id']
    w.sync(w.a)
    need('the new one', (w.standing(ident)['flags'], w.value(w.col, ident, 'visited_on')), ([], '2026-11-28'))


def test_schedule_check(w):
    """a schedule being written: the form says what applies and what is missing; nothing is asked of anybody by that"""
    def asked(*fields):
        got = w.col.call('schedule', 'check', *fields)
        dues = [n for n, f in got['fields'].items() if n.startswith('due_') and f['applies']]
        return got, dues, sorted(n for n, f in got['fields'].items() if 'missing' in f), sorted(n for n, f in got['fields'].items() if 'error' in f)
    got, dues, missing, wrong = asked()
    need('nothing yet', (dues, missing, wrong, got['ready']), (['due_hour'], ['due_hour', 'kind', 'period', 'scopes'], [], False))
    for period, want in (('hang_tuan', ['due_weekday']), ('hang_thang', ['due_day']), ('hang_quy', ['due_day']), ('hang_nam', ['due_day', 'due_month']), ('mot_lan', ['due_date'])):
        got, dues, missing, wrong = asked('period=' + period)
        need(period, (dues, [n for n in missing if n in want], [got['fields'][n]['required'] for n in want]), (want + ['due_hour'], want, [True] * len(want)))
    got, dues, missing, wrong = asked(*SCHEDULE, 'due_day=mai')
    need('ready, what was typed for another period counts for nothing', (got['ready'], missing, wrong, got['errors']), (True, [], [], []))
    need('in words', (got['fields']['due_weekday']['text'], got['fields']['kind']['text']), ('Thứ Sáu', 'Tự khai hằng tuần'))
    got, dues, missing, wrong = asked(*SCHEDULE[:3], 'due_hour=24', 'scopes=01201, 02', 'starts_on=31/02/2026')
    need('wrong, not missing', (got['ready'], missing, wrong), (False, [], ['due_hour', 'starts_on']))
    need('several', got['fields']['scopes']['value'], ['01201', '02'])
    need('no such field', w.col.call('schedule', 'check', 'khong_co=1', expect=65)['key'], 'form.no_field')
    need('nobody is asked', w.col.call('schedule', 'list')['schedules'], [])


def test_schedules(w):
    """schedules: whom one concerns, two that ask the same are refused or told, one ends and asks nobody any more"""
    publish = ('schedule', 'publish', '--as', 'reporter')
    a = w.col.call(*publish, *SCHEDULE, secrets=STAFF)['id']
    e = w.col.call(*publish, *SCHEDULE[:4], 'scopes=01', secrets=STAFF, expect=65)
    need('the other is named', (e['key'], e['args']['id']), ('schedule.overlap', a))
    b = w.col.call(*publish, *SCHEDULE[:4], 'scopes=01', '--overlap', secrets=STAFF)['id']
    c = w.col.call(*publish, *SCHEDULE[:4], 'scopes=*', 'starts_on=01/01/2030', 'ends_on=31/12/2030', '--overlap', secrets=STAFF)['id']
    d = w.col.call(*publish, 'kind=inventory', 'period=hang_nam', 'due_month=12', 'due_day=31', 'due_hour=17', 'scopes=01202', secrets=STAFF)['id']
    got = {s['id']: s for s in w.col.call('schedule', 'list')['schedules']}
    need('all of them', set(got), {a, b, c, d})
    need('state and communes', {k: (s['state'], s['units'], s['scopes'][0]['name']) for k, s in got.items()},
         {a: ('in_force', 1, 'Hòa Khê'), b: ('in_force', 2, 'Hà Nội'), c: ('coming', 2, 'Tất cả các xã'), d: ('in_force', 1, 'Khê Thượng')})
    need('overlaps', {k: sorted(s['overlaps']) for k, s in got.items()}, {a: sorted([b, c]), b: sorted([a, c]), c: sorted([a, b]), d: []})
    need('in words', (got[a]['fields']['due_weekday']['text'], got[a]['fields']['kind']['label']), ('Thứ Sáu', 'Loại phiếu phải nộp'))
    need('by province', w.col.call('schedule', 'show', b)['provinces'], {'01': {'name': 'Hà Nội', 'units': 2}})
    w.sync(w.a)
    need('asked twice', len([x for x in w.a.call('due')['due'] if x['kind'] == 'weekly_statement']), 2)
    end = ('--reason', 'Hai lịch trùng nhau', '--as', 'reporter')
    need('with a reason', w.col.call('schedule', 'cancel', b, '--as', 'reporter', secrets=STAFF, expect=64)['key'], 'op.missing')
    w.col.call('schedule', 'cancel', b, *end, secrets=STAFF)
    w.col.call('schedule', 'cancel', c, *end, secrets=STAFF)
    need('once', w.col.call('schedule', 'cancel', b, *end, secrets=STAFF, expect=65)['key'], 'schedule.ended')
    got = {s['id']: s for s in w.col.call('schedule', 'list')['schedules']}
    need('ended', [got[x]['state'] for x in (a, b, c)], ['in_force', 'ended', 'ended'])
    need('nothing twice', [got[x]['overlaps'] for x in (a, b, c)], [[], [], []])
    told = [x['what'] for x in w.col.call('acts')['items'] if x.get('record', {}).get('kind') == 'schedule']
    need('in the journal: what was done', told, ['Kết thúc lịch báo cáo'] * 2 + ['Ban hành lịch báo cáo'] * 4)
    w.sync(w.a)
    need('asked once', len([x for x in w.a.call('due')['due'] if x['kind'] == 'weekly_statement']), 1)


def test_clean(w):
    """and everything stands the full check"""
    w.clean()


if __name__ == '__main__':
    sys.exit(play(World, [test_check, test_publish, test_record, test_next, test_schedule_check, test_schedules, test_clean], lambda w: w.stop()))

#!/usr/bin/env python3
"""Forms brought as workbooks (XLSForm), with the real programs and a PC: refused by cells, all at once, nothing kept; taken
as a draft, previewed, published, recorded with, closed, and a late record flagged. Prints TAP. Programs are found in $KK_BIN.
clause: A9 K6"""
import base64
import copy
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from centre_test import ROOT_KEY, World, only  # noqa: E402
from form_book import CHOICES, SURVEY, q, sample, write  # noqa: E402
from play import need, play  # noqa: E402

SETTINGS = [['form_title::vi', 'form_title::en', 'form_id'], ['Thử', 'Try', 'try_form']]


def book(w, rows, choices=None, settings=None, head=None, **more):
    sheets = {'survey': [head or SURVEY, *rows], 'choices': [CHOICES, *(choices or [])], 'settings': settings or SETTINGS, **more}
    return write(w.path('try.xlsx'), sheets)


def cells(w, *args, expect=65, severity='error', **kw):
    got = w.col.call('form', 'import', book(w, *args, **kw), expect=expect)
    return [(f['sheet'], f['cell']) for f in got['findings'] if f['severity'] == severity], got


def test_refused(w):
    """every cell outside the subset is refused by its address, all at once, and nothing is kept"""
    rows = [
        q('text', 'Tên', 'Tên', 'Name'),                                                # B2: not a name
        q('audio', 'sound', 'Ghi âm', 'Recording'),                                     # A3: not a type
        q('select_one no_such', 'a', 'A', 'A'),                                         # A4: no list
        q('text', 'b', 'B'),                                                            # D5: no English
        q('integer', 'c', 'C', 'C', constraint='. > ${nobody}', relevant='position(..) = 1'),  # I6, H6
        q('integer', 'd', 'D', 'D', constraint='. / 2 > 1'),                            # I7
        q('text', 'e', 'Xin chào ${b}', 'Hello ${b}'),                                  # C8
        q('text', 'B', 'Trùng', 'Twice'),                                               # B9
        q('calculate', 'f'),                                                            # L10
        q('integer', 'g', 'G', 'G', calculation='1 + 1'),                               # L11
        q('date', 'h', 'H', 'H', appearance='month-year'),                              # N12
        q('select_one yn', 'i', 'I', 'I', default='maybe'),                             # M13
        q('text', 'reason', 'Lý do', 'Reason'),                                         # B14
        q('begin_group', 'grp', 'Nhóm', 'Group', required='yes'),                       # G15
        q('integer', 'j', 'J', 'J', default='không'),                                   # M16
        q('end_group'),
    ]
    got, out = cells(w, rows, choices=[['yn', 'co', 'Có', 'Yes'], ['yn', 'co', 'Có', 'Yes'], ['yn', 'không', 'Không', 'No'], ['yn', 'x', '', '']])
    survey = [c for s, c in got if s == 'survey']
    need('every one', sorted(survey), sorted(['B2', 'A3', 'A4', 'D5', 'I6', 'H6', 'I7', 'C8', 'B9', 'L10', 'L11', 'N12', 'M13', 'B14', 'G15', 'M16']))
    need('of the choices', [c for s, c in got if s == 'choices'], ['B3', 'B4', 'C5'])
    need('nothing is kept', (out['kept'], [f for f in w.col.call('form', 'list')['forms'] if f['form'] == 'try_form']), (False, []))
    need('what to do', [f['text'] for f in out['findings'] if f['cell'] == 'L11'],
         ['Chỉ câu tính toán hoặc chỉ đọc mới có phép tính: đổi kiểu thành calculate, hoặc dùng giá trị mặc định.'])
    need('for people', 'survey!A3: Kiểu “audio” không dùng được.' in w.col.said('form', 'import', w.path('try.xlsx')), True)


def test_structure(w):
    """groups that do not fit, repeats in repeats, unknown columns, a third language, other sheets, no survey"""
    need('an end too many', cells(w, [q('text', 'a', 'A', 'A'), q('end_group')])[0], [('survey', 'A3')])
    need('never ended', cells(w, [q('begin_group', 'g', 'G', 'G'), q('text', 'a', 'A', 'A')])[0], [('survey', 'A2')])
    got = cells(w, [q('begin_repeat', 'r', 'R', 'R'), q('text', 'a', 'A', 'A'), q('begin_repeat', 's', 'S', 'S'), q('end_repeat'), q('end_repeat')])[0]
    need('one in another', got, [('survey', 'A4')])
    need('empty', cells(w, [q('begin_repeat', 'r', 'R', 'R'), q('end_repeat'), q('text', 'a', 'A', 'A')])[0], [('survey', 'A2')])
    head = SURVEY + ['media::audio', 'label::French (fr)', 'body::esri:style']
    row = q('text', 'a', 'A', 'A')
    need('columns', cells(w, [row + ['a.mp3', 'Bonjour', '']], head=head)[0], [('survey', 'R2'), ('survey', 'S2')])
    need('empty ones do not matter', cells(w, [row], head=head, expect=0)[1]['kept'], True)
    need('its sheet', cells(w, [row], entities=[['list_name'], ['trees']])[0], [('entities', 'A1')])
    need('one\'s own sheet does not matter', cells(w, [row], expect=0, **{'Hướng dẫn': [['Đọc kỹ']]})[1]['form'], 'try_form')
    e = w.col.call('form', 'import', write(w.path('no.xlsx'), {'Tài sản': [['Mã']]}), expect=65)
    need('no survey', e['key'], 'xlsform.no_survey')
    need('no title, no name', cells(w, [row], settings=[['version'], ['1']])[0], [('settings', 'A2'), ('settings', 'A2')])
    need('no settings at all', cells(w, [row], settings=[[]])[0], [('settings', 'A1'), ('settings', 'A1')])
    need('a file or its content', w.col.call('form', 'import', expect=64)['key'], 'form.file_or_content')
    w.col.call('form', 'discard', 'try_form')


def test_contract(w):
    """class, key, merge, types of ours by columns kk::…; defaults that lose nothing"""
    head = SURVEY + ['kk::merge', 'kk::type', 'kk::places']
    rows = [q('text', 'Code', 'Mã', 'Code', required='yes') + ['immutable', 'code', ''], q('integer', 'price', 'Giá', 'Price') + ['', 'money', ''],
            q('decimal', 'area', 'Diện tích', 'Area', default='1.25') + ['max', '', 3], q('text', 'where', 'Cơ sở', 'Premises') + ['latest', 'ref:facility', '']]
    settings = [[*SETTINGS[0], 'kk::class', 'kk::key', 'kk::title'], ['Sổ', 'Book', 'try_form', 'register', 'scope Code', 'Code price']]
    need('taken', cells(w, rows, head=head, settings=settings, expect=0)[0], [])
    made = w.col.call('form', 'show', 'try_form', '--draft')['definition']
    need('as asked', (made['class'], made['key'], made['title']), ('register', ['scope', 'code'], ['code', 'price']))
    need('fields', [(f['name'], f['type'], f['merge']) for f in made['fields']],
         [('code', 'code', 'immutable'), ('price', 'money', 'keep'), ('area', 'decimal', 'max'), ('where', 'ref', 'latest')])
    bad = copy.deepcopy(rows)
    bad[1][-3], bad[2][-2], bad[3][-1] = 'union', 'money', 2
    need('refused', cells(w, bad, head=head, settings=[settings[0], [*settings[1][:3], 'book', '', '']])[0],
         [('settings', 'D2'), ('survey', 'S4'), ('survey', 'T5')])
    bad = copy.deepcopy(rows)
    bad[1][-3] = 'union'
    need('by the reader of forms', cells(w, bad, head=head, settings=settings)[0], [('survey', 'R3')])
    w.col.call('form', 'discard', 'try_form')


def test_taken(w):
    """the sample, written in four ways, gives one and the same draft; the preview shows it in both languages"""
    made = []
    for more in ({}, {'inline': True}, {'prefix': 'x:'}, {'inline': True, 'prefix': 'ss:'}):
        got = w.col.call('form', 'import', write(w.path('cho.xlsx'), sample(), **more))
        need('kept', (got['form'], got['version'], got['kept'], got['lines']), ('market_survey', 1, True, ['market_survey_stall']))
        made.append(w.col.call('form', 'show', 'market_survey', '--draft'))
    need('the same', [m == made[0] for m in made], [True] * 4)
    with open(w.path('cho.xlsx'), 'rb') as f:
        content = base64.b64encode(f.read()).decode()
    need('by its content', w.col.call('form', 'import', '--content', content, '--source', 'Chợ.xlsx')['kept'], True)
    need('from where', next(f['draft']['source'] for f in w.col.call('form', 'list')['forms'] if f['form'] == 'market_survey'), 'Chợ.xlsx')
    need('left out, and told', [(f['cell'], f['severity']) for f in got['findings']], [('D2', 'note'), ('A4', 'note'), ('A24', 'note')])
    shown = made[0]
    need('headings', [(s['label']['vi'], s['label']['en']) if 'label' in s else None for s in shown['sections']],
         [None, ('Địa điểm', 'Place'), ('Khảo sát chợ', 'Market survey')])
    fields = {f['name']: f for s in shown['sections'] for f in s['fields']}
    need('names as ours', list(fields), ['start', 'today', 'market_name', 'gps', 'opens', 'roof', 'roof_area', 'remarks', 'total', 'weight', 'sure', 'supersedes', 'reason'])
    need('a note below the next question', fields['remarks']['hint'], {'vi': 'Ghi ngắn gọn.', 'en': 'Keep it short.'})
    by = {f['name']: f for f in shown['definition']['fields']}
    need('conditions', (by['roof_area']['relevant'], by['total']['calculate'], by['weight']['calculate']),
         ("(${roof} = 'co')", 'sum(${market_survey_stall.fee})', "if(count(${market_survey_stall.code}) > 1, 'lon', 'nho')"))
    need('a note with a condition', shown['definition']['rules'], [{'vi': 'Chợ không có mái: ghi biện pháp che mưa.', 'en': 'No roof: say what is done when it rains.',
                                                                    'warn': "${roof} = 'khong'"}])
    need('lines and photos', shown['definition']['children'], [{'kind': 'market_survey_stall', 'max': 200}, {'kind': 'photo', 'min': 0, 'max': 50}])


def record(w, **fields):
    stall = {'code': 'Q01', 'goods': ['rau'], 'fee': 150000}
    body = {'kind': 'market_survey', 'fields': {'market_name': 'Chợ Đông', 'roof': 'co', 'roof_area': '120,5', 'sure': 'OK', **fields},
            'children': [{'kind': 'market_survey_stall', 'fields': stall}, {'kind': 'market_survey_stall', 'fields': {**stall, 'code': 'Q02', 'fee': 50000}}]}
    return only('draft', w.a.call('record', '--file', w.write('cho.json', json.dumps(body)))['records'])['id']


def test_recorded(w):
    """published, a PC records with it: conditions hold, sums over the repeat come out; closed, what comes late is flagged"""
    w.col.call('form', 'publish', *w.seen('market_survey'), secrets=ROOT_KEY)
    w.sync(w.a)
    stall = {f['name']: f for f in w.col.call('form', 'show', 'market_survey_stall')['definition']['fields']}
    need('of the form around it', (stall['fee']['relevant'], stall['goods']['default']), ("(${parent.roof} = 'co')", ['rau', 'khac']))
    e = w.a.call('submit', record(w, roof_area='0'), expect=65)
    need('its message', [(x['field'], x['text']) for x in e['records'][0]['errors']], [('roof_area', 'Diện tích phải lớn hơn 0.')])
    e = w.a.call('submit', record(w, opens='25:00'), expect=65)
    need('a time', [x['field'] for x in e['records'][0]['errors']], ['opens'])
    ident = w.submit(w.a, record(w))['id']
    late = record(w, market_name='Chợ Tây')
    w.sync(w.a)
    got = w.standing(ident)
    need('whole and sound', (got['complete'], got['verified'], got['flags'], got['findings']), (True, True, [], []))
    need('defaults', (w.value(w.a, ident, 'opens'), w.value(w.a, ident, 'market_name')), ('05:30', 'Chợ Đông'))
    need('the sum', w.a.call('show', ident)['fields']['total']['value'], 200000)
    need('its lines', sorted(x['fields']['fee']['value'] for x in w.col.call('show', ident)['lines']), [50000, 150000])
    again = w.col.call('form', 'import', write(w.path('cho.xlsx'), sample()))
    need('the next version', again['version'], 2)
    w.col.call('form', 'close', 'market_survey', '1', secrets=ROOT_KEY)
    late = w.submit(w.a, late)['id']
    w.sync(w.a)
    got = w.standing(late)
    need('accepted and flagged', (got['state'], got['verified'], got['quarantined'], got['flags']), ('received', True, 0, ['closed']))
    w.clean()


if __name__ == '__main__':
    sys.exit(play(World, [test_refused, test_structure, test_contract, test_taken, test_recorded], lambda w: w.stop()))

#!/usr/bin/env python3
"""Importing workbooks as Excel and LibreOffice write them (deflated, shared strings, both calendars), with the
real program: preview, apply, refused rows; a bomb and a torn file are refused. Prints TAP."""
import os
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from play import Owner, Program, need, tap  # noqa: E402
from programs_test import BIN, PASS, PIN, SCOPE  # noqa: E402

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
HEAD = ['Mã tài sản', 'Tên tài sản', 'Mã đơn vị quan hệ ngân sách', 'Loại tài sản', 'Đơn vị tính', 'Số lượng', 'Năm đưa vào sử dụng',
        'Nguyên giá từ ngân sách nhà nước', 'Ngày đưa vào sử dụng', 'Căn cứ xác định giá trị', 'Tình trạng', 'Hiện trạng sử dụng']


def escape(s):
    return s.replace('&', '&amp;').replace('<', '&lt;')


def name_of(col):
    return (chr(64 + col // 26) if col >= 26 else '') + chr(65 + col % 26)


class Day(int):
    """A serial in a cell with a date's format."""


def workbook(path, rows, prefix='', from_1904=False, rels_first=False):
    """Texts are shared, numbers are numbers. prefix: of every element, as some writers do ("x:")."""
    strings, body = [], []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, v in enumerate(row):
            at = 'r="%s%d"' % (name_of(c), r)
            if isinstance(v, str):
                if v not in strings:
                    strings.append(v)
                cells.append('<{0}c %s t="s"><{0}v>%d</{0}v></{0}c>' % (at, strings.index(v)))
            elif v is not None:
                cells.append('<{0}c %s%s><{0}v>%r</{0}v></{0}c>' % (at, ' s="1"' if isinstance(v, Day) else '', v + 0))
        body.append('<{0}row r="%d">%s</{0}row>' % (r, ''.join(cells)))
    ns = 'xmlns%s="%s"' % (':' + prefix[:-1] if prefix else '', MAIN)
    parts = {
        '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        '_rels/.rels': '<Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/officeDocument" Target="/xl/workbook.xml"/></Relationships>' % (PACKAGE, OFFICE),
        'xl/_rels/workbook.xml.rels': '<Relationships xmlns="%s"><Relationship Id="rId3" Type="%s/worksheet" Target="worksheets/sheet1.xml"/></Relationships>' % (PACKAGE, OFFICE),
        'xl/workbook.xml': ('<{0}workbook %s xmlns:r="%s">%s<{0}sheets><{0}sheet name="Tài sản" sheetId="1" r:id="rId3"/></{0}sheets></{0}workbook>'
                            % (ns, OFFICE, '<{0}workbookPr date1904="true"/>' if from_1904 else '')),
        'xl/styles.xml': '<{0}styleSheet %s><{0}cellXfs count="2"><{0}xf numFmtId="0"/><{0}xf numFmtId="14"/></{0}cellXfs></{0}styleSheet>' % ns,
        'xl/sharedStrings.xml': '<{0}sst %s>%s</{0}sst>' % (ns, ''.join('<{0}si><{0}t>%s</{0}t></{0}si>' % escape(s) for s in strings)),
        'xl/worksheets/sheet1.xml': '<{0}worksheet %s><{0}sheetData>%s</{0}sheetData></{0}worksheet>' % (ns, ''.join(body)),
    }
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in sorted(parts.items(), reverse=rels_first):
            z.writestr(name, XML + text.replace('{0}', prefix))


def row(code, **over):
    v = {'code': code, 'name': 'Máy chiếu <Đông Á> & loa', 'unit': '0045101', 'class': 'Máy móc, thiết bị', 'uom': 'Cái', 'n': 2, 'year': 2024,
         'cost': 14500000, 'day': Day(45352), 'basis': 'Theo sổ kế toán', 'condition': 'Tốt', 'use': 'dung_muc_dich', **over}
    return list(v.values())


class Desk:
    def __init__(self, folder):
        self.folder = folder
        col = Program(os.path.join(BIN, 'kiemke-collector'), os.path.join(folder, 'collector'))
        col.call('init', '--name', 'Thử', secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        owner = Owner(col, '--port', '0', secrets={'passphrase': PASS['registrar']})
        self.pc = Program(os.path.join(BIN, 'kiemke'), os.path.join(folder, 'pc'))
        slip = os.path.join(folder, 'slip.json')
        col.call('enrol', 'code', '--scope', SCOPE, '--url', owner.url, '--out', slip)
        self.pc.call('enrol', slip, '--clerk', 'Nguyễn Văn An', secrets=PIN)
        owner.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def fields(self, code):
        return {k: v['value'] for k, v in self.pc.call('show', code)['fields'].items()}


def as_excel_writes_it(d):
    """a sheet with a title above its head; a code that became a number is told and refused"""
    path = d.path('excel.xlsx')
    workbook(path, [['BẢNG KÊ TÀI SẢN'], [], HEAD, row('0045101-000001'), row('0045101-000002', unit=45101)])
    got = d.pc.call('import', 'asset', path, expect=65)
    need('a preview', (got['new'], got['refused'], got['applied'], got['head']), (1, 1, 0, 3))
    need('numbers in a column of codes', got['columns'][2].get('numbers'), 1)
    got = d.pc.call('import', 'asset', path, '--apply', secrets=PIN, expect=65)
    need('applied', got['applied'], 1)
    with open(got['refused_file'], encoding='utf-8-sig') as f:
        need('the refused row', '0045101-000002' in f.read(), True)
    v = d.fields('0045101-000001')
    need('values', (v['use_date'], v['cost_budget'], v['unit_code'], v['name']), ('2024-03-01', 14500000, '0045101', 'Máy chiếu <Đông Á> & loa'))


def with_prefixes_and_the_other_calendar(d):
    """elements with a prefix, parts in another order, days counted from 1904"""
    path = d.path('other.xlsx')
    workbook(path, [HEAD, row('0045101-000003', day=Day(45352 - 1462))], prefix='x:', from_1904=True, rels_first=True)
    need('applied', d.pc.call('import', 'asset', path, '--apply', secrets=PIN)['applied'], 1)
    need('the day', d.fields('0045101-000003')['use_date'], '2024-03-01')


def office_cell(at, v, strings):
    """One cell as the office programs write them: shared, inline or computed text, a computed number, a date with a time, nothing but a format."""
    kind, text = v if isinstance(v, tuple) else ('shared' if isinstance(v, str) else 'number', v)
    if kind == 'shared':
        strings.append(text)
        return '<c r="%s" s="1" t="s"><v>%d</v></c>' % (at, len(strings) - 1)
    return {'inline': '<c r="%s" s="1" t="inlineStr"><is><r><rPr><b/></rPr><t xml:space="preserve">%s</t></r></is></c>',
            'computed': '<c r="%s" s="1" t="str"><f aca="false">A1&amp;""</f><v>%s</v></c>', 'number': '<c r="%s" s="0"><v>%s</v></c>',
            'sum': '<c r="%s" s="0"><f>1+1</f><v>%s</v></c>', 'date': '<c r="%s" s="2"><v>%s</v></c>', 'empty': '<c r="%s" s="1"/>%.0s'}[kind] % (at, text)


def office(path, rows):
    """As LibreOffice and Excel lay a book out: strings in runs with a reading beside them, formats of their own, merged heads, a second sheet
    first in the folder, parts nobody asked for."""
    strings, body = [], []
    for r, values in enumerate(rows, 1):
        cells = ''.join(office_cell('%s%d' % (name_of(c), r), v, strings) for c, v in enumerate(values) if v is not None)
        body.append('<row r="%d" spans="1:%d" customFormat="false" ht="12.8" hidden="false" x14ac:dyDescent="0.25">%s</row>' % (r, len(values) or 1, cells))
    halves = ''.join('<si><r><rPr><sz val="11"/><rFont val="Calibri"/></rPr><t xml:space="preserve">%s</t></r><r><t>%s</t></r>'
                     '<rPh sb="0" eb="1"><t>đọc</t></rPh><phoneticPr fontId="1"/></si>' % (escape(t[:3]), escape(t[3:])) for t in strings)
    spaces = ('xmlns="%s" xmlns:r="%s" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
              'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"' % (MAIN, OFFICE))
    parts = {
        '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        'docProps/app.xml': '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>x</Application></Properties>',
        '_rels/.rels': '<Relationships xmlns="%s"><Relationship Id="rId2" Type="%s/extended-properties" Target="docProps/app.xml"/>'
                       '<Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>' % (PACKAGE, OFFICE, OFFICE),
        'xl/_rels/workbook.xml.rels': '<Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/styles" Target="styles.xml"/><Relationship Id="rId7" Type="%s/worksheet" '
                                      'Target="worksheets/sheet2.xml"/><Relationship Id="rId8" Type="%s/worksheet" Target="worksheets/sheet1.xml"/>'
                                      '<Relationship Id="rId9" Type="%s/sharedStrings" Target="sharedStrings.xml"/></Relationships>' % ((PACKAGE,) + (OFFICE,) * 4),
        'xl/workbook.xml': '<workbook %s><fileVersion appName="Calc"/><workbookPr showObjects="all"/><bookViews><workbookView activeTab="0"/></bookViews><sheets>'
                           '<sheet name="Kê khai" sheetId="7" state="visible" r:id="rId7"/><sheet name="Danh mục" sheetId="8" r:id="rId8"/></sheets>'
                           '<calcPr iterateCount="100"/></workbook>' % spaces,
        'xl/styles.xml': '<styleSheet %s><numFmts count="2"><numFmt numFmtId="164" formatCode="General"/><numFmt numFmtId="165" formatCode="dd\\/mm\\/yyyy\\ hh:mm"/></numFmts>'
                         '<fonts count="1"><font><sz val="10"/></font></fonts><cellStyleXfs count="1"><xf numFmtId="165"/></cellStyleXfs>'
                         '<cellXfs count="3"><xf numFmtId="164"><alignment wrapText="false"/></xf><xf numFmtId="49"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>' % spaces,
        'xl/sharedStrings.xml': '<sst %s count="%d" uniqueCount="%d">%s</sst>' % (spaces, len(strings), len(strings), halves),
        'xl/worksheets/sheet1.xml': '<worksheet %s><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Loại</t></is></c></row></sheetData></worksheet>' % spaces,
        'xl/worksheets/sheet2.xml': '<worksheet %s><sheetPr filterMode="false"/><dimension ref="A1:L9"/><sheetViews><sheetView/></sheetViews><cols><col min="1" max="12"/></cols>'
                                    '<sheetData>%s</sheetData><mergeCells count="1"><mergeCell ref="A1:L1"/></mergeCells><pageMargins left="0.7"/></worksheet>' % (spaces, ''.join(body)),
    }
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.items():
            z.writestr(name, XML + text)


def as_office_programs_lay_it_out(d):
    """a book of two sheets with runs, computed cells, formats of its own and dates with a time"""
    path = d.path('office.xlsx')
    plain = row('0045101-000006', unit=('computed', '0045101'), name=('inline', 'Loa kéo '), n=('sum', '2'), cost=('number', '1.45E7'), day=('date', '45352'))
    office(path, [['BẢNG KÊ TÀI SẢN NĂM 2026', ('empty', '')], [], HEAD, plain, row('0045101-000007', day=('date', '45352.0')),
                  row('0045101-000008', day=('date', '45352.6041666667')), [None] * len(HEAD), [('empty', '')] * len(HEAD)])
    got = d.pc.call('import', 'asset', path, expect=65)
    need('a time where a day belongs is told as it stands', ['01/03/2024 14:30' in x['text'] for x in got['refusals']], [True])
    need('two sheets, the first is read', (got['source']['sheets'], got['source']['sheet'], got['head'], got['new']), (['Kê khai', 'Danh mục'], 'Kê khai', 3, 2))
    need('applied', d.pc.call('import', 'asset', path, '--apply', secrets=PIN, expect=65)['applied'], 2)
    for code, name in (('0045101-000006', 'Loa kéo'), ('0045101-000007', 'Máy chiếu <Đông Á> & loa')):
        v = d.fields(code)
        need(code, (v['use_date'], v['cost_budget'], v['unit_code'], v['name'], v['quantity']), ('2024-03-01', 14500000, '0045101', name, 2))


def in_an_old_font(d):
    """a name in TCVN3 is shown both ways and asked about; texts of Unicode beside it stay"""
    path = d.path('old.xlsx')
    workbook(path, [HEAD, row('0045101-000004', name='B\u00b5n h\u00e4p phßng lµm viÖc')])
    got = d.pc.call('import', 'asset', path, '--encoding', 'unicode')
    need('as it stands, when told so', got['preview'], ['B\u00b5n h\u00e4p phßng lµm viÖc · 0045101-000004'])
    got = d.pc.call('import', 'asset', path, '--encoding', 'tcvn3', '--apply', secrets=PIN)
    need('read', (got['applied'], d.fields('0045101-000004')['name']), (1, 'Bàn họp phòng làm việc'))
    need('the head is Unicode', got['columns'][3]['field'], 'class')
    workbook(path, [['asset_code', 'name']] + [['', 'B\u00b5n h\u00e4p phßng lµm viÖc %d' % n] for n in range(3)])
    got = d.pc.call('import', 'asset', path, expect=65)
    need('asked', (got.get('ask'), got['source']['guess'], got['samples'][0]['tcvn3']), ('encoding', 'tcvn3', 'Bàn họp phòng làm việc 0'))


def what_is_no_table_is_refused(d):
    """a workbook cut within its first bytes, an empty archive, a picture; a head that says nothing of the register is asked about"""
    path = d.path('khong.xlsx')
    for bytes_, key in ((b'PK', 'zip.broken'), (b'PK\x03', 'zip.broken'), (b'PK\x05\x06' + bytes(18), 'import.not_table'),
                        (b'\x89PNG\r\n\x1a\n\x00\x00', 'import.not_table'), (b'', 'import.empty')):
        with open(path, 'wb') as f:
            f.write(bytes_)
        need('%r' % bytes_, d.pc.call('import', 'asset', path, expect=65)['key'], key)
    with open(path, 'wb') as f:
        f.write(b'Kho\r\nA\r\n\x1a')  # as a program of DOS ended it
    need("a text", d.pc.call("import", "asset", path, expect=None).status, 65)


def what_attacks_is_refused(d):
    """a torn file, and one that inflates to 300 MB"""
    bomb, torn = d.path('bomb.xlsx'), d.path('torn.xlsx')
    workbook(torn, [HEAD, row('0045101-000005')])
    with open(torn, 'r+b') as f:
        f.truncate(os.path.getsize(torn) - 40)
    need('torn', d.pc.call('import', 'asset', torn, expect=65)['key'], 'zip.broken')
    workbook(bomb, [HEAD])
    with zipfile.ZipFile(bomb) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.items():
            z.writestr(name, text if not name.endswith('sheet1.xml') else b'<worksheet>' + b' ' * (300 << 20))
    need('a bomb', d.pc.call('import', 'asset', bomb, expect=65)['key'], 'zip.too_large')


def main():
    with tempfile.TemporaryDirectory(prefix='kk-workbook-') as folder:
        return tap([as_excel_writes_it, with_prefixes_and_the_other_calendar, as_office_programs_lay_it_out, in_an_old_font, what_is_no_table_is_refused, what_attacks_is_refused], Desk(folder))


if __name__ == '__main__':
    sys.exit(main())

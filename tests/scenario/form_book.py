#!/usr/bin/env python3
"""Forms written as workbooks (XLSForm), for tests: named sheets of rows, with shared or inline strings, plain or with the
prefix some writers put before every element. `form_book.py FILE` writes the sample form."""
import sys
import zipfile

MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SURVEY = ['type', 'name', 'label::Vietnamese (vi)', 'label::English (en)', 'hint::vi', 'hint::en', 'required', 'relevant', 'constraint',
          'constraint_message::vi', 'constraint_message::en', 'calculation', 'default', 'appearance', 'kk::unit::vi', 'kk::unit::en', 'repeat_count']
CHOICES = ['list_name', 'name', 'label::Vietnamese (vi)', 'label::English (en)']


def q(kind, name='', vi='', en='', **more):
    """A row of the survey by its columns."""
    row = {'type': kind, 'name': name, 'label::Vietnamese (vi)': vi, 'label::English (en)': en, **more}
    assert set(row) <= set(SURVEY), set(row) - set(SURVEY)
    return [row.get(c, '') for c in SURVEY]


def sample():
    """A visit to a market: every type we take, groups, a repeat, conditions, sums."""
    return {
        'settings': [['form_title::Vietnamese (vi)', 'form_title::English (en)', 'form_id', 'version'], ['Khảo sát chợ', 'Market survey', 'market_survey', 2026112901]],
        'choices': [CHOICES, ['yn', 'co', 'Có', 'Yes'], ['yn', 'khong', 'Không', 'No'], ['Goods', 'rau', 'Rau quả', 'Greens'],
                    ['Goods', 'thit', 'Thịt cá', 'Meat and fish'], ['Goods', 'khac', 'Hàng khác', 'Other goods']],
        'survey': [
            SURVEY,
            q('start', 'start'), q('today', 'today'), q('end', 'end'),
            q('begin_group', 'place', 'Địa điểm', 'Place'),
            q('text', 'Market-Name', 'Tên chợ', 'Name of the market', required='yes', **{'hint::vi': 'Như trên biển', 'hint::en': 'As on the sign'}),
            q('geopoint', 'gps', 'Tọa độ', 'Coordinates'),
            q('time', 'opens', 'Giờ mở cửa', 'Opens at', default='05:30'),
            q('select_one yn', 'roof', 'Có mái che', 'Has a roof', required='yes', appearance='minimal'),
            q('begin_group', 'roofing', relevant="${roof} = 'co'"),
            q('decimal', 'roof_area', 'Diện tích mái', 'Area of the roof', constraint='. > 0 and . < 100000', required='true()',
              **{'constraint_message::vi': 'Diện tích phải lớn hơn 0.', 'constraint_message::en': 'The area has to be more than 0.', 'kk::unit::vi': 'm²', 'kk::unit::en': 'm²'}),
            q('end_group'),
            q('end_group'),
            q('begin_repeat', 'stall', 'Quầy hàng', 'Stall'),
            q('barcode', 'code', 'Mã quầy', 'Stall code', required='yes'),
            q('select_multiple Goods', 'goods', 'Mặt hàng', 'Goods', required='yes', default='rau khac'),
            q('integer', 'fee', 'Tiền thuê', 'Rent', constraint=". >= 0", relevant="${roof} = 'co'"),
            q('end_repeat'),
            q('note', 'warn', 'Chợ không có mái: ghi biện pháp che mưa.', 'No roof: say what is done when it rains.', relevant="${roof} = 'khong'"),
            q('note', 'say', 'Ghi ngắn gọn.', 'Keep it short.'),
            q('text', 'remarks', 'Nhận xét', 'Remarks', appearance='multiline', required="${roof} = 'khong'"),
            q('calculate', 'total', 'Tổng tiền thuê', 'Total rent', calculation='sum(${fee})'),
            q('hidden', 'weight', calculation="if(count(${code}) > 1, 'lon', 'nho')"),
            q('image', 'photo', 'Ảnh chợ', 'Photo of the market'),
            q('acknowledge', 'sure', 'Đã kiểm tra tận nơi', 'Checked on the spot', required='yes'),
        ]}


def name_of(col):
    return (chr(64 + col // 26) if col >= 26 else '') + chr(65 + col % 26)


def escape(s):
    return s.replace('&', '&amp;').replace('<', '&lt;')


def sheet_of(rows, strings, inline):
    body = []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, v in enumerate(row):
            at = 'r="%s%d"' % (name_of(c), r)
            if v is True or v is False:
                cells.append('<{0}c %s t="b"><{0}v>%d</{0}v></{0}c>' % (at, v))
            elif isinstance(v, (int, float)):
                cells.append('<{0}c %s><{0}v>%r</{0}v></{0}c>' % (at, v))
            elif v and inline:
                cells.append('<{0}c %s t="inlineStr"><{0}is><{0}r><{0}t>%s</{0}t></{0}r></{0}is></{0}c>' % (at, escape(v)))
            elif v:
                if v not in strings:
                    strings.append(v)
                cells.append('<{0}c %s s="1" t="s"><{0}v>%d</{0}v></{0}c>' % (at, strings.index(v)))
        body.append('<{0}row r="%d">%s</{0}row>' % (r, ''.join(cells)))
    return '<{0}worksheet %%s><{0}sheetData>%s</{0}sheetData></{0}worksheet>' % ''.join(body)


def write(path, sheets, inline=False, prefix=''):
    """inline: texts in the cells, as a library writes them; else shared, as Excel and LibreOffice do."""
    strings, ns = [], 'xmlns%s="%s"' % (':' + prefix[:-1] if prefix else '', MAIN)
    pages = [sheet_of(rows, strings, inline) for rows in sheets.values()]
    numbers = range(1, len(pages) + 1)
    parts = {
        '_rels/.rels': '<Relationships xmlns="%s"><Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>' % (PACKAGE, OFFICE),
        'xl/_rels/workbook.xml.rels': '<Relationships xmlns="%s">%s</Relationships>' % (
            PACKAGE, ''.join('<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>' % (n, OFFICE, n) for n in numbers)),
        'xl/workbook.xml': '<{0}workbook %s xmlns:r="%s"><{0}sheets>%s</{0}sheets></{0}workbook>' % (
            ns, OFFICE, ''.join('<{0}sheet name="%s" sheetId="%d" r:id="rId%d"/>' % (name, n, n) for n, name in zip(numbers, sheets))),
        'xl/styles.xml': '<{0}styleSheet %s><{0}cellXfs count="2"><{0}xf numFmtId="0"/><{0}xf numFmtId="49"/></{0}cellXfs></{0}styleSheet>' % ns,
    }
    if strings:
        parts['xl/sharedStrings.xml'] = '<{0}sst %s>%s</{0}sst>' % (ns, ''.join('<{0}si><{0}t xml:space="preserve">%s</{0}t></{0}si>' % escape(s) for s in strings))
    for n, page in zip(numbers, pages):
        parts['xl/worksheets/sheet%d.xml' % n] = page % ns
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, text in parts.items():
            z.writestr(name, XML + text.replace('{0}', prefix))
    return path


if __name__ == '__main__':
    write(sys.argv[1], sample())

#!/usr/bin/env python3
"""By hand: a weekly report's workbook, opened by LibreOffice, against its CSV.

    python3 tests/outside/office.py w48.csv w48.xlsx

Both from one `kiemke-collector report --csv … --xlsx …`. LibreOffice converts every sheet to CSV; head, rows, total and communes must
be those of the file whose hash the issue names, numbers as numbers and codes with their zeros, and the sheet that tells what the report was made from must
name that file. Prints what was compared and ends with 1 at the first difference. Needs libreoffice-calc-nogui: 52 packages, 82 MB to fetch,
260 MB on the disk, so ./check, which is to be done in half an hour on a new machine, does not install it; there tests/scenario/weekly_test.py
compares the same cells as zipfile and an XML parser read them."""
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

# LibreOffice's filter options: ';', '"', UTF-8, from line 1, cells as they are stored and not as they are shown, every sheet.
FILTER = 'csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true,false,false,false,-1'
FIGURES, UNITS, MADE = 'Báo cáo tuần', 'Đơn vị', 'Mốc chốt'
LEAD = 3  # number, code, name; then figures
NO_PROGRAM = 69


def rows(path, encoding):
    with open(path, encoding=encoding, newline='') as f:
        return list(csv.reader(f, delimiter=';'))


def opened(workbook):
    """{sheet: rows}, as LibreOffice reads them."""
    with tempfile.TemporaryDirectory(prefix='kk-office-') as folder:
        argv = ['soffice', '-env:UserInstallation=file://%s/profile' % folder, '--headless', '--convert-to', FILTER, '--outdir', folder, workbook]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
        stem = os.path.splitext(os.path.basename(workbook))[0] + '-'
        return {name[len(stem):-4]: rows(os.path.join(folder, name), 'utf-8')
                for name in os.listdir(folder) if name.startswith(stem) and name.endswith('.csv')}


def plain(cell):
    """="01" is how the file keeps a code's zeros; a quote in front keeps a text from being computed."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell[1:] if cell[:1] == "'" and cell[1:2] in '=+-@' else cell


def figure(cell, decimal):
    return float(cell.replace(decimal, '.')) if cell else None


def same(what, got, want):
    if got != want:
        sys.exit('%s: %r in the workbook, %r in the file' % (what, got, want))
    return len(want) if isinstance(want, list) else 1


def compare(file, workbook):
    want, book = rows(file, 'utf-8-sig'), opened(workbook)
    same('sheets', sorted(book), sorted([FIGURES, UNITS, MADE]))
    at = next(i for i, r in enumerate(want) if r[:1] == ['STT'])
    end = next(i for i in range(at, len(want)) if not want[i])
    sheet, cells = book[FIGURES][1:], 0
    same('rows of figures', len(sheet), end - at)
    for n, (got, row) in enumerate(zip(sheet, want[at:end])):
        cells += same('row %d' % n, got[:LEAD], [plain(x) for x in row[:LEAD]])
        if n < 2:
            cells += same('heads', got[LEAD:], row[LEAD:])
        else:
            cells += same('row %d' % n, [figure(x, '.') for x in got[LEAD:]], [figure(x, ',') for x in row[LEAD:]])
    same('communes', len(book[UNITS]), len(want) - end - 1)
    for n, (got, row) in enumerate(zip(book[UNITS], want[end + 1:])):
        cells += same('commune %d' % n, got, [plain(x) for x in row])
    made = {r[0]: r[1] for r in book[MADE] if r[0]}
    with open(file, 'rb') as f:
        same('hash of the file', made['Mã tệp CSV (SHA-256)'], hashlib.sha256(f.read()).hexdigest())
    about = {r[0]: r[1] for r in want[:at] if len(r) == 2}
    for what in ('Số bản ghi được tính', 'Mã tập bản ghi', 'Kỳ trước'):
        same(what, made[what], about[what])
    return len(sheet), len(book[UNITS]), cells


def main(argv):
    if len(argv) != 3:
        sys.exit(__doc__)
    if not shutil.which('soffice'):
        print('LibreOffice is not here: apt-get install --no-install-recommends libreoffice-calc-nogui', file=sys.stderr)
        return NO_PROGRAM
    print('rows %d communes %d cells %d: as in the file' % compare(argv[1], argv[2]))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))

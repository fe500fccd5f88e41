#!/usr/bin/env python3
"""The main job with the real programs over loopback, told in plain words.

    main_job.py BIN STATE ONCE KEEP        (arguments as ./run gives them)

Two PCs of one commune and a collector: catalogue, enrolment, a register of 133 assets, work without a
network on both PCs, sync, one merge, one pair of different values decided offline, a check returned and
corrected, receipts, a tampered copy. Leaves in STATE the homes (collector, pc-a, pc-b), receipts/, and for
tests/outside/verify.py: log.lines, checkpoint, root.pub, blobs/, summary.json.
"""
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from play import Failed, Owner, Program  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, 'tests', 'sample')
SCOPE = '01201'
PASS = {'root': 'mot cum mat khau goc', 'registrar': 'mot cum mat khau dang ky', 'verifier': 'mot cum tham tra', 'reporter': 'mot cum bao cao'}
CLERK_A = 'Nguyễn Văn An'
PINS = {'a': '135790', 'b': '246801'}


def step(text):
    print('• ' + text, flush=True)


def need(what, got, want):
    if got != want:
        raise Failed('%s: %r, not %r' % (what, got, want))


def sample(name):
    with open(os.path.join(SAMPLE, name), encoding='utf-8') as f:
        return json.load(f)


class Job:
    def __init__(self, binaries, state):
        self.state = state
        self.owner = self.page = None
        self.port = 0
        self.col = Program(os.path.join(binaries, 'kiemke-collector'), self.path('collector'))
        self.a = Program(os.path.join(binaries, 'kiemke'), self.path('pc-a'))
        self.b = Program(os.path.join(binaries, 'kiemke'), self.path('pc-b'))

    def path(self, *parts):
        return os.path.join(self.state, *parts)

    def pin(self, pc):
        return {'pin': PINS['a' if pc is self.a else 'b']}

    def verifier(self):
        return {'passphrase': PASS['verifier']}

    # ---- the centre ----

    def prepare_centre(self):
        step('Trung tâm: lập máy thu, khóa gốc, khóa đăng ký và khóa sổ')
        self.col.call('init', '--name', 'Máy thu mẫu',
                      secrets={'passphrase': PASS['root'], 'registrar_passphrase': PASS['registrar']})
        catalogue = self.path('catalogue.csv')
        subprocess.run([sys.executable, os.path.join(SAMPLE, 'make_catalogue.py'), catalogue], check=True)
        got = self.col.call('catalogue', 'import', catalogue, secrets={'passphrase': PASS['registrar']})
        need('provinces', got['provinces'], 34)
        need('communes', got['communes'], 3321)
        step('Danh mục (%s): %d tỉnh, %d xã, phường, đặc khu' % (got['mark'], got['provinces'], got['communes']))
        self.col.call('staff', 'add', 'verifier', '--role', 'verifier', '--name', 'Trần Thị Thẩm',
                      '--title', 'Chuyên viên',
                      secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['verifier']})
        step('Cán bộ thẩm tra Trần Thị Thẩm có khóa riêng')

    def collector_up(self):
        self.owner = Owner(self.col, '--port', str(self.port), secrets={'passphrase': PASS['registrar']})
        self.port = int(self.owner.url.rsplit(':', 1)[1])

    def again(self):
        """The collector of an earlier run, where its PCs look for it."""
        with open(self.path('slip-pc-a.json'), encoding='utf-8') as f:
            self.port = int(json.load(f)['url'].rsplit(':', 1)[1])
        self.collector_up()

    def collector_down(self):
        self.owner.stop()
        self.owner = None

    def enrol(self, pc, clerk, title):
        slip = self.path('slip-%s.json' % os.path.basename(pc.home))
        self.col.call('enrol', 'code', '--scope', SCOPE, '--url', self.owner.url, '--clerks', '1', '--out', slip)
        got = pc.call('enrol', slip, '--pc', os.path.basename(pc.home), '--clerk', clerk, '--title', title,
                      secrets=self.pin(pc))
        need('enrolment', got['state'], 'approved')
        step('%s: %s đã đăng ký; dấu vân %s' % (os.path.basename(pc.home), clerk, got['fingerprint']))

    # ---- the PCs ----

    def sync(self, *pcs):
        for pc in pcs:
            pc.call('sync')

    def import_register(self):
        for kind, name in (('facility', 'facilities.csv'), ('asset', 'assets.csv')):
            got = self.a.call('import', kind, os.path.join(SAMPLE, 'register', name), '--apply',
                              secrets=self.pin(self.a))
            step('pc-a: nhập %d dòng từ tệp CSV: %s' % (got['applied'], got['kind_label']))

    def find(self, pc, kind, text):
        got = pc.call('search', text, '--kind', kind)
        if not got['items']:
            raise Failed('search found no %s for %r' % (kind, text))
        return got['items'][0]['id']

    def record(self, pc, body):
        path = self.path('record.json')
        with open(path, 'w', encoding='utf-8') as f:
            json.dump(body, f, ensure_ascii=False)
        got = pc.call('record', '--file', path, secrets=self.pin(pc))
        return got['records'][0]

    def change(self, pc, asset, reason, *fields):
        pc.call('record', 'asset', asset, *fields, '--reason', reason, secrets=self.pin(pc))

    def work_offline(self):
        self.collector_down()
        step('Mất mạng: máy thu tắt; hai máy vẫn ghi phiếu')
        facility = self.find(self.a, 'facility', 'tru so')
        self.submitted = []
        for name in ('facility_check.json', 'equipment_check.json', 'weekly_statement.json'):
            body = sample(name)
            if body['kind'] == 'facility_check':
                body['fields']['facility_id'] = facility
            draft = self.record(self.a, body)
            got = self.a.call('submit', draft['id'], secrets=self.pin(self.a))
            self.submitted.append(got['records'][0]['id'])
            step('pc-a: đã niêm phong %s' % got['records'][0]['kind_label'])
        self.same = self.find(self.a, 'asset', 'may photocopy')
        self.other = self.find(self.a, 'asset', 'may phat dien')
        self.change(self.a, self.same, 'Kiểm tra tại phòng', 'condition=hong')
        self.change(self.b, self.same, 'Xem lại hồ sơ', 'condition=kem')
        self.change(self.a, self.other, 'Chuyển phòng', 'location=Kho tầng 1')
        self.change(self.b, self.other, 'Đọc nhãn máy', 'serial=SN-2026-118')
        step('Cùng một máy photocopy: pc-a ghi “hỏng”, pc-b ghi “kém”; máy phát điện: hai mục khác nhau')
        self.collector_up()

    def check_conflicts(self, want):
        for who in (self.a, self.b, self.col):
            need('%s: fields with two values' % os.path.basename(who.home),
                 sum(len(x['fields']) for x in who.call('conflicts')['conflicts']), want)

    def meet(self):
        self.sync(self.a, self.b, self.a)
        self.check_conflicts(1)
        for pc in (self.a, self.b):
            fields = pc.call('show', self.other)['fields']
            need('location', fields['location']['value'], 'Kho tầng 1')
            need('serial', fields['serial']['value'], 'SN-2026-118')
        step('Có mạng lại: máy phát điện tự ghép cả hai mục; máy photocopy hiện hai giá trị ở cả ba nơi')

    def decide(self):
        self.collector_down()
        self.b.call('resolve', self.same, 'condition=hong', '--reason', 'Đã thử máy: không chạy', secrets=self.pin(self.b))
        self.collector_up()
        self.sync(self.b, self.a)
        self.check_conflicts(0)
        step('pc-b chọn “hỏng” khi không có mạng, kèm lý do; sau khi gửi, mọi nơi đều khép lại')

    def give_back(self):
        check = self.submitted[0]
        self.col.call('review', check, '--return', '--field', 'staff', '--comment', 'Số người không khớp biên chế',
                      '--reason', 'Đề nghị kiểm lại', '--as', 'verifier', secrets=self.verifier())
        self.sync(self.a)
        back = [x for x in self.a.call('list', '--kind', 'review')['items']]
        need('reviews seen by the clerk', len(back), 1)
        step('Thẩm tra trả lại phiếu cơ sở kèm nhận xét; pc-a nhìn thấy')
        got = self.a.call('correct', check, 'staff=18', '--reason', 'Đếm lại theo danh sách', secrets=self.pin(self.a))
        self.submitted.append(got['records'][0]['id'])
        self.sync(self.a, self.b)
        step('pc-a lập phiếu mới sửa phiếu cũ và gửi; phiếu cũ vẫn còn nguyên')

    # ---- what is left to verify ----

    def receipts(self):
        os.makedirs(self.path('receipts'), exist_ok=True)
        for n, ident in enumerate(self.submitted):
            out = self.path('receipts', '%02d' % (n + 1))
            self.a.call('receipt', ident, '--out', out)
            self.a.call('verify', out)
        with open(self.path('receipts', '01', 'payload'), 'rb') as f:
            raw = bytearray(f.read())
        bad = self.path('tampered')
        shutil.copytree(self.path('receipts', '01'), bad)
        raw[len(raw) // 2] ^= 1
        with open(os.path.join(bad, 'payload'), 'wb') as f:
            f.write(raw)
        refused = self.a.call('verify', bad, expect=65)
        step('Xuất %d biên nhận và kiểm lại; bản bị sửa một chữ bị từ chối (%s)' % (
            len(self.submitted), refused.get('clause') or refused))

    def leave(self):
        lines = self.col.call('lines', self.path('log.lines'))
        with open(self.path('checkpoint'), 'w', encoding='utf-8') as f:
            f.write(lines['checkpoint'])
        with open(self.path('slip-pc-a.json'), encoding='utf-8') as f:
            root = json.load(f)['root']
        with open(self.path('root.pub'), 'w', encoding='utf-8') as f:
            f.write(root + '\n')
        os.makedirs(self.path('blobs'), exist_ok=True)
        for folder, _, names in os.walk(self.path('collector', 'blobs')):
            for name in names:
                if len(name) == 64:
                    shutil.copyfile(os.path.join(folder, name), self.path('blobs', name))
        for pc in (self.a, self.b):
            pc.call('verify', '--all')
        got = self.col.call('verify', '--all')
        summary = {k: got[k] for k in ('entries', 'signatures', 'leaves')}
        summary.update(receipts=len(self.submitted), conflicts=1, closed=1)
        with open(self.path('summary.json'), 'w', encoding='utf-8') as f:
            json.dump(summary, f, indent=1)
            f.write('\n')
        step('Kiểm toàn bộ: %(entries)d mục, %(signatures)d niêm phong đúng, %(leaves)d mục trong sổ' % summary)

    # ---- what the page opens with ----

    def leave_work(self):
        """Work under way on pc-a: what is due, a check given back, one asset with two values, a draft begun."""
        if os.path.exists(self.path('work')):
            return
        self.col.call('staff', 'add', 'reporter', '--role', 'reporter', '--name', 'Lê Thị Báo', '--title', 'Chuyên viên',
                      secrets={'passphrase': PASS['root'], 'staff_passphrase': PASS['reporter']})
        for kind in ('weekly_statement', 'equipment_check'):
            self.col.call('schedule', 'publish', 'kind=' + kind, 'period=hang_tuan', 'due_weekday=3', 'due_hour=12', 'scopes=' + SCOPE, '--as', 'reporter',
                          secrets={'passphrase': PASS['reporter']})
        self.col.call('review', self.a.call('list', '--kind', 'equipment_check')['items'][0]['id'], '--return', '--field', 'staff_present', '--comment', 'Chưa khớp bảng chấm công',
                      '--reason', 'Đề nghị kiểm lại', '--as', 'verifier', secrets=self.verifier())
        asset = self.find(self.a, 'asset', 'may chieu')
        self.sync(self.a, self.b)
        self.change(self.a, asset, 'Kiểm tra tại phòng', 'condition=trung_binh')
        self.change(self.b, asset, 'Bóng đèn đã mờ', 'condition=kem')
        self.sync(self.a, self.b, self.a)
        self.record(self.a, {'kind': 'weekly_statement', 'fields': {'contact_name': CLERK_A}})
        self.change(self.a, self.find(self.a, 'asset', 'may in'), 'Chuyển phòng', 'location=Phòng một cửa')
        with open(self.path('work'), 'w', encoding='utf-8'):
            pass
        step('pc-a có việc đang chờ: phiếu đến hạn, phiếu bị trả lại, hai giá trị cần chọn, một bản nháp')

    def page_up(self):
        """The owner of pc-a, as its desktop shortcut starts it, with a link for one browser."""
        self.page = Owner(self.a, '--link')
        return self.page.link()

    def play(self):
        self.prepare_centre()
        self.collector_up()
        self.enrol(self.a, CLERK_A, 'Công chức địa chính')
        self.enrol(self.b, "H'Lan Niê", 'Công chức văn phòng')
        self.sync(self.a, self.b)
        self.import_register()
        self.sync(self.a, self.b)
        self.work_offline()
        self.meet()
        self.decide()
        self.give_back()
        self.receipts()
        self.leave()


def main(argv):
    binaries, state, once, keep = argv[1:5]
    job = Job(binaries, state)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if keep == '1' and os.path.exists(job.path('summary.json')):
            step('Tiếp tục từ lần trước')
            job.again()
        else:
            job.play()
        if once != '1':
            job.leave_work()
            print('Máy thu đang chạy tại %s' % job.owner.url)
            print('Trang của %s (pc-a, mã PIN thử %s; liên kết dùng được một lần):\n  %s' % (CLERK_A, PINS['a'], job.page_up()))
            print('Liên kết khác: %s --home %s serve --link' % (job.a.path, job.a.home))
            print('Ctrl-C để dừng', flush=True)
            job.owner.p.wait()
        return 0
    except Failed as e:
        print('run: ' + str(e), file=sys.stderr)
        return 70
    except KeyboardInterrupt:
        return 130
    finally:
        for owner in (job.page, job.owner):
            if owner:
                owner.stop()


if __name__ == '__main__':
    sys.exit(main(sys.argv))

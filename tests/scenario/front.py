"""What stands between a PC and its collector: a port of our own that passes bytes on, or answers itself
as a bad line does: a login page, a redirect, a busy sign, silence, a cut. Counts what it was
asked; knows nothing of the protocol.
"""
import socket
import threading

PAGE = b'<html><body>Xin moi dang nhap</body></html>'
CLOCK = b'{"type":"about:blank","title":"Unauthorized","status":401,"detail":"clock","code":"clock","clause":"P5","now":1795000000}'
ANSWERS = {
    'portal': b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s' % (len(PAGE), PAGE),
    'redirect': b'HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n',
    'login': b'HTTP/1.1 511 Network Authentication Required\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s' % (len(PAGE), PAGE),
    'liar': b'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%s' % (len(PAGE), PAGE),
    'clock': b'HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%s' % (len(CLOCK), CLOCK),
    'later': b'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 00:02:00 GMT\r\nContent-Length: 0\r\n\r\n',
    'busy': b'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n',
}


class Front:
    """mode: 'pass', a name of ANSWERS, 'hang' (take the request, never answer) or 'cut' (close at once)."""

    def __init__(self, port):
        self.mode, self.port_behind, self.asked = 'pass', port, 0
        self.held = []
        self.heard = threading.Event()  # a request came in
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.url = 'http://127.0.0.1:%d' % self.port
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            self.answer(s)
        except OSError:
            s.close()

    def answer(self, s):
        mode = self.mode
        if mode == 'cut':
            self.asked += 1
            s.close()
        elif mode == 'pass':
            behind = socket.create_connection(('127.0.0.1', self.port_behind))
            threading.Thread(target=self.copy, args=(behind, s), daemon=True).start()
            self.copy(s, behind)
        else:
            head = b''
            while b'\r\n\r\n' not in head:
                part = s.recv(65536)
                if not part:
                    return
                head += part
            self.asked += 1
            self.heard.set()
            if mode == 'hang':
                self.held.append(s)
                return
            s.sendall(ANSWERS[mode])
            s.close()

    @staticmethod
    def copy(a, b):
        try:
            while True:
                part = a.recv(65536)
                if not part:
                    break
                b.sendall(part)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for s in self.held:
            s.close()

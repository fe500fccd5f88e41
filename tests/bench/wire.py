"""wire: what one PC and the collector say to each other, counted between them.

A relay on loopback passes each HTTP message on unchanged and notes its bytes, so that the figures are those of
the real programs. Nothing is decoded but the framing.
"""
import socket
import threading


def read_message(stream, no_body=False):
    """(head, body) of one HTTP message framed by Content-Length or chunks, or None at the end of the stream."""
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        line = stream.readline()
        if not line:
            return None
        head += line
    fields = {k.strip().lower(): v.strip() for k, _, v in (x.partition(b':') for x in head.split(b'\r\n')[1:])}
    if no_body:
        return head, b''
    if fields.get(b'transfer-encoding') == b'chunked':
        raise ValueError('a chunked message: this relay counts by Content-Length')
    return head, stream.read(int(fields.get(b'content-length', b'0')))


class Relay:
    def __init__(self, port):
        self.port_to = port
        self.seen = []  # (path, head up, body up, head down, body down)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = 'http://127.0.0.1:%d' % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        server = socket.create_connection(('127.0.0.1', self.port_to))
        up, down = client.makefile('rb'), server.makefile('rb')
        with client, server:
            while True:
                asked = read_message(up)
                if asked is None:
                    return
                server.sendall(asked[0] + asked[1])
                answer = read_message(down, asked[0].startswith(b'HEAD '))
                if answer is None:
                    return
                self.seen.append((asked[0].split(b' ')[1].decode(), len(asked[0]), len(asked[1]),
                                  len(answer[0]), len(answer[1])))
                client.sendall(answer[0] + answer[1])

    def take(self):
        """What was exchanged since the last call."""
        seen, self.seen = self.seen, []
        return seen

    def close(self):
        self.listener.close()

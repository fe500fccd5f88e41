"""A bad line between two programs: a TCP relay on loopback that cuts, slows, stalls and refuses as its seed says.

What happens to a connection is decided when it is opened, from the seed and its number alone, so that a run can be
repeated. Knows nothing of what it carries.
"""
import random
import socket
import threading
import time

# What may happen to a connection, and how often: cut after so many bytes of either way, bytes in small slices with
# pauses, silence and then a cut, an answer thrown away whole, nobody there.
MOODS = {
    'good': (('clean', 1),),
    'bad': (('clean', 4), ('cut', 4), ('slow', 1), ('stall', 1), ('deaf', 2), ('refuse', 2)),
    'down': (('refuse', 1),),
}
SLICE, PAUSE_S, STALL_S, CUT_MAX = 512, 0.002, 0.3, 12000


class Proxy:
    """Relays to the port that `target` says at the time; `mood` may be changed while it runs."""

    def __init__(self, seed, target):
        self.seed, self.target, self.mood = seed, target, 'good'
        self.count, self.counts, self.bytes = 0, {}, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return 'http://127.0.0.1:%d' % self.port

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                side, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.relay, args=(side, self.count), daemon=True).start()

    def fate(self, number):
        """What happens to the connection of this number, and after how many bytes."""
        rng = random.Random('%s/%d' % (self.seed, number))
        kinds, weights = zip(*MOODS[self.mood])
        kind = rng.choices(kinds, weights)[0]
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
        return kind, rng.randint(1, CUT_MAX)

    def relay(self, side, number):
        kind, limit = self.fate(number)
        if kind == 'refuse':
            side.close()
            return
        try:
            other = socket.create_connection(('127.0.0.1', self.target()), 5)
        except OSError:
            side.close()
            return
        ends = (side, other)
        left = [limit if kind == 'cut' else None]
        up = threading.Thread(target=self.pump, args=(side, other, ends, kind, left), daemon=True)
        up.start()
        self.pump(other, side, ends, 'deaf' if kind == 'deaf' else kind, left, answer=True)
        up.join(5)
        for end in ends:
            end.close()

    def pump(self, source, sink, ends, kind, left, answer=False):
        try:
            while True:
                data = source.recv(SLICE if kind == 'slow' else 65536)
                if not data:
                    break
                if kind == 'slow':
                    time.sleep(PAUSE_S)
                if kind == 'stall' and answer:
                    time.sleep(STALL_S)
                    break
                if kind == 'deaf' and answer:
                    break  # it was received and answered, and the answer is lost
                if left[0] is not None:
                    data, left[0] = data[:left[0]], left[0] - len(data)
                with self.lock:
                    self.bytes += len(data)
                if data:
                    sink.sendall(data)
                if left[0] is not None and left[0] <= 0:
                    break
            if answer or kind in ('cut', 'stall'):
                for end in ends:
                    end.shutdown(socket.SHUT_RDWR)
            else:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            for end in ends:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

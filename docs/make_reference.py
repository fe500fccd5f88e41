#!/usr/bin/env python3
"""Write the reference from the programs' own tables: docs/API.md, docs/openapi.json, man/kiemke.1, man/kiemke-collector.8.

    docs/make_reference.py BIN [--check]

BIN is the folder of the two programs. Commands, options and their words come from `--help-json` (English);
what an answer holds is told in docs/answers.json, an example of each stands in docs/examples.json
(tests/scenario/examples_test.py records them and checks that the programs still give their members). --check writes nothing and fails when a file differs.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import make_openapi  # noqa: E402

ROOT = os.path.dirname(HERE)
DATE = 'November 23, 2026'
WIDE = 130  # columns of an example


def table(binary):
    env = dict(os.environ, KIEMKE_LANG='en')
    out = subprocess.run([binary, '--help-json'], stdout=subprocess.PIPE, env=env, check=True).stdout
    return json.loads(out)


# ---- docs/API.md ----

API_HEAD = """# Operations

All work of both programs is done by operations: one JSON object in, one JSON value out. The command line makes the object from its
arguments and prints the answer (`--json`: the very body). A process that owns a store (`serve`) takes the same object as
the body of `POST /api/NAME` on loopback, with the token of `owner.json`; other commands find it and hand theirs over. `Accept-Language: en` (or `?lang=en`) asks for the texts
within answer and problem in English, as `--lang en` does; `vi` for Vietnamese. Each body is described once, here.

A member not listed is refused by its name. *secret* members come by `--NAME-fd N` on the command line. An error is
`{"error":{"code","clause","key","message","args"}}` on the command line and `application/problem+json` with the same members in the API.
Times are unix seconds, money is đồng as an integer, ids of records are UUIDs, ids of entries base64url of 32 bytes.
Two more routes of `kiemke serve` are for files, with the same token or session: `POST /attach?name=NAME` takes a photo (JPEG, PNG) or PDF of
at most 16 MiB as its body, without what a camera wrote into it, and answers its reference (`sha256`, `size`, `type`, `name`); a file field of
`record` or `draft_set` takes `"SHA256 NAME"`. `GET /file/SHA256` shows one. `GET /paper/NAME?ARG=VALUE` runs an operation that changes nothing and
shows the document of its answer (`file`): `minutes`, `labels`, `receipt` with `paper=true`. `POST /usb-export` gives the sealed file of `export`
(how many records are in it: `Kk-Records`), `POST /usb-import` takes one as its body and answers as `import`.
After each answer stands a body and the answer to it, out of one run of the programs and shortened: the first item of an array, two
fields of a record, the beginning of a long text. `…` in a body is a secret.
The collector also answers `GET /odata/…`, its tables for spreadsheets ([ODATA.md](ODATA.md)), and `GET /openapi.json`: all its routes as OpenAPI 3.1 (`docs/openapi.json`).
This file is written by `docs/make_reference.py` and checked against the programs.
"""


def api_arg(a):
    kind = {'string': 'string', 'int': 'integer', 'bool': 'true or false', 'list': 'array of strings',
            'pairs': 'object of values', 'text': "string (on the command line a file's text)",
            'json': 'any value (on the command line a JSON file)', 'path': 'absolute path'}.get(a['type'], a['type'])
    marks = [m for m in ('required', 'secret') if a.get(m)]
    if a.get('choice'):
        marks.append('one of ' + ', '.join('`%s`' % c for c in a['choice']))
    if a.get('max'):
        marks.append('%d to %d' % (a['min'], a['max']))
    return '| `%s` | %s | %s |' % (a['name'], kind + (', ' + ', '.join(marks) if marks else ''), a['help'])


def laid_out(v, room, indent=''):
    """JSON on one line where it fits, else a member a line."""
    line = json.dumps(v, ensure_ascii=False)
    if len(line) <= room or not v or not isinstance(v, (dict, list)):
        return line
    inner = indent + '  '
    if isinstance(v, list):
        parts = [laid_out(x, room - 2, inner) for x in v]
    else:
        parts = ['%s: %s' % (json.dumps(k), laid_out(x, room - 4 - len(k), inner)) for k, x in v.items()]
    return '%s\n%s%s\n%s%s' % ('{['[isinstance(v, list)], inner, (',\n' + inner).join(parts), indent, '}]'[isinstance(v, list)])


def api_example(example):
    return ['```json', laid_out(example['body'], WIDE), laid_out(example['answer'], WIDE), '```', ''] if example else []


def api_op(op, answers, examples):
    name = op['api'] or op['name'].replace(' ', '_').replace('-', '_')
    out = ['### `%s`' % name, '', op['summary'].rstrip('.') + '. `%s`' % op['usage'], '']
    if not op['api']:
        out += ['Not in the API: it runs in the process that was called.', '']
    if op['args']:
        out += ['| member | value | |', '|---|---|---|'] + [api_arg(a) for a in op['args']] + ['']
    return out + ['Answer: ' + answers[name], ''] + api_example(examples.get(name))


def api(tables, answers, examples):
    out = [API_HEAD]
    for t in tables:
        out.append('## The %s: `%s`\n' % ('agent' if t['program'] == 'kiemke' else 'collector', t['program']))
        for op in t['ops']:
            out.append('\n'.join(api_op(op, answers[t['program']], examples[t['program']])))
    return '\n'.join(out).rstrip() + '\n'


# ---- man pages ----

def roff(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text[:1] in ".'" else text


def man_option(a):
    meta = '' if a['type'] == 'bool' else ' Ar ' + roff(a['meta'] or a['name'].upper())
    if a['positional']:
        return '.It Ar %s' % roff(a['meta'] or a['name'].upper())
    return '.It Fl -%s%s' % (a['option'], meta)


def man_op(op):
    out = ['.Ss %s' % roff(op['name']), roff(op['summary'].rstrip('.')) + '.']
    if op['args']:
        out.append('.Bl -tag -width Ds')
        for a in op['args']:
            out += [man_option(a), roff(a['help'][:1].upper() + a['help'][1:].rstrip('.')) + '.']
        out.append('.El')
    return out


def man(t, section, about, see):
    name = t['program']
    out = ['.\\" Written by docs/make_reference.py from the table of commands.',
           '.Dd %s' % DATE, '.Dt %s %s' % (name.upper(), section), '.Os', '.Sh NAME', '.Nm %s' % name,
           '.Nd %s' % about[0], '.Sh SYNOPSIS', '.Nm', '.Op Fl -home Ar DIR', '.Op Fl -json', '.Ar COMMAND',
           '.Op Ar arguments ...', '.Sh DESCRIPTION'] + about[1:] + ['.Pp', 'Common options:', '.Bl -tag -width Ds']
    for o in t['options']:
        if not o['hidden']:
            out += ['.It Fl -%s%s' % (o['option'], ' Ar ' + roff(o['meta']) if o['meta'] else ''),
                    roff(o['help'][:1].upper() + o['help'][1:]) + '.']
    out += ['.El', '.Sh COMMANDS']
    for op in t['ops']:
        out += man_op(op)
    out += ['.Sh ENVIRONMENT', '.Bl -tag -width Ds', '.It Ev %s' % t['home_env'], 'The store folder, without',
            '.Fl -home .']
    for g in t['groups']:
        out += ['.It Ev %s' % g['home_env'], 'The same for the', '.Cm %s' % g['word'], 'commands, which have a store of their own.']
    out += ['.It Ev KIEMKE_LANG', 'Language of messages:', '.Cm vi', '(the default) or', '.Cm en .', '.El',
            '.Sh EXIT STATUS', '.Bl -tag -width Ds']
    for e in t['exit']:
        out += ['.It %d' % e['status'], roff(e['code']) + '.']
    out += ['.El', '.Sh SEE ALSO'] + see
    return '\n'.join(out) + '\n'


AGENT = ['record inspections and stocktakes offline, sealed, and send them',
         'The agent of a commune PC.', 'Every record is saved and sealed locally with one',
         'fsync and sent when there is a connection.',
         'One process owns a store; a command that finds it owned hands its work to the owner.']
COLLECTOR = ['verify, log, merge and acknowledge what agents send',
             'The collector of a centre.', 'It verifies each entry, appends it to a Merkle log, merges it, and',
             'answers with receipts that anyone can check.',
             'While it serves, other commands are handed to it.',
             'Spreadsheets read its tables as OData 4.0 below', '.Pa /odata/ ,', 'with a token of', '.Cm token add', 'as the password.',
             'The', '.Cm witness', 'commands are another process, on another machine under another hand: it cosigns the checkpoints',
             'of the logs it follows and never one that is smaller than, or does not go on from, the last it cosigned.']


def main(argv):
    tables = [table(os.path.join(argv[1], p)) for p in ('kiemke', 'kiemke-collector')]
    with open(os.path.join(HERE, 'answers.json'), encoding='utf-8') as f:
        answers = json.load(f)
    with open(os.path.join(HERE, 'examples.json'), encoding='utf-8') as f:
        examples = json.load(f)
    files = {
        'docs/API.md': api(tables, answers, examples),
        'docs/openapi.json': make_openapi.made(ROOT, tables[1], answers['kiemke-collector']),
        'man/kiemke.1': man(tables[0], 1, AGENT, ['.Xr kiemke-entry 5 ,', '.Xr kiemke-collector 8']),
        'man/kiemke-collector.8': man(tables[1], 8, COLLECTOR, ['.Xr kiemke 1 ,', '.Xr kiemke-entry 5']),
    }
    stale = []
    for path, text in files.items():
        full = os.path.join(ROOT, path)
        old = open(full, encoding='utf-8').read() if os.path.exists(full) else ''
        if '--check' in argv:
            stale += [path] if old != text else []
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, 'w', encoding='utf-8') as f:
            f.write(text)
    for path in stale:
        print('%s differs from the programs: run docs/make_reference.py' % path)
    return 1 if stale else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Canonicalise a raw trace (see scenario.md, section "Canonical form").

  canon.py SCENARIO TRACE            canonical trace on stdout
  canon.py --check SCENARIO T1 T2    exit 1 and a diff when they differ
  options: --ignore-which-order      which_children lists compared as sets
Idempotent. Both the oracle's and the implementation's traces go through it."""
import sys, json, difflib

def load(path):
    out = []
    with open(path) as f:
        for line in f:
            line = line.strip()
            if line and not line.startswith('#'):
                out.append(json.loads(line))
    return out

def simple_paths(scn):
    res = []
    def walk(path, spec):
        if spec.get('strategy') == 'simple_one_for_one':
            res.append(path)
        for c in spec.get('children', []):
            if 'sup' in c and isinstance(c['sup'], dict):
                walk(path + '/' + str(c.get('id')), c['sup'])
    for o in scn:
        if 'sup' in o and 'do' not in o:
            walk(o['sup'], o)
        if o.get('do') == 'start_child' and isinstance(o.get('child'), dict) and 'sup' in o['child']:
            walk(o['sup'] + '/' + str(o['child'].get('id')), o['child']['sup'])
    return sorted(res, key=lambda p: p.count('/'))

def epath(e):
    return e.get('child') or e.get('sup') or ''

def below(path, sup):
    """component of path directly below sup, or None"""
    if path.startswith(sup + '/'):
        return path[len(sup) + 1:].split('/')[0]
    return None

class Sup:
    def __init__(self, simples):
        self.simples, self.alive, self.orphan = simples, set(), {}
        self.cur, self.parent = {}, {}      # latest instance of a path; instance -> parent instance
    def under(self, inst, sup):
        """instance directly below sup on the way from inst up to sup, or None"""
        while inst is not None:
            up = self.parent.get(inst)
            if up == sup:
                return inst
            inst = up
        return None
    def step(self, evs):
        main, orph, asy = [], [], []
        for e in evs:
            k = e['ev']
            key = (epath(e), e.get('inc'))
            if k == 'async_result':
                asy.append(e); continue
            if k in ('started', 'sup_started'):
                self.alive.add(key)
                pp = key[0].rsplit('/', 1)[0] if '/' in key[0] else None
                self.parent[key] = (pp, self.cur[pp]) if pp in self.cur else None
                self.cur[key[0]] = key[1]
            if key in self.orphan:
                orph.append((self.orphan[key], e))
            else:
                main.append(e)
            if k in ('terminated', 'sup_terminated'):
                self.alive.discard(key)
            if k == 'sup_terminated':
                for inst in list(self.alive):
                    c = self.under(inst, key)
                    if c is not None and inst not in self.orphan:
                        self.orphan[inst] = c
        for sp in self.simples:
            out, run = [], []
            def flush():
                def child(e): return below(epath(e), sp)
                def life(e): return e.get('inc') or 0
                direct = all(epath(e) == f'{sp}/{child(e)}' for e in run)
                run.sort(key=lambda e: (child(e), life(e)) if direct else (child(e),)); out.extend(run); run.clear()
            for e in main:
                if below(epath(e), sp) is not None:
                    run.append(e)
                else:
                    flush(); out.append(e)
            flush()
            main = out
        orph.sort(key=lambda t: t[0])
        asy.sort(key=lambda e: str(e.get('tag')))
        return main + [e for _, e in orph] + asy

def neutral(x):
    """reasons: implementation dependent wrappings are folded"""
    if isinstance(x, dict):
        x = {k: neutral(v) for k, v in x.items()}
        if len(x) == 1:
            (k, v), = x.items()
            if k == 'EXIT':
                return v
            if k == 'bad_return_value' or k.startswith('bad_return_from') or k.startswith('bad_state_enter'):
                return 'bad_return'
            if k == 'error' and v == 'bad_return':
                return v
        return x
    if isinstance(x, list):
        return [neutral(v) for v in x]
    return x

def start_rules(op, evs):
    """starts that fail: the EXIT message a trapping starter may see (OTP < 26)
    and the result a dying plain starter may still see are both left out"""
    ops = op.get('ops', [op]) if op else []
    names = [o.get('name') for o in ops if o.get('do') in ('start', 'start_sm')]
    if not names:
        return evs
    dead = {(e.get('at'), json.dumps(e.get('reason'))) for e in evs if e['ev'] == 'terminated'}
    ok = any(e['ev'] == 'op' and e.get('op') in ('start', 'start_sm') and e['res'].get('result') == 'ok' for e in evs)
    out = []
    for e in evs:
        if not ok and e['ev'] == 'exit_msg' and e.get('from') in names:
            continue
        if e['ev'] == 'op' and e.get('op') in ('start', 'start_sm') and e['res'].get('result') == 'error' \
                and (e['at'], json.dumps(e['res'].get('reason'))) in dead:
            continue
        out.append(e)
    return out

def proc_step(evs):
    # whether a process that a signal ends still sees a notice of the same step is a race
    dead = {e['at'] for e in evs if e['ev'] == 'terminated' and 'at' in e and e.get('reason') != 'normal'}
    evs = [e for e in evs if not (e['ev'] == 'down' and e.get('at') in dead)]
    groups = {}
    for e in evs:
        frm = e.get('from', '') if e['ev'] in ('msg', 'exit_msg', 'down') else ''
        if e['ev'] == 'pg': frm = [e['ref'], e['group']]     # ordered per monitor and group
        cls = e['ev'] if e['ev'] in ('terminated', 'handler_exit', 'pg') and 'at' in e else ''
        groups.setdefault((e.get('at', e.get('child', '')), cls, str(frm)), []).append(e)
    out = []
    for k in sorted(groups):
        g, run = groups[k], []
        def flush():
            run.sort(key=lambda e: json.dumps(e, sort_keys=True)); out.extend(run); run.clear()
        for e in g:
            if e['ev'] in ('exit_msg', 'down'):
                if run and run[0].get('reason') != e.get('reason'):
                    flush()
                run.append(e)
            else:
                flush(); out.append(e)
        flush()
    return out

def canon(scn, trace, ignore_order=False):
    kind = scn[0]['meta']['kind']
    simples = simple_paths(scn) if kind == 'sup' else []
    sup_of_step = {}
    n = 0
    for o in scn:
        if 'do' in o:
            n += 1; sup_of_step[n] = o
    st = Sup(simples)
    out, evs = [], []
    cur = [None]
    def flush():
        out.extend(st.step(evs) if kind == 'sup' else proc_step(start_rules(cur[0], evs))); evs.clear()
    for l in trace:
        l = {k: neutral(v) for k, v in l.items() if k != 'held_up_ms'}
        if kind == 'pg' and l.get('ev') == 'op' and l['res'].get('result') == 'raised':
            l['res'] = {'result': 'raised'}
        if kind == 'sm' and l.get('cb') == 'terminate' and isinstance(l.get('reason'), dict) and list(l['reason']) == ['error']:
            l['reason'] = l['reason']['error']
        if 'ev' in l:
            evs.append(l); continue
        flush()
        cur[0] = sup_of_step.get(l.get('step'))
        if l.get('do') == 'which_children' and isinstance(l.get('res'), dict) and 'children' in l['res']:
            s = sup_of_step.get(l.get('step'), {}).get('sup')
            if ignore_order or s in simples:
                l['res']['children'].sort(key=lambda c: json.dumps(c, sort_keys=True))
        out.append(l)
    flush()
    return [json.dumps(l, separators=(',', ':'), sort_keys=True) for l in out]

def main(a):
    ign = '--ignore-which-order' in a
    a = [x for x in a if x != '--ignore-which-order']
    if a and a[0] == '--check':
        scn = load(a[1])
        x, y = canon(scn, load(a[2]), ign), canon(scn, load(a[3]), ign)
        if x != y:
            print('\n'.join(difflib.unified_diff(x, y, a[2], a[3], lineterm='', n=4)))
            return 1
        return 0
    scn = load(a[0])
    print('\n'.join(canon(scn, load(a[1]), ign)))
    return 0

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))

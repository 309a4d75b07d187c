#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Seeded random generator of supervisor scenarios.

  gen.py SEED [COUNT] [--out DIR]     DIR/rnd-SEED.jsonl ... (default stdout)
Only valid scenarios: nothing that may block for ever, all times with wide
margins, periods of one hour so that the wall clock plays no part."""
import random, json, sys, os

REASONS = ['normal', 'shutdown', {'shutdown': 'x'}, 'boom', 'boom', 'kill', 'oops']
CRASH = ['normal', 'shutdown', {'shutdown': 'x'}, 'boom', 'boom', 'oops']

class G:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.paths, self.sups, self.simple, self.ids = [], [], [], {}
        self.dyn = {}
        self.n = 0
    def name(self, p):
        self.n += 1
        return p + str(self.n)
    def starts(self):
        r = self.r
        x = r.random()
        if x < 0.58: return None
        bad = r.choice([{'error': 'nope'}, {'crash': 'init_failed'}, {'exit': 'thrown'}, 'bad', 'ignore'])
        if x < 0.90:                               # fails on the k-th start, then fine
            k = r.randint(2, 3)
            l = ['ok'] * (k - 1) + [bad] * r.randint(1, 2) + ['ok']
        elif x < 0.97:                             # fails for ever from the k-th on
            l = ['ok'] * r.randint(1, 3) + [bad]
        elif x < 0.99:
            l = ['ignore', 'ok']
        else:
            l = [bad]
        return l
    def beh(self):
        r, b = self.r, {}
        s = self.starts()
        if s: b['start'] = s
        if r.random() < 0.5:
            b['trap'] = True
            x = r.random()
            if x < 0.12: b['refuse'] = True
            elif x < 0.25: b['term_ms'] = r.choice([5, 10])
            elif x < 0.32: b['term_ms'] = 600
            elif x < 0.45: b['term_reason'] = r.choice(['other', 'normal', {'shutdown': 'y'}])
        return b
    def child(self, path, depth, auto):
        r = self.r
        if depth < 2 and r.random() < (0.3 if depth == 0 else 0.15):
            i = self.name('s')
            c = {'id': i, 'type': 'supervisor', 'sup': self.sup(path + '/' + i, depth + 1)}
            if r.random() < 0.08: c['shutdown'] = 'brutal_kill'
            elif r.random() < 0.3: c['shutdown'] = 'infinity'
            if r.random() < 0.2: c['beh'] = {'start': ['ok', {'error': 'nope'}, 'ok']}
        else:
            i = self.name('c')
            b = self.beh()
            c = {'id': i}
            if b.get('refuse') or b.get('term_ms') == 600:
                c['shutdown'] = r.choice(['brutal_kill', 40])
            else:
                c['shutdown'] = r.choice(['brutal_kill', 2000, 2000, 'infinity'])
            if b: c['beh'] = b
        c['restart'] = r.choice(['permanent', 'permanent', 'transient', 'temporary'])
        if auto != 'never' and c['restart'] != 'permanent' and r.random() < 0.6:
            c['significant'] = True
        elif r.random() < 0.01:
            c['significant'] = True
        self.paths.append(path + '/' + i)
        self.ids.setdefault(path, []).append(i)
        return c
    def sup(self, path, depth):
        r = self.r
        st = r.choice(['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'] if depth
                      else ['one_for_one', 'one_for_one', 'one_for_all', 'rest_for_one', 'rest_for_one', 'simple_one_for_one'])
        auto = r.choice(['never'] * 5 + ['any_significant', 'all_significant'])
        s = {'strategy': st, 'intensity': r.choice([0, 1, 2, 3, 5, 10] if depth else [1, 3, 5, 10, 10, 20]), 'period': 3600}
        if auto != 'never': s['auto_shutdown'] = auto
        self.sups.append(path)
        if st == 'simple_one_for_one':
            self.simple.append(path)
            b = self.beh()
            if 'start' in b:       # OTP 25 breaks when a dynamic restart says ignore
                b['start'] = b['start'][:1] + [{'error': 'nope'} if x == 'ignore' else x for x in b['start'][1:]]
            c = {'id': 'dyn', 'dynamic': True, 'restart': r.choice(['permanent', 'transient', 'temporary'])}
            c['shutdown'] = (r.choice(['brutal_kill', 40]) if b.get('refuse') or b.get('term_ms') == 600
                             else r.choice(['brutal_kill', 2000]))
            if b: c['beh'] = b
            if auto != 'never' and c['restart'] != 'permanent' and r.random() < 0.5: c['significant'] = True
            s['children'] = [c]
        else:
            s['children'] = [self.child(path, depth, auto) for _ in range(r.randint(1, 4))]
        return s
    def step(self):
        r = self.r
        x = r.random()
        sup = r.choice(self.sups)
        if x < 0.34 and self.paths:
            d = {'do': 'crash', 'child': r.choice(self.paths), 'reason': r.choice(CRASH)}
            if r.random() < 0.15 and d['reason'] == 'boom': d['how'] = 'error'
            if d['child'] in self.sups:
                return [{'do': 'exit_signal', 'to': d['child'], 'reason': r.choice(['normal', 'shutdown', 'boom', 'kill'])}]
            return [d]
        if x < 0.44 and self.paths:
            return [{'do': 'exit_signal', 'to': r.choice(self.paths), 'reason': r.choice(REASONS)}]
        if x < 0.47:
            return [{'do': 'exit_signal', 'to': 'root', 'reason': r.choice(['normal', 'shutdown', 'boom'])}]
        if x < 0.57: return [{'do': 'which_children', 'sup': sup}]
        if x < 0.66: return [{'do': 'count_children', 'sup': sup}]
        if x < 0.70 and 'root' not in self.simple:       # two deaths seen in a row
            ws = [p for p in self.paths if p.count('/') == 1 and p not in self.sups]
            if len(ws) > 1:
                a, b = r.sample(ws, 2)
                return [{'do': 'suspend', 'sup': 'root'},
                        {'do': 'crash', 'child': a, 'reason': r.choice(CRASH)},
                        {'do': 'crash', 'child': b, 'reason': r.choice(CRASH)},
                        {'do': 'resume', 'sup': 'root'}]
        if sup in self.simple:
            ns = self.dyn.setdefault(sup, [])
            if x < 0.88 or not ns:
                n = r.choice(ns) if ns and r.random() < 0.1 else self.name('w')
                ns.append(n)
                self.paths.append(sup + '/' + n)
                d = {'do': 'start_child', 'sup': sup, 'name': n}
                return [d]
            if x < 0.96: return [{'do': 'terminate_child', 'sup': sup, 'name': r.choice(ns)}]
            return [{'do': r.choice(['terminate_child', 'restart_child', 'delete_child']), 'sup': sup, 'id': 'dyn'}]
        ids = self.ids.setdefault(sup, [])
        i = r.choice(ids) if ids and r.random() < 0.93 else 'nobody'
        if x < 0.80:
            t = [{'do': 'terminate_child', 'sup': sup, 'id': i}]
            y = r.random()
            if y < 0.35: t.append({'do': 'restart_child', 'sup': sup, 'id': i})
            elif y < 0.5: t += [{'do': 'delete_child', 'sup': sup, 'id': i}]
            elif y < 0.6: t += [{'do': 'which_children', 'sup': sup}]
            return t
        if x < 0.88: return [{'do': 'restart_child', 'sup': sup, 'id': i}]
        if x < 0.92: return [{'do': 'delete_child', 'sup': sup, 'id': i}]
        if x < 0.94: return [{'do': 'get_childspec', 'sup': sup, 'id': i}]
        c = self.child(sup, 2, 'never')
        if r.random() < 0.25 and ids:
            again = r.choice(ids)
            # A worker under the path of a supervisor would be asked as one, and never answer.
            if f'{sup}/{again}' not in self.sups: c['id'] = again
        return [{'do': 'start_child', 'sup': sup, 'child': c}]

def scenario(seed):
    g = G(seed)
    tree = {'sup': 'root'}
    tree.update(g.sup('root', 0))
    want = g.r.randint(5, 25)
    steps = []
    while len(steps) < want:
        steps += g.step()
    lines = [{'meta': {'name': 'rnd-%d' % seed, 'kind': 'sup', 'about': 'random, seed %d' % seed}}, tree] + steps
    return '\n'.join(json.dumps(l) for l in lines) + '\n'

if __name__ == '__main__':
    a = sys.argv[1:]
    out = None
    if '--out' in a:
        k = a.index('--out'); out = a[k + 1]; del a[k:k + 2]
    s0, n = int(a[0]), int(a[1]) if len(a) > 1 else 1
    for s in range(s0, s0 + n):
        t = scenario(s)
        if out:
            os.makedirs(out, exist_ok=True)
            open(os.path.join(out, 'rnd-%04d.jsonl' % s), 'w').write(t)
        else:
            sys.stdout.write(t)

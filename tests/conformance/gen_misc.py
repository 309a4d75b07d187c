#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Seeded random generator for the kinds proc and gs.

  gen_misc.py proc|gs SEED [COUNT] [--out DIR]"""
import random, json, sys, os
RE = ['normal', 'shutdown', {'shutdown': 'x'}, 'boom', 'boom', 'kill', 'killed', 'oops']

def proc(seed):
    r = random.Random('proc%d' % seed)
    names = ['p%d' % i for i in range(r.randint(3, 7))]
    st = [{'do': 'spawn', 'name': n, 'trap': r.random() < 0.4} for n in names]
    refs, regs, k = [], ['n1', 'n2'], 0
    for _ in range(r.randint(12, 35)):
        a, b = r.choice(names), r.choice(names)
        x = r.random()
        if x < 0.28: st.append({'do': 'link', 'who': a, 'to': b})
        elif x < 0.33: st.append({'do': 'unlink', 'who': a, 'to': b})
        elif x < 0.50:
            k += 1; refs.append((a, 'r%d' % k))
            st.append({'do': 'monitor', 'who': a, 'to': b, 'ref': 'r%d' % k})
        elif x < 0.54 and refs:
            w, l = r.choice(refs)
            st.append({'do': 'demonitor', 'who': w, 'ref': l, 'info': True})
            refs.remove((w, l))
        elif x < 0.60: st.append({'do': 'trap', 'who': a, 'on': r.random() < 0.5})
        elif x < 0.74: st.append({'do': 'send_exit', 'who': a, 'to': b, 'reason': r.choice(RE)})
        elif x < 0.80: st.append({'do': r.choice(['exit', 'exit', 'error']), 'who': a, 'reason': r.choice(['normal', 'boom', 'shutdown', 'oops'])})
        elif x < 0.84: st.append({'do': 'register', 'who': a, 'as': r.choice(regs)})
        elif x < 0.87: st.append({'do': 'whereis', 'who': a, 'as': r.choice(regs)})
        elif x < 0.90:
            n = 'q%d' % len(names); names.append(n); k += 1
            d = {'do': r.choice(['spawn_link', 'spawn_monitor']), 'who': a, 'name': n, 'trap': r.random() < 0.4, 'ref': 'r%d' % k}
            st.append(d)
        elif x < 0.94: st.append({'do': 'links', 'who': a})
        else:
            st.append({'do': 'seq', 'who': a, 'ops': [{'do': 'send', 'to': b, 'msg': 1},
                {'do': 'send_exit', 'to': b, 'reason': r.choice(RE)}, {'do': 'send', 'to': b, 'msg': 2}]})
    return st

def gs(seed):
    r = random.Random('gs%d' % seed)
    st = [{'do': 'spawn', 'name': c, 'trap': True} for c in ('c1', 'c2')]
    st.append({'do': 'spawn', 'name': 'c3', 'trap': False})
    tags, made, k = [], [], 0
    def start():
        nonlocal k
        k += 1
        d = {'do': 'start', 'from': 'c1', 'name': 's%d' % k, 'trap': r.random() < 0.5}
        x = r.random()
        if x < 0.12: d['init'] = r.choice([['ignore'], ['stop', 'boom'], ['exit', 'out'], ['error', 'bad'], ['bad']])
        elif x < 0.3: d['init'] = ['ok', {'continue': ret(0, False)}]
        x = r.random()
        if x < 0.2: d['terminate'] = r.choice([['exit', 'second'], ['error', 'bad'], ['throw', 'x']])
        if r.random() < 0.3: d['reg'] = 'nm'
        if r.random() < 0.3: d['on_exit'] = r.choice([['stop', 'peer'], ['noreply']])
        st.append(d)
    def ret(call, rich=True):
        x = r.random()
        if call and x < 0.45: return ['reply', r.randint(1, 9)]
        if call and x < 0.58:
            made.append(0); t = 't%d' % len(made); tags.append(t); return ['defer', t]
        if not call and x < 0.2 and tags: return ['reply_to', tags.pop(r.randrange(len(tags))), 'late']  # once: without an alias OTP delivers a second one
        if x < 0.63: return r.choice([['exit', 'boom'], ['error', 'bad'], ['exit', 'normal'], ['bad'], ['throw_value', 'ball']])
        if x < 0.70: return ['stop', r.choice(['normal', 'shutdown', {'shutdown': 'x'}, 'boom'])]
        if call and x < 0.76: return ['stop', r.choice(['normal', 'boom']), 'bye']
        if rich and x < 0.84: return ['reply', 'c', {'continue': ret(0, False)}] if call else ['noreply', {'continue': ret(0, False)}]
        if rich and x < 0.90: return ['send_self', 'm', ['noreply'], ['reply', 's'] if call else ['noreply']]
        return ['reply', 0] if call else ['noreply']
    start()
    for _ in range(r.randint(8, 22)):
        s = 's%d' % r.randint(max(1, k - 1), k)
        to = '@nm' if r.random() < 0.1 else s
        c = r.choice(['c1', 'c2', 'c3'])
        x = r.random()
        if x < 0.40:
            d = {'do': 'call', 'from': c, 'to': to, 'ret': ret(1), 'id': 'q'}
            if c == 'c3' and r.random() < 0.3: d['catch'] = False
            st.append(d)
        elif x < 0.58: st.append({'do': 'cast', 'from': 'c2', 'to': s, 'ret': ret(0), 'id': 'q'})
        elif x < 0.68: st.append({'do': 'info', 'from': 'c2', 'to': s, 'ret': ret(0), 'id': 'q'})
        elif x < 0.76: st.append({'do': 'stop', 'from': 'c2', 'to': s, 'reason': r.choice(['normal', 'why', 'shutdown'])})
        elif x < 0.84: st.append({'do': 'send_exit', 'from': c, 'to': s, 'reason': r.choice(RE)})
        elif x < 0.87: st.append({'do': 'exit', 'who': 'c3', 'reason': 'boom'})
        else: start()
    return st

if __name__ == '__main__':
    a = sys.argv[1:]
    out = None
    if '--out' in a:
        i = a.index('--out'); out = a[i + 1]; del a[i:i + 2]
    kind, s0, n = a[0], int(a[1]), int(a[2]) if len(a) > 2 else 1
    for s in range(s0, s0 + n):
        nm = 'rnd-%s-%d' % (kind, s)
        steps = {'proc': proc, 'gs': gs}[kind](s)
        t = '\n'.join(json.dumps(l) for l in [{'meta': {'name': nm, 'kind': kind, 'about': 'random, seed %d' % s}}] + steps) + '\n'
        if out:
            os.makedirs(out, exist_ok=True)
            open(os.path.join(out, 'rnd-%s-%04d.jsonl' % (kind, s)), 'w').write(t)
        else: sys.stdout.write(t)

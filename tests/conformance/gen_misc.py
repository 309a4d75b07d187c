#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Seeded random generator for the kinds proc, gs, sm, ge, pg and ex.

  gen_misc.py proc|gs|sm|ge|pg|ex SEED [COUNT] [--out DIR]"""
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

def sm(seed):
    """gen_statem. Time passes in `sleep` steps only: a timer round sets at most three short timers (lengths far
    apart) at once, then sleeps until all are over; every other timer is zero or a minute. What an enter call schedules
    may move the machine to a higher state only, and a postponed event does nothing else: so nothing loops."""
    r = random.Random('sm%d' % seed)
    SS, ENDS, cnt = ['s0', 's1', 's2', 's3'], ['normal', 'shutdown', {'shutdown': 'x'}, 'boom'], {}
    short, st, tags = [], [], []
    def new(p):
        cnt[p] = cnt.get(p, 0) + 1
        return p + str(cnt[p])
    def timer(depth, calm, ms):
        kind = r.choice([['state_timeout'], ['timeout'], ['timeout', 'n1'], ['timeout', 'n2']])
        return kind + [ms, content(depth - 1, calm)]
    def content(depth, calm=False):
        return {'id': new('e'), 'ret': script(False, max(depth, 0), calm)}
    def acts(call, depth, calm, insert=True):
        out = []
        if call and r.random() < 0.75:
            t = new('t')
            if r.random() < 0.75: out.append(['reply', r.randint(1, 9)])
            else: tags.append(t); out.append(['defer', t])
        if tags and r.random() < 0.15: out.append(['reply_to', tags.pop(r.randrange(len(tags))), 'late'])
        while depth > 0 and r.random() < 0.55 and len(out) < 4:
            x = r.random()
            if x < 0.30 and insert: out.append(['next_event', r.choice(['internal', 'internal', 'cast', 'info']), content(depth - 1, calm)])
            elif x < 0.62: out.append(timer(depth, calm, 0))
            elif x < 0.72: out.append(timer(depth, calm, 60000))
            elif x < 0.78: out.append(timer(depth, calm, 'infinity'))
            elif x < 0.86: out.append(['cancel', r.choice(['state_timeout', 'n1', 'n2'])])
            elif x < 0.95: out.append(['update', r.choice(['state_timeout', 'n1', 'n2']), content(depth - 1, calm)])
            else: out.append('hibernate')
        if short and depth > 1 and not calm and r.random() < 0.5:
            out.append(timer(depth, calm, short.pop()))
        r.shuffle(out)
        return out
    def ret(call, depth, calm, state, hold):
        """state: the state it is for, None: unknown; hold: may postpone"""
        x = r.random()
        if calm:
            high = SS[SS.index(state) + 1:] if state else []
            if high and x < 0.4: return ['next', r.choice(high), acts(False, depth - 1, True)]
            return ['keep', acts(False, depth - 1, True)] if x < 0.8 else ['keep']
        if hold and state and x < 0.28:
            high = SS[SS.index(state) + 1:]
            if high and r.random() < 0.2: return ['next', r.choice(high), ['postpone']]
            return ['keep', ['postpone'] + r.choice([[], [], ['hibernate']])]
        if x < 0.56: return ['next', r.choice(SS), acts(call, depth, False)]
        if x < 0.80: return ['keep', acts(call, depth, False)]
        if x < 0.88: return ['repeat', acts(call, depth, False)]
        if x < 0.91: return ['throw', ['next', r.choice(SS), acts(call, depth, False)]]
        if x < 0.97: return r.choice([['keep'], ['repeat'], ['next', r.choice(SS)]])
        if x < 0.99: return r.choice([['stop'], ['stop', r.choice(ENDS)], ['stop_and_reply', r.choice(ENDS), [['reply', 'bye']] if call else []]])
        return r.choice([['exit', 'boom'], ['exit', 'normal'], ['error', 'bad'], ['bad']])
    def script(call, depth, calm=False, hold=None):
        hold = r.random() < 0.6 if hold is None else hold
        if not calm and r.random() < 0.35: return ret(call, depth, False, None, False)
        d = {s: ret(call, depth, calm, s, hold) for s in r.sample(SS, r.randint(1, 3))}
        if not calm and r.random() < 0.5: d['_'] = ret(call, depth, False, None, False)
        return d
    def enter(s):
        x = r.random()
        if x < 0.70: return ['keep', acts(False, 2, True, insert=False)]
        if x < 0.86: return ['keep']
        if x < 0.91: return ['next', s]
        return r.choice([['keep', ['postpone']], ['keep', [['next_event', 'internal', {'id': 'no', 'ret': ['keep']}]]],
                         ['next', 's3' if s == 's0' else 's0'], ['stop', r.choice(ENDS)], ['exit', 'boom'], ['error', 'bad']])
    def start():
        d = {'do': 'start_sm', 'from': 'c1', 'name': new('m'), 'trap': r.random() < 0.5}
        x = r.random()
        if x < 0.06: d['init'] = r.choice([['ignore'], ['stop', 'boom'], ['exit', 'out'], ['bad']])
        elif x < 0.4: d['init'] = ['ok', r.choice(SS), acts(False, 2, False)]
        if r.random() < 0.6: d['enter'] = {s: enter(s) for s in r.sample(SS, r.randint(0, 4))}
        if r.random() < 0.15: d['terminate'] = r.choice([['exit', 'second'], ['error', 'bad'], ['throw', 'x']])
        st.append(d)
        if len(d.get('init', ())) == 1 or deadly([d.get('init'), d.get('enter')]): start()
    def deadly(x):
        return any(w in json.dumps(x) for w in ('"stop', '"exit', '"bad"', '"error"'))
    def m(): return 'm%d' % r.randint(max(1, cnt['m'] - 1), cnt['m']) if r.random() < 0.2 else 'm%d' % cnt['m']
    def event(do, to, **k):
        return dict({'do': do, 'from': 'c1', 'to': to, 'id': new('q'), 'ret': script(False, 2, **k)}, **({'sm': True} if do == 'cast' else {}))
    def call(to, c, k):
        return dict({'do': 'call', 'sm': True, 'from': c, 'to': to, 'id': new('q'), 'ret': script(True, 2, hold=False if short else None)}, **k)
    st += [{'do': 'spawn', 'name': c, 'trap': True} for c in ('c1', 'c2')]
    start()
    timed = slow = backlog = 0
    for _ in range(r.randint(9, 18)):
        x = r.random()
        if deadly(st[-2:]) and r.random() < 0.7: start()       # something may have ended the last machine
        if x < 0.36: st.append(event(r.choice(['cast', 'cast', 'info']), m()))
        elif x < 0.56:                   # every caller is a new process: nobody is ever busy
            c = new('k')
            st.append({'do': 'spawn', 'name': c, 'trap': True})
            st.append(call(m(), c, {'catch': False} if r.random() < 0.1 else {}))
        elif x < 0.59: st.append({'do': 'send_exit', 'who': r.choice(['c1', 'c2', 'c2']), 'to': m(), 'reason': r.choice(['normal', 'shutdown', 'boom', 'kill'])})
        elif x < 0.62: st.append({'do': 'stop', 'from': 'c2', 'to': m(), 'reason': r.choice(['normal', 'why', 'shutdown'])})
        elif x < 0.68: start()
        elif x < 0.79 and slow < 3:      # events that wait in the mailbox
            slow += 1; to = m()
            ops = [event('cast', to), *[event(r.choice(['cast', 'info']), to) for _ in range(r.randint(1, 3))]]
            ops[0]['ret'] = ['sleep', 100, ret(False, 2, False, None, False)]
            st.append({'do': 'seq', 'who': 'c1', 'ops': ops})
        elif x < 0.95 and backlog < 3:   # several events are held back, then the state changes, with inserted events
            backlog += 1; to = m()
            for _ in range(r.randint(2, 4)):
                d = event(r.choice(['cast', 'info']), to)
                d['ret'] = {s: ['keep', ['postpone']] if r.random() < 0.6 else ret(False, 1, False, s, True) for s in SS}
                st.append(d)
            for s in r.sample(SS, r.randint(2, 3)):
                d = event('cast', to)
                d['ret'] = ['next', s, [['next_event', 'internal', content(1)] for _ in range(r.randint(0, 3))]]
                st.append(d)
        elif timed < 2:                  # short timers
            timed += 1; to = m()
            first = event('cast', to, hold=False)
            short[:] = r.sample([160, 340, 560], 3)
            first['ret'] = r.choice([['keep'], ['next', r.choice(SS)]]) + [[timer(2, False, short.pop())]]
            ops = [first] + [event(r.choice(['cast', 'info']), to, hold=False) for _ in range(r.randint(0, 3))]
            if short and r.random() < 0.3: ops.append(call(to, 'c1', {'timeout': short.pop()}))
            short.clear()
            st.append({'do': 'seq', 'who': 'c1', 'ops': ops, 'quiet': False})
            st.append({'do': 'sleep', 'ms': 1000})
    return st

def ge(seed):
    """gen_event: managers of c1, handlers added by c1, c2 (trapping) and c3, c4 (plain)."""
    r = random.Random('ge%d' % seed)
    st = [{'do': 'spawn', 'name': c, 'trap': c in ('c1', 'c2')} for c in ('c1', 'c2', 'c3', 'c4')]
    HS, have, cnt = ['a', 'b', 'd', 'f'], [], [0, 0]
    def beh(depth=1):
        d = {}
        x = r.random()
        if x < 0.06: d['init'] = r.choice([['refuse', 'full'], ['exit', 'out'], ['error', 'bad'], ['bad']])
        elif x < 0.10: d['init'] = ['ok', 'hibernate']
        if r.random() < 0.5: d['terminate'] = r.choice([['value', 'v'], ['value', 'w'], ['exit', 'out'], ['error', 'bad'], ['throw', 'ball']])
        return d
    def ret(call):
        x = r.random()
        if x < (0.45 if call else 0.30): return ['reply', r.randint(1, 9)] if call else ['ok']
        if x < 0.55: return ['remove', 'last'] if call else ['remove']
        if x < 0.72: return ['swap', 'arg', r.choice(HS), beh()] + (['r'] if call else [])
        if x < 0.82: return r.choice([['exit', 'boom'], ['error', 'bad'], ['exit', 'normal'], ['bad']])
        if x < 0.88: return ['throw', ['reply', 't'] if call else ['remove']]
        return (['reply', 'h'] if call else ['ok']) + r.choice([[], ['hibernate']])
    def start():
        cnt[0] += 1
        st.append({'do': 'start_ge', 'from': 'c1', 'name': 'e%d' % cnt[0]})
        have.clear()
        for _ in range(r.randint(2, 4)): add()
    def add():
        have.append(r.choice(HS))
        st.append({'do': r.choice(['add_handler', 'add_sup_handler', 'add_sup_handler']), 'from': r.choice(['c1', 'c2', 'c3', 'c4']),
                   'to': 'e%d' % cnt[0], 'h': have[-1], 'beh': beh()})
    start()
    for _ in range(r.randint(12, 28)):
        if st[-1]['do'] in ('stop', 'send_exit') and r.random() < 0.7: start()
        c, e, h = r.choice(['c1', 'c2', 'c3', 'c4']), 'e%d' % cnt[0], r.choice(have if r.random() < 0.8 else HS)
        cnt[1] += 1
        q = 'q%d' % cnt[1]
        x = r.random()
        if x < 0.22: add()
        elif x < 0.48: st.append({'do': r.choice(['notify', 'sync_notify', 'sync_notify', 'info']), 'from': c, 'to': e, 'id': q,
                                  'ret': {k: ret(False) for k in r.sample(HS, r.randint(0, 2))}})
        elif x < 0.60: st.append({'do': 'call_handler', 'from': c, 'to': e, 'h': h, 'id': q, 'ret': ret(True)})
        elif x < 0.68: st.append({'do': 'delete_handler', 'from': c, 'to': e, 'h': h, 'arg': 'bye'})
        elif x < 0.79: st.append({'do': r.choice(['swap_handler', 'swap_sup_handler']), 'from': c, 'to': e, 'h': h, 'arg': 'go', 'h2': r.choice(HS), 'beh': beh()}); have.append(st[-1]['h2'])
        elif x < 0.82: st.append({'do': 'exit', 'who': r.choice(['c3', 'c4']), 'reason': r.choice(['normal', 'boom', 'shutdown'])})
        elif x < 0.86: st.append({'do': 'send_exit', 'who': r.choice(['c1', 'c2', 'c2']), 'to': e, 'reason': r.choice(['normal', 'boom', 'shutdown', 'kill'])})
        elif x < 0.90: st.append({'do': 'stop', 'from': c, 'to': e, 'reason': r.choice(['normal', 'why'])})
        elif x < 0.93: st.append({'do': 'links', 'who': c})
        elif x < 0.96: start()
        else: st.append({'do': 'which_handlers', 'from': c, 'to': e})
    st.append({'do': 'which_handlers', 'from': 'c1', 'to': 'e%d' % cnt[0]})
    return st

def pg(seed):
    """Process groups: c1 starts the scope, c2 and w watch, a .. e are members."""
    r = random.Random('pg%d' % seed)
    st = [{'do': 'spawn', 'name': c, 'trap': True} for c in ('c1', 'c2', 'w')]
    st += [{'do': 'spawn', 'name': c, 'trap': False} for c in 'abcde']
    refs, n = [], 0
    def op(do, c='c1', **k): st.append(dict({'do': 'pg_' + do, 'from': c, 'scope': 'sc'}, **k))
    op('start')
    for _ in range(r.randint(14, 34)):
        g, x = r.choice(['g', 'h', 'i']), r.random()
        m = r.choice('abcde') if r.random() < 0.6 else [r.choice('abcde') for _ in range(r.randint(0, 4))]
        if x < 0.34: op('join', r.choice(['c1', 'c2']), group=g, members=m)
        elif x < 0.54: op('leave', r.choice(['c1', 'c2']), group=g, members=m)
        elif x < 0.62: op('members', group=g)
        elif x < 0.68: op('groups')
        elif x < 0.80:
            n += 1; c = r.choice(['c2', 'w'])
            refs.append((c, 'r%d' % n))
            if r.random() < 0.6: op('monitor', c, group=g, ref='r%d' % n)
            else: op('monitor_scope', c, ref='r%d' % n)
        elif x < 0.86 and refs:
            c, ref = refs.pop(r.randrange(len(refs)))
            op('demonitor', c, ref=ref)
        elif x < 0.95: st.append({'do': 'exit', 'who': r.choice('abcde'), 'reason': r.choice(['normal', 'boom'])})
        elif x < 0.97: st.append({'do': 'exit', 'who': 'w', 'reason': 'boom'})
        else:
            st.append({'do': 'send_exit', 'who': 'c2', 'to': 'sc', 'reason': 'kill'}); refs.clear(); op('start')
    op('groups')
    return st

def ex(seed):
    """One of three themes: registries (and an agent), a dynamic supervisor, tasks. Nothing here takes time."""
    r = random.Random('ex%d' % seed)
    who = ['a', 'b', 'd', 'f']                      # b and d trap
    st = [{'do': 'spawn', 'name': c, 'trap': c in 'bd0'} for c in ['0'] + who]
    FAIL, n = ['normal', 'shutdown', {'shutdown': 'x'}, 'boom'], [0]
    def new(p): n[0] += 1; return p + str(n[0])
    def gone(c):                                    # somebody new takes its place
        who.remove(c); who.append(new('p'))
        st.append({'do': 'spawn', 'name': who[-1], 'trap': r.random() < 0.5})
    def registry():
        st.append({'do': 'register', 'who': '0', 'as': 'lis'})
        for name, kind in (('u', 'unique'), ('m', 'duplicate')):
            st.append({'do': 'registry', 'from': '0', 'name': name, 'keys': kind, **({'listeners': ['lis']} if r.random() < 0.5 else {})})
        for _ in range(r.randint(15, 35)):
            c, reg, key, v, x = r.choice(who), r.choice('um'), r.choice(['k1', 'k2', 3]), r.randint(1, 5), r.random()
            def op(do, **k): st.append(dict({'do': 'reg_' + do, 'from': c, 'reg': reg}, **k))
            pat = r.choice([{'pattern': v}, {'pattern': '_'}, {'pattern': '$1', 'greater': v}])
            if x < 0.36: op('register', key=key, value=v)
            elif x < 0.46: op('unregister', key=key)
            elif x < 0.54: op('lookup', key=key)
            elif x < 0.59: op('update_value', key=key, fun=['add', 10])
            elif x < 0.65: op(r.choice(['match', 'count_match']), key=key, **pat)
            elif x < 0.70: op('unregister_match', key=key, **pat)
            elif x < 0.75: op('dispatch', key=key, msg='hi')
            elif x < 0.79: op('count')
            elif x < 0.84: st.append({'do': 'links', 'who': c})
            elif x < 0.89 and r.random() < 0.5: st.append({'do': 'exit', 'who': c, 'reason': r.choice(FAIL)}); gone(c)
            elif x < 0.93: st.append({'do': 'agent', 'from': '0', 'name': new('g'), 'init': ['value', v], 'via': ['u', key]})
            elif x < 0.97: st.append({'do': r.choice(['agent_get', 'agent_update', 'agent_get_and_update']), 'from': '0', 'to': ['u', 'k1'], 'fun': r.choice([['add', 1], ['add', 1], ['exit', 'boom'], ['error', 'bad']])})
            else: st.append({'do': 'agent_stop', 'from': '0', 'to': ['u', 'k1']})
        for reg in 'um': st.append({'do': 'reg_select', 'from': '0', 'reg': reg})
    def dynsup():
        kids = []
        def sup(): st.append({'do': 'dynsup', 'from': '0', 'name': 'd', 'max_children': r.randint(2, 5), 'max_restarts': r.randint(1, 6), 'max_seconds': 3600})
        sup()
        for _ in range(r.randint(12, 30)):
            x = r.random()
            if x < 0.36:
                later = [r.choice(['ok', 'ok', 'ok', 'ignore', {'error': 'no'}, {'crash': 'out'}, {'ok': True, 'info': 'i'}]) for _ in range(r.randint(0, 3))]
                first = 'ok' if r.random() < 0.8 else r.choice(['ignore', {'error': 'no'}, {'crash': 'out'}, {'exit': 'out'}, 'bad'])
                beh = {'start': [first] + (later + ['ok'] if first == 'ok' else [])}
                if r.random() < 0.4: beh.update({'trap': True}, **r.choice([{}, {'term_ms': 30}, {'term_reason': 'odd'}]))
                st.append({'do': 'dyn_start', 'from': r.choice(['0', 'b']), 'sup': 'd', 'child': new('c'), 'beh': beh, 'restart': r.choice(['permanent', 'transient', 'temporary']),
                           'shutdown': r.choice(['brutal_kill', 5000, 'infinity'])})
                if first == 'ok': kids.append(st[-1]['child'])
            elif x < 0.66 and kids:
                st.append({'do': 'crash', 'from': '0', 'child': 'd/' + r.choice(kids), 'reason': r.choice(FAIL), 'how': r.choice(['exit', 'exit', 'error'])})
                if st[-1]['reason'] == 'shutdown': st[-1]['how'] = 'exit'  # error(shutdown) ends with {shutdown,Stack}: a shutdown to OTP
            elif x < 0.74 and kids: st.append({'do': 'send_exit', 'caught': True, 'who': 'b', 'to': 'd/' + r.choice(kids), 'reason': r.choice(['kill', 'boom', 'normal'])})
            elif x < 0.82 and kids: st.append({'do': 'dyn_terminate', 'from': '0', 'sup': 'd', 'child': r.choice(kids)})
            elif x < 0.86: st.append({'do': 'send_exit', 'caught': True, 'who': 'b', 'to': 'd', 'reason': r.choice(['boom', 'normal'])})
            elif x < 0.91: st.append({'do': 'stop', 'from': 'b', 'to': 'd', 'reason': r.choice(['normal', 'why'])}); sup(); kids.clear()
            else: st.append({'do': r.choice(['dyn_count', 'dyn_which']), 'from': '0', 'sup': 'd'})
        st.append({'do': 'dyn_count', 'from': '0', 'sup': 'd'})
    def tasks():
        st.append({'do': 'task_sup', 'from': '0', 'name': 'ts'})
        own = []
        def body():
            b = r.choice([['value', r.randint(1, 9)]] * 3 + [['exit', 'boom'], ['exit', 'normal'], ['error', 'bad'], ['throw', 'ball'], ['links'], ['callers']])
            return ['wait', b] if r.random() < 0.7 or b[0] in ('exit', 'error', 'throw') else b
        for _ in range(r.randint(14, 32)):
            x = r.random()
            if x < 0.30 or not own:
                own.append((r.choice(who), new('t')))
                st.append({'do': 'async', 'from': own[-1][0], 'task': own[-1][1], 'body': body(), **r.choice([{}, {'sup': 'ts'}, {'sup': 'ts', 'nolink': True}, {'sup': 'ts', 'nolink': True}])})
                continue
            c, t = r.choice(own[-5:])
            if 0.50 <= x < 0.87 and r.random() < 0.4: st.append({'do': 'go', 'from': '0', 'task': t})
            if x < 0.50: st.append({'do': 'go', 'from': '0', 'task': t})
            elif x < 0.60: st.append({'do': 'await', 'from': c if r.random() < 0.9 else '0', 'task': t, 'timeout': 0})
            elif x < 0.70: st.append({'do': 'yield', 'from': c, 'task': t, 'timeout': 0})
            elif x < 0.78: st.append({'do': 'shutdown', 'from': c, 'task': t, 'timeout': r.choice(['brutal_kill', 1000])})
            elif x < 0.82: st.append({'do': 'ignore', 'from': c, 'task': t})
            elif x < 0.87: st.append({'do': r.choice(['await_many', 'yield_many']), 'from': c, 'tasks': [k for o, k in own[-5:] if o == c], 'timeout': 0})
            elif x < 0.90: st.append({'do': 'send_exit', 'caught': True, 'who': '0', 'to': t, 'reason': r.choice(['kill', 'shutdown', 'boom'])})
            elif x < 0.92:
                st.append({'do': 'exit', 'who': c, 'reason': r.choice(['normal', 'boom'])}); gone(c)
                own[:] = [k for k in own if k[0] != c]
            elif x < 0.96: st.append({'do': 'task_children', 'from': '0', 'sup': 'ts'})
            else: st.append({'do': r.choice(['links', 'monitors']), 'who': c})
    r.choice([registry, dynsup, tasks])()
    return st

if __name__ == '__main__':
    a = sys.argv[1:]
    out = None
    if '--out' in a:
        i = a.index('--out'); out = a[i + 1]; del a[i:i + 2]
    kind, s0, n = a[0], int(a[1]), int(a[2]) if len(a) > 2 else 1
    for s in range(s0, s0 + n):
        nm = 'rnd-%s-%d' % (kind, s)
        steps = {'proc': proc, 'gs': gs, 'sm': sm, 'ge': ge, 'pg': pg, 'ex': ex}[kind](s)
        t = '\n'.join(json.dumps(l) for l in [{'meta': {'name': nm, 'kind': kind, 'about': 'random, seed %d' % s}}] + steps) + '\n'
        if out:
            os.makedirs(out, exist_ok=True)
            open(os.path.join(out, 'rnd-%s-%04d.jsonl' % (kind, s)), 'w').write(t)
        else: sys.stdout.write(t)

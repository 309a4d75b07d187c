#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Sends the same command lines to a real redis-server and to ours, and compares each answer.

  compare.py SERVER [--seed N] [--steps N]

First a table of dialogues, one for each subject; then commands made up at random, by two clients of
each server in turn. The seed is printed first, and alone repeats the run.
"""
import argparse
import random
import sys
import time

from redis_server import RedisServer
from server import Checks, Client, Error, Server

MOST = 2**63 - 1

# A line is what one client sends; `2>` before it: the second client does. `?` before it: the answers
# are lists whose order is free. `~` before it: they are numbers that may differ by the time between.
DIALOGUES = {
    "SET": f"""
        SET a 1 EX 100 KEEPTTL
        SET a 1 KEEPTTL EX 100
        SET a 1 PXAT 100 KEEPTTL
        SET a 1
        SET a 2 EX 100
        SET a 3 KEEPTTL
        ~TTL a
        GET a
        SET a 4
        TTL a
        SET a 5 KEEPTTL
        TTL a
        SET new 1 KEEPTTL
        TTL new
        SET a 1 EXAT 33177117420
        EXPIRETIME a
        PEXPIRETIME a
        SET a 1 PXAT 33177117420123
        EXPIRETIME a
        PEXPIRETIME a
        SET a 1 EXAT 1
        GET a
        SET a 1 EXAT 0
        SET a 1 EXAT -1
        SET a 1 PXAT 0
        SET a 1 EXAT {MOST}
        SET a 1 EXAT {MOST // 1000}
        SET a 1 PXAT {MOST}
        PEXPIRETIME a
        SET a 1 EX {MOST // 1000}
        SET a 1 EX {MOST}
        SET a 1 PX {MOST}
        SET a 1 EXAT x
        SET a 1 EXAT
        SET a 1 EX 10 EXAT 10
        SET a 1 EXAT 33177117420 EXAT 33177117421
        EXPIRETIME a
        SET a 1 EX 10 PXAT 10
        SET a 1 NX EX 10 GET
        SET a 1 XX GET KEEPTTL
        SET a 1 NX XX
        SET a 1 XX NX
        SET a 1 GET GET NX NX
        SET a 1 KEEPTTL KEEPTTL
        SET a 1 PERSIST
        SET a 1 BOGUS
        SET a 1 NX NX
        SET b 1 XX GET
        SET b 1 NX GET
        SET b 2 NX GET
        GET b
        SET b 3 XX EX 0
        SET b 3 NX EX x
        SET b 3 GET EX x
        GET b
    """,
    "GETEX and its like": f"""
        SET a hello
        GETEX a
        GETEX a EX 100
        ~TTL a
        GETEX a PX 100000
        ~PTTL a
        GETEX a EXAT 33177117420
        EXPIRETIME a
        GETEX a PXAT 33177117420123
        PEXPIRETIME a
        GETEX a PERSIST
        TTL a
        GETEX a EX 10 PERSIST
        GETEX a PERSIST EX 10
        GETEX a EX
        GETEX a EX x
        GETEX a EX 0
        GETEX a EX {MOST}
        GETEX a KEEPTTL
        GETEX a NX
        GETEX nothing EX x
        GETEX nothing EX 10 PX 10
        GETEX a EXAT 1
        EXISTS a
        GETDEL a
        SET a 1
        GETDEL a
        GETDEL a
        GETDEL
        GETSET a 1
        GETSET a 2
        SET a 1 EX 100
        GETSET a 3
        TTL a
        SETNX a 9
        SETNX b 9
        GET b
        SETEX a 100 v
        ~TTL a
        SETEX a 0 v
        SETEX a -5 v
        SETEX a x v
        SETEX a {MOST} v
        SETEX a 10
        PSETEX a 100000 v
        ~PTTL a
        PSETEX a 0 v
        PSETEX a {MOST} v
        PSETEX a 1.5 v
        GET a
    """,
    "pieces and numbers": f"""
        SETRANGE a 5 hello
        GET a
        SETRANGE a 0 ab
        GET a
        SETRANGE a 3 ""
        SETRANGE nothing 3 ""
        EXISTS nothing
        SETRANGE a -1 x
        SETRANGE a x x
        SETRANGE a 536870912 x
        SETRANGE a {MOST} x
        GETRANGE a 0 -1
        GETRANGE a 5 100
        GETRANGE a -5 -1
        GETRANGE a -1 -5
        GETRANGE a 3 2
        GETRANGE a -100 2
        GETRANGE a -100 -90
        GETRANGE a 100 200
        GETRANGE a x 1
        GETRANGE nothing 0 -1
        GETRANGE a {-MOST - 1} {MOST}
        SUBSTR a 0 3
        INCRBYFLOAT n 10.5
        INCRBYFLOAT n 0.1
        INCRBYFLOAT n -5
        INCRBYFLOAT n 5.0e3
        INCRBYFLOAT n -5605.6
        INCRBYFLOAT n x
        INCRBYFLOAT n ""
        INCRBYFLOAT n " 1"
        INCRBYFLOAT n "1 "
        INCRBYFLOAT n inf
        INCRBYFLOAT n nan
        INCRBYFLOAT a 1
        INCRBYFLOAT n
        SET n 100 EX 100
        INCRBYFLOAT n 1.5
        ~TTL n
        INCR n
        APPEND new abc
        STRLEN new
        DECRBY c {-MOST - 1}
        DECRBY c {MOST}
        DECRBY c 2
        INCRBY c {MOST}
        INCRBY c {MOST}
        INCRBY c {MOST}
        TOUCH a n nothing a
        UNLINK a nothing
        TOUCH
        UNLINK
        TIME x
    """,
    "expiry": f"""
        SET a 1
        PEXPIRE a {MOST}
        PEXPIRE a {-MOST - 1}
        EXISTS a
        SET a 1
        PEXPIRE a {-MOST}
        EXISTS a
        SET a 1
        PEXPIRE a 9223370399119966
        EXPIRE a 9223370399119966
        EXPIRE a {MOST // 1000}
        EXPIRE a {-(MOST // 1000)}
        EXISTS a
        SET a 1
        EXPIRE a {-(MOST // 1000) - 1}
        EXISTS a
        SET a 1
        EXPIREAT a {MOST}
        EXPIREAT a {MOST // 1000}
        PEXPIREAT a {MOST}
        PEXPIRETIME a
        EXPIRETIME a
        PEXPIREAT a {-MOST - 1}
        EXISTS a
        SET a 1
        EXPIREAT a {-MOST - 1}
        EXPIREAT a -1
        EXISTS a
        SET a 1
        EXPIREAT a 0
        EXISTS a
        SET a 1
        EXPIREAT a 33177117420
        EXPIRETIME a
        PEXPIRETIME a
        PEXPIREAT a 33177117420123 GT
        PEXPIREAT a 33177117420122 GT
        PEXPIREAT a 33177117420500 LT
        PEXPIREAT a 33177117420022 LT
        PEXPIREAT a 33177117420500 NX
        PEXPIREAT a 33177117420500 XX
        EXPIRETIME a
        PEXPIRETIME a
        EXPIREAT a 10 NX XX
        EXPIREAT a 10 GT LT
        EXPIREAT a 10 BOGUS
        EXPIREAT a x
        EXPIREAT a x NX GT
        EXPIREAT a
        EXPIREAT nothing 10
        EXPIREAT nothing x
        EXPIRETIME nothing
        PEXPIRETIME nothing
        SET b 1
        EXPIRETIME b
        EXPIREAT b 33177117420 XX
        EXPIREAT b 33177117420 GT
        EXPIREAT b 33177117420 LT
        TTL nothing
    """,
    "transactions": """
        MULTI
        MSET a 1 b
        MSET
        EXEC
        MULTI
        MSET a 1 b
        EXEC
        MULTI
        MULTI
        SET a 1
        SET b 2
        MGET a b
        MSET c 1 d 2 e 3
        DEL c d nothing
        EXISTS a b c d e
        DBSIZE
        INCR a
        INCR b
        SET t text
        INCR t
        GET t
        PING
        ECHO hello
        SELECT 0
        PUBLISH nowhere x
        TYPE a
        ?KEYS *
        EXEC
        EXEC
        DISCARD
        MULTI
        EXEC
        MULTI
        SET a x
        DISCARD
        GET a
        MULTI
        GET
        SET a 1
        EXEC
        MULTI
        frobnicate
        EXEC
        MULTI
        CLIENT frobnicate
        EXEC
        MULTI
        SET a
        DISCARD
        EXEC
        MULTI
        EXEC now
        EXEC
        EXEC now
        MULTI now
        DISCARD now
        MULTI
        DISCARD now
        DISCARD
        UNWATCH now
        WATCH
        MULTI
        WATCH a
        UNWATCH
        EXEC
        MULTI
        FLUSHALL
        SET a 1
        DBSIZE
        EXEC
        MULTI
        HELLO 9
        AUTH x
        EXEC
        MULTI
        RESET
        PING
        EXEC
        MULTI
        SET n 1 EX x
        SET n 1 EX 0
        SET n 1 BOGUS
        EXPIRE n x
        EXEC
        MULTI
        SCAN 0 COUNT 1000
        EXEC
        MULTI
        2>SET a 7
        GET a
        2>SET a 8
        EXEC
        MULTI
        SUBSCRIBE x
        EXEC
        GET a
        RESET
        GET a
        MULTI
        QUIT
    """,
    "watch": """
        SET a 1
        WATCH a
        MULTI
        SET a 2
        EXEC
        GET a
        WATCH a
        2>SET a 3
        MULTI
        SET a 4
        EXEC
        GET a
        MULTI
        SET a 4
        EXEC
        WATCH a
        2>SET a 4
        MULTI
        PING
        EXEC
        WATCH a
        2>SET a 5
        UNWATCH
        MULTI
        GET a
        EXEC
        WATCH a
        2>SET a 6
        MULTI
        DISCARD
        MULTI
        GET a
        EXEC
        WATCH a
        SET a 7
        MULTI
        GET a
        EXEC
        WATCH nothing
        2>SET nothing 1
        2>DEL nothing
        MULTI
        PING
        EXEC
        WATCH nothing
        2>DEL nothing
        MULTI
        PING
        EXEC
        WATCH nothing
        2>FLUSHALL
        MULTI
        PING
        EXEC
        SET a 1
        WATCH a
        2>FLUSHALL
        MULTI
        PING
        EXEC
        SET a 1
        WATCH a
        2>EXPIRE a 100
        MULTI
        PING
        EXEC
        WATCH a
        2>PERSIST a
        MULTI
        PING
        EXEC
        WATCH a
        2>PERSIST a
        2>GETEX a PERSIST
        2>GETEX a
        2>EXPIRE a 100 XX
        2>SET a 1 NX
        2>GET a
        2>TYPE a
        2>SETRANGE a 0 ""
        MULTI
        PING
        EXEC
        WATCH a
        2>APPEND a ""
        MULTI
        PING
        EXEC
        WATCH a b c d e f g h
        2>INCR h
        MULTI
        SET x 1
        SET y 1
        SET z 1
        EXEC
        EXISTS x y z
        WATCH a
        WATCH b
        2>MSET q 1 b 2
        MULTI
        SET x 1
        EXEC
        WATCH a a a
        MULTI
        SET x 1
        EXEC
        WATCH a
        2>SET a 1
        MULTI
        frobnicate
        EXEC
        WATCH a
        MULTI
        SET b 1
        2>WATCH b
        2>MULTI
        2>SET b 2
        EXEC
        2>EXEC
        WATCH a
        2>SET a 9
        RESET
        MULTI
        PING
        EXEC
        SET short 1 PX 1
        ;wait 0.1
        WATCH short
        MULTI
        PING
        EXEC
        SET short 1 PX 1000
        WATCH short
        ;wait 1.1
        MULTI
        PING
        EXEC
    """,
    "scan": f"""
        SCAN
        SCAN x
        SCAN 0 COUNT 1000
        MSET a 1 b 1 c 1 aa 1 ab 1 ac 1
        ?SCAN 0 COUNT 1000
        ?SCAN 0 COUNT 1000 MATCH a*
        ?SCAN 0 MATCH [bc] COUNT 1000
        ?SCAN 0 COUNT 1000 TYPE string
        ?SCAN 0 COUNT 1000 TYPE STRING
        SCAN 0 COUNT 1000 TYPE list
        SCAN 0 COUNT 1000 TYPE nonsense
        ?SCAN 0 COUNT 1000 COUNT 2000 MATCH b* MATCH a
        ?SCAN 0 COUNT {MOST}
        SCAN 0 COUNT
        SCAN 0 MATCH
        SCAN 0 COUNT x
        SCAN 0 COUNT 0
        SCAN 0 COUNT -1
        SCAN 0 BOGUS 1
        SCAN 18446744073709551616
        SET gone 1 PX 1
        ;wait 0.1
        ?SCAN 0 COUNT 1000
    """,
    "COMMAND": """
        COMMAND GETKEYS GET a
        COMMAND GETKEYS SET a b EX 10
        COMMAND GETKEYS MSET a 1 b 2
        COMMAND GETKEYS MGET a b c
        COMMAND GETKEYS DEL a b c
        COMMAND GETKEYS WATCH a b
        COMMAND GETKEYS PING x
        COMMAND GETKEYS EXEC x
        COMMAND GETKEYS PING
        COMMAND GETKEYS nonsense x
        COMMAND GETKEYS GET a b
        COMMAND GETKEYS
        COMMAND GETKEYSANDFLAGS SET a b
        COMMAND GETKEYSANDFLAGS SET a b GET
        COMMAND GETKEYSANDFLAGS SET a b EX 10
        COMMAND GETKEYSANDFLAGS GETEX a
        COMMAND GETKEYSANDFLAGS MGET a b
        COMMAND GETKEYSANDFLAGS DEL a
        COMMAND GETKEYSANDFLAGS
        COMMAND LIST bad_arg
        COMMAND LIST FILTERBY
        COMMAND LIST FILTERBY bad_arg
        COMMAND LIST FILTERBY bad_arg bad_arg2
        COMMAND LIST FILTERBY MODULE
        COMMAND LIST FILTERBY MODULE none
        COMMAND LIST FILTERBY ACLCAT
        COMMAND LIST FILTERBY ACLCAT nonsense
        COMMAND LIST FILTERBY PATTERN set
        COMMAND LIST FILTERBY PATTERN non-exists
        ?COMMAND LIST FILTERBY PATTERN expire*
        ?COMMAND LIST FILTERBY ACLCAT transaction
        COMMAND LIST FILTERBY PATTERN get PATTERN set
        COMMAND INFO get|key config|get|key
        COMMAND INFO nonsense get|x
        COMMAND DOCS nonsense
        COMMAND COUNT x
        COMMAND nonsense
    """,
    "clients": """
        HELLO
        HELLO 2
        HELLO x
        HELLO 1
        HELLO 4
        HELLO 2 SETNAME tester
        CLIENT GETNAME
        HELLO 2 SETNAME
        HELLO 2 SETNAME "a b"
        HELLO 2 AUTH
        HELLO 2 AUTH default
        HELLO 2 AUTH default x
        HELLO 2 AUTH someone x
        HELLO 2 AUTH default x SETNAME other
        HELLO 2 nonsense
        CLIENT GETNAME
        AUTH
        AUTH x
        AUTH default x
        AUTH someone x
        AUTH a b c
        CLIENT SETNAME "a b"
        CLIENT SETNAME me
        CLIENT GETNAME
        CLIENT GETNAME x
        CLIENT ID x
        CLIENT KILL
        CLIENT KILL x
        CLIENT KILL 1.2.3.4:5
        CLIENT KILL ID
        CLIENT KILL ID 0
        CLIENT KILL ID x
        CLIENT KILL ID 99999
        CLIENT KILL TYPE nonsense
        CLIENT KILL TYPE replica
        CLIENT KILL USER nonsense
        CLIENT KILL SKIPME
        CLIENT KILL SKIPME maybe
        CLIENT KILL ID 99999 SKIPME
        CLIENT KILL nonsense x
        CLIENT LIST nonsense
        CLIENT LIST TYPE
        CLIENT LIST TYPE nonsense
        CLIENT LIST TYPE master
        CLIENT LIST TYPE pubsub
        CLIENT LIST ID
        CLIENT LIST ID x
        CLIENT LIST ID 99999
        CLIENT INFO x
        RESET
        CLIENT GETNAME
        RESET x
        CONFIG RESETSTAT
        CONFIG RESETSTAT x
        CONFIG GET
        SELECT 0
        FLUSHALL nonsense
        FLUSHALL SYNC ASYNC
        FLUSHALL SYNC
        FLUSHDB ASYNC
        DBSIZE
        QUIT
    """,
    "channels": """
        PUBSUB
        PUBSUB nonsense
        PUBSUB CHANNELS
        PUBSUB CHANNELS a b
        PUBSUB NUMSUB
        PUBSUB NUMSUB a b
        PUBSUB NUMPAT
        PUBSUB NUMPAT x
        PSUBSCRIBE
        PUNSUBSCRIBE
        PUNSUBSCRIBE x
        2>PSUBSCRIBE n*
        2>PSUBSCRIBE n*
        2>SUBSCRIBE news
        2>PSUBSCRIBE [ab]?
        2>PING
        2>GET a
        2>MULTI
        2>CLIENT ID
        PUBSUB CHANNELS
        PUBSUB CHANNELS n*
        PUBSUB CHANNELS x*
        PUBSUB NUMSUB news a
        PUBSUB NUMPAT
        PUBLISH news hello
        2:
        2:
        PUBLISH nothing hello
        2:
        PUBLISH b1 x
        2:
        PUBLISH c1 x
        2>PUNSUBSCRIBE n*
        PUBLISH news again
        2:
        2>UNSUBSCRIBE news
        PUBSUB NUMPAT
        2>PUNSUBSCRIBE
        2>GET a
        PUBSUB NUMPAT
        2>SUBSCRIBE a
        2>PSUBSCRIBE b
        2>RESET
        2>PING
        PUBLISH a x
        PUBLISH b x
        2>SUBSCRIBE a
        2>QUIT
    """,
}


def words_of(line):
    words, rest = [], line
    while rest:
        if rest[0] == '"':
            end = rest.index('"', 1)
            words.append(rest[1:end])
            rest = rest[end + 1:].lstrip()
        else:
            word, _, rest = rest.partition(" ")
            words.append(word)
            rest = rest.lstrip()
    return words


def unordered(answer):
    """With all that is in it in some order that is always the same."""
    if isinstance(answer, list):
        return sorted((unordered(x) for x in answer), key=repr)
    return answer


def close(a, b):
    both = isinstance(a, int) and isinstance(b, int)
    return a == b or (both and a > 0 and b > 0 and abs(a - b) <= (5000 if abs(a) > 5000 else 5))


def without_id(words, answer):
    """The number of a connection is each server's own."""
    if words[0].upper() == "HELLO" and isinstance(answer, list):
        return answer[:7] + [isinstance(answer[7], int)] + answer[8:]
    return answer


class Pair:
    """The same client of both servers."""

    def __init__(self, theirs, ours):
        self.theirs, self.ours = Client(theirs), Client(ours)
        self.over = False

    def __call__(self, *words):
        self.theirs.send(Client.encode(*words))
        self.ours.send(Client.encode(*words))
        return self.answers()

    def answers(self):
        return self.theirs.answer(), self.ours.answer()

    def close(self):
        self.theirs.close()
        self.ours.close()


def run_dialogue(checks, name, text, theirs, ours):
    clients = [Pair(theirs, ours), Pair(theirs, ours)]
    clients[0]("FLUSHALL")
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines()))):
        what = f"{name}, line {number + 1}: {line}"
        how = line[0] if line[0] in "?~" else ""
        line = line[len(how):]
        if line.startswith(";wait"):
            time.sleep(float(line.split()[1]))  # until both servers' keys have expired
            continue
        client = clients[1] if line.startswith("2") else clients[0]
        line = line[2:] if line.startswith("2") else line
        words = words_of(line)
        expected, got = client(*words) if words else client.answers()
        if how == "~":
            checks.true(f"{what}: {got} is about {expected}", close(expected, got))
        elif how == "?" or "KEYS" in text and line == "EXEC":
            checks.equal(what, unordered(got), unordered(expected))
        elif words:
            checks.equal(what, without_id(words, got), without_id(words, expected))
        else:
            checks.equal(what, got, expected)
    for c in clients:
        c.close()


def command_descriptions(checks, theirs, ours):
    """What COMMAND INFO tells of each of our commands is what Redis tells of it."""
    with Client(theirs) as t, Client(ours) as o:
        names = [x for x in o("COMMAND", "LIST") if x not in (b"crash", b"client|setinfo")]
        for name in names:
            expected, got = t("COMMAND", "INFO", name)[0], o("COMMAND", "INFO", name)[0]
            checks.true(f"COMMAND INFO {name}: redis knows it", expected)
            # Not the tips, the notes of key specifications, nor words that we do not have.
            checks.equal(f"COMMAND INFO {name}", got[:7], expected[:7])
            checks.equal(f"COMMAND INFO {name}: parts of it", len(got), len(expected))
        checks.equal("COMMAND COUNT", o("COMMAND", "COUNT"), len(o("COMMAND")))


def info_fields(checks, theirs, ours):
    """The sections and fields that programs read are there, with the same sorts of values."""
    wanted = {
        "server": "redis_version redis_mode os arch_bits process_id tcp_port uptime_in_seconds "
                  "uptime_in_days",
        "clients": "connected_clients maxclients blocked_clients",
        "memory": "used_memory used_memory_human used_memory_rss maxmemory maxmemory_policy",
        "persistence": "loading aof_enabled",
        "stats": "total_connections_received total_commands_processed expired_keys evicted_keys "
                 "keyspace_hits keyspace_misses pubsub_channels pubsub_patterns",
        "replication": "role connected_slaves",
        "cpu": "used_cpu_sys used_cpu_user",
        "cluster": "cluster_enabled",
        "keyspace": "db0",
    }

    def fields(client, *section):
        lines = client("INFO", *section).decode().splitlines()
        return dict(x.split(":", 1) for x in lines if ":" in x)

    with Client(theirs) as t, Client(ours) as o:
        for c in (t, o):
            c("FLUSHALL")
            c("CONFIG", "RESETSTAT")
            c("MSET", "a", "1", "b", "2")
            c("EXPIRE", "a", "100")
            c("MGET", "a", "nothing", "nothing")
        for section, names in wanted.items():
            expected, got = fields(t, section), fields(o, section)
            for name in names.split():
                checks.true(f"INFO {section}: redis has {name}", name in expected)
                checks.true(f"INFO {section}: {name}", name in got)
                checks.true(f"INFO: {name} without a section", name in fields(o))
        for section, name in [("stats", "keyspace_hits"), ("stats", "keyspace_misses"),
                              ("cluster", "cluster_enabled"), ("replication", "role"),
                              ("memory", "maxmemory_policy")]:
            checks.equal(f"INFO {section}: {name}", fields(o, section).get(name),
                         fields(t, section).get(name))
        checks.equal("INFO keyspace: keys and expires",
                     fields(o, "keyspace")["db0"].rsplit(",", 1)[0],
                     fields(t, "keyspace")["db0"].rsplit(",", 1)[0])
        for name in ["nonsense", "commandstats"]:
            checks.equal(f"INFO {name} has no such section", o("INFO", "nonsense"), b"")


class Maker:
    """Makes up commands of which many mean something, and some are wrong.

    No key ends while it is looked at, and none asks for DBSIZE: Redis counts keys that have expired until
    it finds them. No two times that count from now are equal: which of two keys that were given the same
    time ends later (GT) hangs on the millisecond in which each server took its command.
    """

    KEYS = ["a", "b", "c", "d", "e", ""]
    VALUES = ["", "0", "1", "-1", "10", "x", "3.5", str(MOST), str(-MOST - 1), "01", " 1"]
    BAD_TIMES = ["0", "-1", "x", str(MOST), str(-MOST - 1), str(MOST // 1000), str(MOST // 1000 + 1),
                 str(-(MOST // 1000))]
    INSTANTS = [*BAD_TIMES, "100000", "200000", "33177117420"]
    # The first name in each row is as likely as that of another row.
    SHAPES = """
        GET k|GETDEL k|STRLEN k|TYPE k|EXPIRETIME k|PEXPIRETIME k|PERSIST k
        SET k v|SET k v o|SET k v o o|SET k v o o o
        SETNX k v|GETSET k v|APPEND k v|SETRANGE k n v|GETRANGE k n n
        SETEX k t v|PSETEX k t v|GETEX k|GETEX k o|GETEX k o o
        INCR k|DECR k|INCRBY k v|DECRBY k v
        DEL k k|UNLINK k|EXISTS k k k|TOUCH k k|MGET k k k|MSET k v k v|MSET k v k
        EXPIRE k t|PEXPIRE k t|EXPIREAT k i|PEXPIREAT k i|EXPIRE k t c|PEXPIREAT k i c|EXPIREAT k i c c
        TTL k|PTTL k
        MULTI|EXEC|DISCARD|WATCH k|WATCH k k|UNWATCH|EXEC|MULTI
        KEYS p|SCAN 0 COUNT 1000|FLUSHALL|PING v|ECHO v
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rows = [row.strip().split("|") for row in self.SHAPES.strip().splitlines()]
        # Far enough from each other, in seconds and in milliseconds, for the time that the run takes.
        self.unused = [str(n * 1_000_000) for n in self.random.sample(range(1000, 10_000), 9000)]

    def time_from_now(self):
        r = self.random
        return self.unused.pop() if self.unused and r.random() < 0.3 else r.choice(self.BAD_TIMES)

    def command(self):
        r = self.random
        words = []
        for word in r.choice(r.choice(self.rows)).split():
            if word == "k":
                words.append(r.choice(self.KEYS))
            elif word == "v":
                words.append(r.choice(self.VALUES))
            elif word == "t":
                words.append(self.time_from_now())
            elif word == "i":
                words.append(r.choice(self.INSTANTS))
            elif word == "n":
                words.append(str(r.randint(-6, 6)))
            elif word == "c":
                words.append(r.choice(["NX", "XX", "GT", "LT", "gt", "BOGUS"]))
            elif word == "p":
                words.append(r.choice(["*", "[a-c]", "?", "[^a]", "a"]))
            elif word == "o":
                words += r.choice([["NX"], ["XX"], ["GET"], ["KEEPTTL"], ["PERSIST"], ["BOGUS"],
                                   ["EX", self.time_from_now()], ["PX", self.time_from_now()],
                                   ["EXAT", r.choice(self.INSTANTS)],
                                   ["PXAT", r.choice(self.INSTANTS)], ["EX"]])
            else:
                words.append(word)
        if r.random() < 0.02:
            words = words[:-1] if r.random() < 0.5 and len(words) > 1 else words + ["x"]
        return words


def equal_but_for_time(a, b):
    """Lists without their order; numbers about the same, as they may tell of a time that runs."""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return (all(equal_but_for_time(x, y) for x, y in zip(a, b))
                or unordered(a) == unordered(b))
    if isinstance(a, int) and isinstance(b, int):
        return close(a, b) if min(a, b) > 50_000 else a == b
    return a == b and type(a) is type(b)


def at_random(checks, seed, steps, theirs, ours):
    print(f"seed {seed}", flush=True)
    maker = Maker(seed)
    clients = [Pair(theirs, ours), Pair(theirs, ours)]
    clients[0]("FLUSHALL")
    said = []
    for _ in range(steps):
        number, words = maker.random.randrange(2), maker.command()
        expected, got = clients[number](*words)
        said.append(f"{number}> {words}")
        same = equal_but_for_time(expected, got)
        checks.true(f"step {len(said)} of seed {seed}\n  " + "\n  ".join(said[-25:]) +
                    f"\n  redis  {expected!r}\n  ours   {got!r}" if not same else "", same)
        if not same:
            return
    for c in clients:
        c.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--steps", type=int, default=4000)
    options = parser.parse_args()
    checks = Checks()
    with RedisServer() as redis, Server(options.server) as server:
        print(f"compared with redis-server {redis.version()}")
        for name, text in DIALOGUES.items():
            run_dialogue(checks, name, text, redis.port, server.port)
        command_descriptions(checks, redis.port, server.port)
        info_fields(checks, redis.port, server.port)
        at_random(checks, options.seed, options.steps, redis.port, server.port)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())

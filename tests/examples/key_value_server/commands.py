#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compares the answers to all commands with those of Redis 7.0.

  commands.py SERVER        starts the program and asks it
  commands.py --port PORT   asks the server on that port: with a Redis the same holds,
                            except what Redis does not have, which is left out then
"""
import re
import sys

from server import Checks, Client, Error, Server, wait_until

NOT_A_NUMBER = Error("ERR value is not an integer or out of range")
SYNTAX = Error("ERR syntax error")
MOST = 2**63 - 1


def arguments(name):
    return Error(f"ERR wrong number of arguments for '{name}' command")


def invalid_expire(name):
    return Error(f"ERR invalid expire time in '{name}' command")


def run(checks, client, table):
    """Each row: a command, and what is answered. A string stands for its words."""
    for command, expected in table:
        words = command.split() if isinstance(command, str) else command
        checks.equal(command, client(*words), expected)


def connection(checks, client):
    run(checks, client, [
        ("PING", "PONG"),
        ("ping", "PONG"),
        ("PING hi", b"hi"),
        ("PING a b", arguments("ping")),
        ("ECHO x", b"x"),
        ("ECHO", arguments("echo")),
        ("ECHO a b", arguments("echo")),
        (["ECHO", b"\0\r\n\xff"], b"\0\r\n\xff"),
        (["ECHO", b""], b""),
        ("SELECT 0", "OK"),
        ("SELECT 99", Error("ERR DB index is out of range")),
        ("SELECT -1", Error("ERR DB index is out of range")),
        ("SELECT x", NOT_A_NUMBER),
        ("SELECT", arguments("select")),
        ("frobnicate", Error("ERR unknown command 'frobnicate', with args beginning with: ")),
        ("frob a b", Error("ERR unknown command 'frob', with args beginning with: 'a' 'b' ")),
        (["x\r\ny"], Error("ERR unknown command 'x  y', with args beginning with: ")),
        ("CLIENT", arguments("client")),
        ("CLIENT foo", Error("ERR unknown subcommand 'foo'. Try CLIENT HELP.")),
        ("CLIENT GETNAME", None),
        ("CLIENT SETNAME tester", "OK"),
        ("CLIENT GETNAME", b"tester"),
        (["CLIENT", "SETNAME", "two words"],
         Error("ERR Client names cannot contain spaces, newlines or special characters.")),
        (["CLIENT", "SETNAME", ""], "OK"),
        ("CLIENT GETNAME", None),
        ("CLIENT SETNAME", arguments("client|setname")),
        ("CONFIG", arguments("config")),
        ("CONFIG GET", arguments("config|get")),
        ("CONFIG foo", Error("ERR unknown subcommand 'foo'. Try CONFIG HELP.")),
        ("CONFIG GET save", [b"save", b""]),
        ("CONFIG GET no-such-setting", []),
        ("COMMAND foo", Error("ERR unknown subcommand 'foo'. Try COMMAND HELP.")),
        ("COMMAND COUNT x", arguments("command|count")),
        ("COMMAND INFO no-such-command", [None]),
        ("COMMAND DOCS no-such-command", []),
        ("INFO no-such-section", b""),
    ])
    checks.true("CLIENT ID is a number", isinstance(client("CLIENT", "ID"), int))
    checks.true("COMMAND COUNT is a number", client("COMMAND", "COUNT") > 30)
    checks.equal("COMMAND lists them all", len(client("COMMAND")), client("COMMAND", "COUNT"))
    checks.true("COMMAND LIST names get", b"get" in client("COMMAND", "LIST"))
    get, mset = client("COMMAND", "INFO", "get", "MSET")
    checks.equal("COMMAND INFO get: name, arity", get[:2], [b"get", 2])
    checks.equal("COMMAND INFO get: its keys", get[3:6], [1, 1, 1])
    checks.equal("COMMAND INFO mset: its keys", mset[3:6], [1, -1, 2])
    docs = client("COMMAND", "DOCS", "get", "no-such-command")
    checks.equal("COMMAND DOCS get: its summary", [docs[0], docs[1][::2][:3]],
                 [b"get", [b"summary", b"since", b"group"]])
    pairs = client("CONFIG", "GET", "*max*")
    checks.true("CONFIG GET understands patterns", b"maxclients" in pairs[::2])
    checks.equal("CONFIG GET takes several names", client("CONFIG", "GET", "save", "databases")[::2],
                 sorted([b"save", b"databases"], key=client("CONFIG", "GET", "*").index))
    checks.true("INFO speaks of clients", b"connected_clients:" in client("INFO"))
    checks.true("INFO clients as well", client("INFO", "clients").startswith(b"# Clients"))


def strings(checks, client):
    run(checks, client, [
        ("FLUSHDB", "OK"),
        ("GET a", None),
        ("GET", arguments("get")),
        ("GET a b", arguments("get")),
        ("SET a 1", "OK"),
        ("GET a", b"1"),
        ("SET a", arguments("set")),
        ("SET a 1 b", SYNTAX),
        ("SET a 1 EX", SYNTAX),
        ("SET a 1 EX x", NOT_A_NUMBER),
        ("SET a 1 EX 1.5", NOT_A_NUMBER),
        ("SET a 1 EX 0", invalid_expire("set")),
        ("SET a 1 PX -1", invalid_expire("set")),
        (f"SET a 1 EX {MOST}", invalid_expire("set")),
        (f"SET a 1 PX {MOST}", invalid_expire("set")),
        ("SET a 1 EX 0 b", SYNTAX),
        ("SET a 1 EX 10 PX 10", SYNTAX),
        ("SET a 1 EX 10 EX 20", "OK"),
        ("TTL a", 20),
        ("SET a 1", "OK"),
        ("SET a 1 NX XX", SYNTAX),
        ("GET a", b"1"),
        ("SET a 2 NX", None),
        ("SET a 2 XX", "OK"),
        ("SET b 2 XX", None),
        ("GET b", None),
        ("SET b 3 nx", "OK"),
        ("SET b 4 GET", b"3"),
        ("SET b 5 XX GET", b"4"),
        ("SET b 6 NX GET", b"5"),
        ("GET b", b"5"),
        ("SET c 1 GET", None),
        ("SET d 1 NX GET", None),
        ("SET d2 1 XX GET", None),
        ("EXISTS d d2", 1),
        ("TTL a", -1),
        ("SET a 1 EX 100", "OK"),
        ("TTL a", 100),
        ("SET a 1", "OK"),
        ("TTL a", -1),
        (["SET", b"\0\r\n", b"\r\n$3\0\xff"], "OK"),
        (["GET", b"\0\r\n"], b"\r\n$3\0\xff"),
        (["SET", "", ""], "OK"),
        (["GET", ""], b""),
        (["STRLEN", ""], 0),
        ("FLUSHDB", "OK"),
        # numbers
        ("INCR n", 1),
        ("INCRBY n 41", 42),
        ("DECR n", 41),
        ("DECRBY n 50", -9),
        ("GET n", b"-9"),
        ("INCRBY n x", NOT_A_NUMBER),
        ("INCRBY n 1.5", NOT_A_NUMBER),
        ("INCRBY n", arguments("incrby")),
        ("INCR n 1", arguments("incr")),
        (f"SET n {MOST}", "OK"),
        ("INCR n", Error("ERR increment or decrement would overflow")),
        ("INCRBY n 1", Error("ERR increment or decrement would overflow")),
        (f"GET n", str(MOST).encode()),
        (f"SET n {-MOST - 1}", "OK"),
        ("DECR n", Error("ERR increment or decrement would overflow")),
        (f"DECRBY n {-MOST - 1}", Error("ERR decrement would overflow")),
        (f"INCRBY n {MOST + 1}", NOT_A_NUMBER),
    ])
    for text in ["text", "", " 1", "1 ", "+1", "01", "-0", "1.0", "0x1", str(MOST + 1), "1\0"]:
        client("SET", "n", text)
        checks.equal(f"INCR of {text!r}", client("INCR", "n"), NOT_A_NUMBER)
    run(checks, client, [
        ("SET n 5 EX 100", "OK"),
        ("INCR n", 6),
        ("TTL n", 100),
        # pieces
        ("APPEND s ab", 2),
        (["APPEND", "s", b"\0c"], 4),
        ("GET s", b"ab\0c"),
        ("STRLEN s", 4),
        ("STRLEN nothing", 0),
        ("STRLEN", arguments("strlen")),
        ("APPEND s", arguments("append")),
        # several keys
        ("MSET a 1 b 2 c 3 d 4", "OK"),
        ("MGET a b nothing c d", [b"1", b"2", None, b"3", b"4"]),
        ("MSET a 1 a 2", "OK"),
        ("GET a", b"2"),
        ("MSET a", arguments("mset")),
        ("MSET a 1 b", arguments("mset")),
        ("MGET", arguments("mget")),
        ("EXISTS a b a nothing", 3),
        ("EXISTS", arguments("exists")),
        ("DEL a b nothing a", 2),
        ("DEL", arguments("del")),
        ("MGET a b c", [None, None, b"3"]),
    ])


def keys(checks, client):
    run(checks, client, [
        ("FLUSHDB", "OK"),
        ("DBSIZE", 0),
        ("DBSIZE x", arguments("dbsize")),
        ("KEYS *", []),
        ("KEYS", arguments("keys")),
        ("TYPE nothing", "none"),
        ("MSET hello 1 hallo 1 hxllo 1 heeeello 1 h*llo 1 other 1 [x] 1", "OK"),
        ("TYPE hello", "string"),
        ("DBSIZE", 7),
    ])
    for pattern, expected in [
            ("*", b"hello hallo hxllo heeeello h*llo other [x]"),
            ("h?llo", b"hello hallo hxllo h*llo"),
            ("h*llo", b"hello hallo hxllo heeeello h*llo"),
            ("h**llo", b"hello hallo hxllo heeeello h*llo"),
            ("h[ae]llo", b"hello hallo"),
            ("h[^e]llo", b"hallo hxllo h*llo"),
            ("h[a-b]llo", b"hallo"),
            ("h[b-a]llo", b"hallo"),
            ("h\\*llo", b"h*llo"),
            ("h[\\*]llo", b"h*llo"),
            ("\\[x\\]", b"[x]"),
            ("othe[r", b"other"),
            ("*e*e*e*o", b"heeeello"),
            ("other\\", b""),
            ("[]o]ther", b""),
            ("?????", b"hello hallo hxllo h*llo other"),
            ("Hello", b""),
            ("", b"")]:
        checks.equal(f"KEYS {pattern}", sorted(client("KEYS", pattern)), sorted(expected.split()))
    run(checks, client, [
        ("FLUSHDB later", SYNTAX),
        ("FLUSHDB SYNC", "OK"),
        ("SET a 1", "OK"),
        ("FLUSHDB async", "OK"),
        ("DBSIZE", 0),
    ])
    client("SET", "a" * 200, "1")
    hostile = "*a" * 60 + "*b"  # a matcher that tries all ways to fit it would never come back
    checks.equal("KEYS with a hostile pattern", client("KEYS", hostile) if OURS else [], [])


def expiry(checks, client):
    run(checks, client, [
        ("FLUSHDB", "OK"),
        ("TTL a", -2),
        ("PTTL a", -2),
        ("EXPIRE a 10", 0),
        ("PERSIST a", 0),
        ("SET a 1", "OK"),
        ("TTL a", -1),
        ("PTTL a", -1),
        ("PERSIST a", 0),
        ("EXPIRE a 100", 1),
        ("TTL a", 100),
        ("PERSIST a", 1),
        ("TTL a", -1),
        ("PEXPIRE a 100000", 1),
        ("TTL a", 100),
        ("GET a", b"1"),
        ("EXPIRE a", arguments("expire")),
        ("EXPIRE a x", NOT_A_NUMBER),
        ("PEXPIRE a 1.5", NOT_A_NUMBER),
        (f"EXPIRE a {MOST}", invalid_expire("expire")),
        (f"PEXPIRE a {MOST}", invalid_expire("pexpire")),
        (f"EXPIRE a {-MOST}", invalid_expire("expire")),
        ("EXPIRE a 10 foo", Error("ERR Unsupported option foo")),
        ("EXPIRE a x foo", Error("ERR Unsupported option foo")),
        ("EXPIRE a 10 NX XX",
         Error("ERR NX and XX, GT or LT options at the same time are not compatible")),
        ("EXPIRE a 10 GT LT",
         Error("ERR GT and LT options at the same time are not compatible")),
        ("EXPIRE a 10 NX", 0),
        ("EXPIRE a 50 GT", 0),
        ("EXPIRE a 200 GT", 1),
        ("EXPIRE a 300 LT", 0),
        ("EXPIRE a 100 lt", 1),
        ("TTL a", 100),
        ("PERSIST a", 1),
        ("EXPIRE a 10 XX", 0),
        ("EXPIRE a 10 GT", 0),
        ("EXPIRE a 10 LT", 1),
        ("EXPIRE a 10 XX", 1),
        ("TTL a x", arguments("ttl")),
        ("TYPE a", "string"),
        ("EXPIRE a 0", 1),
        ("GET a", None),
        ("SET a 1", "OK"),
        ("EXPIRE a -5", 1),
        ("TTL a", -2),
        ("EXISTS a", 0),
    ])
    left = client("SET", "b", "1", "PX", "60000") and client("PTTL", "b")
    checks.true(f"PTTL counts down from 60000: {left}", 0 < left <= 60000)
    client("MSET", "c", "1", "d", "1")
    client("PEXPIRE", "c", "20")
    client("SET", "d", "1", "PX", "20")
    wait_until(lambda: client("EXISTS", "c", "d") == 0, "expired keys are gone")
    run(checks, client, [("MGET c d", [None, None]), ("TTL c", -2), ("DBSIZE", 1)])


def stream(checks, client, port):
    client("FLUSHDB")
    client.send(b"".join(Client.encode("SET", f"k{i}", i) + Client.encode("GET", f"k{i}")
                         for i in range(500)))
    checks.equal("pipelined answers come in order", [client.answer() for _ in range(1000)],
                 [x for i in range(500) for x in ("OK", str(i).encode())])
    for sent, expected in [
            (b"PING\r\n", "PONG"),
            (b"PING\n", "PONG"),
            (b"\r\n  \r\nPING\r\n", "PONG"),
            (b"  ECHO\tx  \r\n", b"x"),
            (b'ECHO "a\\x41\\n\\"b"\r\n', b'aA\n"b'),
            (b"ECHO 'a\\'b\\n'\r\n", b"a'b\\n"),
            (b'ECHO a"b c"\r\n', b"ab c"),
            (b'ECHO ""\r\n', b""),
            (b"*0\r\nPING\r\n", "PONG"),
            (b"*-1\r\nPING\r\n", "PONG")]:
        client.send(sent)
        checks.equal(sent, client.answer(), expected)
    big = bytes(range(256)) * 40_000  # 10 MB
    checks.equal("SET of 10 MB", client("SET", "big", big), "OK")
    checks.true("GET of 10 MB", client("GET", "big") == big)
    for byte in Client.encode("ECHO", "bytewise"):
        client.send(bytes([byte]))
    checks.equal("a command sent byte by byte", client.answer(), b"bytewise")
    with Client(port) as leaver:
        leaver.send(Client.encode("QUIT") + Client.encode("PING"))
        checks.equal("QUIT", leaver.answer(), "OK")
        checks.true("nothing is answered behind QUIT", leaver.ended())


def channels(checks, client, port):
    only = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
    with Client(port) as s, Client(port) as other:
        run(checks, s, [
            ("SUBSCRIBE", arguments("subscribe")),
            ("UNSUBSCRIBE", [b"unsubscribe", None, 0]),
            ("UNSUBSCRIBE x", [b"unsubscribe", b"x", 0]),
            ("SUBSCRIBE news", [b"subscribe", b"news", 1]),
            ("SUBSCRIBE news", [b"subscribe", b"news", 1]),
            ("GET a", Error(f"ERR Can't execute 'get': {only}")),
            ("SET a 1", Error(f"ERR Can't execute 'set': {only}")),
            ("PUBLISH news x", Error(f"ERR Can't execute 'publish': {only}")),
            ("GET", arguments("get")),
            ("foo", Error("ERR unknown command 'foo', with args beginning with: ")),
            ("PING", [b"pong", b""]),
            ("PING hi", [b"pong", b"hi"]),
        ])
        s.send(Client.encode("SUBSCRIBE", "a", "b"))
        checks.equal("SUBSCRIBE a", s.answer(), [b"subscribe", b"a", 2])
        checks.equal("SUBSCRIBE b", s.answer(), [b"subscribe", b"b", 3])
        checks.equal("SUBSCRIBE of another", other("SUBSCRIBE", "a"), [b"subscribe", b"a", 1])
        run(checks, client, [
            ("PUBLISH unused x", 0),
            ("PUBLISH news x", 1),
            (["PUBLISH", "a", b"\0\r\n"], 2),
            ("PUBLISH a", arguments("publish")),
        ])
        checks.equal("a message", s.answer(), [b"message", b"news", b"x"])
        checks.equal("a binary one", s.answer(), [b"message", b"a", b"\0\r\n"])
        checks.equal("the other's", other.answer(), [b"message", b"a", b"\0\r\n"])
        checks.equal("UNSUBSCRIBE", s("UNSUBSCRIBE", "news"), [b"unsubscribe", b"news", 2])
        checks.equal("it has no subscriber", client("PUBLISH", "news", "x"), 0)
        s.send(Client.encode("UNSUBSCRIBE"))
        checks.equal("UNSUBSCRIBE of all", sorted([s.answer()[1], s.answer()[1]]), [b"a", b"b"])
        run(checks, s, [("PING", "PONG"), ("EXISTS nothing", 0)])
        checks.equal("QUIT of a subscriber", other("QUIT"), "OK")
        checks.true("it is hung up on", other.ended())
    wait_until(lambda: client("PUBLISH", "a", "x") == 0, "subscribers that left are forgotten")


def ours(checks, server, client):
    """What no Redis has."""
    run(checks, client, [
        ("SELECT 1", Error("ERR DB index is out of range")),
        ("CRASH", arguments("crash")),
        ("CRASH universe",
         Error("ERR CRASH understands store [N], connection, pubsub and listener")),
        ("CRASH store 4", Error("ERR there is no store 4, only 0 to 3")),
        ("CRASH store x", Error("ERR there is no store x, only 0 to 3")),
        ("SET kept 1", "OK"),
        ("CRASH store 0", "OK"),
        ("CRASH store 1", "OK"),
        ("CRASH store 2", "OK"),
        ("CRASH store 3", "OK"),
        ("GET kept", b"1"),
    ])
    with server.client() as s:
        s("SUBSCRIBE", "a")
        checks.equal("CRASH pubsub", client("CRASH", "pubsub"), "OK")
        wait_until(lambda: client("PUBLISH", "a", "x") == 1, "subscribed again after the crash")
        checks.equal("and it receives", s.answer(), [b"message", b"a", b"x"])
    checks.equal("CRASH listener", client("CRASH", "listener"), "OK")
    with server.client() as c:
        checks.equal("a client that comes afterwards", c("PING"), "PONG")
        c.send(Client.encode("SET", "b", "2") + Client.encode("CRASH", "connection"))
        checks.equal("what came before a crash is done", c.answer(), "OK")
        checks.true("then the connection is gone", c.ended())
    checks.equal("and what it set is there", client("GET", "b"), b"2")

    def tree():
        return client("INFO", "tree").decode().splitlines()
    wait_until(lambda: any(x.startswith("  listener") and "restarted" in x for x in tree()),
               "the listener's restart is counted")
    lines = tree()
    for child in ["store/0", "store/1", "store/2", "store/3", "pubsub", "listener"]:
        line = next((x for x in lines if x.strip().startswith(child + " ")), "")
        checks.true(f"the tree counts a restart: {line.strip()}",
                    re.search(r" since \d\d:\d\d:\d\d  restarted 1 time, last: CRASH ", line))
    checks.equal("and all of them", lines[-1], "6 restarts in all")
    checks.equal("SIGTERM ends it with", server.stop(), 0)


OURS = sys.argv[1] != "--port"


def everything(checks, port):
    with Client(port) as client:
        connection(checks, client)
        strings(checks, client)
        keys(checks, client)
        expiry(checks, client)
        stream(checks, client, port)
        channels(checks, client, port)


def main():
    checks = Checks()
    if not OURS:
        everything(checks, int(sys.argv[2]))
        return checks.done()
    with Server(sys.argv[1]) as server:
        everything(checks, server.port)
        with server.client() as client:
            ours(checks, server, client)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Uses the server as programs do that know redis-py: pipelines, transactions, scans, channels.

  redis_py.py SERVER        starts the program and uses it
  redis_py.py --port PORT   uses whichever server listens there: all of this holds for a Redis too
"""
import sys
import threading

try:
    import redis
except ImportError:
    sys.exit("redis-py is missing: scripts/setup installs it for the system's own Python")

from server import Checks, Server, wait_until


def values(checks, r):
    r.flushall()
    checks.true("ping", r.ping())
    checks.true("set", r.set("a", "1", ex=100))
    checks.equal("get", r.get("a"), "1")
    checks.true("ttl", 0 < r.ttl("a") <= 100)
    checks.equal("set nx", r.set("a", "2", nx=True), None)
    checks.equal("set get", r.set("a", "2", get=True), "1")
    checks.true("set keepttl", r.set("b", "1", px=100_000) and r.set("b", "2", keepttl=True))
    checks.true("its time was kept", 0 < r.pttl("b") <= 100_000)
    checks.true("setex", r.setex("c", 100, "v"))
    checks.true("psetex", r.psetex("c", 100_000, "v"))
    checks.equal("setnx", r.setnx("c", "v"), False)
    checks.equal("getset", r.getset("c", "w"), "v")
    checks.equal("getex", r.getex("c", persist=True), "w")
    checks.equal("getdel", r.getdel("c"), "w")
    checks.true("expireat", r.expireat("a", 33177117420))
    checks.equal("expiretime", r.execute_command("EXPIRETIME", "a"), 33177117420)
    checks.true("mset", r.mset({"x": "1", "y": "2"}))
    checks.equal("mget", r.mget("x", "nothing", "y"), ["1", None, "2"])
    checks.equal("incrbyfloat", r.incrbyfloat("x", 0.5), 1.5)
    checks.equal("delete", r.delete("x", "y", "nothing"), 2)
    checks.equal("dbsize", r.dbsize(), 2)
    checks.equal("type", r.type("a"), "string")


def pipelines(checks, r):
    r.flushall()
    with r.pipeline() as p:  # a transaction, by default
        for i in range(100):
            p.set(f"k{i}", i)
        p.mget([f"k{i}" for i in range(100)])
        p.incr("k7")
        answers = p.execute()
    checks.equal("a pipeline's answers", answers,
                 [True] * 100 + [[str(i) for i in range(100)], 8])
    with r.pipeline(transaction=False) as p:
        p.get("k7").get("nothing").incr("k8")
        checks.equal("one without a transaction", p.execute(), ["8", None, 9])
    with r.pipeline() as p:
        p.set("text", "x").incr("text").set("behind", "1")
        checks.equal("an error leaves the others done",
                     [type(x).__name__ for x in p.execute(raise_on_error=False)],
                     ["bool", "ResponseError", "bool"])
    checks.equal("behind it", r.get("behind"), "1")
    with r.pipeline() as p:
        p.execute_command("NONSENSE")
        p.set("not", "done")
        try:
            p.execute()
            checks.true("a wrong command is refused", False)
        except redis.ResponseError as e:
            checks.true(f"a wrong command is refused: {e}", "unknown command" in str(e))
    checks.equal("and nothing was done", r.get("not"), None)


def transactions(checks, r):
    r.flushall()
    r.set("n", 0)
    with r.pipeline() as p:
        p.watch("n")
        r.set("n", 5)
        p.multi()
        p.set("n", 1)
        try:
            p.execute()
            checks.true("a watched key that changed", False)
        except redis.WatchError:
            checks.true("a watched key that changed", True)

    def add_one(p):
        n = int(p.get("n"))
        p.multi()
        p.set("n", n + 1)

    def add_many():
        mine = redis.Redis(port=r.connection_pool.connection_kwargs["port"], decode_responses=True)
        for _ in range(25):
            mine.transaction(add_one, "n")
        mine.close()

    threads = [threading.Thread(target=add_many) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    checks.equal("increments by WATCH and EXEC, none lost", r.get("n"), "105")


def scans(checks, r):
    r.flushall()
    wanted = {f"key:{i}" for i in range(1000)}
    r.mset({k: "1" for k in wanted})
    r.mset({f"other:{i}": "1" for i in range(500)})
    checks.equal("scan_iter", set(r.scan_iter("key:*")), wanted)
    checks.equal("scan_iter with a count", set(r.scan_iter("key:*", count=97)), wanted)
    checks.equal("scan_iter of another type", list(r.scan_iter(_type="list")), [])
    cursor, keys = r.scan(0, count=10)
    checks.true("one step gives some", cursor != 0 and 0 < len(keys) < 1500)
    # What is there from the first step to the last is found, whatever comes and goes meanwhile.
    found, cursor, step = set(), None, 0
    while cursor != 0:
        cursor, keys = r.scan(cursor or 0, count=50)
        found.update(keys)
        if step < 10:
            r.mset({f"new:{step}:{i}": "1" for i in range(300)})
        r.delete(*[f"other:{i}" for i in range(step * 10, step * 10 + 10)])
        step += 1
        if step > 1000:
            break
    checks.true(f"a scan beside writes ends, after {step} steps", step <= 1000)
    checks.equal("and finds all that stayed", wanted - found, set())


def channels(checks, r):
    p = r.pubsub(ignore_subscribe_messages=True)
    p.subscribe("news")
    p.psubscribe("n*", "x?")
    received = []

    def receive():
        m = p.get_message(timeout=0.1)
        if m:
            received.append((m["type"], m["pattern"], m["channel"], m["data"]))
        return len(received)

    wait_until(lambda: receive() or r.pubsub_numpat() == 2, "the patterns are subscribed")
    checks.equal("publish", r.publish("news", "a"), 2)
    checks.equal("publish by a pattern", r.publish("x1", "b"), 1)
    checks.equal("publish to none", r.publish("other", "c"), 0)
    wait_until(lambda: receive() >= 3, "three messages")
    checks.equal("what was received", received, [("message", None, "news", "a"),
                                           ("pmessage", "n*", "news", "a"),
                                           ("pmessage", "x?", "x1", "b")])
    checks.equal("pubsub_channels", r.pubsub_channels("*"), ["news"])
    checks.equal("pubsub_numsub", r.pubsub_numsub("news", "other"), [("news", 1), ("other", 0)])
    p.unsubscribe()
    p.punsubscribe()
    wait_until(lambda: receive() and r.pubsub_numpat() == 0, "they are left")
    p.close()


def clients(checks, r):
    with r.client() as mine:
        checks.true("client_setname", mine.client_setname("me"))
        checks.equal("client_getname", mine.client_getname(), "me")
        me = mine.client_id()
        line = next(x for x in r.client_list() if x["id"] == str(me))
        checks.equal("client_list", (line["name"], line["multi"], line["cmd"]),
                     ("me", "-1", "client|id"))
        checks.equal("client_kill_filter", r.client_kill_filter(_id=str(me)), 1)
        try:
            mine.connection.send_command("PING")
            mine.connection.read_response()
            checks.true("it is disconnected", False)
        except redis.ConnectionError:
            checks.true("it is disconnected", True)
        mine.connection.disconnect()
    wait_until(lambda: all(x["id"] != str(me) for x in r.client_list()), "it is off the list")
    checks.equal("info", r.info("replication")["role"], "master")
    checks.true("info of all", r.info()["redis_version"].startswith("7."))
    r.set("a", "1")
    checks.true("info of keys", r.info("keyspace")["db0"]["keys"] > 0)
    checks.true("command", "get" in r.command())
    checks.equal("config_get", r.config_get("save"), {"save": ""})
    checks.true("reset", r.execute_command("RESET") == "RESET")
    checks.true("auth of none", redis.Redis(port=r.connection_pool.connection_kwargs["port"],
                                            username="default", password="any").ping())


def everything(checks, port):
    r = redis.Redis(port=port, decode_responses=True)
    for part in (values, pipelines, transactions, scans, channels, clients):
        part(checks, r)
    r.close()


def main():
    checks = Checks()
    if sys.argv[1] == "--port":
        everything(checks, int(sys.argv[2]))
    else:
        with Server(sys.argv[1]) as server:
            everything(checks, server.port)
            checks.equal("SIGTERM ends it with", server.stop(), 0)
    return checks.done()


if __name__ == "__main__":
    sys.exit(main())

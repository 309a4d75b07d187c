// SPDX-License-Identifier: BSL-1.0
// Uses the server as programs do that know node-redis. `node node_redis.js PORT`; ends with 0 if all
// checks hold. All of this holds for a Redis too.
const assert = require("assert");
const { createClient, WatchError } = require("redis");

async function main(port) {
  const options = { socket: { host: "127.0.0.1", port } };
  const client = createClient(options);
  const other = createClient({ ...options, username: "default", password: "any", name: "other" });
  await client.connect();
  await other.connect();
  await client.flushAll();

  assert.equal(await client.set("a", "1", { EX: 100 }), "OK");
  assert.equal(await client.get("a"), "1");
  assert.equal(await client.getEx("a", { PERSIST: true }), "1");
  assert.equal(await client.ttl("a"), -1);
  assert.equal(await client.setNX("a", "2"), false);
  assert.equal(await client.getDel("a"), "1");
  assert.deepEqual(await client.mGet(["a", "b"]), [null, null]);
  assert.equal(await client.clientGetName(), null);
  assert.equal(await other.clientGetName(), "other");
  assert.match(await client.info("server"), /redis_version:7/);

  // The commands of one tick are one pipeline.
  const many = [...Array(200).keys()];
  await Promise.all(many.map((i) => client.set(`k:${i}`, `${i}`)));
  assert.deepEqual(await Promise.all(many.map((i) => client.get(`k:${i}`))), many.map(String));

  assert.deepEqual(
    await client.multi().set("x", "1").incr("x").mGet(["x", "k:1", "none"]).ping().exec(),
    ["OK", 2, ["2", "1", null], "PONG"]);

  await assert.rejects(
    client.executeIsolated(async (isolated) => {
      await isolated.watch("x");
      await other.set("x", "7");
      return isolated.multi().set("x", "8").exec();
    }),
    WatchError);
  assert.equal(await client.get("x"), "7");

  const found = new Set();
  for await (const key of client.scanIterator({ MATCH: "k:*", COUNT: 20 })) found.add(key);
  assert.equal(found.size, many.length);

  const subscriber = client.duplicate();
  await subscriber.connect();
  const received = [];
  await subscriber.subscribe("news", (text, channel) => received.push(["channel", channel, text]));
  await subscriber.pSubscribe("n*", (text, channel) => received.push(["pattern", channel, text]));
  assert.equal(await client.publish("news", "hello"), 2);
  assert.equal(await client.publish("nothing", "else"), 1);
  while (received.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(received, [
    ["channel", "news", "hello"], ["pattern", "news", "hello"], ["pattern", "nothing", "else"]]);
  await subscriber.unsubscribe();
  await subscriber.pUnsubscribe();
  assert.equal(await client.publish("news", "unheard"), 0);
  await subscriber.quit();

  await client.quit();
  await other.quit();
}

main(Number(process.argv[2])).catch((e) => {
  console.error(e);
  process.exit(1);
});

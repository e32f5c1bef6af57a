// Drives the built module through a host of a few lines. ROUTING_WASM names another module than build/routing.wasm.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const file = process.env.ROUTING_WASM ?? new URL("../build/routing.wasm", import.meta.url);
const compiled = new WebAssembly.Module(readFileSync(file));
const latin1 = new TextDecoder("latin1");

class Host {
  headers = new Map();
  logs = [];
  config = Buffer.alloc(0);
  random = 0;

  constructor() {
    const value = (map, name, size, to, toSize) => this.give(this.headers.get(this.text(name, size)), to, toSize);
    const env = {
      proxy_log: (level, text, size) => (this.logs.push([level, this.text(text, size)]), 0),
      proxy_get_buffer_bytes: (id, from, size, to, toSize) => this.give(this.config.toString("latin1"), to, toSize),
      proxy_get_header_map_value: value,
      proxy_add_header_map_value: (map, name, size, text, textSize) => {
        const key = this.text(name, size);
        const before = this.headers.has(key) ? this.headers.get(key) + "," : "";
        this.headers.set(key, before + this.text(text, textSize));
        return 0;
      },
      proxy_replace_header_map_value: (map, name, size, text, textSize) => {
        this.headers.set(this.text(name, size), this.text(text, textSize));
        return 0;
      },
      proxy_remove_header_map_value: (map, name, size) => (this.headers.delete(this.text(name, size)), 0),
    };
    const wasi = {
      fd_write: () => 8,
      proc_exit: () => {},
      random_get: (to, size) => (crypto.getRandomValues(new Uint8Array(this.guest.memory.buffer, to, size)), 0),
    };
    this.guest = new WebAssembly.Instance(compiled, { env, wasi_snapshot_preview1: wasi }).exports;
    this.guest._start();
  }

  text(at, size) {
    return latin1.decode(new Uint8Array(this.guest.memory.buffer, at, size));
  }

  give(text, to, toSize) {
    if (text === undefined) return 1;
    const bytes = Buffer.from(text, "latin1");
    const at = bytes.length === 0 ? 0 : this.guest.malloc(bytes.length);
    new Uint8Array(this.guest.memory.buffer).set(bytes, at);
    const view = new DataView(this.guest.memory.buffer);
    view.setUint32(to, at, true);
    view.setUint32(toSize, bytes.length, true);
    return 0;
  }

  configure(config, root = 1) {
    this.config = Buffer.from(typeof config === "string" ? config : JSON.stringify(config));
    this.guest.proxy_on_context_create(root, 0);
    return this.guest.proxy_on_configure(root, this.config.length) === 1;
  }

  /** The headers after one request. */
  request(headers, { root = 1, id = 1000 } = {}) {
    this.headers = new Map(Object.entries({ ":path": "/", ...headers }));
    this.guest.proxy_on_context_create(id, root);
    assert.equal(this.guest.proxy_on_request_headers(id, this.headers.size, 1), 0);
    this.guest.proxy_on_delete(id);
    return this.headers;
  }

  target(headers, options) {
    return this.request(headers, options).get("x-route-to");
  }
}

function configured(config) {
  const host = new Host();
  assert.ok(host.configure(config), host.logs.join());
  return host;
}

test("sends to the target of the first rule that fits, else to the default", () => {
  const host = configured({
    default: "blue",
    rules: [
      { target: "green", header: "X-Canary", value: "always" },
      { target: "red", cookie: "beta" },
      { target: "grey", path_prefix: "/grey/", header: "x-canary" },
    ],
  });

  assert.equal(host.target({}), "blue");
  assert.equal(host.target({ "x-canary": "always" }), "green");
  assert.equal(host.target({ "x-canary": "Always" }), "blue");
  assert.equal(host.target({ "x-canary": "always!", ":path": "/grey/a" }), "grey");
  for (const cookie of ["beta=1", "a=b; beta=", "a=b;beta=x;c=d", ";; beta=1"]) assert.equal(host.target({ cookie }), "red");
  for (const cookie of ["Beta=1", "abeta=1", "a=beta=1", "beta", "a=b; betas=1"]) assert.equal(host.target({ cookie }), "blue");
});

test("removes the route that a client asks for", () => {
  const host = configured({ rules: [{ target: "canary", header: "x-canary" }] });

  assert.equal(host.target({ "x-route-to": "canary" }), "stable");
});

test("a share by a value is the same for that value, everywhere, and only grows", () => {
  const canary = (percent, user) =>
    configured({ rules: [{ target: "canary", percent, by_cookie: "user" }] }).target({ cookie: `user=${user}` }) === "canary";
  const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);
  const [ten, half] = [10, 50].map((percent) => new Set(users.filter((user) => canary(percent, user))));

  assert.ok(ten.size > 12 && ten.size < 50, `${ten.size} of 300`);
  assert.ok(half.size > 120 && half.size < 180, `${half.size} of 300`);
  for (const user of ten) assert.ok(half.has(user));
});

test("a share without a value is drawn for each request", () => {
  const count = (percent) => {
    const host = configured({ rules: [{ target: "canary", percent, by_header: "x-user" }] });
    return Array.from({ length: 2000 }, () => host.target({})).filter((target) => target === "canary").length;
  };

  assert.equal(count(0), 0);
  assert.equal(count(100), 2000);
  const some = count(12.5);
  assert.ok(some > 180 && some < 330, `${some} of 2000`);
});

test("rewrites the path by the first prefix that fits, and keeps the rest", () => {
  const host = configured({
    rewrites: [
      { prefix: "/old/", replacement: "/new/" },
      { prefix: "/a", replacement: "/b/c" },
    ],
  });
  const path = (path) => host.request({ ":path": path }).get(":path");

  assert.equal(path("/old/x?y=/old/"), "/new/x?y=/old/");
  assert.equal(path("/a"), "/b/c");
  assert.equal(path("/abc?"), "/b/cbc?");
  assert.equal(path("/old"), "/old");
  assert.equal(path("*"), "*");
  assert.equal(host.target({ ":path": "/old/" }), "stable");
});

test("takes bytes that are no text for what they are", () => {
  const host = configured({ rules: [{ target: "canary", percent: 50, by_header: "x-user" }, { target: "c", cookie: "c" }] });

  for (const bytes of ["\xff\xfe", "\x80".repeat(3000), "c=\xff", "=", ";", "=;=;"]) {
    assert.ok(host.target({ "x-user": bytes, cookie: bytes }));
  }
});

test("two plugins in one VM keep their own configuration, also when one goes", () => {
  const host = new Host();
  assert.ok(host.configure({ default: "one", rules: [{ target: "x", header: "x" }] }, 1));
  assert.ok(host.configure({ default: "two", rules: [{ target: "x", header: "x" }] }, 2));

  assert.equal(host.target({}, { root: 1 }), "one");
  host.guest.proxy_on_delete(1);
  assert.equal(host.target({}, { root: 2 }), "two");
  assert.ok(!host.configure("{", 2));
  assert.equal(host.target({}, { root: 2 }), "two");
});

test("names what it refuses", () => {
  const rule = (fields) => JSON.stringify({ rules: [{ target: "t", ...fields }] });
  const refused = {
    "": "there is none",
    "{": "line 1",
    '{\n"rules": nul}': "line 2: expected a value",
    "[]": "must be an object",
    "{}": 'neither "rules" nor "rewrites"',
    '{"rules": [], "rules": []}': "given twice",
    '{"rule": []}': "rule is not a field",
    '{"rules": {}}': "rules must be a list",
    '{"rules": [1]}': "rules[0] must be an object",
    '{"rules": [{"header": "x"}]}': "rules[0] has no target",
    '{"default": "a b", "rules": [{"target": "t", "header": "x"}]}': "default must be visible",
    '{"route_header": "a:b", "rules": [{"target": "t", "header": "x"}]}': "route_header has a character",
    [rule({})]: "rules[0] has no condition",
    [rule({ headers: "x" })]: "rules[0].headers is not a field",
    [rule({ header: "x", cookie: "y" })]: "rules[0] has both header and cookie",
    [rule({ value: "x", percent: 1 })]: "rules[0] has a value without",
    [rule({ header: "x", by_cookie: "y" })]: "without percent",
    [rule({ percent: 101 })]: "rules[0].percent must be a number from 0 to 100",
    [rule({ percent: -1 })]: "rules[0].percent must be a number from 0 to 100",
    [rule({ percent: "1" })]: "rules[0].percent must be a number from 0 to 100",
    [rule({ path_prefix: "x" })]: "rules[0].path_prefix must begin with /",
    '{"rewrites": [{"prefix": "/a"}]}': "rewrites[0] needs prefix and replacement",
    '{"rewrites": [{"prefix": "/a", "replacement": "/\\r\\n"}]}': "rewrites[0].replacement must begin",
    ["[".repeat(100)]: "nested too deeply",
  };
  for (const [config, want] of Object.entries(refused)) {
    const host = new Host();
    assert.ok(!host.configure(config), config);
    assert.equal(host.logs.length, 1);
    assert.equal(host.logs[0][0], 4);
    assert.ok(host.logs[0][1].startsWith("configuration refused: ") && host.logs[0][1].includes(want), `${config}: ${host.logs}`);
  }
  const whole = rule({ header: "x\\u0041", percent: 1.25e1 });
  for (let end = 0; end < whole.length; end++) assert.ok(!new Host().configure(whole.slice(0, end)), whole.slice(0, end));
});

test("memory stays as it is over many requests", () => {
  const host = configured({ rules: [{ target: "canary", percent: 50, by_cookie: "user" }] });
  for (let i = 0; i < 50_000; i++) host.target({ cookie: `user=${i}` }, { id: 2 + i });
  const before = host.guest.memory.buffer.byteLength;

  for (let i = 0; i < 200_000; i++) host.target({ cookie: `user=${i}` }, { id: 100_000 + i });

  assert.equal(host.guest.memory.buffer.byteLength, before);
});

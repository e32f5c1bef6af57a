/// The differential harness: runs small scenarios on a real Envoy and on Outrider, at concurrency 1
/// and 4, and compares what a client, the service behind the proxy, the access log and a Wasm guest
/// saw. Envoy is the contract; a difference that remains is listed beside its case with the reason
/// and both values. Beside the scenarios, whole pages of the admin interface are compared: what
/// differs there is listed in `differential/admin/pages.differences`, see
/// [AdminPagesIT][dev.outrider.proxy.differential.AdminPagesIT].
///
/// Depends on nothing of the product but its `Main`, which it starts as any other command, so that
/// the same scenarios can be run on any proxy. Threads: blocking sockets on virtual threads; a
/// lane's cases run one after the other. Read
/// [Comparison][dev.outrider.proxy.differential.Comparison] first, then
/// [Suite][dev.outrider.proxy.differential.Suite].
///
/// # Adding a case
///
/// A scenario is one file `src/test/resources/differential/<area>/<name>.yaml`:
///
/// ```yaml
/// about: what the table is about
/// base: plain                  # differential/bases/plain.yaml: virtual hosts, clusters, options
/// lanes: 4                     # copies of listener, service and log; the cases are dealt out (1)
/// concurrency: [1, 4]          # what both proxies are started with (this)
/// process: own                 # a pair of proxies for this file alone (shared)
/// flags: [--drain-time-s, 3]   # of both proxies, with `process: own` (none)
/// hcm: { ... }                 # merged over the base's connection manager
/// cluster: { ... }             # merged over the base's cluster `up`
/// listener: { ... }            # merged over the lane's listener
/// bootstrap: { ... }           # merged over the whole, with `process: own`
/// routes: [ ... ]              # before the base's
/// send: "GET / HTTP/1.1\nHost: a\n{put}\n\n"     # defaults of every case
/// cases:
/// - name: no colon
///   why: a line that is no field
///   put: "x-a"                 # or `with: { put: ..., other: ... }` for several
/// ```
///
/// **Bytes** are written as text: a line end of the text is CR LF on the wire, `\n`, `\r`, `\t`,
/// `\0`, `\\`, `\xHH` (a second backslash in YAML's double quotes) are the bytes they name, a
/// backslash before a line end joins the lines, `{60000*x}` repeats, `{service}` in what a client
/// of HTTP sends is the port of the lane's service.
///
/// **The client** does `send`, reads one response (`responses: n` for more), and finds out what
/// became of the connection: a `connection: close` is waited for, anything else is probed with a
/// request of its own (`fate: wait` waits for the end in any case, `fate: none` does not look).
/// Anything longer is a list `client:` of steps: `{send: text}`, `{send: text, each_byte: true}`,
/// `{read: response | head | informational | close}`, `{bytes: n}`, `{half_close: true}`, `{close:
/// true}`, `{reset: true}`, `{emit: event}`, `{await: event}`, `{on: name}` (another connection),
/// `{admin: /path}` (a POST), `{page: "GET /path", as: name}` (the answer is seen as `page.<name>`;
/// `lines: n` of it).
///
/// **HTTP/2** is a list `h2:` of the same steps and of frames: `{headers: 1, fields: "lines", end:
/// true}`, `{data: 1, text: ..., end: true}`, `{rst: 1, code: 8}`, `{settings: {4: 100}}`, `{ping:
/// 8bytes!}`, `{window: 0, by: 100}`, `{goaway: 0}`, `{frame: type, flags: 0, stream: 1, payload:
/// text}`, `{stream: 1}` (read until it ends), `{stream_head: 1}`, `{stream_bytes: 1, count: 5}`;
/// `repeat: n` with `{i}` and `{odd}` in numbers, of one step or of several (`steps: [...]`).
/// Preface, SETTINGS and their acknowledgement come by themselves unless the case says `preface:
/// none`.
///
/// **The service** answers 200 `ok` unless `upstream:` says otherwise: a text is sent after each
/// request read; a list holds one script per connection (the last one repeats), each a text or a
/// list of the steps above with `{read: request | head | close}`. A list that speaks of frames is a
/// service of HTTP/2 (`base: http2-service`), which waits for its request by `{stream: 1}`.
///
/// **A Wasm guest** is put in front of the other filters by `guest:`, of the file or of a case: a
/// module in text format, or the parts of one (`abi`, `data`, `with`, `on`, `configuration`;
/// [Wat][dev.outrider.proxywasm.testkit.Wat] adds the rest). Each case then has a lane and a VM to
/// itself. Seen is `guest.log`, what the guest said during the exchange, as `level text`, and
/// `guest.start`, what was said before, each line once. Example: `wasm/callbacks.yaml`:
///
/// ```yaml
/// guest:
///   data: { 1000: "head" }
///   on: { "proxy_on_request_headers iii:i": (call $say (i32.const 1000) (i32.const 4)) (i32.const 0) }
/// ```
///
/// **Seen**, field by field: `status`, `header.<name>`, `header-order`, `body`, `trailers`,
/// `informational`, `fate` (`2.status` for a second response, `b.status` for connection `b`,
/// `s3.status` for stream 3), `upstream.request`, `upstream.header.<name>`, `upstream.body`,
/// `log.<field>`, and `outcome`: status, flags, details and fate in one line. Dates, ids, ports,
/// durations are normalised. `log: n` is the number of access-log lines to wait for if it is not
/// the number of responses.
///
/// `only: [fate]` compares nothing else, where the rest is a matter of chance. `tally: x-host`
/// counts the values of a response header over all responses of a case, ports left out: `tally`.
/// The service listens on all of 127.0.0.0/8, so that 127.0.0.2 with its port is another endpoint.
///
/// `log_fields: { name: "%OPERATORS%" }` are more fields of the access log.
///
/// **TCP**: with `tcp: { cluster: up_at_{lane} }` the listener is a TCP proxy with that
/// configuration. Client and service read `{bytes: n}` and `{read: end}`, which also says whether
/// the end was a reset; each case says how many lines its `log` gets, and has no fate of its own. A
/// guest is a network filter there.
///
/// **Network filters** of `network_filters: [...]` stand in front of the TCP proxy or the
/// connection manager.
///
/// **Filter chains**: with `chains: { name: match, ... }` beside `tcp` the listener has as many
/// chains, which differ in name and match; the log is the listener's, one line for each connection.
///
/// **TLS**: `downstream_tls:` and `upstream_tls:` are the contexts of listener and cluster (of a
/// chain: `tls:` beside its match), `tls:` and `service_tls:` say how client and service speak, for
/// the file or for a case: `{ certificate: client, sni: a.test, alpn: [h2], protocols: [TLSv1.2],
/// ciphers: [...], groups: [...], resumes: true, asks: true }`, `none` for plain text. Texts of the
/// contexts name [Certificates][dev.outrider.proxy.differential.Certificates]. Seen are `tls` and
/// `upstream.tls` (what was agreed, or the alert), and `log.tls.<field>`; of a handshake that a
/// client of TLS 1.3 learns of late, `{read: end}` tells. What a client of TLS 1.2 learns of its
/// own certificate is a matter of chance: the proxy may close before it has read all.
///
/// **Names**: `dns: { a.test: [127.0.0.1], broken.test: fails }` is what a name server on port
/// `{dns}` knows; all scenarios share it, so names must be their own. Example: `dns/strict.yaml`.
///
/// **A difference that stays** is listed with its case, both values pinned; an unlisted one fails,
/// and so does a listed one that is gone. A different `outcome` implies everything else:
///
/// ```yaml
///   differs: { outcome: { envoy: 200 - via_upstream kept, outrider: 400 ..., why: "..." } }
///   # without a `why` of its own that of the case counts
///
/// usual:                       # of a file: what any of its cases may show, as regular expressions
///   goaway.text: { envoy: ".*", outrider: ".*", why: "..." }
/// ```
///
/// To see what both do while writing: `.ci/differential h1/framing` (a part of the file's name);
/// the observations are then in `proxy-core/target/differential/`.
@NullMarked
package dev.outrider.proxy.differential;

import org.jspecify.annotations.NullMarked;

package dev.outrider.proxy.demo;

import dev.outrider.proxy.demo.TourClient.Answer;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Random;

/// Drives the demo without a human: some twenty requests over real sockets, then new configurations
/// pushed while fifty clients send requests, and a table of what was expected and what was seen.
final class Tour {
  private static final int BIG = 1 << 20;
  private static final int SPLIT_REQUESTS = 200;
  private static final int REQUESTS_AROUND_A_PUSH = 300;

  /// Enough for the launcher's training run to know what a big configuration costs.
  private static final int SERVICES = 1_000;

  private final Demo demo;
  private final PrintStream out;
  private final Sabotage sabotage;
  private final TourTable table = new TourTable();
  private final String token;

  Tour(Demo demo, PrintStream out, Sabotage sabotage) {
    this.demo = demo;
    this.out = out;
    this.sabotage = sabotage;
    this.token = "Bearer " + demo.token("ada");
  }

  /// Runs all of it; true if everything agreed.
  boolean run() {
    try (var client = new TourClient(demo.listenerPort());
        var admin = new TourClient(demo.adminPort())) {
      credentials(client);
      limits(client);
      routes(client);
      bodies(client);
      upstreamDown(client);
      pushes(client, admin);
      pushMesh(client);
    }
    out.print(table.text());
    table.disagreeing().forEach(row -> out.println("DISAGREES: " + row.name()));
    out.println(table.agreeing() + " of " + table.size() + " agree.");
    return table.agrees();
  }

  private void credentials(TourClient client) {
    var none = client.get("/");
    table.add(
        "no credential",
        "401 Bearer",
        none.status() + " " + firstWord(none.header("www-authenticate")));
    var forged =
        client.get("/", "authorization", "Bearer " + demo.token("mallory", DemoToken.SECRET + "!"));
    table.add(
        "forged token",
        "401 invalid_token",
        forged.status() + " " + found(forged.header("www-authenticate"), "invalid_token"));
    var good = client.get("/", "authorization", token);
    table.add("good token", "200 from v1", good.status() + " from " + good.header("x-served-by"));
    table.add("the service sees who it is", "x-auth-subject: ada", line(good, "x-auth-subject"));
    table.add("and not the credential", "-", line(good, "authorization"));
    var claimed = client.get("/", "authorization", token, "x-auth-subject", "root");
    table.add(
        "a claimed subject is replaced", "x-auth-subject: ada", line(claimed, "x-auth-subject"));
  }

  private void limits(TourClient client) {
    int passed = 0;
    Answer last = client.get("/limited", "authorization", token);
    while (last.status() == 200 && passed < 10 * DemoResources.BURST) {
      passed++;
      last = client.get("/limited", "authorization", token);
    }
    table.add(
        "burst over the limit",
        DemoResources.BURST + " passed, then 429",
        passed + " passed, then " + last.status());
    table.add(
        "it says when to come back",
        "retry-after: up to 60 s",
        "retry-after: " + last.header("retry-after"),
        last.header("retry-after").matches("[1-9]|[1-5]\\d|60"));
  }

  private void routes(TourClient client) {
    var canary = client.get("/", "authorization", token, "x-canary", "always");
    table.add(
        "canary by header",
        "200 from v2",
        canary.status() + " from " + canary.header("x-served-by"));
    var cookie = client.get("/", "authorization", token, "cookie", "a=b; canary=1");
    table.add(
        "canary by cookie",
        "200 from v2",
        cookie.status() + " from " + cookie.header("x-served-by"));
    var forced = client.get("/", "authorization", token, "x-route-to", "canary");
    table.add(
        "a claimed route is replaced",
        "200 from v1",
        forced.status() + " from " + forced.header("x-served-by"));
    int inCanary = 0;
    for (int i = 0; i < SPLIT_REQUESTS; i++) {
      var answer = client.get("/share", "authorization", token, "x-user", "user-" + i);
      inCanary += answer.header("x-served-by").equals("v2") ? 1 : 0;
    }
    int percent = inCanary * 100 / SPLIT_REQUESTS;
    table.add(
        "20 % of users are canaries", "10 to 30 %", percent + " %", percent >= 10 && percent <= 30);
    var rewritten = client.get("/old/thing", "authorization", token);
    table.add("rewrite by prefix", "v1 GET /new/thing", firstLine(rewritten));
    var direct = client.get("/hello", "authorization", token);
    table.add(
        "answered by the route table",
        "200 hello from the route table",
        direct.status() + " " + firstLine(direct));
  }

  private void bodies(TourClient client) {
    var body = new byte[BIG];
    new Random(7).nextBytes(body);
    var up = client.post("/echo", body, "authorization", token);
    table.add(
        "1 MiB there and back",
        "200 the same bytes",
        up.status() + (Arrays.equals(body, up.body()) ? " the same bytes" : " other bytes"));
    var chunked = client.postChunked("/echo", body, "authorization", token);
    table.add(
        "1 MiB in chunks",
        "200 the same bytes",
        chunked.status()
            + (Arrays.equals(body, chunked.body()) ? " the same bytes" : " other bytes"));
    var down = client.get("/bytes/" + 4 * BIG, "authorization", token);
    table.add("4 MiB down", "200 " + 4 * BIG, down.status() + " " + down.body().length);
  }

  private void upstreamDown(TourClient client) {
    var down = client.get("/down", "authorization", token);
    table.add(
        "upstream down",
        "503 remote connection failure",
        down.status() + " " + found(down.text(), "remote connection failure"));
  }

  private void pushes(TourClient client, TourClient admin) {
    var load =
        new TourLoad(
            () -> client.get("/", "authorization", token).status(),
            sabotage == Sabotage.DROPPED_RESPONSE);
    try (load) {
      load.awaitRequests(REQUESTS_AROUND_A_PUSH);
      pushWeights(client, load);
      pushFilter(client, load);
      pushBroken(client, admin, load);
      load.awaitRequests(REQUESTS_AROUND_A_PUSH);
    }
    table.add(
        "requests lost under the pushes",
        "none",
        load.failures().isEmpty()
            ? "none"
            : load.failures().size() + ", first: " + load.failures().getFirst());
    out.println(
        load.answered() + " requests were answered while three configurations were pushed.");
  }

  private void pushWeights(TourClient client, TourLoad load) {
    if (sabotage == Sabotage.SWALLOWED_PUSH) {
      demo.loseRoutes();
    } else {
      demo.pushRoutes(100);
    }
    table.add("push: all ordinary requests to v2", "ACK", demo.routesVerdict());
    load.awaitRequests(REQUESTS_AROUND_A_PUSH);
    var answer = client.get("/", "authorization", token);
    table.add(
        "afterwards", "200 from v2", answer.status() + " from " + answer.header("x-served-by"));
  }

  private void pushFilter(TourClient client, TourLoad load) {
    demo.pushListener(2 * DemoResources.BURST);
    table.add("push: a new configuration of one filter", "ACK", demo.listenerVerdict());
    load.awaitRequests(REQUESTS_AROUND_A_PUSH);
    try (var fresh = new TourClient(demo.listenerPort())) {
      var limit = fresh.get("/limited", "authorization", token).header("x-ratelimit-limit");
      table.add("afterwards the limit is", Integer.toString(2 * DemoResources.BURST), limit);
    }
    var answer = client.get("/", "authorization", token);
    table.add("and the old connections live", "200", Integer.toString(answer.status()));
  }

  private void pushMesh(TourClient client) {
    table.add(
        "push: " + SERVICES + " services with ten endpoints each",
        "ACK, ACK, ACK",
        demo.pushMesh(SERVICES));
    var answer = client.get("/", "authorization", token);
    table.add(
        "and the demo serves on",
        "200 from v2",
        answer.status() + " from " + answer.header("x-served-by"));
  }

  private void pushBroken(TourClient client, TourClient admin, TourLoad load) {
    demo.pushBrokenRoutes();
    var verdict = demo.routesVerdict();
    table.add(
        "push: a broken route table",
        "NACK naming 'demo' and domains",
        verdict.strip(),
        verdict.startsWith("NACK") && verdict.contains("'demo'") && verdict.contains("domains"));
    load.awaitRequests(REQUESTS_AROUND_A_PUSH);
    var answer = client.get("/", "authorization", token);
    table.add(
        "the last good one still serves",
        "200 from v2",
        answer.status() + " from " + answer.header("x-served-by"));
    table.add(
        "/stats counts the refusal",
        "http.demo.rds.demo.update_rejected: 1",
        stat(admin, "http.demo.rds.demo.update_rejected"));
  }

  private static String stat(TourClient admin, String name) {
    return admin
        .get("/stats")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .orElse("-");
  }

  /// The line of an echo that shows a header, in the service's spelling folded; `-` if the service
  /// got none.
  private static String line(Answer echo, String header) {
    return echo.text()
        .lines()
        .filter(line -> line.regionMatches(true, 0, header + ":", 0, header.length() + 1))
        .map(line -> header + line.substring(header.length()))
        .findFirst()
        .orElse("-");
  }

  private static String firstLine(Answer answer) {
    return answer.text().lines().findFirst().orElse("");
  }

  private static String firstWord(String text) {
    return text.split(" ", 2)[0];
  }

  private static String found(String text, String wanted) {
    return text.contains(wanted) ? wanted : text;
  }
}

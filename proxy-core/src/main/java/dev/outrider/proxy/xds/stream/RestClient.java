package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.outrider.proxy.config.RestService;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.loop.Loop;
import dev.outrider.proxy.loop.Timer;
import dev.outrider.proxy.xds.resource.ResponseHandler;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks again and again by plain HTTP (Envoy's REST subscription): each request says the version
/// that is held, an answer is a whole `DiscoveryResponse` as JSON, or 304 if nothing is new. What
/// is refused is not told: the next request says the version as it was. The first request waits for
/// its cluster, which may still be warming. JSON is written and read in the background. Main loop
/// only.
final class RestClient implements AdsClient {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final String RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";
  private static final int OK = 200;
  private static final int NOT_MODIFIED = 304;
  private static final long FIRST_LOOK_MILLIS = 10;
  private static final long LAST_LOOK_MILLIS = 500;

  private final RestService service;
  private final String path;
  private final Spec spec;
  private final Timer next;
  private final Set<String> names = new TreeSet<>(); // in a stable order on the wire
  private String typeUrl = "";
  private String version = "";
  private RestCalls.@Nullable Call call;
  private long lookMillis = FIRST_LOOK_MILLIS;
  private boolean closed;

  /// What a client is made from.
  ///
  /// @param node who asks
  /// @param random for the jitter of the pause
  /// @param reader of answers
  /// @param background where JSON is written and read
  record Spec(
      Loop loop,
      RestCalls calls,
      Node node,
      RandomGenerator random,
      ResponseHandler handler,
      ConfigReader reader,
      Executor background) {}

  RestClient(RestService service, String path, Spec spec) {
    this.service = service;
    this.path = path;
    this.spec = spec;
    this.next = spec.loop().timers().newTimer(this::ask);
  }

  @Override
  public void start() {
    ask();
  }

  @Override
  public void close() {
    spec.loop().assertOnLoop();
    closed = true;
    next.cancel();
    var open = call;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  public void subscribeToAll(String wanted) {
    typeUrl = wanted;
  }

  /// Who has no more use for them closes the conversation.
  @Override
  public void unsubscribeFromAll(String unwanted) {}

  /// Names are those of the next request; nobody is asked out of turn, as by Envoy.
  @Override
  public void subscribe(String wanted, Set<String> added, Set<String> removed, boolean again) {
    spec.loop().assertOnLoop();
    typeUrl = wanted;
    names.removeAll(removed);
    names.addAll(added);
  }

  /// There is nothing to hold back: nobody waits for an acknowledgement.
  @Override
  public void holdBack(String heldType, boolean hold) {}

  @Override
  public boolean keepsCurrent() {
    return false;
  }

  private void ask() {
    if (!spec.calls().knows(service.cluster())) {
      next.arm(lookMillis);
      lookMillis = Math.min(2 * lookMillis, LAST_LOOK_MILLIS);
      return;
    }
    var request =
        DiscoveryRequest.newBuilder()
            .setNode(spec.node())
            .setTypeUrl(typeUrl)
            .setVersionInfo(version)
            .addAllResourceNames(names)
            .build();
    var _ =
        CompletableFuture.supplyAsync(() -> json(request), spec.background())
            .thenAcceptAsync(this::post, spec.loop()::execute)
            .exceptionally(this::bug);
  }

  private static byte[] json(DiscoveryRequest request) {
    try {
      return JsonFormat.printer()
          .preservingProtoFieldNames()
          .omittingInsignificantWhitespace()
          .print(request)
          .getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a request has no part of an unknown type", e);
    }
  }

  private void post(byte[] json) {
    if (closed) {
      return;
    }
    call =
        spec.calls()
            .post(
                service.cluster(),
                path,
                json,
                service.timeoutMillis(),
                new RestCalls.Answered() {
                  @Override
                  public void onAnswer(int status, byte[] body) {
                    call = null;
                    answered(status, body);
                  }

                  @Override
                  public void onFailure(String why) {
                    call = null;
                    failed(why);
                  }
                });
  }

  private void answered(int status, byte[] body) {
    switch (status) {
      case NOT_MODIFIED -> again();
      case OK -> {
        var _ =
            CompletableFuture.supplyAsync(() -> read(body), spec.background())
                .thenAcceptAsync(this::take, spec.loop()::execute)
                .exceptionally(this::bug);
      }
      default -> failed("answered with status " + status);
    }
  }

  private Parsed<DiscoveryResponse> read(byte[] body) {
    var text = new String(body, StandardCharsets.UTF_8);
    return spec.reader()
        .read(new ConfigText(path, text, ConfigText.Syntax.JSON), RESPONSE)
        .then(RestClient::response);
  }

  private static Parsed<DiscoveryResponse> response(byte[] wire) {
    try {
      return Parsed.valid(DiscoveryResponse.parseFrom(wire));
    } catch (InvalidProtocolBufferException e) {
      return Parsed.invalid(new ConfigProblem(RESPONSE, "", String.valueOf(e.getMessage())));
    }
  }

  private void take(Parsed<DiscoveryResponse> read) {
    if (closed) {
      return;
    }
    switch (read) {
      case Parsed.Valid<DiscoveryResponse>(var response) ->
          spec.handler()
              .onResponse(
                  ResponseHandler.Response.all(
                      typeUrl, response.getVersionInfo(), response.getResourcesList()),
                  verdict -> conclude(response.getVersionInfo(), verdict));
      case Parsed.Invalid<DiscoveryResponse>(var problems) -> {
        problems.forEach(problem -> LOG.warn("{}", problem.text()));
        spec.handler().onUnreadable(problems);
        again();
      }
    }
  }

  private void conclude(String answered, ResponseHandler.Verdict verdict) {
    switch (verdict) {
      case ResponseHandler.Verdict.Accepted _ -> version = answered;
      case ResponseHandler.Verdict.Refused(var text) -> NackBackOff.log(typeUrl, text);
    }
    again();
  }

  private void failed(String why) {
    LOG.warn("asking {} of {} failed: {}", path, service.called(), why);
    spec.handler().onDisconnect();
    again();
  }

  private @Nullable Void bug(Throwable failure) {
    LOG.error("asking {} of {} failed", path, service.called(), failure);
    spec.loop().execute(this::again);
    return null;
  }

  private void again() {
    if (!closed) {
      next.arm(service.refreshMillis() + spec.random().nextLong(service.refreshMillis()));
    }
  }
}

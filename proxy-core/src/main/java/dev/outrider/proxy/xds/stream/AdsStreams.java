package dev.outrider.proxy.xds.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.config.DiscoveryService;
import dev.outrider.proxy.loop.Timer;
import io.envoyproxy.envoy.config.core.v3.Node;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream to a control plane after the other, with a pause that grows as long as nothing is
/// heard. Main loop only.
final class AdsStreams {
  private static final Logger LOG = LoggerFactory.getLogger("config");
  private static final int INTERNAL = 13; // status code of gRPC

  /// Who talks over the streams.
  interface Conversation {

    /// A stream is open: [#send] reaches it.
    void onOpen();

    /// A response has come.
    ///
    /// @throws InvalidProtocolBufferException if it is none: then the stream is given up
    void onMessage(byte[] bytes) throws InvalidProtocolBufferException;
  }

  private final DiscoveryService service;
  private final AdsClient.Spec spec;
  private final Conversation conversation;
  private final Timer reconnect;
  private final @Nullable RequestPace pace;
  private AdsTransport.@Nullable Call call;
  private int count;
  private int entry;
  private boolean nodeSent;
  private boolean heard;
  private long nextBackOffMillis;

  AdsStreams(DiscoveryService service, AdsClient.Spec spec, Conversation conversation) {
    this.service = service;
    this.spec = spec;
    this.conversation = conversation;
    this.reconnect = spec.loop().timers().newTimer(this::open);
    var rate = service.rate();
    this.pace =
        rate == null ? null : new RequestPace(rate, spec.loop(), spec.stats(), this::sendNow);
    this.nextBackOffMillis = service.server().backOff().baseMillis();
  }

  void open() {
    spec.loop().assertOnLoop();
    count++;
    nodeSent = false;
    heard = false;
    var opened = spec.transport().open(service.protocol(), new Stream(count));
    call = opened;
    entry = opened.entry();
    conversation.onOpen();
  }

  /// No further stream is opened.
  void close() {
    reconnect.cancel();
    if (pace != null) {
      pace.clear();
    }
    var open = call;
    call = null;
    if (open != null) {
      open.cancel();
    }
  }

  boolean isOpen() {
    return call != null;
  }

  /// Names the current stream, or the last one.
  int number() {
    return count;
  }

  /// Where the current stream goes to, or the last one did; as [AdsTransport.Call#entry].
  int entry() {
    return entry;
  }

  /// What the next message has to carry; null if the control plane knows it.
  @Nullable Node takeNode() {
    if (nodeSent && service.nodeOnFirstMessageOnly()) {
      return null;
    }
    nodeSent = true;
    return spec.node();
  }

  /// Dropped if no stream is open; may wait.
  void send(byte[] message) {
    if (pace == null) {
      sendNow(message);
    } else if (isOpen()) {
      pace.offer(message);
    }
  }

  private void sendNow(byte[] message) {
    var open = call;
    if (open != null) {
      open.send(message);
    }
  }

  private void giveUp(String why) {
    var open = call;
    if (open != null) {
      open.cancel();
      onEnd(new AdsTransport.End(INTERNAL, why));
    }
  }

  private void onEnd(AdsTransport.End end) {
    call = null;
    if (pace != null) {
      pace.clear();
    }
    spec.stats().connected(0);
    spec.handler().onDisconnect();
    var bound = nextBackOffMillis;
    nextBackOffMillis = Math.min(bound * 2, service.server().backOff().maxMillis());
    var delayMillis = spec.random().nextLong(bound);
    LOG.warn(
        "the configuration stream closed: {}, {}; next attempt in {} ms",
        end.code(),
        end.message(),
        delayMillis);
    reconnect.arm(delayMillis);
  }

  /// What the transport says about one stream; a late word about an earlier one is not heard.
  private final class Stream implements AdsTransport.Receiver {
    private final int number;

    Stream(int number) {
      this.number = number;
    }

    @Override
    public void onReady() {
      if (number == count) {
        spec.stats().connected(entry);
      }
    }

    @Override
    public void onMessage(byte[] response) {
      if (number == count) {
        try {
          conversation.onMessage(response);
        } catch (InvalidProtocolBufferException e) {
          giveUp("the control plane sent something that is not a response: " + e.getMessage());
          return;
        }
        if (!heard) {
          heard = true;
          nextBackOffMillis = service.server().backOff().baseMillis();
        }
      }
    }

    @Override
    public void onEnd(AdsTransport.End end) {
      if (number == count && call != null) {
        AdsStreams.this.onEnd(end);
      }
    }
  }
}

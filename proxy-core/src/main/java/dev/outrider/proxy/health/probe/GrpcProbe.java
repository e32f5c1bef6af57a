package dev.outrider.proxy.health.probe;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.outrider.proxy.health.FailureKind;
import dev.outrider.proxy.health.Probe;
import dev.outrider.proxy.health.ProbeSpec;
import dev.outrider.proxy.http.HeaderMap;
import dev.outrider.proxy.upstream.GrpcCallout;
import dev.outrider.proxy.upstream.GrpcCalloutSink;
import dev.outrider.proxy.upstream.GrpcCalloutSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/// Asks by a call of `grpc.health.v1.Health.Check`. Main loop only.
final class GrpcProbe implements Probe, GrpcCalloutSink {
  private static final String SERVICE = "grpc.health.v1.Health";
  private static final String METHOD = "Check";
  private static final String VIA_UPSTREAM = "via_upstream";
  private static final int SERVICE_FIELD = 1;
  private static final int STATUS_TAG = 1 << 3;
  private static final int SERVING = 1;
  private static final int OK = 0;

  private final ProbeTarget target;
  private final ProbeSpec.Grpc spec;
  private final long timeoutMillis;
  private final byte[] question;
  private @Nullable Outcome outcome;
  private @Nullable GrpcCallout call;
  private byte @Nullable [] answer;
  private boolean unary = true;
  private int generation;

  GrpcProbe(ProbeTarget target, ProbeSpec.Grpc spec, long timeoutMillis) {
    this.target = target;
    this.spec = spec;
    this.timeoutMillis = timeoutMillis;
    this.question = question(spec.service());
  }

  private static byte[] question(String service) {
    if (service.isEmpty()) {
      return new byte[0];
    }
    try {
      var bytes = new byte[CodedOutputStream.computeStringSize(SERVICE_FIELD, service)];
      CodedOutputStream.newInstance(bytes).writeString(SERVICE_FIELD, service);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // into memory
    }
  }

  @Override
  public void start(Outcome told) {
    outcome = told;
    generation++;
    answer = null;
    unary = true;
    var metadata = CheckHead.of(target, spec.authority(), spec.metadata());
    var begun =
        target
            .connections()
            .grpc(
                new GrpcCalloutSpec(
                    target.connections().config().name(), SERVICE, METHOD, metadata, timeoutMillis),
                this);
    call = begun;
    begun.send(question, true);
  }

  @Override
  public void giveUp() {
    cancel();
    target.checked();
  }

  @Override
  public void close() {
    outcome = null;
    cancel();
    target.close();
  }

  private void cancel() {
    generation++;
    var open = call;
    call = null;
    if (open != null) {
      open.cancel();
    }
  }

  @Override
  public void onInitialMetadata(HeaderMap metadata) {}

  @Override
  public void onMessage(byte[] message) {
    unary &= answer == null;
    if (message.length > 0) {
      answer = message;
    }
  }

  @Override
  public void onTrailingMetadata(HeaderMap metadata) {}

  @Override
  public void onStatus(int code, String message, String details) {
    call = null;
    var told = outcome;
    var life = generation;
    var serving = code == OK && unary && serves(answer);
    target
        .loop()
        .execute(
            () -> {
              if (told != null && life == generation) {
                tell(told, serving, details.equals(VIA_UPSTREAM));
              }
            });
  }

  private void tell(Outcome told, boolean serving, boolean answered) {
    target.checked();
    if (serving) {
      told.onPass(false);
    } else {
      told.onFail(answered ? FailureKind.ACTIVE : FailureKind.NETWORK, false, false);
    }
  }

  private static boolean serves(byte @Nullable [] message) {
    if (message == null) {
      return false;
    }
    try {
      var input = CodedInputStream.newInstance(message);
      var status = 0;
      for (var tag = input.readTag(); tag != 0; tag = input.readTag()) {
        if (tag == STATUS_TAG) {
          status = input.readEnum();
        } else {
          input.skipField(tag);
        }
      }
      return status == SERVING;
    } catch (IOException _) {
      return false; // it is no such message
    }
  }
}

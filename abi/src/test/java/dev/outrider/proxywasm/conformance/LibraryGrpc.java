package dev.outrider.proxywasm.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.outrider.proxywasm.PluginContext;
import dev.outrider.proxywasm.testkit.GuestHarness;
import dev.outrider.proxywasm.testkit.ScriptedGrpc;
import dev.outrider.proxywasm.testkit.TestHeaders;
import java.util.List;

/// Answers a guest's gRPC calls and streams as [GrpcEcho] does, at once.
final class LibraryGrpc {
  private LibraryGrpc() {}

  static void answer(GuestHarness guest) {
    var grpc = guest.services().grpc();
    while (!grpc.tokens().isEmpty()
        && new String(grpc.targets().getFirst().service(), UTF_8).equals(GrpcScripts.SERVICE)) {
      int token = grpc.takeOldest();
      boolean call = grpc.events().stream().anyMatch(it -> it.startsWith("call " + token + " "));
      if (call) {
        answerCall(guest.plugin(), token, messages(grpc, "call " + token + " /service/method "));
      } else {
        answerStream(guest.plugin(), token, messages(grpc, "send " + token + " "));
      }
    }
  }

  private static List<String> messages(ScriptedGrpc grpc, String event) {
    return grpc.events().stream()
        .filter(it -> it.startsWith(event))
        .map(it -> it.substring(event.length()).split(" ", 2)[0])
        .toList();
  }

  private static void answerCall(PluginContext plugin, int token, List<String> messages) {
    var message = messages.getFirst();
    if (message.equals(GrpcEcho.FAILS)) {
      plugin.onGrpcClose(token, GrpcEcho.FAILURE, GrpcEcho.HEARD);
    } else {
      plugin.onGrpcReceive(token, message.getBytes(UTF_8));
    }
  }

  private static void answerStream(PluginContext plugin, int token, List<String> messages) {
    plugin.onGrpcInitialMetadata(token, TestHeaders.of("x-i", "1"));
    messages.forEach(message -> plugin.onGrpcReceive(token, message.getBytes(UTF_8)));
    plugin.onGrpcTrailingMetadata(token, TestHeaders.of("x-t", "2"));
    plugin.onGrpcClose(token, 0, GrpcEcho.HEARD);
  }
}

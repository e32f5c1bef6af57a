package dev.outrider.proxy.simulation;

import java.util.SplittableRandom;

/// A client that asks for something: checks that every answer is its own, complete and as it was
/// sent.
abstract class SimHttpClient extends SimClient {
  int answers;

  /// Those that came from an upstream.
  int properAnswers;

  /// Those that were tunnels, complete in both directions.
  int tunnels;

  String lastAnswer = "";

  SimHttpClient(SplittableRandom random) {
    super(random);
  }

  abstract boolean mayAsk();

  /// Something that may be wrong in every way.
  abstract void request(int id);

  /// One that must be answered by an upstream.
  abstract void properRequest(int id);

  /// One that must be opened by an upstream and come to its end.
  abstract void properTunnel(int id);

  /// The proxy has said good-bye: nothing more is asked here.
  abstract boolean toldToClose();

  final void answered(String answer, boolean proper) {
    answers++;
    properAnswers += proper ? 1 : 0;
    lastAnswer = answer;
  }

  final void tunnelled(SimTunnel tunnel) {
    tunnels++;
    answered(tunnel.toString(), true);
  }
}
